"""The clasts of a map beside the photograph: looked through, corrected, exported."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import numpy as np
from traitlets import Instance, Int, List, observe

from corewidgets.atomic import first_free
from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_table import ClastTable
from corewidgets.labels.legend import Legend
from corewidgets.learning.maps import Maps
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.clast_keeping import ClastKeeping
from corewidgets.widgets.clast_list import ClastList
from corewidgets.widgets.clast_pictures import (
    clast_codes,
    clast_palette,
    histogram_html,
    selection_codes,
    selection_palette,
)
from corewidgets.widgets.clast_tools import ClastFilter, ClastTools
from corewidgets.widgets.panels import style_sheet
from corewidgets.widgets.ruler_panel import RulerPanel
from corewidgets.widgets.stage.modes import MODES
from corewidgets.widgets.stage.parts import picture_height
from corewidgets.widgets.stage.stage import HEIGHT, Stage, Stroke
from corewidgets.widgets.tool import Tool

__all__ = ["ClastPage"]

_NO_MAP = "There is no map yet. Train on the page Label; its clasts are then listed here."
_ENDINGS = {"CSV": ".csv", "GeoJSON": ".geojson", "COCO": ".json"}


class ClastPage(Tool):
    """A table of clasts and their outlines, each selecting the other.

    Parameters
    ----------
    section : CoreSection
    legend : Legend
    keeping : ClastKeeping
        Where what is done is kept.
    height : int
        Height of the picture in pixels of the page.

    Attributes
    ----------
    segmentation : array, shape (n_rows, n_columns), uint8, or None
        The map. Trait; set another one, and what was done is done again to it.
    legend, maps : Legend, Maps or None
        Traits; the maps are what the ruler shows probabilities of.
    selected : list of int
        Numbers of the selected clasts. Trait.
    table : ClastTable or None
    """

    segmentation = Instance(np.ndarray, allow_none=True)
    legend = Instance(Legend)
    maps = Instance(Maps, allow_none=True)
    selected = List(Int())

    def __init__(
        self, section: CoreSection, legend: Legend, keeping: ClastKeeping, *, height: int = HEIGHT
    ) -> None:
        self.section, self._keeping = section, keeping
        self.table: ClastTable | None = None
        self.stage = Stage(section, height=height)
        self.messages = self.stage.messages
        self.list = ClastList(self.messages)
        self.filter = ClastFilter(self.messages, self._choose, self._measure_again, section.pixel_size_mm)
        self.tools = ClastTools(self.messages, self)
        self.ruler = RulerPanel(self.stage, self.messages, lambda: self.maps, lambda: self.legend)
        self.histogram = ipw.HTML(layout=ipw.Layout(margin="0", width="100%", flex="0 0 auto"))
        self.histogram.add_class("cw-histogram")
        self._worker = Worker(self.messages.fail, self._busy)
        self._line = 1
        self._kept = True  # what was done is in the file
        side = ipw.VBox(
            [self.filter, ipw.Box([self.list], layout=ipw.Layout(flex="1 1 200px", min_height="200px")),
             self.histogram],
            layout=ipw.Layout(
                flex="1 1 520px", min_width="0", min_height="min-content", height=picture_height(height, 70)
            ),
        ).add_class("cw-clast-side")  # fmt: skip
        picture = ipw.VBox([self.stage, self.ruler], layout=ipw.Layout(flex="1 1 360px", min_width="0"))
        middle = ipw.HBox([picture, side], layout=ipw.Layout(width="100%", flex_flow="row wrap"))
        super().__init__(
            [style_sheet(), self.tools, middle.add_class("cw-middle")],
            layout=ipw.Layout(width="100%"), legend=legend,
        )  # fmt: skip
        self.add_class("cw-panel").add_class("cw-clast-page")
        self.filter.offer(legend)
        self._listen()
        self._show()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is being measured; return whether that came within `timeout` seconds."""
        return self._worker.wait(timeout)

    def _end(self) -> None:
        self._worker.stop()

    # --- selecting ------------------------------------------------------------------------------------

    def pick(self, number: int, adds: bool = False) -> None:
        """Select a clast, or one more; one that is selected already is then left out. 0 is none."""
        if adds and number:
            rest = [other for other in self.selected if other != number]
            self.selected = rest if number in self.selected else [*rest, number]
        elif not adds:
            self.selected = [number] if number else []

    def _clicked(self, row: int, column: int) -> None:
        if self.table is not None:
            self.pick(self.table.at(row, column), self.stage.ink.adds)
            if self.selected:
                self.list.reveal(self.selected[-1])

    def _picked(self, number: int, adds: bool) -> None:
        """Select a clast that was chosen in the table, and bring it into view in both."""
        self.pick(number, adds)
        self.list.reveal(number)
        if self.table is None or number not in self.selected:
            return
        row = self.table.row(number)
        rows, columns = self.stage.viewport.spans()
        seen = rows.first <= row["row"] < rows.stop and columns.first <= row["column"] < columns.stop
        if not seen:
            self.stage.show(row["row"], row["column"])

    @observe("selected")
    def _selected_set(self, _: dict[str, Any]) -> None:
        self.list.selected = list(self.selected)
        self.tools.show(self.table, self.selected)
        self._draw_selection()

    # --- correcting -----------------------------------------------------------------------------------

    def set_class(self, name: str) -> None:
        """Give the selected clasts a class."""
        self._edit(lambda table: table.set_class(self.selected, name))

    def merge(self) -> None:
        """Make one clast of those selected."""
        self._edit(lambda table: table.merge(self.selected))

    def split(self, points: Sequence[tuple[float, float]]) -> None:
        """Cut the selected clast along a line of rows and columns."""
        if len(self.selected) != 1:
            raise ValueError("Select the clast to split.")
        self._edit(lambda table: table.split(self.selected[0], points))

    def delete(self) -> None:
        """Take the selected clasts away."""
        self._edit(lambda table: table.delete(self.selected))

    def undo(self) -> None:
        """Undo the last edit."""
        self._edit(lambda table: table.undo())

    def redo(self) -> None:
        """Make the edit again that was taken back last."""
        self._edit(lambda table: table.redo())

    def _edit(self, change: Callable[[ClastTable], object]) -> None:
        if self.table is None:
            raise ValueError(_NO_MAP)
        change(self.table)
        self._kept = False
        try:
            self._kept = self._keeping.keep(self.table)
        finally:
            known = set(self.table.numbers())
            self.selected = [number for number in self.selected if number in known]
            self._show()

    def _stroke_ended(self, stroke: Stroke) -> None:
        if MODES[stroke.mode].gesture == "line" and self.tools.split.value:
            self.tools.split.value = False
            start, end = stroke.points[0].tolist(), stroke.points[-1].tolist()
            self.split([tuple(start), tuple(end)])

    def _split_set(self, change: dict[str, Any]) -> None:
        """Let the next line that is drawn cut the selected clast."""
        self.ruler.paused = change["new"]
        self.stage.mode = "measure" if change["new"] else "pan"
        self.ruler.take_away()

    # --- the map --------------------------------------------------------------------------------------

    @observe("segmentation", "legend")
    def _map_set(self, change: dict[str, Any]) -> None:
        if change["name"] == "legend":
            self.filter.offer(self.legend)
        self._measure(None if self._kept else self.table)

    def _measure_again(self) -> None:
        """Measure with other settings; what was done is done again."""
        self._measure(self.table)

    def _measure(self, before: ClastTable | None) -> None:
        codes, legend = self.segmentation, self.legend
        if codes is None or not codes.all():
            return  # it is still being made
        settings = self.filter.settings
        if settings["pixel_size_mm"] is None and self.section.pixel_size_mm is None:
            self.messages.note("Type the size of a pixel in millimetres, or give the photograph depths.")
            return

        def work(ticket: Ticket) -> None:
            if before is None:
                table = self._keeping.open(self.section, codes, legend, **settings)
            else:
                table = ClastTable(self.section, codes, legend, edits=before.edits, **settings)
            ticket.deliver(self._measured, table)

        self._worker.submit(work)

    def _measured(self, table: ClastTable) -> None:
        self.table = table
        self.selected = []
        self.filter.take(table)
        self._show()
        if table.unapplied:
            told = "; ".join(f"{edit} ({reason})" for edit, reason in table.unapplied[:5])
            more = f"; and {len(table.unapplied) - 5} others" if len(table.unapplied) > 5 else ""
            self.messages.note(
                f"{len(table.unapplied)} of {len(table.edits)} edits cannot be made to this map: "
                f"{told}{more}. They are kept, for a later map."
            )
        else:
            self.messages.clear()

    def _busy(self, busy: bool) -> None:
        self.tools.say("Measuring the clasts …" if busy else "")

    # --- showing --------------------------------------------------------------------------------------

    def _choose(self) -> None:
        """Show the clasts that the filter leaves, sorted."""
        if self.table is None:
            self.list.show(None, [])
            return
        sort = self.list.sort
        numbers = self.table.numbers(
            sort=sort.removeprefix("-"), descending=sort.startswith("-"), **self.filter.chosen
        )
        self.list.show(self.table, numbers)
        self.histogram.value = histogram_html(self.table, numbers)

    def _show(self) -> None:
        self._choose()
        self.tools.show(self.table, self.selected)
        if self.table is None:
            self.stage.set_overlay(None)
            self.tools.say(_NO_MAP)
            return
        self.stage.set_overlay(clast_codes(self.table), clast_palette(self.legend))
        self._draw_selection()

    def _draw_selection(self) -> None:
        if self.table is None or not self.selected:
            self.stage.set_labels(None)
            return
        self._line = self._line_width()
        codes = selection_codes(self.table, self.selected, self._line)
        self.stage.set_labels(codes, selection_palette(), 1.0)

    def _line_width(self) -> int:
        """Return how many pixels of the photograph an outline needs to be seen on the screen."""
        return max(1, math.ceil(2 / self.stage.viewport.magnification))

    def _viewport_set(self, _: dict[str, Any]) -> None:
        if self.selected and self._line_width() != self._line:
            self._draw_selection()

    def _describe(self, row: int, column: int) -> str:
        number = 0 if self.table is None else self.table.at(row, column)
        if self.table is None or not number:
            return ""
        clast = self.table.row(number)
        return f"{clast['class']}, clast {number}, {clast['diameter_mm']:.1f} mm"

    # --- files ----------------------------------------------------------------------------------------

    def export(self, kind: str) -> Path:
        """Write the clasts that are shown to a file beside the photograph, and say which.

        Parameters
        ----------
        kind : str
            "CSV", "GeoJSON" or "COCO".

        Returns
        -------
        pathlib.Path
            A file that was not there before.
        """
        if self.table is None:
            raise ValueError(_NO_MAP)
        beside = self.section.file_beside(f".clasts{_ENDINGS[kind]}")
        wanted = (
            beside if beside is not None else Path(f"{self.section.name}.clasts{_ENDINGS[kind]}").absolute()
        )
        names = [wanted, *(wanted.with_name(f"{wanted.stem}-{k}{wanted.suffix}") for k in range(2, 1000))]
        path = first_free(names)
        write = {
            "CSV": self.table.write_csv,
            "GeoJSON": self.table.write_geojson,
            "COCO": self.table.write_coco,
        }
        try:
            write[kind](path, self.list.order)
        except BaseException:
            if not path.stat().st_size:
                path.unlink()
            raise
        n = len(self.list.order)
        self.messages.note(f"{n:,} {'clast is' if n == 1 else 'clasts are'} written to {path}.")
        return path

    def _listen(self) -> None:
        wrap = self.messages.wrap
        self.stage.overlay_opacity = 1.0
        self.stage.describe = self._describe
        self.stage.on_pixel(self._clicked)
        self.stage.on_stroke(self._stroke_ended)
        self.stage.observe(wrap(self._viewport_set), "viewport")
        self.stage.on_key(
            {"ctrl+z": self.undo, "ctrl+shift+z": self.redo, "ctrl+y": self.redo, "Delete": self.delete}
        )
        self.list.on_pick(self._picked)
        self.list.observe(wrap(lambda _: self._choose()), "sort")
        self.tools.split.observe(wrap(self._split_set), "value")
