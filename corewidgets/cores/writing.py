"""What is written in a photograph of a core box, and whether it stands on its head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.core import Lane
from corewidgets.cores.lane_edits import outline_of
from corewidgets.extras import import_extra

__all__ = ["SURE", "Recognizer", "Text", "rapidocr", "writing_upside_down"]

SURE = 0.8
"""Confidence from which a text counts as read."""

_LONGEST = 4000  # pixels of a side; larger photographs are read at a smaller size
_LEAST = 4  # letters and digits: of fewer it is hard to say which way up they stand


class Text(NamedTuple):
    """A text in a photograph.

    Attributes
    ----------
    text : str
    confidence : float
        How sure it is that this is what is written, 0 to 1.
    place : (float, float)
        Row and column of its middle.
    turned : bool, optional
        Whether it stands on its head; None where that is not known, as of a
        text that runs down the photograph.
    """

    text: str
    confidence: float
    place: tuple[float, float]
    turned: bool | None = None


Recognizer = Callable[[NDArray[np.uint8]], Sequence[Text | tuple[str, float, tuple[float, float]]]]
"""Returns the texts in a photograph ``(n_rows, n_columns, 3)``; plain tuples do as well."""


def writing_upside_down(
    image: NDArray[np.uint8], lanes: Sequence[Lane], *, recognizer: Recognizer | None = None
) -> str:
    """Say that a photograph may be upside down because its header or another label is; or nothing.

    What is written in the lanes, such as depths on blocks, does not count: blocks lie as they fell.

    Parameters
    ----------
    image : array, shape (n_rows, n_columns, 3), uint8
        The photograph.
    lanes : sequence of Lane
        Of this photograph, in the order of reading. Where the first of them is read from the other end
        (rotation 180 or 270), that the photograph is upside down is known.
    recognizer : callable, optional
        See `Recognizer`; without it RapidOCR, as in `read_depth_marks`.

    Raises
    ------
    ModuleNotFoundError
        The extra ``ocr`` is not installed.
    """
    if lanes and lanes[0].rotation in (180, 270):
        return ""
    outlines = [outline_of(lane, (image.shape[0], image.shape[1])) for lane in lanes]
    texts = [Text(*each) for each in (recognizer or rapidocr())(image)]
    beside = [
        each
        for each in texts
        if each.confidence >= SURE and not any(outline.holds(*each.place) for outline in outlines)
    ]
    votes = {
        turned: sum(_n_signs(each) for each in beside if each.turned is turned) for turned in (True, False)
    }
    if votes[True] <= votes[False]:
        return ""
    longest = max((each for each in beside if each.turned), key=_n_signs)
    return (
        f"{longest.text!r} is written upside down beside the lanes: the photograph may be upside down. If it "
        "is, propose the lanes again with the other rotation, or turn each lane by 180 degrees."
    )


def _n_signs(text: Text) -> int:
    """Return how many letters and digits tell which way up a text stands."""
    n_signs = sum(sign.isalnum() for sign in text.text)
    return n_signs if n_signs >= _LEAST else 0


@cache
def rapidocr() -> Recognizer:
    """Return a recognizer that runs the networks of RapidOCR."""
    purpose = "Reading what is written in a photograph"
    import_extra("onnxruntime", "ocr", purpose)
    package = import_extra("rapidocr", "ocr", purpose)
    engine: Any = package.RapidOCR(params={"Global.log_level": "error", "Global.max_side_len": _LONGEST})

    def is_turned(image: NDArray[np.uint8], corners: NDArray[np.float64]) -> bool | None:
        first, last = corners.min(axis=0).clip(0).astype(int), np.ceil(corners.max(axis=0)).astype(int)
        seen = image[first[1] : last[1], first[0] : last[0]]
        if seen.shape[1] < 2 * seen.shape[0] or not seen.size:
            return None
        ((turn, _),) = engine(np.ascontiguousarray(seen), use_det=False, use_cls=True, use_rec=False).cls_res
        return bool(turn == "180")

    def recognize(image: NDArray[np.uint8]) -> list[Text]:
        image = np.ascontiguousarray(image[..., ::-1])  # blue first, as it expects
        found = engine(image, use_det=True, use_cls=True, use_rec=True)
        if found.boxes is None:
            return []
        boxes = np.asarray(found.boxes, float)
        middles = boxes.mean(axis=1)
        return [
            Text(str(text), float(sure), (float(y), float(x)), is_turned(image, corners))
            for text, sure, (x, y), corners in zip(found.txts, found.scores, middles, boxes, strict=True)
        ]

    return recognize
