"""Correct the proposed lanes of a core box: where each lies on the photograph, and between which depths.

A lane is selected by a click. Its sides and corners can be dragged, which straightens a tilted lane, and it
can be drawn anew by going around it with the pointer: then it becomes the rectangle around what was drawn. A
depth that is known on it, such as that of a block, is typed where it is clicked. Numbers can be typed as
well::

    editor = LaneEditor(propose_lanes("box-12.jpg", 45.0, 49.0))
    editor                                  # correct
    editor.write_csv("box-12.csv")          # the table that `read_core` reads
    editor.save("hole.csv")                 # or in the table of the core, and its pieces beside it
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence, Sized
from dataclasses import replace
from typing import Any, NamedTuple

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Instance, Int, Tuple, validate

from corewidgets.cores.core import Core, Lane, raise_first
from corewidgets.cores.crop import Crop, crop_beyond
from corewidgets.cores.depth_marks import DepthMark, with_depth_marks
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.lane_edits import in_reading_order, put_lanes, turned
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.section import ROTATIONS
from corewidgets.geology.lane_pieces import lane_pieces
from corewidgets.geology.piece_log import PieceLog
from corewidgets.geology.pieces_beside import merged_pieces, pieces_file, pieces_in
from corewidgets.geology.recovery_table import write_pieces
from corewidgets.labels.polygons import fill_polygon
from corewidgets.widgets.break_editor import BreakEditor
from corewidgets.widgets.buttons import button
from corewidgets.widgets.lane_marks import LaneMarks
from corewidgets.widgets.lane_points import LanePoints
from corewidgets.widgets.panels import field_size, style_sheet
from corewidgets.widgets.stage.stage import Stage, Stroke
from corewidgets.widgets.tool import Tool

__all__ = ["LaneEditor"]

_MOST_LANES = 250  # as many codes as a map of bytes has
_EDGES = ("row_start", "row_stop", "column_start", "column_stop")
_COLORS = ((72, 149, 239), (249, 168, 38))  # of lanes, and of the one that is selected
_OPACITY = 0.35
_DEPTHS = ("top", "base")


class _State(NamedTuple):
    """What a step of undo brings back."""

    lanes: tuple[Lane, ...]
    pieces: PieceLog | None


class LaneEditor(Tool):
    """A photograph of a core box with its lanes, to correct them.

    Parameters
    ----------
    lanes : sequence of Lane, or Core
        Of one photograph, such as `propose_lanes` returns.
    height : int
        Height of the photograph's view in pixels of the page, at most: all of the tool is seen at once.
    scale : DepthScale, optional
        The unit that depths are typed and written in; that of `lanes` where they are a `Core`, else metres.
    table : path-like, optional
        The table of the core, which a button saves the lanes in; see `save`. Pieces that were saved beside it
        are there again.

    Attributes
    ----------
    lanes : tuple of Lane
        As they are now, from top to base.
    selected : int
        Which of them is edited, from 0.
    pieces : PieceLog or None
        The pieces of core between its breaks, as they are now; see `find_breaks`.

    Raises
    ------
    ValueError
        There are no lanes, more than 250, or they are of several photographs.
    """

    lanes = Tuple()
    selected = Int(0)
    pieces = Instance(PieceLog, allow_none=True)

    def __init__(
        self,
        lanes: Core | Sequence[Lane],
        *,
        height: int = 480,
        scale: DepthScale | None = None,
        table: str | os.PathLike[str] | None = None,
    ) -> None:
        files = {lane.file for lane in lanes}
        if len(files) != 1 or len(lanes) > _MOST_LANES:
            raise ValueError(
                f"A lane editor takes 1 to {_MOST_LANES} lanes of one photograph, but there are {len(lanes)} "
                f"of {len(files)}; edit one box at a time."
            )
        self.stage = Stage(read_photograph(next(iter(files))), height=height)
        self.scale: DepthScale = scale or (lanes.scale if isinstance(lanes, Core) else METRES)
        self._filling, self._undoing = False, False
        self._table, self._saved = table, tuple(lanes)  # lanes whose pieces the next ones replace
        self._before: list[_State] = []  # what undo brings back, and redo
        self._after: list[_State] = []
        self.points = LanePoints(self.stage, self.scale, lambda: self.lane, self._take)
        self.marks = LaneMarks(self.stage, self.scale, lambda: self.lanes, self.take_marks)
        self.breaks = BreakEditor(
            self.stage, self.scale, self.points.handles, lambda: (self.lanes, self.selected),
            lambda: self.pieces, lambda pieces: self.set_trait("pieces", pieces), self.find_breaks,
        )  # fmt: skip
        super().__init__([style_sheet(), self.stage, self._build()], lanes=_in_order(lanes))
        self.add_class("cw-lane-editor").add_class("cw-panel")
        if table is not None:
            with self.stage.messages.shown():
                self.pieces = pieces_in(pieces_file(table), self.lanes)
        self.stage.on_pixel(self._clicked)
        self.stage.on_stroke(self._drawn)
        self.stage.describe = self._describe
        self.stage.on_key({"ctrl+z": self.undo, "ctrl+y": self.redo, "ctrl+shift+z": self.redo})
        self.points.handles.on_move(self._dragged)
        self.breaks.edits.observe(self.stage.messages.wrap(self._show), "value")
        self.observe(self._remember, ["lanes", "pieces"])
        self.observe(self._show, ["lanes", "selected", "pieces"])
        self._show()

    @validate("lanes")
    def _check_lanes(self, proposal: dict[str, Any]) -> tuple[Lane, ...]:
        return Core(proposal["value"]).lanes  # raises where names are there twice

    @validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> int:
        return int(np.clip(proposal["value"], 0, len(self.lanes) - 1))

    @property
    def lane(self) -> Lane:
        """The lane that is selected."""
        selected: Lane = self.lanes[self.selected]
        return selected

    def select_at(self, row: int, column: int) -> None:
        """Select the lane that holds a pixel; a click on no lane does nothing."""
        code = int(self._codes()[row, column])
        if code:
            self.selected = code - 1

    def edit(self, **changes: Any) -> None:
        """Change what is given of the selected lane.

        Parameters
        ----------
        **changes
            Parameters of `Lane`: name, top, base, crop, rotation, shape. A crop makes a lane with corners of
            its own a rectangle; a rotation turns its corners.

        Raises
        ------
        ValueError
            The lane would be invalid (see `Lane`), reach beyond the photograph, or share a name.
        """
        if "crop" in changes:
            changes.setdefault("shape", None)  # else the rectangle would be that around its corners
        if "rotation" in changes and "shape" not in changes:
            changes["shape"] = turned(self.lane, changes["rotation"]).shape
        self._take(replace(self.lane, **changes))

    def move_corner(self, number: int, row: float, column: float) -> None:
        """Put a corner of the selected lane elsewhere; a rectangle becomes a lane with corners of its own.

        Parameters
        ----------
        number : int
            Which corner, from 0: down the left side with the top up, then up the right side.
        row, column : float
            Where it shall be in the photograph; beyond it, its edge.

        Raises
        ------
        IndexError
            There is no such corner.
        ValueError
            The sides of the lane would cross.
        """
        self.points.move_corner(number, row, column)

    def move_side(self, number: int, rows: float, columns: float) -> None:
        """Move a side of the selected lane, with both of its corners; a rectangle stays one.

        Parameters
        ----------
        number : int
            The corner where the side begins, see `move_corner`; it ends with the next one.
        rows, columns : float
            How far; both of its corners stay on the photograph.

        Raises
        ------
        IndexError
            There is no such corner.
        ValueError
            The sides of the lane would cross.
        """
        self.points.move_side(number, rows, columns)

    def set_depth(self, row: float, column: float, depth: float | None) -> None:
        """Set the depth of a place on the selected lane, or remove it.

        Parameters
        ----------
        row, column : float
            A place in the photograph; at an end of the lane it is the top or the base.
        depth : float or None
            Metres.

        Raises
        ------
        ValueError
            The depths would not go down the lane.
        """
        self.points.set_depth(row, column, depth)

    def take_marks(self, marks: Sequence[DepthMark]) -> None:
        """Take depths that were read on the lanes as known, in one step of undo; see `read_depth_marks`."""
        shape, name = self.stage.section.shape, self.lane.name
        lanes = [with_depth_marks(lane, marks, shape) for lane in self.lanes]
        self._keep(lanes, next(lane for lane in lanes if lane.name == name))

    def find_breaks(self) -> None:
        """Look for the breaks of the core in all lanes, as they lie now; they take the place of `pieces`.

        Correct corners and depths of the lanes first: where they change, the breaks stay at their depths.

        Raises
        ------
        ValueError
            Lanes overlap in depth.
        """
        self.pieces = lane_pieces(self.lanes, self.stage.section.image)
        self.breaks.edits.value = True

    def order(self, *, boustrophedon: bool = False) -> None:
        """Give the lanes the depths of the order in which a box is read, each as long as it is.

        Parameters
        ----------
        boustrophedon : bool
            Whether every second lane runs the other way.
        """
        lane = self.lane
        lanes = in_reading_order(self.lanes, self.stage.section.shape, boustrophedon=boustrophedon)
        self._keep(lanes, next(one for one in lanes if one.name == lane.name))

    def undo(self) -> None:
        """Undo the last change of the lanes."""
        self._step(self._before, self._after)

    def redo(self) -> None:
        """Redo the change that was undone last."""
        self._step(self._after, self._before)

    def _take(self, lane: Lane) -> None:
        """Put a lane in the place of the selected one.

        Raises
        ------
        ValueError
            It reaches beyond the photograph, or shares a name.
        """
        beyond = crop_beyond(self._crop(lane), self.stage.section.shape, lane.file)
        raise_first([beyond] if beyond else [])
        self._keep([*self.lanes[: self.selected], lane, *self.lanes[self.selected + 1 :]], lane)

    def add(self, crop: Crop) -> None:
        """Add a lane below all others, as long as the selected one, and select it."""
        base = max(lane.base for lane in self.lanes)
        names = {lane.name for lane in self.lanes}
        stem = self.lane.file.stem
        name = next(f"{stem}-{n}" for n in range(1, len(names) + 2) if f"{stem}-{n}" not in names)
        length = self.lane.base - self.lane.top
        lane = replace(self.lane, name=name, top=base, base=base + length, crop=crop, shape=None)
        self._keep([*self.lanes, lane], lane)

    def remove(self) -> None:
        """Remove the selected lane; the last one stays."""
        if len(self.lanes) == 1:
            raise ValueError("This is the last lane; draw it where it belongs instead of removing it.")
        gone = self.lane
        self.selected = max(0, self.selected - 1)
        self.lanes = tuple(lane for lane in self.lanes if lane is not gone)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table of the lanes, which `read_core` reads."""
        Core(self.lanes, scale=self.scale).write_csv(path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the lanes in the table of the core, in the place of those that it has of this photograph.

        The pieces of core, if they are known, go into a table beside it: "hole.pieces.csv" beside "hole.csv",
        for ``--pieces``.

        Parameters
        ----------
        path : path-like
            A CSV table; it is made where it is not there.

        Raises
        ------
        OSError, ValueError
            See `put_lanes` and `merged_pieces`; then both tables stay as they are.
        """
        beside, pieces = pieces_file(path), self.pieces
        merged = None if pieces is None else merged_pieces(beside, pieces, (*self._saved, *self.lanes))
        core = put_lanes(path, self.lanes, self.scale)
        said = f"Saved {_counted(self.lanes, 'lane')} of '{self.lane.file.name}' in '{path}'"
        if pieces is not None and merged is not None:
            write_pieces(merged, beside, scale=core.scale)
            said += f", and {_counted(pieces, 'piece')} of core in '{beside.name}' beside it"
        self._saved = self.lanes
        self.stage.messages.note(f"{said}.")

    def _remember(self, change: Any) -> None:
        """Note what undo brings back."""
        if not self._undoing:
            self._before.append(_State(self.lanes, self.pieces)._replace(**{change["name"]: change["old"]}))
            self._after.clear()

    def _step(self, source: list[_State], target: list[_State]) -> None:
        if not source:
            self.stage.messages.note(
                "Nothing more to undo." if source is self._before else "Nothing to redo."
            )
            return
        target.append(_State(self.lanes, self.pieces))
        state = source.pop()
        self.selected = min(self.selected, len(state.lanes) - 1)
        self._undoing = True
        try:
            self.lanes, self.pieces = state
        finally:
            self._undoing = False

    def _keep(self, lanes: Sequence[Lane], lane: Lane) -> None:
        """Take lanes over, and keep one of them selected, wherever its depth puts it."""
        self.lanes = _in_order(lanes)
        self.selected = self.lanes.index(lane)

    def _clicked(self, row: int, column: int) -> None:
        """Ask for the depth of the selected lane there, where that is wanted, or select another lane."""
        if int(self._codes()[row, column]) != self.selected + 1:
            self.select_at(row, column)
        elif self.breaks.active:
            self.breaks.click(row, column)
        elif self.points.asks:
            self.points.ask(row, column)

    def _dragged(self, number: int, row: float, column: float) -> None:
        """Move what has the handles: a break, or a corner."""
        (self.breaks.drag if self.breaks.active else self.points.move_corner)(number, row, column)

    def _drawn(self, stroke: Stroke) -> None:
        """Make the rectangle around a stroke a lane, or the selected one."""
        n_rows, n_columns = self.stage.section.shape
        first = np.floor(stroke.points.min(axis=0) + 0.5).astype(int).clip(0)
        stop = np.ceil(stroke.points.max(axis=0) + 0.5).astype(int).clip(None, (n_rows, n_columns))
        crop = Crop(int(first[0]), int(stop[0]), int(first[1]), int(stop[1]))
        if self._new.value:
            self._new.value = False
            self.add(crop)
        else:
            self.edit(crop=crop)

    # --- what is shown ----------------------------------------------------------------------------

    def _build(self) -> ipw.VBox:
        messages = self.stage.messages
        self._draws = ipw.ToggleButton(description="Draw", icon="pencil", layout=ipw.Layout(width="auto"))
        self._new = ipw.ToggleButton(description="as a new lane", layout=ipw.Layout(width="auto"))
        self._chosen = ipw.Dropdown(description="Lane", **field_size(150, 36))
        self._fields: dict[str, Any] = {
            "name": ipw.Text(description="Name", continuous_update=False, **field_size(190, 44)),
            "top": ipw.FloatText(description=f"Top ({self.scale.unit})", step=0.01, **field_size(135, 56)),
            "base": ipw.FloatText(description=f"Base ({self.scale.unit})", step=0.01, **field_size(140, 62)),
            "rotation": ipw.Dropdown(description="Turn by", options=ROTATIONS, **field_size(130, 56)),
        }
        self._edges = {
            edge: ipw.IntText(description=edge.replace("_", " "), **field_size(160, 84)) for edge in _EDGES
        }
        for name, field in self._fields.items():
            field.observe(messages.wrap(lambda change, name=name: self._typed(name, change.new)), "value")
        for edge in self._edges.values():
            edge.observe(messages.wrap(lambda _: self._typed("crop", self._typed_crop())), "value")
        self._chosen.observe(messages.wrap(self._chose), "value")
        self._draws.observe(
            messages.wrap(lambda change: self.stage.set_trait("mode", "polygon" if change.new else "pan")),
            "value",
        )
        self._zigzag = ipw.Checkbox(
            description="every second lane reversed", indent=False, layout=ipw.Layout(width="auto")
        )
        buttons = [
            button(messages, action, text, icon=icon, tooltip=tip)
            for action, text, icon, tip in (
                (self.remove, "Remove", "trash", "Remove the selected lane"),
                (self.undo, "", "undo", "Undo (Ctrl+Z)"),
                (self.redo, "", "repeat", "Redo (Ctrl+Y)"),
                (
                    lambda: self.order(boustrophedon=self._zigzag.value), "Order", "sort-amount-asc",
                    "Assign depths to the lanes in reading order, in proportion to their lengths",
                ),
            )
        ]  # fmt: skip
        saves = []
        if (table := self._table) is not None:
            tip = (
                f"Write to {table}, in place of this photograph's lanes; pieces to {pieces_file(table).name}"
            )
            saves = [button(messages, lambda: self.save(table), "Save", icon="save", tooltip=tip)]
        wrap = ipw.Layout(flex_flow="row wrap", align_items="center")
        return ipw.VBox(
            [
                ipw.Box([self._chosen, self._draws, self._new, *buttons, self._zigzag, *saves], layout=wrap),
                ipw.Box([*self._fields.values(), self.marks.reads], layout=wrap),
                ipw.Box([*self._edges.values()], layout=wrap),
                self.points,
                self.marks,
                self.breaks,
            ]
        )

    def _show(self, _: Any = None) -> None:
        """Bring the lanes and the fields up to date."""
        lane, crop = self.lane, self._crop(self.lane)
        self._filling = True
        try:
            self._chosen.options = [(one.name, index) for index, one in enumerate(self.lanes)]
            self._chosen.value = self.selected
            for name, field in self._fields.items():
                value = getattr(lane, name)
                field.value = self.scale.of(value) if name in _DEPTHS else value
            for edge, number in zip(self._edges.values(), crop, strict=True):
                edge.value = number
            self.points.hidden = self.breaks.active
            self.points.show()
        finally:
            self._filling = False
        palette = np.array([(0, 0, 0), *[_COLORS[0]] * len(self.lanes)], np.uint8)
        palette[self.selected + 1] = _COLORS[1]
        self.stage.set_labels(self._codes(), palette, _OPACITY)
        self.breaks.show()

    def _codes(self) -> npt.NDArray[np.uint8]:
        """Return which lane each pixel belongs to, from 1; 0 for none."""
        codes = np.zeros(self.stage.section.shape, np.uint8)
        for code, lane in enumerate(self.lanes, start=1):
            if lane.shape is None:
                crop = self._crop(lane)
                codes[crop.row_start : crop.row_stop, crop.column_start : crop.column_stop] = code
            else:
                box, inside = fill_polygon(lane.shape.corners, codes.shape)
                codes[box][inside] = code
        return codes

    def _crop(self, lane: Lane) -> Crop:
        n_rows, n_columns = self.stage.section.shape
        return lane.crop or Crop(0, n_rows, 0, n_columns)

    def _describe(self, row: int, column: int) -> str:
        code = int(self._codes()[row, column])
        return self.lanes[code - 1].name if code else ""

    def _chose(self, change: Any) -> None:
        if not self._filling and change.new is not None:
            self.selected = change.new

    def _typed(self, name: str, value: Any) -> None:
        if not self._filling:
            self.edit(**{name: self.scale.to_metres(value) if name in _DEPTHS else value})

    def _typed_crop(self) -> Crop:
        return Crop(*(int(edge.value) for edge in self._edges.values()))


def _in_order(lanes: Iterable[Lane]) -> tuple[Lane, ...]:
    return tuple(sorted(lanes, key=lambda lane: (lane.top, lane.base)))


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
