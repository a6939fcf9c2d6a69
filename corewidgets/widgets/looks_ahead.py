"""How the part of a photograph that is in view looks, computed in the background, for outlines to come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from corewidgets.features.look import outline_features
from corewidgets.geology.compiled import prepare
from corewidgets.learning.mapping import View
from corewidgets.widgets.background import Ticket, Worker

__all__ = ["LooksAhead"]

_MOST_PIXELS = 1_500_000  # of a photograph, that are looked at at once
_DELAY = 0.2  # seconds for which a view must rest


class LooksAhead:
    """Holds the features of the part that was wanted last.

    Parameters
    ----------
    image : array, shape (n_rows, n_columns, 3), uint8
    margin : int
        Pixels around a view that are looked at too.
    failed : callable
        Called with an error.
    """

    def __init__(
        self, image: npt.NDArray[np.uint8], margin: int, failed: Callable[[Exception], None]
    ) -> None:
        self._image = image
        self._margin = margin
        self._worker = Worker(failed, lambda _busy: None)
        self._wanted: View | None = None
        self._found: tuple[View, npt.NDArray[Any]] | None = None

    def want(self, view: View) -> None:
        """Begin to look at a part, unless it is done or under way."""
        part = _around(view, self._margin, self._image.shape[:2])
        if self._wanted is not None and _holds(self._wanted, part):
            return
        self._wanted = part
        self._worker.submit(lambda ticket: self._look(ticket, part), _DELAY)

    def features(self, part: View) -> tuple[View, npt.NDArray[Any]] | None:
        """Return the features of what holds a part, and which rows and columns that is; None before."""
        found = self._found
        return found if found is not None and _holds(found[0], part) else None

    def stop(self) -> None:
        """End the work."""
        self._wanted = None
        self._worker.stop()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is being computed; return whether that came in time."""
        return self._worker.wait(timeout)

    def _look(self, ticket: Ticket, part: View) -> None:
        looks = outline_features(self._image[part], progress=lambda _done, _total: ticket.check())
        ticket.deliver(self._keep, part, looks)
        prepare()

    def _keep(self, part: View, looks: npt.NDArray[Any]) -> None:
        self._found = part, looks


def _around(view: View, margin: int, shape: tuple[int, ...]) -> View:
    """Return a view with a margin, from even pixels on; of one that is too large, the middle."""
    spans = [slice(max(0, side.start - margin), side.stop + margin) for side in view]
    spans = [slice(span.start, min(size, span.stop)) for span, size in zip(spans, shape, strict=True)]
    lengths = [span.stop - span.start for span in spans]
    for axis in np.argsort(lengths)[::-1]:
        most = max(2 * margin, _MOST_PIXELS // max(lengths[1 - axis], 1))
        spare = max(0, lengths[axis] - most)
        spans[axis] = slice(spans[axis].start + spare // 2, spans[axis].stop - (spare - spare // 2))
        lengths[axis] -= spare
    rows, columns = (slice(span.start // 2 * 2, span.stop) for span in spans)
    return rows, columns


def _holds(outer: View, inner: View) -> bool:
    return all(
        large.start <= small.start and small.stop <= large.stop
        for large, small in zip(outer, inner, strict=True)
    )
