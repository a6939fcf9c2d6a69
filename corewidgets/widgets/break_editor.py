"""Breaks of the core in the lanes of a box: found, added, moved, removed, and what made them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt

from corewidgets.cores.core import Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_edits import outline_of, place_of
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.geology.piece_log import CoreBreak, PieceLog
from corewidgets.geology.recovery import SAME_DEPTH
from corewidgets.labels.polygons import fill_polygon
from corewidgets.widgets.buttons import button
from corewidgets.widgets.stage.handles import Handles
from corewidgets.widgets.stage.stage import Stage

__all__ = ["BreakEditor"]

_NATURAL, _MECHANICAL, _RUBBLE = 1, 2, 3
_PALETTE = np.array([(0, 0, 0, 0), (230, 57, 70, 255), (255, 255, 255, 255), (150, 80, 200, 90)], np.uint8)
_THIN = 400  # times thinner than the photograph a line is
_REACH = 0.15  # of the width of a lane: a click so near to a break chooses it


class BreakEditor(ipw.Box):
    """Buttons, a field and keys for the breaks of the core in the selected lane.

    While "Breaks" is pressed the breaks of the lane have handles to drag, and a click on the lane adds a
    break, or chooses the one that it is on. With the focus on the photograph "b" chooses the next break, "i"
    adds one in the middle of the piece below it, "[" and "]" move it by a pixel, "m" marks it as mechanical
    or natural, "u" the piece above it as rubble or solid core, and Delete removes it.

    Parameters
    ----------
    stage : Stage
    scale : DepthScale
        The unit of depths.
    handles : Handles
        Of the lane.
    lanes : callable
        Returns all lanes and which of them is selected.
    log : callable
        Returns the pieces as they are now, None where none are known.
    take : callable
        Called with the pieces as they shall be.
    find : callable
        Looks for breaks in all lanes.
    """

    def __init__(
        self,
        stage: Stage,
        scale: DepthScale,
        handles: Handles,
        lanes: Callable[[], tuple[Sequence[Lane], int]],
        log: Callable[[], PieceLog | None],
        take: Callable[[PieceLog], object],
        find: Callable[[], object],
    ) -> None:
        self._stage, self._scale, self._handles = stage, scale, handles
        self._lanes, self._log, self._take = lanes, log, take
        self._number, self._filling = 0, False
        messages, auto = stage.messages, ipw.Layout(width="auto")
        self.edits = ipw.ToggleButton(
            description="Breaks", icon="scissors", layout=auto,
            tooltip="Click on the selected lane to add a break, drag one to move it",
        )  # fmt: skip
        self._depth = ipw.FloatText(
            description=f"Break at ({scale.unit})", step=0.001, continuous_update=False, disabled=True,
            layout=ipw.Layout(width="200px"), style={"description_width": "95px"},
        )  # fmt: skip
        self.told = ipw.HTML()
        self._buttons = [
            button(messages, action, text, icon=icon, tooltip=tip)
            for action, text, icon, tip in (
                (self.mark, "Mechanical", "wrench", "Made by drilling or handling, or natural (M)"),
                (self.mark_rubble, "Rubble", "th", "The piece above it is rubble, or solid core (U)"),
                (self.remove, "Remove break", "trash", "Delete"),
            )
        ]
        finds = button(
            messages, find, "Find breaks", icon="search",
            tooltip="Look for breaks in all lanes, in place of those that are shown",
        )  # fmt: skip
        super().__init__(
            [finds, self.edits, self._depth, *self._buttons, self.told],
            layout=ipw.Layout(flex_flow="row wrap", align_items="center"),
        )
        self._depth.observe(messages.wrap(lambda change: self._typed(change.new)), "value")
        keys = {"b": self.choose_next, "i": self.add_below, "m": self.mark, "u": self.mark_rubble}
        stage.on_key(
            {**keys, "Delete": self.remove, "[": lambda: self._nudge(-1), "]": lambda: self._nudge(1)}
        )

    @property
    def active(self) -> bool:
        """Whether a click on the lane is one for its breaks."""
        return bool(self.edits.value) and self._log() is not None

    @property
    def lane(self) -> Lane:
        """The selected lane."""
        lanes, selected = self._lanes()
        return lanes[selected]

    @property
    def breaks(self) -> list[CoreBreak]:
        """Those of the selected lane, from top to base."""
        log = self._log()
        return [] if log is None else [each for each in log.breaks if _holds(self.lane, each.depth)]

    @property
    def chosen(self) -> CoreBreak | None:
        """The break that keys and buttons change, if the lane has one."""
        breaks = self.breaks
        return breaks[min(self._number, len(breaks) - 1)] if breaks else None

    def show(self) -> None:
        """Show breaks and rubble of all lanes, and handles of those of the selected one."""
        log, chosen, breaks = self._log(), self.chosen, self.breaks
        self._stage.set_overlay(None if log is None else self._picture(log), _PALETTE, 1.0)
        self._filling = True
        try:
            self._depth.disabled = chosen is None
            self._depth.value = 0.0 if chosen is None else round(self._scale.of(chosen.depth), 4)
        finally:
            self._filling = False
        for each in self._buttons:
            each.disabled = chosen is None
        if chosen is None:
            self.told.value = "" if log is None else "No break in this lane."
        else:
            kind = "mechanical" if chosen.mechanical else "natural"
            self.told.value = f"Break {breaks.index(chosen) + 1} of {len(breaks)}, {kind}"
        if self.active:
            places = [self._place(each.depth) for each in breaks]
            active = -1 if chosen is None else breaks.index(chosen)
            texts = [] if chosen is None else [(*places[active], self._scale.text(chosen.depth))]
            self._handles.show(places, active=active, texts=texts, closed=False)

    def click(self, row: float, column: float) -> None:
        """Choose the break at a place of the selected lane, or add one."""
        depth, near = self._depth_at(row, column), self.breaks
        places = np.array([self._place(each.depth) for each in near]).reshape(-1, 2)
        off = np.hypot(*(places - self._place(depth)).T)
        if off.size and off.min() < _REACH * outline_of(self.lane, self._stage.section.shape).size[1]:
            self._number = int(off.argmin())
            self.show()
        else:
            self._change(lambda log: log.with_break(depth), depth)

    def drag(self, number: int, row: float, column: float) -> None:
        """Move a break of the selected lane to a place."""
        to = self._depth_at(row, column)
        self._change(lambda log: log.with_break_moved(self.breaks[number].depth, to), to)

    def choose_next(self) -> None:
        """Choose the next break of the lane, the first after the last."""
        if not self.edits.value:
            self.edits.value = True
        elif self.breaks:
            self._number = (self._number + 1) % len(self.breaks)
            self.show()

    def add_below(self) -> None:
        """Add a break in the middle of the piece below the chosen one, or of the first piece of the lane."""
        chosen, lane = self.chosen, self.lane
        top = lane.top if chosen is None else chosen.depth
        below = [piece for piece in self._log() or () if piece.base > top and piece.top < lane.base]
        if below:
            depth = (max(below[0].top, lane.top) + min(below[0].base, lane.base)) / 2
            self._change(lambda log: log.with_break(depth), depth)

    def mark(self) -> None:
        """Mark the chosen break as mechanical, or as natural where it is that."""
        if (chosen := self.chosen) is not None:
            self._change(lambda log: log.with_mechanical(chosen.depth, not chosen.mechanical), chosen.depth)

    def mark_rubble(self) -> None:
        """Mark the piece above the chosen break as rubble, or as solid core where it is that."""
        if (chosen := self.chosen) is not None and (log := self._log()) is not None:
            piece = next(piece for piece in log if piece.base == chosen.depth)
            middle = (piece.top + piece.base) / 2
            self._change(lambda log: log.with_rubble(middle, rubble=piece.solid), chosen.depth)

    def remove(self) -> None:
        """Remove the chosen break."""
        if (chosen := self.chosen) is not None:
            self._change(lambda log: log.without_break(chosen.depth), chosen.depth)

    def _nudge(self, pixels: int) -> None:
        """Move the chosen break down the lane by pixels of the photograph."""
        if (chosen := self.chosen) is None:
            return
        lane, outline = self.lane, outline_of(self.lane, self._stage.section.shape)
        share = outline.shares(np.array([chosen.depth]), lane.top, lane.base) + pixels / outline.size[0]
        to = float(outline.depths(share, lane.top, lane.base)[0])
        self._change(lambda log: log.with_break_moved(chosen.depth, to), to)

    def _change(self, correct: Callable[[PieceLog], PieceLog], depth: float) -> None:
        """Correct the pieces, and choose the break that is then at a depth, or the next one."""
        if (log := self._log()) is None:
            return
        after = correct(log)
        below = [each.depth for each in after.breaks if _holds(self.lane, each.depth)]
        self._number = max(0, min(int(np.searchsorted(below, depth - 1e-9)), len(below) - 1))
        self._take(after)

    def _typed(self, value: float) -> None:
        if not self._filling and (chosen := self.chosen) is not None:
            to = self._scale.to_metres(value)
            self._change(lambda log: log.with_break_moved(chosen.depth, to), to)

    def _place(self, depth: float) -> tuple[float, float]:
        outline = outline_of(self.lane, self._stage.section.shape)
        return place_of(outline, float(outline.shares(np.array([depth]), self.lane.top, self.lane.base)[0]))

    def _depth_at(self, row: float, column: float) -> float:
        lane, outline = self.lane, outline_of(self.lane, self._stage.section.shape)
        share = np.array([outline.share_at(row, column)])
        return float(outline.depths(share, lane.top, lane.base)[0])

    def _picture(self, log: PieceLog) -> npt.NDArray[np.uint8]:
        """Return rubble, and lines across the lanes at breaks."""
        shape = self._stage.section.shape
        picture = np.zeros(shape, np.uint8)
        for lane in self._lanes()[0]:
            outline, half = outline_of(lane, shape), max(shape) / _THIN / 2
            for piece in log:
                if not piece.solid and piece.base > lane.top and piece.top < lane.base:
                    _fill(picture, outline, _shares(outline, lane, piece.top, piece.base), _RUBBLE)
            for depth, mechanical in log.breaks:
                if _holds(lane, depth):
                    around = _shares(outline, lane, depth, depth) + np.array([-half, half]) / outline.size[0]
                    _fill(picture, outline, around, _MECHANICAL if mechanical else _NATURAL)
        return picture


def _holds(lane: Lane, depth: float) -> bool:
    """Tell whether a depth lies within a lane; its ends belong to no lane."""
    return lane.top + SAME_DEPTH < depth < lane.base - SAME_DEPTH


def _shares(outline: LaneShape, lane: Lane, top: float, base: float) -> npt.NDArray[np.float64]:
    return outline.shares(np.array([top, base]), lane.top, lane.base)


def _fill(
    picture: npt.NDArray[np.uint8], outline: LaneShape, shares: npt.NDArray[np.float64], code: int
) -> None:
    """Fill a stretch of a lane, in place."""
    left, right = outline.at(shares)
    box, inside = fill_polygon(np.concatenate([left, right[::-1]]), (picture.shape[0], picture.shape[1]))
    picture[box][inside] = code
