"""The switch by which strokes of the brush and polygons keep to the edges of the photograph."""

from __future__ import annotations

from typing import Any

import ipywidgets as ipw
import numpy as np

from corewidgets.geology.edges import Wire, keep_to_edges, wire
from corewidgets.labels.edits import Edit, paint_polygon
from corewidgets.widgets.buttons import title
from corewidgets.widgets.shared_look import look
from corewidgets.widgets.stage.gestures import Stroke
from corewidgets.widgets.stage.modes import MODES
from corewidgets.widgets.stage.stage import Stage
from corewidgets.widgets.turn import TURN

__all__ = ["EdgeKeeping"]

_TIP = (
    "Brush strokes stop at nearby edges in the photograph, and the sides of a clicked polygon follow "
    "the edges between its corners"
)


class EdgeKeeping:
    """Moves what is drawn to the edges near it, while it is switched on.

    Parameters
    ----------
    stage : Stage
        Whose photograph has the edges.

    Attributes
    ----------
    on : ipywidgets.Checkbox
        The switch; key K.
    options : ipywidgets.Widget
        To be put beside the picture.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._wire = Wire(stage.section.image)
        self.on = ipw.Checkbox(
            description="Keep to edges", tooltip=_TIP, indent=False,
            **look(ipw.Checkbox, width="auto", margin="0"),
        )  # fmt: skip
        wide = ipw.Layout(width="100%", margin="0", flex="0 0 auto")
        self.options = ipw.VBox([title("Brush and polygon", "K"), self.on], layout=wide)
        stage.observe(self._mode_set, "mode")
        stage.on_key({"k": self._toggle})
        ipw.dlink((self.on, "value"), (stage.ink, "keeps_edges"))
        stage.ink.on_msg(self._asked)

    def edit(self, stroke: Stroke, edit: Edit | None) -> Edit | None:
        """Return what a stroke changes, moved to the edges; as it is where that is not wanted."""
        mode = MODES[stroke.mode]
        if edit is None or not self.on.value or not (mode.has_brush or mode.is_lasso):
            return edit
        image = self._stage.section.image
        if mode.is_lasso and stroke.lengths:  # corners that were set by clicks
            return paint_polygon(wire(image, stroke.points), edit.code, image.shape[:2])
        box, mask = keep_to_edges(image, edit.box, edit.mask)
        return Edit(box, mask, edit.code)

    def _asked(self, _: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Answer the page: the ways between the corners of an open polygon, and on to the pointer."""
        if content.get("kind") != "wire":
            return
        corners = np.frombuffer(buffers[0], np.float32).reshape(-1, 2)
        with TURN:
            sides = self._wire.sides(corners, closed=False)
            answer = {"kind": "wired", "lengths": [len(side) for side in sides]}
            answer |= {name: content[name] for name in ("client", "number")}
            points = np.concatenate(sides) if sides else np.empty((0, 2))
            self._stage.ink.send(answer, [points.astype(np.float32).tobytes()])

    def _toggle(self) -> None:
        self.on.value = not self.on.value

    def _mode_set(self, _: Any) -> None:
        mode = MODES[self._stage.mode]
        self.options.layout.display = "" if mode.has_brush or mode.is_lasso else "none"
