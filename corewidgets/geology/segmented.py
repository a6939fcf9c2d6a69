"""Sections with their segmentations, paired and checked before anything is measured on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.cores.core import Lane
from corewidgets.cores.section import CoreSection
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend

__all__ = ["Piece", "check_segmentation", "pair_segmentations"]

Piece: TypeAlias = CoreSection | Lane


def pair_segmentations(
    sections: Piece | Iterable[Piece], segmentations: Any, probabilities: Any = None
) -> Iterator[tuple[Piece, ArrayLike, ArrayLike | None]]:
    """Yield each section with its arrays; nothing is taken from a generator before it is needed.

    Parameters
    ----------
    sections : CoreSection, Lane, or iterable of them
    segmentations : array, or iterable of arrays where `sections` is one
    probabilities : array, or iterable of arrays where `sections` is one, optional

    Yields
    ------
    section : CoreSection or Lane
    segmentation : array
    probabilities : array or None

    Raises
    ------
    ValueError
        There are no sections, or not as many sections as arrays.
    """
    if isinstance(sections, (CoreSection, Lane)):
        yield sections, segmentations, probabilities
        return
    end, count = object(), 0
    columns = [sections, segmentations] if probabilities is None else [sections, segmentations, probabilities]
    for row in zip_longest(*columns, fillvalue=end):
        if any(each is end for each in row):
            raise ValueError(
                f"There must be as many segmentations (and probabilities) as sections, but one ended after "
                f"{count}; give one for each section."
            )
        yield row[0], row[1], row[2] if len(row) == 3 else None
        count += 1
    if not count:
        raise ValueError("There are no sections to measure; give at least one.")


def check_segmentation(section: Piece, segmentation: ArrayLike, legend: Legend) -> NDArray[np.uint8]:
    """Return a segmentation that fits its section and the legend, or raise.

    Parameters
    ----------
    section : CoreSection or Lane
        The size of a lane is not known before its photograph is read; it is not compared.
    segmentation : array of shape (n_rows, n_columns)
        Codes.
    legend : Legend

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns)

    Raises
    ------
    ValueError
        The shape is not that of the section, or the legend lacks a code.
    """
    codes = check_labels(segmentation)
    if isinstance(section, CoreSection) and codes.shape != section.shape:
        raise ValueError(
            f"segmentation has shape {codes.shape} but section {section.name!r} has {section.n_rows} rows "
            f"and {section.n_columns} columns; segment this section."
        )
    legend.check(codes, f"segmentation of {section.name!r} holds", "add its class to the legend")
    return codes
