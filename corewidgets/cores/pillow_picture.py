"""Pictures that Pillow decodes: as a whole, but turned into RGB strip by strip."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from corewidgets.cores.picture import STRIP_ROWS, Picture, Samples, UnsuitableError, srgb_of

__all__ = [
    "MAX_PIXELS",
    "ORIENTATION",
    "all_samples",
    "check_size",
    "joined_bytes",
    "loaded",
    "no_photograph",
    "picture_of",
    "raw_mode",
    "set_raw_mode",
]

MAX_PIXELS = 400_000_000  # 1.2 GB as RGB
MAX_PIXELS_A_BYTE = (
    2000  # one even color in PNG has 1000, a photograph 30 at most: a file that says more is broken
)
ORIENTATION = 0x0112  # the tag, in Exif and in TIFF

Read = Callable[[slice, slice], Samples]


def picture_of(image: Image.Image, path: Path) -> Picture:
    """Return the picture that Pillow has opened, of any mode with 8 bits or, grey, 16."""
    image.load()
    wide = image.mode.startswith("I;16")
    if not wide and (image.mode in {"I", "F", "LAB"} or image.mode.startswith("I;")):
        raise UnsuitableError(no_photograph(path, f"samples of the kind {image.mode}"))
    notes: list[str] = []
    mode, n_colors = _kept_mode(image)
    to_srgb = srgb_of(image.info.get("icc_profile"), n_colors, path, notes)
    if mode == "CMYK" and to_srgb is None:
        mode, n_colors = "RGB", 3
    return Picture(
        shape=(image.height, image.width),
        read=loaded(image, mode),
        n_colors=n_colors,
        has_alpha=mode in {"LA", "RGBA"},
        wide=wide,
        orientation=image.getexif().get(ORIENTATION, 1),
        to_srgb=to_srgb,
        notes=notes,
    )


def _kept_mode(image: Image.Image) -> tuple[str, int]:
    """Return the mode that strips are converted to, and how many of its values are colors."""
    if image.mode == "CMYK" or image.mode.startswith("I;16"):
        return image.mode, len(image.getbands())
    alpha = "A" if image.has_transparency_data else ""
    return ("L" + alpha, 1) if image.mode in {"1", "L", "LA", "La"} else ("RGB" + alpha, 3)


def loaded(image: Image.Image, mode: str | None = None) -> Read:
    """Return what reads parts of a picture that Pillow has decoded, as it is or converted."""
    image.load()

    def read(rows: slice, columns: slice) -> NDArray[Any]:
        box = (columns.start, rows.start, columns.stop, rows.stop)
        part = image._new(image.im.crop(box))  # crop() itself has a limit of size
        samples = np.asarray(part if mode in {None, part.mode} else part.convert(mode))
        return samples[..., None] if samples.ndim == 2 else samples

    return read


def all_samples(image: Image.Image) -> NDArray[Any]:
    """Return all samples of a picture that Pillow has opened; in strips, as Pillow would copy all thrice."""
    read, columns = loaded(image), slice(0, image.width)
    first = read(slice(0, 1), columns)
    samples = np.empty((image.height, *first.shape[1:]), first.dtype)
    for start in range(0, image.height, STRIP_ROWS):
        rows = slice(start, min(start + STRIP_ROWS, image.height))
        samples[rows] = read(rows, columns)
    return samples


def joined_bytes(high: NDArray[Any], low: Read) -> Read:
    """Return what reads 16-bit samples of which the upper and the lower bytes were decoded apart."""

    def read(rows: slice, columns: slice) -> NDArray[np.uint16]:
        samples = high[rows, columns].astype(np.uint16)
        samples <<= 8
        samples += low(rows, columns)
        return samples

    return read


def raw_mode(image: ImageFile.ImageFile) -> str:
    """Return in what layout Pillow takes the samples to be, such as "RGB;16B", or "" for no samples."""
    arguments = image.tile[0].args if image.tile else None
    return str(arguments[0] if isinstance(arguments, tuple) else arguments or "")


def set_raw_mode(image: ImageFile.ImageFile, mode: str) -> None:
    """Have Pillow take the samples to be in another layout."""
    tile = image.tile[0]
    arguments = (mode, *tile.args[1:]) if isinstance(tile.args, tuple) else mode
    image.tile = [tile._replace(args=arguments)]


def no_photograph(path: Path, kind: str) -> str:
    """Say that a file holds values that have no colors."""
    return f"'{path}' holds {kind}, which is not a photograph; save it as RGB or grey with 8 or 16 bits."


def check_size(size: tuple[int, int], path: Path, pixels_a_byte: int = MAX_PIXELS_A_BYTE) -> None:
    """Raise where a photograph is too large, before it is decoded."""
    n_columns, n_rows = map(operator.index, size)  # a broken tag may hold anything
    if n_rows * n_columns > MAX_PIXELS:
        raise UnsuitableError(
            f"'{path}' has {n_rows} rows and {n_columns} columns, more than the {MAX_PIXELS:,} pixels that "
            "are read at once; cut it into sections."
        )
    if n_rows * n_columns > pixels_a_byte * path.stat().st_size:
        raise ValueError(f"{n_rows} rows and {n_columns} columns cannot be in {path.stat().st_size} bytes")
