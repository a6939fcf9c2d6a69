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
from corewidgets.geology.recovery import SAME_DEPTH, RockPiece
from corewidgets.labels.polygons import fill_polygon
from corewidgets.widgets.buttons import button
from corewidgets.widgets.panels import field_size
from corewidgets.widgets.stage.handles import Handles
from corewidgets.widgets.stage.stage import Stage

__all__ = ["BreakEditor"]

_NATURAL, _MECHANICAL, _RUBBLE = 1, 2, 3
_PALETTE = np.array([(0, 0, 0, 0), (230, 57, 70, 255), (255, 255, 255, 255), (150, 80, 200, 90)], np.uint8)
_THIN = 400  # times thinner than the photograph a line is
_NOT_FOUND = "No breaks are known yet. Press Find breaks; then they can be corrected."
_REACH = 0.15  # of the width of a lane: a click so near to a break chooses it


class BreakEditor(ipw.Box):
    """Buttons, a field and keys for the breaks of the core in the selected lane.

    While "Breaks" is pressed the breaks of the lane have handles to drag, and a click on the lane adds a
    break, or chooses the one that it is on. With the focus on the photograph "b" chooses the next break, "i"
    adds one in the middle of the piece below it, "[" and "]" move it by a pixel, "m" marks it as mechanical
    or natural, "u" the piece above it as rubble or solid core, "d" the piece below it, and Delete removes it.
    Where the core runs on in the next lane, the end of the lane is a break too, which stays there.

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
            **field_size(165, 84),
        )  # fmt: skip
        self.told = ipw.HTML()
        self._buttons = [
            button(messages, action, text, icon=icon, tooltip=tip)
            for action, text, icon, tip in (
                (self.mark, "Mechanical", "wrench", "Made by drilling or handling, or natural (M)"),
                (self.mark_rubble, "Rubble above", "th", "The piece above it is rubble, or solid core (U)"),
                (self.mark_below, "Rubble below", "th", "The piece below it is rubble, or solid core (D)"),
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
        stage.on_key(
            {
                "b": self.choose_next, "i": self.add_below, "m": self.mark, "u": self.mark_rubble,
                "d": self.mark_below, "Delete": self.remove,
                "[": lambda: self._nudge(-1), "]": lambda: self._nudge(1),
            }
        )  # fmt: skip

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
        return [] if log is None else _breaks_in(log, self.lane)

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
        bare = not self._pieces_between(self.lane.top, self.lane.base)
        for each in self._buttons:
            each.disabled = bare if each.description.startswith("Rubble") else chosen is None
        if log is None:
            self.told.value = _NOT_FOUND if self.edits.value else ""
        elif chosen is None:
            self.told.value = "No break in this lane."
        else:
            kind = "mechanical" if chosen.mechanical else "natural"
            end = ", end of the lane" if self._is_end(chosen) else ""
            self.told.value = f"Break {breaks.index(chosen) + 1} of {len(breaks)}, {kind}{end}"
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
        self._move(self.breaks[number], self._depth_at(row, column))

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
        if below := self._pieces_between(top, lane.base):
            depth = (max(below[0].top, lane.top) + min(below[0].base, lane.base)) / 2
            self._change(lambda log: log.with_break(depth), depth)

    def mark(self) -> None:
        """Mark the chosen break as mechanical, or as natural where it is that."""
        if (chosen := self.chosen) is not None:
            self._change(lambda log: log.with_mechanical(chosen.depth, not chosen.mechanical), chosen.depth)

    def mark_rubble(self) -> None:
        """Mark the piece above the chosen break as rubble, or as solid core where it is that.

        In a lane without breaks it is its last piece.
        """
        base = self.lane.base if self.chosen is None else self.chosen.depth
        self._mark_piece(self._pieces_between(self.lane.top, base)[-1:])

    def mark_below(self) -> None:
        """Mark the piece below the chosen break as rubble, or as solid core where it is that.

        In a lane without breaks it is its first piece.
        """
        top = self.lane.top if self.chosen is None else self.chosen.depth
        self._mark_piece(self._pieces_between(top, self.lane.base)[:1])

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
        self._move(chosen, float(outline.depths(share, lane.top, lane.base)[0]))

    def _is_end(self, one: CoreBreak) -> bool:
        return one.depth >= self.lane.base - SAME_DEPTH

    def _pieces_between(self, top: float, base: float) -> list[RockPiece]:
        """Return the pieces of which some lies between two depths, from top to base."""
        return [
            each
            for each in self._log() or ()
            if each.base > top + SAME_DEPTH and each.top < base - SAME_DEPTH
        ]

    def _mark_piece(self, pieces: Sequence[RockPiece]) -> None:
        """Mark a piece, if there is one, as rubble or as solid core."""
        if pieces:
            piece = pieces[0]
            depth = piece.base if self.chosen is None else self.chosen.depth
            middle = (piece.top + piece.base) / 2
            self._change(lambda log: log.with_rubble(middle, rubble=piece.solid), depth)

    def _move(self, one: CoreBreak, to: float) -> None:
        """Move a break; that at the end of the lane stays with it."""
        if self._is_end(one):
            raise ValueError(
                f"The break at {self._scale.text(one.depth)} is the end of {self.lane.name!r} and cannot be "
                "moved; correct the base of the lane."
            )
        self._change(lambda log: log.with_break_moved(one.depth, to), to)

    def _change(self, correct: Callable[[PieceLog], PieceLog], depth: float) -> None:
        """Correct the pieces, and choose the break that is then at a depth, or the next one."""
        if (log := self._log()) is None:
            return
        after = correct(log)
        below = [each.depth for each in _breaks_in(after, self.lane)]
        self._number = max(0, min(int(np.searchsorted(below, depth - 1e-9)), len(below) - 1))
        self._take(after)

    def _typed(self, value: float) -> None:
        if not self._filling and (chosen := self.chosen) is not None:
            try:
                self._move(chosen, self._scale.to_metres(value))
            except ValueError:
                self.show()  # its depth as it is
                raise

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
            for depth, mechanical in _breaks_in(log, lane):
                around = _shares(outline, lane, depth, depth) + np.array([-half, half]) / outline.size[0]
                _fill(picture, outline, around, _MECHANICAL if mechanical else _NATURAL)
        return picture


def _breaks_in(log: PieceLog, lane: Lane) -> list[CoreBreak]:
    """Return the breaks in a lane, from top to base; one where two lanes meet is in the upper one."""
    return [each for each in log.breaks if lane.top + SAME_DEPTH < each.depth <= lane.base + SAME_DEPTH]


def _shares(outline: LaneShape, lane: Lane, top: float, base: float) -> npt.NDArray[np.float64]:
    return outline.shares(np.array([top, base]), lane.top, lane.base)


def _fill(
    picture: npt.NDArray[np.uint8], outline: LaneShape, shares: npt.NDArray[np.float64], code: int
) -> None:
    """Fill a stretch of a lane, in place."""
    left, right = outline.at(shares)
    box, inside = fill_polygon(np.concatenate([left, right[::-1]]), (picture.shape[0], picture.shape[1]))
    picture[box][inside] = code
