"""What a classifier is asked to learn from, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from corewidgets.cores.opening import holds_many, open_sections
from corewidgets.cores.section import CoreSection
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.labelled_pixels import LabelledPixels

__all__ = ["Drawn", "check_classes", "check_enough", "common_names", "pairs"]


class Drawn(NamedTuple):
    """What a classifier learns from.

    Attributes
    ----------
    sections : list of CoreSection
    codes : numpy.ndarray
        ``(n,)`` uint8 of all training pixels.
    chosen : list of (numpy.ndarray, numpy.ndarray)
        Rows and columns of the training pixels of each section, row by row.
    all_labels : list of numpy.ndarray
        ``(n_rows, n_columns)`` uint8 of each section.
    labelled : list of LabelledPixels
        The same, listed.
    """

    sections: list[CoreSection]
    codes: np.ndarray
    chosen: list[tuple[np.ndarray, np.ndarray]]
    all_labels: list[np.ndarray]
    labelled: list[LabelledPixels]


def pairs(section: Any, labels: Any) -> tuple[list[CoreSection], list[np.ndarray]]:
    """Return lists of sections and of their checked labels."""
    if not holds_many(section):
        section, labels = [section], [labels]
    elif getattr(labels, "ndim", 0) == 2:  # of a folder, a pattern or a list with one photograph
        labels = [labels]
    sections = open_sections(section)
    if len(sections) != len(labels):
        raise ValueError(
            f"There are {len(sections)} photographs but {len(labels)} label arrays; "
            "give one array of labels per photograph."
        )
    checked = [check_labels(part, whole.shape) for part, whole in zip(labels, sections, strict=True)]
    return sections, checked


def check_classes(labelled: Sequence[LabelledPixels]) -> None:
    """Raise unless two classes are labelled."""
    codes = sorted({int(code) for part in labelled for code in part.region_codes})
    if len(codes) == 0:
        raise ValueError(
            "There is nothing to learn from: every pixel is 0 (unlabelled). Paint at least two classes."
        )
    if len(codes) == 1:
        raise ValueError(
            f"There is nothing to tell apart: every labelled pixel has code {codes[0]}. "
            "Paint at least two classes."
        )


def common_names(sections: Sequence[CoreSection]) -> tuple[str, ...]:
    """Return the names of the photographs that each section has, or raise where they differ."""
    names = tuple(sections[0].images)
    for section in sections:
        if set(section.images) != set(names):
            raise ValueError(
                f"One section has the photographs {', '.join(names)}, another {', '.join(section.images)}; "
                "train on sections that have the same ones."
            )
    return names


def check_enough(codes: np.ndarray) -> None:
    """Raise unless there are more training pixels, given by their codes, than classes."""
    n_classes = len(np.unique(codes))
    if len(codes) <= n_classes:
        raise ValueError(
            f"There are {len(codes)} pixels of {n_classes} classes to learn from, but there must be more "
            "pixels than classes. Paint larger strokes, or raise"
            " max_training_pixels (--max-training-pixels)."
        )
