"""Small pictures of photographs and of maps: made once, and kept in the project."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

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
    """The small pictures of photographs, as JPEG, and by what pixels their photographs are known.

    Parameters
    ----------
    path : callable
        Returns the file of a name. It may be deleted at any time, and where it cannot be written the pictures
        are made each time.
    """

    def __init__(self, path: Callable[[str], Path]) -> None:
        self._path = path
        self._known: dict[str, tuple[_Source, tuple[str, ...]]] = {}

    def of(self, entry: SectionEntry, section: CoreSection | None = None) -> bytes:
        """Return the small picture of a photograph.

        It is made where it is missing, or of another file, or of another part of it.

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
        path, source = self._path(entry.name), _source_of(entry)
        with suppress(OSError):
            content = path.read_bytes()
            if digests := _digests_in(content, source):
                self._known[entry.name] = source, digests
                return content
        section = section or entry.read()
        made = _jpeg(section.image, json.dumps({"source": source, "digests": section.digests}))
        self._known[entry.name] = source, section.digests
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            with atomic_write(path) as temporary:
                temporary.write_bytes(made)
        return made

    def digests(self, entry: SectionEntry) -> tuple[str, ...]:
        """Return `CoreSection.digests` of a photograph as it is now; one that is as it was is not read.

        Raises
        ------
        OSError, ValueError
            The photograph cannot be read.
        """
        known = self._known.get(entry.name)
        if known is None or known[0] != _source_of(entry):
            self.of(entry)
            known = self._known[entry.name]
        return known[1]


_Source = list[Any]


def _source_of(entry: SectionEntry) -> _Source:
    """Return what tells in plain values that a photograph is as it was: its file, and what is taken of it.

    The time of the last change of a file's state cannot be set back by a program, unlike that of its content.
    """
    depths = (entry.top, entry.base) if entry.shape else ()  # its ties are depths
    part = repr((entry.rotation or 0, entry.shape or entry.crop, *depths))
    if entry.file is None:
        return [part]
    with suppress(OSError):
        about = entry.file.stat()
        return [part, about.st_size, about.st_mtime_ns, about.st_ctime_ns]
    return [part]


def _digests_in(content: bytes, source: _Source) -> tuple[str, ...]:
    """Return the digests that a small picture keeps of a photograph; none where it is of another one."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            kept = json.loads(image.info.get("comment", b""))
        return tuple(kept["digests"]) if kept["source"] == source else ()
    except (LookupError, OSError, TypeError, ValueError):
        return ()


def small_codes(codes: NDArray[np.uint8], legend: Legend) -> bytes:
    """Return labels or a map as a small picture, PNG, in the colors of the classes; 0 is transparent."""
    rows, columns = (
        np.linspace(0, size - 1, small).round().astype(int)
        for size, small in zip(codes.shape, _small(codes.shape), strict=True)
    )
    image = Image.fromarray(np.ascontiguousarray(codes[np.ix_(rows, columns)])).convert("L")
    image.putpalette(legend.rgb().tobytes())
    return _saved(image, "PNG", transparency=0)


def _jpeg(image: NDArray[np.uint8], comment: str) -> bytes:
    n_rows, n_columns = _small(image.shape)
    made = Image.fromarray(image).resize((n_columns, n_rows), Image.Resampling.BOX, reducing_gap=2.0)
    return _saved(made, "JPEG", quality=80, comment=comment)


def _small(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of a small picture of the same proportions."""
    scale = min(1.0, MAX_SHAPE[0] / shape[0], MAX_SHAPE[1] / shape[1])
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _saved(image: Image.Image, kind: str, **options: int | str) -> bytes:
    content = io.BytesIO()
    image.save(content, format=kind, **options)
    return content.getvalue()
