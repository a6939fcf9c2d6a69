"""Photographs that another library holds in memory: Pillow's images, arrays of xarray."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.cores.photograph import turned_up
from corewidgets.cores.picture import develop
from corewidgets.cores.pillow_picture import ORIENTATION, picture_of

__all__ = ["held_picture", "held_picture_name"]

CHANNELS = frozenset({"band", "bands", "c", "channel", "channels", "color", "colour", "rgb"})


def held_picture(picture: object) -> object:
    """Return a picture of another library as the array that a section is made of.

    Parameters
    ----------
    picture : object
        An image of Pillow comes out as its file would: sRGB, drawn over white, turned as its Exif asks. Of an
        array of xarray the dimension of the channels, by its name or the only one of size 3, is moved to the
        end. All else is returned as it is.

    Returns
    -------
    object
        ``(n_rows, n_columns, 3)`` uint8, for an image of Pillow.

    Raises
    ------
    ValueError
        A Pillow image holds no colors, or it is not clear which dimension holds them.

    Warns
    -----
    UserWarning
        Some pixels are transparent, or a color profile cannot be used.

    Examples
    --------
    >>> held_picture(Image.new("L", (20, 100))).shape
    (100, 20, 3)
    """
    if isinstance(picture, Image.Image):
        return _of_pillow(picture)
    if _is_xarray(picture):
        return _of_xarray(picture)
    return picture


def held_picture_name(picture: object) -> str:
    """Return what a picture of another library is called, empty where it has no name."""
    if isinstance(picture, Image.Image):
        return Path(str(getattr(picture, "filename", "") or "")).stem
    return str(getattr(picture, "name", None) or "") if _is_xarray(picture) else ""


def _of_pillow(image: Image.Image) -> NDArray[np.uint8]:
    """Return an image of Pillow as a photograph, by the same steps as its file."""
    called = Path(held_picture_name(image) or "Pillow image")
    picture = picture_of(image, called)
    picture.orientation = image.getexif().get(ORIENTATION, 1)
    developed = develop(picture, picture.everything, called)
    for note in picture.notes:
        warnings.warn(note, stacklevel=4)
    return np.ascontiguousarray(turned_up(developed, picture.orientation))


def _is_xarray(picture: object) -> bool:
    """Tell whether this is an array of xarray, without importing it."""
    return all(hasattr(picture, name) for name in ("dims", "transpose", "values"))


def _of_xarray(array: Any) -> NDArray[Any]:
    """Return the values of an array of xarray, its channels last."""
    names = [str(name) for name in array.dims]
    if len(names) != 3:
        return np.asarray(array.values)
    found = [name for name in names if name.lower() in CHANNELS]
    found = found or [name for name, size in zip(names, array.shape, strict=True) if size == 3]
    if len(found) != 1:
        raise ValueError(
            f"It is not clear which dimension of {', '.join(names)} holds red, green and blue; call it "
            "'channel', or give the array: .transpose(..., 'channel').values."
        )
    rest = [name for name in array.dims if str(name) != found[0]]
    return np.asarray(array.transpose(*rest, found[0]).values)
