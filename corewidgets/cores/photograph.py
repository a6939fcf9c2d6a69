"""Photographs read from files, as 8-bit RGB arrays."""

import os
import struct
import warnings
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin, Jpeg2KImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from PIL.Image import DecompressionBombError
from PIL.ImageFile import ImageFile

from corewidgets.cores.crop import Crop, crop_beyond
from corewidgets.cores.picture import BITS, Picture, UnsuitableError, develop, srgb_of
from corewidgets.cores.pillow_picture import (
    MAX_PIXELS,
    ORIENTATION,
    Read,
    all_samples,
    check_size,
    joined_bytes,
    loaded,
    picture_of,
    raw_mode,
    set_raw_mode,
)
from corewidgets.cores.tiff import open_tiff
from corewidgets.links import not_there
from corewidgets.machine import free_bytes
from corewidgets.unpacking import size_limit

__all__ = ["check_photograph", "read_photograph", "turned_up"]

DAMAGE = (  # what libraries raise for broken bytes
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(EOFError, RuntimeError, MemoryError, struct.error, zlib.error, DecompressionBombError),
)
EVEN_PIXELS_A_BYTE = 10**6  # WebP and JPEG 2000 need next to nothing for an even color
DECODING_BYTES = {"WEBP": 13, "JPEG2000": 20}  # that their libraries take for a pixel, at most

Opener = Callable[[Path, ExitStack], Picture]


def read_photograph(
    path: str | os.PathLike[str],
    *,
    crop: tuple[int, int, int, int] | None = None,
    bits: int | None = None,
) -> NDArray[np.uint8]:
    """Read a photograph as 8-bit RGB, the right way up.

    The format is told by the first bytes of the file, not by its name. Values are those in the file, but an
    embedded color profile other than sRGB is applied: what is returned is sRGB, as viewers show it. Grey is
    repeated in the three channels; a palette is looked up; CMYK without a profile is converted by Pillow's
    simple formula.

    16-bit values are scaled over their full range, 0..65535 to 0..255, and rounded. Line-scan and scientific
    cameras write 10, 12 or 14 bits into them: where no value of a large enough photograph is above 1023,
    4095 or 16383, that is taken as its range, with a warning that says so. Where a TIFF names its largest
    value (MaxSampleValue), that counts.

    Where the photograph is transparent it is drawn over white, with a warning that says how many pixels that
    changed; an alpha channel that is opaque everywhere changes nothing. A fourth channel that is neither
    clear nor opaque in most pixels is taken as something measured, such as infrared, and left out, with a
    warning. A turn or a flip that the file asks for (Exif or TIFF orientation) is done.

    Memory: three bytes per pixel of what is returned, and while a file is decoded about four per pixel of
    the whole of it, so that 20,000 by 20,000 pixels take 2.7 GiB, and a lane of them 1.6. TIFF without
    compression or with Deflate is decoded part by part: a lane takes little more than itself. PNG with
    transparency or 16 bits takes up to ten bytes per pixel, all in all. The libraries for WebP and JPEG 2000
    take up to 13 and 20; where less memory than that is free, the file is refused.

    Parameters
    ----------
    path : str or path-like
        JPEG, PNG, TIFF, WebP, JPEG 2000 or BMP file. Of the pages of a TIFF the one of full size is read:
        others must be smaller copies of it, marked as of reduced resolution or, with a warning, of the same
        proportions. A page below a page is found as well. Three pages that ImageJ or OME call channels are
        taken as red, green and blue, with a warning.
    crop : tuple of int, optional
        First row, first row after, first column and first column after of the part that is wanted, in pixels
        of the upright photograph. It comes out as it would in the whole.
    bits : int, optional
        Bits of a 16-bit sample that are in use, 8 to 16. Files of 8 bits are read as ever.

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns, 3)

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        There is no such file, or it is a folder.
    ValueError
        The file is of no format named above, is damaged or cut short, has several pages, more than 400
        million pixels, values of a kind that is no photograph (32 bits, floating point, raw), or values of
        more than `bits`; `crop` reaches beyond the photograph; decoding takes more memory than is free.

    Warns
    -----
    UserWarning
        Some pixels are transparent, or one of the choices above was made.
    """
    path = Path(path)
    if bits is not None and bits not in BITS:
        raise ValueError(f"bits must be {BITS[0]} to {BITS[-1]}, but it is {bits!r}.")
    opened = _opener(path)
    try:
        with ExitStack() as files:
            picture = opened(path, files)
            box = _stored_box(picture, crop, path)
            stored = develop(picture, box, path, bits)
    except UnsuitableError:
        raise
    except DAMAGE as error:
        raise ValueError(
            f"'{path}' cannot be decoded ({error}): it is damaged, cut short or of an unsupported kind; copy "
            "it again from its source, or save it again as RGB."
        ) from error
    for note in picture.notes:
        warnings.warn(note, stacklevel=3)
    return np.ascontiguousarray(turned_up(stored, picture.orientation))


def check_photograph(path: str | os.PathLike[str]) -> None:
    """Raise what `read_photograph` raises for a file that cannot be a photograph, from its first bytes.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        There is no such file, or it is a folder.
    ValueError
        The file is empty or of another format. One that is damaged further on is only found by reading it.
    """
    _opener(Path(path))


def _opener(path: Path) -> Opener:
    """Choose how to read a file by its first bytes."""
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder; name the photograph in it.")
    if not path.exists():
        raise not_there(path, f"There is no file '{path}'; check the name and the folder.")
    with path.open("rb") as file:
        start = file.read(12)
    if not start:
        raise ValueError(f"'{path}' is empty; copy it again from its source.")
    for signature, opener in _OPENERS.items():
        if start.startswith(signature) and (signature != b"RIFF" or start[8:] == b"WEBP"):
            return opener
    raise ValueError(
        f"'{path}' is not a photograph that can be read: it is neither JPEG, PNG nor TIFF, nor WebP, JPEG "
        "2000 or BMP; save it as one of them."
    )


def _open_jpeg(path: Path, files: ExitStack) -> Picture:
    """Open a JPEG file."""
    return _decoded(JpegImagePlugin.JpegImageFile(path), path, files)


def _open_bmp(path: Path, files: ExitStack) -> Picture:
    """Open a BMP file."""
    return _decoded(BmpImagePlugin.BmpImageFile(path), path, files)


def _open_webp(path: Path, files: ExitStack) -> Picture:
    """Open a WebP file, which may be an animation."""
    with size_limit(MAX_PIXELS):
        image = WebPImagePlugin.WebPImageFile(path)
    n_frames = getattr(image, "n_frames", 1)
    if n_frames > 1:
        image.close()
        raise UnsuitableError(
            f"'{path}' has {n_frames} pictures, but a section is one photograph; save each as a file of its "
            "own."
        )
    return _decoded_at_once(image, path, files)


def _open_jpeg_2000(path: Path, files: ExitStack) -> Picture:
    """Open a JPEG 2000 file; it knows how many bits are in use, and Pillow fills the range."""
    picture = _decoded_at_once(Jpeg2KImagePlugin.Jpeg2KImageFile(path), path, files)
    picture.said_bits = 16
    return picture


def _decoded_at_once(image: ImageFile, path: Path, files: ExitStack) -> Picture:
    """Return a picture of which the library takes much memory, where there is as much."""
    files.callback(image.close)
    check_size(image.size, path, EVEN_PIXELS_A_BYTE)
    needed, free = image.width * image.height * DECODING_BYTES[str(image.format)], free_bytes()
    if 0 < free < needed:
        raise UnsuitableError(
            f"'{path}' has {image.height} rows and {image.width} columns. To decode {image.format} of that "
            f"size takes up to {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; save it as "
            "TIFF, of which only the parts that are wanted are decoded."
        )
    return picture_of(image, path)


def _decoded(image: ImageFile, path: Path, files: ExitStack) -> Picture:
    """Return a picture that Pillow has opened, after a look at its size."""
    files.callback(image.close)
    check_size(image.size, path)
    return picture_of(image, path)


def _open_png(path: Path, files: ExitStack) -> Picture:
    """Open a PNG file."""
    image = PngImagePlugin.PngImageFile(path)
    if "16" not in raw_mode(image):
        return _decoded(image, path, files)
    files.callback(image.close)
    check_size(image.size, path)
    return _wide_png(image, path, files)


def _wide_png(image: PngImagePlugin.PngImageFile, path: Path, files: ExitStack) -> Picture:
    """Return the picture in a PNG file of 16 bits a sample.

    Pillow keeps 16 bits of grey only. Of other kinds it keeps one byte of each sample: which one is the raw
    mode's choice, so that two passes give both.
    """
    mode, key, notes = raw_mode(image), image.info.get("transparency"), list[str]()
    high: NDArray[np.uint8] | None = None
    n_colors = 3 if mode.startswith("RGB") else 1
    if mode == "LA;16B":  # as many bytes per pixel as 8-bit RGBA
        set_raw_mode(image, "RGBA")
        bytes_of = loaded(image)
        read: Read = lambda rows, columns: bytes_of(rows, columns).view(">u2")  # noqa: E731
    elif mode == "I;16B":
        read = loaded(image)
    else:
        high = all_samples(image)
        image.close()  # its memory is needed for the second pass
        image = PngImagePlugin.PngImageFile(path)
        files.callback(image.close)
        set_raw_mode(image, mode.replace(";16B", ";16L"))
        read = joined_bytes(high, loaded(image))
    return Picture(
        shape=(image.height, image.width),
        read=read if key is None else _with_key(read, key),
        n_colors=n_colors,
        has_alpha=key is not None or "A" in mode,
        wide=True,
        orientation=image.getexif().get(ORIENTATION, 1),
        to_srgb=srgb_of(image.info.get("icc_profile"), n_colors, path, notes),
        notes=notes,
        spent=high,
    )


def _with_key(read: Read, key: int | tuple[int, ...]) -> Read:
    """Return what reads samples with transparency: clear where they have the color that a file names."""

    def read_with_alpha(rows: slice, columns: slice) -> NDArray[np.uint16]:
        samples = read(rows, columns)
        alpha = np.where((samples == key).all(axis=2), 0, 65535).astype(np.uint16)
        return np.dstack([samples, alpha])

    return read_with_alpha


def _stored_box(picture: Picture, crop: tuple[int, int, int, int] | None, path: Path) -> Crop:
    """Return a rectangle of the upright photograph as one of the picture in its file."""
    if crop is None:
        return picture.everything
    n_rows, n_columns = picture.shape
    turned = picture.orientation in _TRANSPOSED
    shape = (n_columns, n_rows) if turned else (n_rows, n_columns)
    top, bottom, left, right = crop
    if problem := crop_beyond(Crop(*crop), shape, path):
        raise UnsuitableError(f"{problem[0].upper()}{problem[1:]}.")
    if picture.orientation in _MIRRORED:
        left, right = shape[1] - right, shape[1] - left
    if picture.orientation in _UPSIDE_DOWN:
        top, bottom = shape[0] - bottom, shape[0] - top
    return Crop(left, right, top, bottom) if turned else Crop(top, bottom, left, right)


_TRANSPOSED, _UPSIDE_DOWN, _MIRRORED = {5, 6, 7, 8}, {3, 4, 7, 8}, {2, 3, 6, 7}
"""Orientations of 1 to 8 that ask for each (TIFF 6.0, section 8)."""


def turned_up(samples: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Exchange axes, then flip, as an orientation asks."""
    if orientation in _TRANSPOSED:
        samples = samples.swapaxes(0, 1)
    if orientation in _UPSIDE_DOWN:
        samples = samples[::-1]
    if orientation in _MIRRORED:
        samples = samples[:, ::-1]
    return samples


_OPENERS: dict[bytes, Opener] = {
    b"\xff\xd8\xff": _open_jpeg,
    b"\x89PNG\r\n\x1a\n": _open_png,
    b"II*\0": open_tiff,
    b"MM\0*": open_tiff,
    b"II+\0": open_tiff,
    b"MM\0+": open_tiff,
    b"RIFF": _open_webp,
    b"\0\0\0\x0cjP  \r\n\x87\n": _open_jpeg_2000,
    b"\xff\x4f\xff\x51": _open_jpeg_2000,
    b"BM": _open_bmp,
}
