"""Photographs read from files, as 8-bit RGB arrays."""

import operator
import os
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

__all__ = ["read_photograph"]

MAX_PIXELS = 400_000_000  # 1.2 GB as RGB
MAX_PIXELS_A_BYTE = (
    2000  # one even color in PNG has 1000, a photograph 30 at most: a file that says more is broken
)
MAX_SAMPLES = 8  # a pixel
ORIENTATION = 0x0112  # the tag, in Exif and in TIFF
TO_8_BITS = ((np.arange(65536) + 128) // 257).astype(np.uint8)  # 65535 = 255 * 257, so this rounds
DAMAGE = (  # what libraries raise for broken bytes
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(EOFError, RuntimeError, MemoryError, struct.error, zlib.error),
)
TIFFFILE_CODECS = {1, 8, 32773, 32946}  # none, Deflate, PackBits, old Deflate: read without further packages

_pillow_limit = threading.Lock()


class UnsuitableError(ValueError):
    """The file is whole, but it is not a photograph that can be used."""


def read_photograph(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read a photograph as 8-bit RGB, the right way up.

    The format is told by the first bytes of the file, not by its name. The values are those in the file: a
    color profile is not applied. 16-bit values are scaled over their full range, 0..65535 to 0..255, and
    rounded; grey is repeated in the three channels; a palette is looked up; CMYK is converted by Pillow's
    simple formula, without a profile. Where the photograph is transparent it is laid over white, with a
    warning that says how many pixels that changed; an alpha channel that is opaque everywhere changes
    nothing. A turn or a flip that the file asks for (Exif or TIFF orientation) is done.

    Parameters
    ----------
    path : str or path-like
        JPEG, PNG or TIFF file. A TIFF may have smaller copies of the photograph (pages marked as of reduced
        resolution), which are not read, but only one page of full size.

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns, 3)

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        There is no such file, or it is a folder.
    ValueError
        The file is no JPEG, PNG or TIFF, is damaged or cut short, has several pages, more than 400 million
        pixels, or values of a kind that is no photograph (32 bits, floating point).

    Warns
    -----
    UserWarning
        Some pixels are transparent.
    """
    path = Path(path)
    read = _reader(path)
    try:
        samples = read(path)
    except UnsuitableError:
        raise
    except DAMAGE as error:
        raise ValueError(
            f"'{path}' cannot be decoded ({error}): it is damaged, cut short or of a rare kind; copy it "
            "again from its source, or save it anew as RGB."
        ) from error
    return _over_white(samples, path)


def _reader(path: Path) -> Any:
    """Choose how to read a file by its first bytes."""
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder; name the photograph in it.")
    if not path.exists():
        raise FileNotFoundError(f"There is no file '{path}'; check the name and the folder.")
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise ValueError(f"'{path}' is empty; copy it again from its source.")
    for signature, reader in _READERS.items():
        if start.startswith(signature):
            return reader
    raise ValueError(
        f"'{path}' is not a photograph that can be read: it is neither JPEG, PNG nor TIFF; "
        "save it as one of them."
    )


def _read_jpeg(path: Path) -> NDArray[np.uint8]:
    """Read a JPEG file."""
    with JpegImagePlugin.JpegImageFile(path) as image:
        return _samples(image, path)


def _read_png(path: Path) -> NDArray[np.uint8]:
    """Read a PNG file."""
    with PngImagePlugin.PngImageFile(path) as image:
        if "16" in _raw_mode(image):
            _check_size(image.size, path)
            return _upright(TO_8_BITS[_wide_png(path)], image)
        return _samples(image, path)


def _wide_png(path: Path) -> NDArray[np.uint16]:
    """Read a PNG file of 16 bits a sample as (n_rows, n_columns, n_samples).

    Pillow keeps 16 bits of grey only. Of other kinds it keeps one byte of each sample: which one is the raw
    mode's choice, so that two passes give both.
    """
    with PngImagePlugin.PngImageFile(path) as image:
        raw_mode, key = _raw_mode(image), image.info.get("transparency")
        if raw_mode == "LA;16B":  # as many bytes a pixel as 8-bit RGBA
            _set_raw_mode(image, "RGBA")
            return np.frombuffer(image.tobytes(), ">u2").reshape(image.height, image.width, 2)
        first = np.atleast_3d(np.asarray(image)).astype(np.uint16)
    if raw_mode != "I;16B":
        with PngImagePlugin.PngImageFile(path) as image:
            _set_raw_mode(image, raw_mode.replace(";16B", ";16L"))
            first = (first << 8) + np.asarray(image)
    if key is None:
        return first
    alpha = np.where((first == key).all(axis=2), 0, 65535).astype(np.uint16)
    return np.dstack([first, alpha])


def _raw_mode(image: ImageFile.ImageFile) -> str:
    """Return in what layout Pillow takes the samples to be, such as "RGB;16B", or "" for no samples."""
    arguments = image.tile[0].args if image.tile else None
    return str(arguments[0] if isinstance(arguments, tuple) else arguments or "")


def _set_raw_mode(image: ImageFile.ImageFile, raw_mode: str) -> None:
    """Have Pillow take the samples to be in another layout."""
    tile = image.tile[0]
    arguments = (raw_mode, *tile.args[1:]) if isinstance(tile.args, tuple) else raw_mode
    image.tile = [tile._replace(args=arguments)]


def _read_tiff(path: Path) -> NDArray[np.uint8]:
    """Read the one page of full size of a TIFF file."""
    with tifffile.TiffFile(path) as file:
        pages: list[Any] = list(file.pages)
        full = [index for index, page in enumerate(pages) if not page.is_reduced]
        if len(full) != 1:
            raise UnsuitableError(
                f"'{path}' has {len(full)} pages of full size, but a section is one photograph; save each "
                "page as a file of its own."
            )
        page = pages[full[0]]
        _check_size((page.imagewidth, page.imagelength), path)
        if page.samplesperpixel * page.imagedepth > MAX_SAMPLES:
            n_samples = page.samplesperpixel * page.imagedepth
            raise UnsuitableError(_no_photograph(path, f"{n_samples} values a pixel"))
        if page.bitspersample == 16:
            return _read_wide_tiff(page, full[0], path)
        if page.bitspersample > 8:
            raise UnsuitableError(_no_photograph(path, f"{page.bitspersample} bits a sample"))
    with _tiff_page(path, full[0]) as image:
        return _samples(image, path)


def _read_wide_tiff(page: Any, index: int, path: Path) -> NDArray[np.uint8]:
    """Read a page of 16 bits a sample."""
    kind = page.photometric.name
    if kind not in {"MINISWHITE", "MINISBLACK", "RGB"} or page.sampleformat != 1 or 1 in page.extrasamples:
        raise UnsuitableError(_no_photograph(path, f"16-bit samples of the kind {kind}"))
    plain = page.compression in TIFFFILE_CODECS
    if not plain and (page.planarconfig != 1 or page.samplesperpixel not in {1, 3, 4}):
        raise UnsuitableError(
            f"'{path}' keeps 16-bit samples in a rare order with {page.compression.name} compression, which "
            "cannot be read; save it without compression."
        )
    samples = _decode_wide_tiff(page) if plain else _wide_tiff_in_two_passes(path, index)
    if kind == "MINISWHITE":
        samples = 65535 - samples
    n_colors = 3 if kind == "RGB" else 1
    alpha = [n_colors + position for position, extra in enumerate(page.extrasamples) if extra == 2][:1]
    samples8 = TO_8_BITS[samples[..., [*range(n_colors), *alpha]]]
    tag = page.tags.get(ORIENTATION)
    return _turn(samples8, tag.value) if plain and tag else samples8  # Pillow has turned its own


def _decode_wide_tiff(page: Any) -> NDArray[np.uint16]:
    """Decode a page as (n_rows, n_columns, n_samples)."""
    size = page.parent.filehandle.size
    if any(
        start + length > size for start, length in zip(page.dataoffsets, page.databytecounts, strict=True)
    ):
        raise ValueError("the file ends before its last row")
    samples = page.asarray()
    if page.axes.startswith("S"):
        samples = np.moveaxis(samples, 0, -1)
    shaped: NDArray[np.uint16] = samples.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    return shaped


def _wide_tiff_in_two_passes(path: Path, index: int) -> NDArray[np.uint16]:
    """Read a page with a compression that only libtiff knows, such as LZW, as `_wide_png` does."""
    with _tiff_page(path, index) as image:
        raw_mode = _raw_mode(image)
        first = np.atleast_3d(np.asarray(image)).astype(np.uint16)
    if first.shape[2] == 1:  # grey: all 16 bits are there
        return first
    other = ";16B" if sys.byteorder == "little" else ";16L"
    with _tiff_page(path, index) as image:
        _set_raw_mode(image, raw_mode.replace(";16N", other))
        wide: NDArray[np.uint16] = (first << 8) + np.asarray(image)
    return wide


@contextmanager
def _tiff_page(path: Path, index: int) -> Iterator[TiffImagePlugin.TiffImageFile]:
    """Open a page, whose size was checked, with Pillow's own limit lifted."""
    with _pillow_limit:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            with TiffImagePlugin.TiffImageFile(path) as image:
                image.seek(index)
                yield image
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _samples(image: Image.Image, path: Path) -> NDArray[np.uint8]:
    """Turn an 8-bit picture of any mode into (n_rows, n_columns, 3), or 4 with transparency."""
    _check_size(image.size, path)
    image.load()
    if image.mode in {"I", "F", "LAB"} or image.mode.startswith("I;"):
        raise UnsuitableError(_no_photograph(path, f"samples of the kind {image.mode}"))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    samples = np.asarray(
        image if image.mode == mode else image.convert(mode)
    )  # no second copy of a large one
    return _upright(samples, image)


def _no_photograph(path: Path, kind: str) -> str:
    """Say that a file holds values that have no colors."""
    return f"'{path}' holds {kind}, which is no photograph; save it as RGB or grey with 8 or 16 bits."


def _check_size(size: tuple[int, int], path: Path) -> None:
    """Raise where a photograph is too large, before it is decoded."""
    n_columns, n_rows = map(operator.index, size)  # a broken tag may hold anything
    if n_rows * n_columns > MAX_PIXELS:
        raise UnsuitableError(
            f"'{path}' has {n_rows} rows and {n_columns} columns, more than the {MAX_PIXELS:,} pixels that "
            "are read at once; cut it into sections."
        )
    if n_rows * n_columns > MAX_PIXELS_A_BYTE * path.stat().st_size:
        raise ValueError(f"{n_rows} rows and {n_columns} columns cannot be in {path.stat().st_size} bytes")


def _upright(samples: NDArray[np.uint8], image: Image.Image) -> NDArray[np.uint8]:
    """Turn samples as the file of `image` asks for."""
    return _turn(samples, image.getexif().get(ORIENTATION, 1))


def _turn(samples: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Flip and exchange axes as an orientation of 1 to 8 asks (TIFF 6.0, section 8)."""
    if orientation in {5, 6, 7, 8}:
        samples = samples.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        samples = samples[::-1]
    if orientation in {2, 3, 6, 7}:
        samples = samples[:, ::-1]
    return samples


def _over_white(samples: NDArray[np.uint8], path: Path) -> NDArray[np.uint8]:
    """Return 8-bit RGB of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) samples a pixel."""
    n_colors = {1: 1, 2: 1, 3: 3, 4: 3}[samples.shape[2]]
    colors = np.broadcast_to(samples[..., :n_colors], (*samples.shape[:2], 3))
    if n_colors == samples.shape[2]:
        return np.ascontiguousarray(colors)
    image = np.array(colors, order="C")
    alpha = samples[..., -1:]
    changed = alpha[..., 0] < 255
    if changed.any():
        warnings.warn(
            f"'{path}' has {changed.sum():,} transparent pixels; they are laid over white.", stacklevel=4
        )
        opacity = alpha[changed].astype(np.uint16)
        image[changed] = (image[changed] * opacity + 255 * (255 - opacity) + 127) // 255
    return image


_READERS = {
    b"\xff\xd8\xff": _read_jpeg,
    b"\x89PNG\r\n\x1a\n": _read_png,
    b"II*\0": _read_tiff,
    b"MM\0*": _read_tiff,
    b"II+\0": _read_tiff,
    b"MM\0+": _read_tiff,
}
