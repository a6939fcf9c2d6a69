"""Small pictures of photographs and of maps: made once, and kept in the project."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.atomic import atomic_write
from corewidgets.cores.section import CoreSection
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.labels.legend import Legend

__all__ = ["MAX_SHAPE", "Thumbnails", "small_codes"]

MAX_SHAPE = (480, 72)
"""The most rows and columns of a small picture."""


class Thumbnails:
    """The small pictures of photographs, as JPEG.

    Parameters
    ----------
    path : callable
        Returns the file of a name. It may be deleted at any time, and where it cannot be written the pictures
        are made each time.
    """

    def __init__(self, path: Callable[[str], Path]) -> None:
        self._path = path

    def of(self, entry: SectionEntry, section: CoreSection | None = None) -> bytes:
        """Return the small picture of a photograph, which is made where it is missing or older than that.

        Parameters
        ----------
        entry : SectionEntry
        section : CoreSection, optional
            The photograph, where it is open.

        Raises
        ------
        OSError, ValueError
            The photograph cannot be read.
        """
        path = self._path(entry.name)
        with suppress(OSError):
            if entry.file is None or path.stat().st_mtime >= entry.file.stat().st_mtime:
                return path.read_bytes()
        made = _jpeg((section or entry.read()).image)
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            with atomic_write(path) as temporary:
                temporary.write_bytes(made)
        return made


def small_codes(codes: NDArray[np.uint8], legend: Legend) -> bytes:
    """Return labels or a map as a small picture, PNG, in the colors of the classes; 0 is transparent."""
    rows, columns = (
        np.linspace(0, size - 1, small).round().astype(int)
        for size, small in zip(codes.shape, _small(codes.shape), strict=True)
    )
    image = Image.fromarray(np.ascontiguousarray(codes[np.ix_(rows, columns)])).convert("L")
    image.putpalette(legend.rgb().tobytes())
    return _saved(image, "PNG", transparency=0)


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    n_rows, n_columns = _small(image.shape)
    made = Image.fromarray(image).resize((n_columns, n_rows), Image.Resampling.BOX, reducing_gap=2.0)
    return _saved(made, "JPEG", quality=80)


def _small(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of a small picture of the same proportions."""
    scale = min(1.0, MAX_SHAPE[0] / shape[0], MAX_SHAPE[1] / shape[1])
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    content = io.BytesIO()
    image.save(content, format=kind, **options)
    return content.getvalue()
