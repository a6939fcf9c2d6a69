"""Labels as arrays: what a geologist has drawn, checked and cut into regions."""

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.measure import label

__all__ = ["MAX_PIXELS", "check_labels", "regions"]

MAX_PIXELS = 400_000_000  # of labels read from a file: more is a file that is broken


def check_labels(labels: ArrayLike, shape: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Return labels as an array of codes, or say what is wrong with them.

    Parameters
    ----------
    labels : array-like, (n_rows, n_columns)
        Codes 0 (unlabelled) to 255. Any kind of number will do as long as its values are exactly whole.
    shape : tuple of int, optional
        Rows and columns of the image that the labels belong to.

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns)
        The codes; `labels` itself where it is such an array already.

    Raises
    ------
    TypeError
        `labels` holds no numbers, or is a path, or an array and a legend as `read_labels` returns them.
    ValueError
        `labels` has rows of several lengths, not two dimensions or no pixels, has another shape than the
        image, or holds a value that is no code.

    Examples
    --------
    >>> check_labels([[0.0, 1.0], [2.0, 2.0]])
    array([[0, 1],
           [2, 2]], dtype=uint8)
    """
    array = _array_of(labels)
    if array.ndim != 2:
        raise ValueError(
            f"labels must have two dimensions, (n_rows, n_columns), but their shape is {array.shape}; "
            "give one code per pixel, not a color or a list of pictures."
        )
    if array.size == 0:
        raise ValueError(f"labels have no pixels: their shape is {array.shape}.")
    if shape is not None and array.shape != tuple(shape[:2]):
        raise ValueError(
            f"labels have shape {array.shape} but the image has {shape[0]} rows and {shape[1]} columns; "
            "draw them on this section."
        )
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "buif":
        raise TypeError(
            f"labels must be numbers, 0 for unlabelled and 1 to 255 for classes, but they are of type "
            f"{array.dtype}."
        )
    return _whole(array)


def _array_of(labels: Any) -> NDArray[Any]:
    """Return what is given as an array, or say what it is instead."""
    if isinstance(labels, (str, os.PathLike)):
        raise TypeError(
            f"labels must be an array of codes, but they are the path {os.fspath(labels)!r}; read the file "
            "first: labels, legend = read_labels(path)."
        )
    if isinstance(labels, tuple) and len(labels) == 2 and (labels[1] is None or hasattr(labels[1], "names")):
        raise TypeError(
            "labels must be an array of codes, but they are an array and its legend, as read_labels returns "
            "them; give the array alone. Where several photographs have legends of their own, join_labels "
            "brings them to one."
        )
    try:
        return np.asarray(labels)
    except ValueError as error:
        raise ValueError(
            f"labels must be an array of codes, (n_rows, n_columns), but cannot be made one ({error}); give "
            "one code per pixel, and as many in each row."
        ) from error


def _whole(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Return numbers as codes where every one is a whole number from 0 to 255, or raise."""
    good = (array >= 0) & (array <= 255) & (array == np.trunc(array))  # false for NaN
    if not good.all():
        row, column = np.argwhere(~good)[0].tolist()
        raise ValueError(
            f"labels must be whole numbers from 0 (unlabelled) to 255, but there is {array[row, column]} at "
            f"row {row}, column {column}."
        )
    return array.astype(np.uint8)


def regions(labels: ArrayLike) -> NDArray[np.int32]:
    """Count through the connected pieces of equal label.

    Pixels belong together when they share an edge and a code; touching at a corner is not enough.

    Parameters
    ----------
    labels : array-like, (n_rows, n_columns)
        Codes, 0 = unlabelled.

    Returns
    -------
    ndarray of int32, (n_rows, n_columns)
        0 where unlabelled, else 1 to the number of regions, in the order of their first pixels.

    Examples
    --------
    >>> regions([[1, 1, 0], [2, 0, 1]])
    array([[1, 1, 0],
           [2, 0, 3]], dtype=int32)
    """
    codes = check_labels(labels)
    numbered, n_regions = np.zeros(codes.shape, np.int32), 0
    for rows in _labelled_rows(codes):
        part = label(codes[rows], background=0, connectivity=1)  # type: ignore[no-untyped-call]
        numbered[rows] = np.where(part > 0, part + n_regions, 0)
        n_regions += int(part.max(initial=0))
    return numbered


def _labelled_rows(labels: NDArray[np.uint8]) -> list[slice]:
    """Return the ranges of rows that have labels: few, where little of a large photograph is labelled."""
    edges = np.flatnonzero(np.diff(labels.any(axis=1), prepend=False, append=False))
    return [slice(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]
