"""The hole at depth: photographs, maps and the shares of the classes side by side, with exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as ipw
from traitlets import link

from corewidgets.markup import html
from corewidgets.project.export import export_figure, export_las
from corewidgets.project.hole import Hole
from corewidgets.project.hole_tiles import HoleTiles
from corewidgets.project.project import Project
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.buttons import button
from corewidgets.widgets.core_view import CoreView
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.panels import style_sheet
from corewidgets.widgets.stage.stage import HEIGHT
from corewidgets.widgets.tool import Tool

__all__ = ["CorePage"]

_KEY = (
    "{% for color, name in classes %}<span class='cw-core-class'>"
    "<span class='cw-swatch' style='background: {{ color }}'></span>{{ name }}</span>{% endfor %}"
)


class CorePage(Tool):
    """The hole at depth, to move over like a map; a click opens the photograph there.

    Parameters
    ----------
    project : Project
    opened : callable
        Called with the name of a photograph that is clicked, and where: 0 at its top, 1 at its base.
    height : int
        Pixels of the page.

    Attributes
    ----------
    view : CoreView
    exported : pathlib.Path or None
        The file that was written last.

    Raises
    ------
    ValueError
        The depth of no photograph is known.
    """

    def __init__(
        self, project: Project, opened: Callable[[str, float], object], *, height: int = HEIGHT
    ) -> None:
        self.hole = Hole(project)
        self.messages = Messages()
        self.exported: Path | None = None
        if not any(entry.top is not None for entry in project.entries):
            raise ValueError(
                "The depth of no photograph is known yet. Click Export and set the depths of the open "
                "photograph; or enter all in photographs.csv of the project, and open it again."
            )
        self.view = CoreView(HoleTiles(self.hole), self.messages, height)
        self.view.on_open(opened)
        self._worker = Worker(self.messages.fail, self._busy)
        self._key = ipw.HTML(layout=ipw.Layout(margin="0", width="100%"))
        super().__init__(
            [style_sheet(), self._bar(), self.messages, self._key, self.view], layout=ipw.Layout(width="100%")
        )
        self.add_class("cw-panel").add_class("cw-core-page")
        self._name_classes()

    def refresh(self, name: str) -> None:
        """Show the map of a photograph as it is now."""
        self.view.refresh(name)
        self._name_classes()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until all pictures and files are made; return whether that came within `timeout` seconds."""
        return self.view.wait(timeout) and self._worker.wait(timeout)

    def _end(self) -> None:
        self.view.stop()
        self._worker.stop()

    def export_las(self) -> None:
        """Write the shares of the classes, of the photographs in view, as LAS into the project."""
        top, base = self.view.seen
        interval = self.interval.value

        def work(ticket: Ticket) -> None:
            ticket.deliver(self._written, export_las(self.hole, interval, top=top, base=base))

        self._worker.submit(work)

    def export_figure(self) -> None:
        """Write a figure of the photographs in view and of the shares of their classes into the project."""
        top, base = self.view.seen
        interval = self.interval.value

        def work(ticket: Ticket) -> None:
            path = export_figure(self.hole, interval, top=top, base=base, check=ticket.check)
            ticket.deliver(self._written, path)

        self._worker.submit(work)

    def _written(self, path: Path) -> None:
        self.exported = path
        self.messages.note(f"The depths in view are written to {path}.")

    def _busy(self, busy: bool) -> None:
        self._status.value = "Writing …" if busy else ""

    def _name_classes(self) -> None:
        """Tell the colors of the classes, and how much of the mapped rock each has."""
        legend = self.hole.project.legend
        shares: dict[str, float] = {}
        for name, top, base in self.view.tiles.pieces:
            for found, share in self.hole.project.state(name).shares.items():
                if legend.code(found) in legend.rock_codes:
                    shares[found] = shares.get(found, 0.0) + share * (base - top)
        total = sum(shares.values())
        told = [
            (entry.color, f"{entry.name} {shares.get(entry.name, 0) / total:.1%}" if total else entry.name)
            for entry in legend
            if entry.code in legend.rock_codes
        ]
        self._key.value = html(_KEY, classes=told)

    def _bar(self) -> ipw.HBox:
        scale = self.hole.project.scale
        unit = ipw.ToggleButtons(
            options=["m", "ft"], value=scale.unit, tooltips=["Depths in metres", "Depths in feet"],
            style={"button_width": "auto"}, layout=ipw.Layout(margin="0", width="auto"),
        )  # fmt: skip
        link((self.view, "unit"), (unit, "value"))
        self.interval = ipw.BoundedFloatText(
            0.1 if scale.unit == "m" else 0.5, min=0.001, max=1000, step=0.05,
            tooltip=f"Length of an interval of the log, in {scale.unit_name}",
            layout=ipw.Layout(width="70px", margin="0"),
        )  # fmt: skip
        self._status = ipw.HTML(layout=ipw.Layout(margin="0"))
        first = [
            button(self.messages, lambda: self._zoom(1 / 1.6), icon="search-minus", tooltip="Zoom out (-)"),
            button(self.messages, lambda: self._zoom(1.6), icon="search-plus", tooltip="Zoom in (+)"),
            button(self.messages, self._whole, "Whole", tooltip="Show the whole hole (0)"),
        ]
        exports = [
            ipw.HTML(f"Interval ({scale.unit})", layout=ipw.Layout(margin="0")),
            self.interval,
            button(self.messages, self.export_las, "LAS", icon="download",
                   tooltip="Write the class proportions in view as LAS, to the project's folder exports"),
            button(self.messages, self.export_figure, "Figure", icon="download",
                   tooltip="Write a figure of the depths in view, to the project's folder exports"),
        ]  # fmt: skip
        groups = [ipw.HBox(group).add_class("cw-toolbar") for group in (first, [unit], exports)]
        bar = ipw.HBox([*groups, self._status], layout=ipw.Layout(width="100%", flex_flow="row wrap"))
        return bar.add_class("cw-bar")

    def _zoom(self, factor: float) -> None:
        top, base = self.view.seen
        middle, half = (top + base) / 2, (base - top) / 2 / factor
        self.view.show(middle - half, middle + half)

    def _whole(self) -> None:
        self.view.show(*self.view.tiles.ends)
