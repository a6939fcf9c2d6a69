"""Corners and known depths of the selected lane: dragged, typed on the photograph, or typed in fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets as ipw
import numpy as np

from corewidgets.cores.core import Lane
from corewidgets.cores.depth_cell import Style, factor_of, own_factor
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_edits import outline_of, place_of, with_corner, with_depth, with_side
from corewidgets.cores.lane_shape import LaneShape, parse_ties
from corewidgets.widgets.panels import field_size
from corewidgets.widgets.stage.handles import Handles
from corewidgets.widgets.stage.stage import Stage

__all__ = ["LanePoints"]

_STEPS = {"ArrowUp": (-1, 0), "ArrowDown": (1, 0), "ArrowLeft": (0, -1), "ArrowRight": (0, 1)}


class LanePoints(ipw.Box):
    """Fields and handles of a lane's corners, and of the depths that are known within it.

    With the focus on the photograph "c" chooses the next corner, and Shift with an arrow moves it.

    Parameters
    ----------
    stage : Stage
        Where the corners are shown.
    scale : DepthScale
        The unit of depths.
    lane : callable
        Returns the lane that is edited.
    take : callable
        Called with the lane as it shall be.

    Attributes
    ----------
    handles : Handles
    hidden : bool
        Whether the handles show something else meanwhile.
    """

    def __init__(
        self, stage: Stage, scale: DepthScale, lane: Callable[[], Lane], take: Callable[[Lane], object]
    ) -> None:
        self._stage, self._scale, self._lane, self._take = stage, scale, lane, take
        self._corner, self._filling, self.hidden = 0, False, False
        self.handles = Handles(stage.ink, stage.messages)
        self._corners = ipw.Dropdown(description="Corner", **field_size(105, 50))
        self._place = [
            ipw.FloatText(description=name, continuous_update=False, **field_size(130, 54))
            for name in ("Row", "Column")
        ]
        self._asks = ipw.ToggleButton(
            description="Depth here", icon="map-marker", layout=ipw.Layout(width="auto"),
            tooltip="Click a place on the selected lane, such as a block, and type its depth",
        )  # fmt: skip
        self._ties = ipw.Text(
            description="Known depths", placeholder="0.25=45.1 0.5=45.4", continuous_update=False,
            tooltip="Place along the lane, 0 at its top and 1 at its base, and depth", **field_size(330, 92),
        )  # fmt: skip
        super().__init__(
            [self._corners, *self._place, self._asks, self._ties], layout=ipw.Layout(flex_flow="row wrap")
        )
        self._listen()

    def _listen(self) -> None:
        wrap = self._stage.messages.wrap
        self._corners.observe(wrap(lambda change: self._choose(change.new)), "value")
        for field in self._place:
            field.observe(wrap(lambda _: self._typed_corner()), "value")
        self._ties.observe(wrap(lambda _: self._typed_ties()), "value")
        self.handles.on_move(self.move_corner)
        self.handles.on_move_side(self.move_side)
        moves = {f"shift+{key}": lambda step=step: self._nudge(*step) for key, step in _STEPS.items()}
        self._stage.on_key({"c": lambda: self._choose(self._corner + 1), **moves})

    @property
    def asks(self) -> bool:
        """Whether a click on the lane asks for the depth there."""
        return bool(self._asks.value)

    @property
    def outline(self) -> LaneShape:
        """The corners of the lane."""
        return outline_of(self._lane(), self._stage.section.shape)

    def show(self) -> None:
        """Show corners and known depths as they are now."""
        outline = self.outline
        self._corner %= len(outline.corners)
        self._filling = True
        try:
            self._corners.options = [(str(number + 1), number) for number in range(len(outline.corners))]
            self._corners.value = self._corner
            for field, place in zip(self._place, outline.corners[self._corner], strict=True):
                field.value = place
            self._ties.value = outline.ties_text(self._scale.of)
        finally:
            self._filling = False
        if not self.hidden:
            texts = [(*place_of(outline, share), self._said(depth)) for share, depth in outline.ties]
            self.handles.show(outline.corners, active=self._corner, texts=texts)

    def move_corner(self, number: int, row: float, column: float) -> None:
        """Put a corner elsewhere; see `LaneEditor.move_corner`."""
        lane = with_corner(self._lane(), number, row, column, self._stage.section.shape)
        self._corner = number
        self._take(lane)

    def move_side(self, number: int, rows: float, columns: float) -> None:
        """Move a side; see `LaneEditor.move_side`."""
        self._take(with_side(self._lane(), number, rows, columns, self._stage.section.shape))

    def set_depth(self, row: float, column: float, depth: float | None) -> None:
        """Say which depth a place has; see `LaneEditor.set_depth`."""
        self._take(with_depth(self._lane(), row, column, depth, self._stage.section.shape))

    def ask(self, row: int, column: int) -> None:
        """Let a person type the depth of a place there, beginning with the one that it has now."""
        outline, lane = self.outline, self._lane()
        share = np.array([outline.share_at(row, column)])
        depth = float(outline.depths(share, lane.top, lane.base)[0])
        self.handles.ask(
            row,
            column,
            f"{self._scale.of(depth):.3f}",
            f"Depth here in {self._scale.unit}; empty where it is not known",
            lambda text: self._typed_depth(row, column, text),
        )

    def _said(self, depth: float) -> str:
        return f"{self._scale.of(depth):.10g} {self._scale.unit}"

    def _typed_depth(self, row: float, column: float, text: str) -> None:
        """Take a depth as it is typed: "12.5", "41 ft", or nothing."""
        if not text.strip():
            self.set_depth(row, column, None)
            return
        factor = None if own_factor(text) is not None else factor_of(self._scale.unit)
        try:
            depth = Style([text]).metres(text, factor)
        except ValueError as error:
            raise ValueError(f"The depth {text!r} {error}.") from error
        self.set_depth(row, column, depth)

    def _choose(self, number: int | None) -> None:
        if not self._filling and number is not None:
            self._corner = number
            self.show()

    def _nudge(self, rows: int, columns: int) -> None:
        """Move the corner by a pixel of the page, or of the photograph, as it is turned there.

        One that is not shown stays.
        """
        if self.hidden:
            return
        view = self._stage.viewport
        x, y = view.to_canvas(*self.outline.corners[self._corner])
        step = max(view.unit, view.scale)
        self.move_corner(self._corner, *view.to_image(x + columns * step, y + rows * step))

    def _typed_corner(self) -> None:
        if not self._filling:
            row, column = (float(field.value) for field in self._place)
            self.move_corner(self._corner, row, column)

    def _typed_ties(self) -> None:
        text = self._ties.value.strip()
        if self._filling or (not text and self._lane().shape is None):
            return
        try:
            ties: Any = parse_ties(text, self._scale.to_metres) if text else ()
        except ValueError as error:
            raise ValueError(f"Known depths {text!r}: {error}.") from error
        self._take(replace(self._lane(), shape=LaneShape(self.outline.corners, ties)))
