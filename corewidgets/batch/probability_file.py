"""The probabilities of the classes of a section in a file, which others may have changed since."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corewidgets.hdf5 import Hdf5DamageError, open_hdf5

__all__ = ["CLASSES", "PROBABILITIES", "read_probabilities"]

PROBABILITIES = "probabilities"  # name of the dataset
CLASSES = "classes"  # name of its attribute with the codes of its classes


def read_probabilities(path: Path, shape: tuple[int, int], n_classes: int) -> NDArray[np.float32]:
    """Read the probabilities of all classes of a legend.

    Parameters
    ----------
    path : pathlib.Path
    shape : tuple of int
        Rows and columns of the section.
    n_classes : int
        Of the legend of the run.

    Returns
    -------
    ndarray of float32, (n_rows, n_columns, n_classes)
        0 for classes that the model does not know.

    Raises
    ------
    OSError
        The file is gone or cannot be opened.
    ValueError
        It is damaged, or holds something else.
    """
    n_values = shape[0] * shape[1] * n_classes
    try:
        with open_hdf5(path, numbers=(CLASSES,)) as file:
            dataset = file.datasets.get(PROBABILITIES)
            if dataset is None:
                raise _changed(path, f"it has no dataset {PROBABILITIES!r}")
            codes = list(dataset.numbers.get(CLASSES, ()))
            if tuple(dataset.shape) != (*shape, len(codes)):
                raise _changed(
                    path,
                    f"its shape is {tuple(dataset.shape)}, but the section has {shape[0]} rows, {shape[1]} "
                    f"columns and {len(codes)} classes",
                )
            if len(set(codes)) < len(codes) or not set(codes) <= set(range(1, n_classes + 1)):
                raise _changed(
                    path, f"its classes are {codes}, but the legend has the codes 1 to {n_classes}"
                )
            kept = file.read(PROBABILITIES, most=n_values)
    except Hdf5DamageError as error:
        raise _changed(path, str(error)) from error
    if not ((kept >= 0) & (kept <= 1)).all():
        raise _changed(path, "it has values that are not between 0 and 1")
    probabilities = np.zeros((*shape, n_classes), np.float32)
    probabilities[..., np.array(codes, int) - 1] = kept
    return probabilities


def _changed(path: Path, why: str) -> ValueError:
    return ValueError(
        f"The probabilities in '{path}' were changed after the run wrote them, and cannot be used: {why}. "
        "Delete the file, and start the run again; it is then made again."
    )
