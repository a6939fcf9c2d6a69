"""Cores to try things on: a made one that needs no file, and the section of the published result."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pooch
from numpy.typing import NDArray

from corewidgets.cores.section import CoreSection, read_section
from corewidgets.cores.synthetic_core import make_core
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend

_FOLDER = "chicxulub-72-2"
_COMMIT = "a8893fa88d00569caa3bfc48d06721a410cceab8"
_ADDRESS = f"https://raw.githubusercontent.com/brendonhall/core_features/{_COMMIT}/data/"
_FILES = {
    "364_77_A_072_R_002_scanA67.jpg": (
        "364_77_A_072_R_002_scanA67.jpg",
        "1077bbecb95ca5519940b07e70c083ff0688b31823fc551328bb305cdf5f6430",
    ),
    "labels-ilastik.h5": ("72_2.h5", "18cc3abf5bc51e9e29f564293a91b2a281809703ab8581727f6cd81859a9a603"),
}
"""The name of each file, its name at the public address, and its SHA-256."""

_CHICXULUB_CLASSES = {
    "Impact-Light": "#B3B3B3",
    "Impact-Medium": "#808080",
    "Impact-Dark": "#4D4D4D",
    "Impact-Green": "#1BD69E",
    "Carb-White": "#2CFFFE",
    "Carb-Tan": "#0B24FB",
    "Carb-Brown": "#020C7E",
    "RedSiltstone": "#807F17",
    "Chert": "#0F7F12",
    "Basement-Mafic": "#7E0308",
    "Basement-Felsic": "#FC0D1B",
    "Void": "#0E0E0E",
    "Liner": "#FFFFFF",
    "Matrix": "#FC6621",
}


@dataclass(frozen=True, eq=False)
class Sample:
    """A section with labels to learn from.

    Parameters
    ----------
    section : CoreSection
        The photograph and its depths.
    labels : numpy.ndarray
        ``(n_rows, n_columns)`` uint8: sparse labels, 0 = unlabelled.
    truth : numpy.ndarray or None
        ``(n_rows, n_columns)`` uint8: the class of every pixel, where it is known.
    legend : Legend
        The names and colors of the codes.
    """

    section: CoreSection
    labels: NDArray[np.uint8]
    truth: NDArray[np.uint8] | None
    legend: Legend


def sample_core(n_rows: int = 1800, n_columns: int = 360, *, seed: int = 0) -> Sample:
    """Generate a section of impact breccia: clasts of several rocks, matrix, cracks, liner and void.

    Parameters
    ----------
    n_rows, n_columns : int
        The size of the photograph in pixels, a quarter of a millimetre each.
    seed : int
        A different seed gives another piece of the same core; the same seed the same arrays.

    Returns
    -------
    Sample
        With dense truth, and sparse labels such as a person would draw.

    Raises
    ------
    ValueError
        If the photograph would be too small to hold clasts of every class.
    """
    image, labels, truth, legend = make_core(n_rows, n_columns, seed)
    section = CoreSection(image, 100.0, 100.0 + n_rows * 0.00025, name=f"sample core {seed}")
    return Sample(section, labels, truth, legend)


def chicxulub_72_2() -> Sample:
    """Return the section on which the method was published, with an expert's sparse labels of 14 classes.

    Section 364-M0077A-72R-2, 698.41 to 699.02 m below sea floor.  The photograph is by the IODP Expedition
    364 Scientists (2017), Line scan images of IODP Hole 364-M0077A, PANGAEA,
    https://doi.org/10.1594/PANGAEA.881718, CC-BY 3.0.  The labels are from the repository
    brendonhall/core_features, MIT licence, Brendon Hall (2020).

    The files are read from the folder that the environment variable ``COREWIDGETS_DATA`` names (or its
    subfolder ``chicxulub-72-2``), or are fetched once from their public addresses.  Their SHA-256 is checked
    either way.

    Returns
    -------
    Sample
        ``(2693, 396)`` pixels, 259,499 of them labelled; without dense truth.

    Raises
    ------
    FileNotFoundError
        If ``COREWIDGETS_DATA`` names a folder without the files.
    ConnectionError
        If the files have to be fetched but cannot be.
    ValueError
        If a file is not the published one.
    """
    photograph, drawn = (_find(name) for name in _FILES)
    section = read_section(photograph, top=698.41, base=699.02, name="364-M0077A-72R-2")
    labels, _ = read_labels(drawn, shape=section.shape)
    legend = Legend(list(_CHICXULUB_CLASSES), list(_CHICXULUB_CLASSES.values()), not_rock=("Void", "Liner"))
    return Sample(section, labels, None, legend)


def _find(name: str) -> Path:
    """Return the path of a verified file, local or fetched."""
    folder = os.environ.get("COREWIDGETS_DATA")
    return _local(name, Path(folder)) if folder else _fetched(name)


def _local(name: str, folder: Path) -> Path:
    path = next((path for path in (folder / _FOLDER / name, folder / name) if path.is_file()), None)
    if path is None:
        raise FileNotFoundError(
            f"COREWIDGETS_DATA is {str(folder)!r}, but neither it nor its folder {_FOLDER} holds {name}; "
            "correct the variable, or unset it to fetch the file."
        )
    digest = pooch.file_hash(str(path))
    if digest != _FILES[name][1]:
        raise ValueError(
            f"{path} is not the published file: its SHA-256 is {digest}, but {_FILES[name][1]} is expected. "
            "Replace it, or unset COREWIDGETS_DATA to fetch it."
        )
    return path


def _fetched(name: str) -> Path:
    public_name, digest = _FILES[name]
    try:
        found = pooch.retrieve(
            _ADDRESS + public_name, digest, fname=name, path=pooch.os_cache("corewidgets"), progressbar=False
        )
    except OSError as error:
        raise ConnectionError(
            f"{name} could not be fetched from {_ADDRESS}{public_name} ({error}). Without a network, let "
            "COREWIDGETS_DATA name a folder that holds the file, or use sample_core(), which needs none."
        ) from error
    return Path(found)
