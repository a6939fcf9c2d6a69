"""Depths that are written on blocks in a core box, read from the photograph for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.core import Lane
from corewidgets.cores.depth_cell import Style, factor_of, own_factor
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.lane_edits import outline_of, with_depth
from corewidgets.cores.writing import SURE, Recognizer, Text, rapidocr

__all__ = ["DepthMark", "read_depth_marks", "upside_down", "with_depth_marks"]

_DEPTH = re.compile(r"\d{1,5}(?:[.,]\d{1,3})?\s*(?:m|ft|')?", re.IGNORECASE)
_SAME = 1e-6  # metres


@dataclass(frozen=True)
class DepthMark:
    """A depth that was read on a lane.

    Attributes
    ----------
    lane : str
        Name of the lane.
    text : str
        As it was read.
    depth : float
        Metres.
    row, column : float
        Middle of the text in the photograph.
    confidence : float
        From 0 to 1, as the recognizer gives it.
    problem : str
        Why it cannot be right, empty where it can.
    """

    lane: str
    text: str
    depth: float
    row: float
    column: float
    confidence: float
    problem: str = ""


def read_depth_marks(
    image: NDArray[np.uint8],
    lanes: Sequence[Lane],
    *,
    scale: DepthScale = METRES,
    recognizer: Recognizer | None = None,
) -> list[DepthMark]:
    """Read the depths that are written on blocks within the lanes of a core box.

    They are proposals: look at each before you take it with `with_depth_marks`. Headers, rulers and labels
    outside of the lanes are not read.

    Parameters
    ----------
    image : array, shape (n_rows, n_columns, 3), uint8
        The photograph.
    lanes : sequence of Lane
        Of this photograph.
    scale : DepthScale
        The unit of numbers without one.
    recognizer : callable, optional
        See `Recognizer`; without it RapidOCR (Apache 2.0; its networks are in its wheel), on the processor
        and without a connection.

    Returns
    -------
    list of DepthMark
        Lane by lane, from top to base. A mark that contradicts the depths of its lane, or another mark, has a
        `problem`.

    Raises
    ------
    ModuleNotFoundError
        The extra ``ocr`` is not installed.
    """
    texts = [Text(*each) for each in (recognizer or rapidocr())(image)]
    marks: list[DepthMark] = []
    for lane in lanes:
        found = sorted(_marks(image.shape, lane, scale, texts), key=lambda mark: mark[0])
        marks += _checked(lane, [mark for _, mark in found], scale)
    return marks


def upside_down(marks: Sequence[DepthMark]) -> str:
    """Say that a photograph or a lane may be upside down, because depths become smaller; or nothing.

    Depths of different lanes tell it of the photograph. Where only one lane has depths they tell it of that
    lane alone: in a box that is read to and fro each second lane runs the other way.

    Parameters
    ----------
    marks : sequence of DepthMark
        Of the lanes of one photograph in the order of reading, those with a problem among them.
    """
    first, second = np.triu_indices(len(marks), 1)
    depths, lanes = np.array([mark.depth for mark in marks]), np.array([mark.lane for mark in marks])
    steps, apart = depths[second] - depths[first], lanes[first] != lanes[second]
    if apart.any():
        steps = steps[apart]
    if (steps < -_SAME).sum() <= (steps > _SAME).sum():
        return ""
    if apart.any():
        return (
            f"The depths become smaller from {marks[0].lane} to {marks[-1].lane}: the photograph may be "
            "upside down. If it is, propose the lanes again with the other rotation, or turn each lane by "
            "180 degrees."
        )
    return (
        f"The depths become smaller down {marks[0].lane}, and no other lane has any: this lane may be upside "
        "down, or the whole photograph. Turn the lane by 180 degrees, or propose all lanes again with the "
        "other rotation."
    )


def with_depth_marks(lane: Lane, marks: Sequence[DepthMark], shape: tuple[int, int]) -> Lane:
    """Return a lane whose depth is known where marks of it were read; those with a problem are left out.

    Parameters
    ----------
    lane : Lane
    marks : sequence of DepthMark
        Of any lanes.
    shape : tuple of int
        Rows and columns of the photograph.
    """
    for mark in marks:
        if mark.lane == lane.name and not mark.problem:
            lane = with_depth(lane, mark.row, mark.column, mark.depth, shape)
    return lane


def _marks(
    shape: tuple[int, ...], lane: Lane, scale: DepthScale, texts: Sequence[Text]
) -> Iterator[tuple[float, DepthMark]]:
    """Yield the place along the lane and the mark of each text on it that is a depth."""
    outline = outline_of(lane, (shape[0], shape[1]))
    for text, confidence, place, _ in texts:
        if confidence < SURE or not _DEPTH.fullmatch(text.strip()) or not outline.holds(*place):
            continue
        factor = None if own_factor(text) is not None else factor_of(scale.unit)
        try:
            depth = Style([text]).metres(text, factor)
        except ValueError:
            continue
        yield outline.share_at(*place), DepthMark(lane.name, text.strip(), depth, *place, confidence)


def _checked(lane: Lane, marks: Sequence[DepthMark], scale: DepthScale) -> Iterator[DepthMark]:
    """Yield the marks of a lane from top to base, each with what contradicts it."""
    deepest = lane.top
    for mark in marks:
        problem = ""
        if not lane.top - _SAME <= mark.depth <= lane.base + _SAME:
            ends = f"{scale.of(lane.top):g} to {scale.of(lane.base):g} {scale.unit}"
            problem = f"is not between the depths of the lane, {ends}"
        elif mark.depth < deepest - _SAME:
            problem = "is less than a depth above it"
        else:
            deepest = mark.depth
        yield DepthMark(mark.lane, mark.text, mark.depth, mark.row, mark.column, mark.confidence, problem)
