"""The panel that gives photographs their depths, and writes what is handed on of a project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as ipw

from corewidgets.cores.depth_cell import Style, factor_of, own_factor
from corewidgets.cores.depth_scale import UNITS, DepthScale
from corewidgets.markup import html
from corewidgets.project.export import Exported, export_project
from corewidgets.project.project import Project
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages

__all__ = ["ExportPanel"]

_FEW = 3  # photographs that are left out are named

_WRITTEN = """\
<span>Wrote {{ names }} to {{ folder }}.</span>\
{% if left_out %} <span>Left out: {{ left_out }}.</span>{% endif %}\
{% if overlaps %} <span>Both count where two show the same depths: {{ overlaps }}.</span>{% endif %}"""


class ExportPanel(ipw.VBox):
    """Depths of the open photograph, the interval of the log, and a button that writes all of it.

    Parameters
    ----------
    project : Project
    messages : Messages
        Where errors are shown.
    photograph : callable
        Returns the name of the photograph that is open.
    changed : callable
        Called when it has other depths.

    Attributes
    ----------
    top, base : ipywidgets.Text
        Depths as they are typed: "698.41", "9000 ft", "1.520,5".
    unit : ipywidgets.Dropdown
        Of depths that name none.
    interval : ipywidgets.FloatText
        In the unit of the hole.
    runs, pieces : ipywidgets.Text
        Drill runs, as their length in the unit of the hole or as the file of a table, and the file of a table
        of the pieces of core; without runs no core recovery is written.
    exported : Exported or None
        What was written last.
    """

    def __init__(
        self,
        project: Project,
        messages: Messages,
        photograph: Callable[[], str],
        changed: Callable[[], object],
    ) -> None:
        self._project, self._messages = project, messages
        self._photograph, self._changed = photograph, changed
        self.exported: Exported | None = None
        field, words = ipw.Layout(width="150px", margin="0"), {"description_width": "40px"}
        self.top, self.base = (
            ipw.Text(
                description=name,
                placeholder="depth",
                layout=field,
                style=words,
                continuous_update=False,  # else a click may overtake what was typed before it
            )
            for name in ("Top", "Base")
        )
        self.unit = ipw.Dropdown(
            options=list(UNITS),
            value=project.scale.unit,
            layout=ipw.Layout(width="56px", margin="0"),
            tooltip="Unit of depths",
        )
        self.interval = ipw.FloatText(
            0.1, description="Interval", step=0.1, layout=ipw.Layout(width="130px", margin="0"),
            style={"description_width": "54px"},
        )  # fmt: skip
        self.runs, self.pieces = (
            ipw.Text(
                description=name, placeholder=hint, tooltip=tip, layout=ipw.Layout(width=width, margin="0"),
                style={"description_width": "44px"}, continuous_update=False,
            )
            for name, hint, tip, width in (
                ("Runs", "3 or runs.csv", "Core recovery by drill runs: their length, or a table", "150px"),
                ("Pieces", "pieces.csv", "Table of the pieces of core: adds SCR, RQD, fractures", "150px"),
            )
        )  # fmt: skip
        self._status = ipw.HTML(layout=ipw.Layout(margin="0 0 0 8px"))
        set_depths = button(
            messages, self.set_depths, "Set depths", icon="check",
            tooltip="Set the depths of the ends of the open photograph",
        )  # fmt: skip
        write = button(
            messages, self.write, "Write LAS, table, figure, report", icon="share",
            tooltip="Write all maps so far to a new folder of the project",
        )  # fmt: skip
        wrap = ipw.Layout(flex_flow="row wrap", width="100%")
        super().__init__(
            [
                ipw.HBox([self.top, self.base, self.unit, set_depths], layout=wrap),
                ipw.HBox([self.interval, self.runs, self.pieces, write, self._status], layout=wrap),
            ]
        )
        self.add_class("cw-export").add_class("cw-panel")

    def set_depths(self) -> None:
        """Give the photograph that is open the depths that are typed.

        Raises
        ------
        OSError, ValueError
            They are no depths, or cannot be written.
        """
        name, unit, typed = self._photograph(), self.unit.value, (self.top.value, self.base.value)
        if not all(text.strip() for text in typed):
            raise ValueError(f"Type top and base of {name} first, such as 9000 and 9003.5.")
        top, base = (self._read(what, text, typed) for what, text in zip(("top", "base"), typed, strict=True))
        self._project.set_depths(name, top, base, unit)
        self.top.value = self.base.value = ""
        self._changed()
        entry = self._project.entry(name)
        said = self._project.scale.span(entry.top or 0.0, entry.base or 0.0)
        self._status.value = html("<span>{{ name }}: {{ said }}.</span>", name=name, said=said)

    def _read(self, what: str, text: str, typed: tuple[str, str]) -> float:
        """Return a depth as it is typed, beside another one, in the unit that is chosen."""
        factor = None if own_factor(text) is not None else factor_of(self.unit.value)
        try:
            return DepthScale(self.unit.value).of(Style(typed).metres(text, factor))
        except ValueError as error:
            raise ValueError(f"{what} {text!r} {error}.") from error

    def write(self) -> Exported:
        """Write LAS, table, figure and report of the maps that there are; see `export_project`.

        Raises
        ------
        OSError, ValueError
            See `export_project`.
        """
        runs, pieces = self.runs.value.strip(), self.pieces.value.strip()
        self._status.value = "<span>Writing …</span>"
        try:
            self.exported = export_project(
                self._project,
                interval=self.interval.value,
                runs=self._table_or_length(runs) if runs else None,
                pieces=self._table(pieces) if pieces else None,
            )
        except BaseException:
            self._status.value = ""
            raise
        self._status.value = html(_WRITTEN, **_told(self.exported, self._project))
        return self.exported

    def _table_or_length(self, text: str) -> Path | float:
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return self._table(text)

    def _table(self, text: str) -> Path:
        """Return a file that is typed, also as seen from the folder that the project lies in."""
        beside = self._project.folder.parent / text
        return beside if beside.is_file() else Path(text)


def _told(exported: Exported, project: Project) -> dict[str, Any]:
    """Return what is said of files that were written."""
    left = [f"{name} ({why})" for name, why in exported.left_out.items()]
    both = [f"{one} and {other}, {project.scale.span(*at)}" for one, other, at in exported.overlaps]
    return {
        "names": ", ".join(file.name for file in exported.files),
        "folder": exported.folder.relative_to(project.folder.parent),
        "left_out": _first_few(left),
        "overlaps": _first_few(both),
    }


def _first_few(texts: list[str]) -> str:
    more = f" and {len(texts) - _FEW} more" if len(texts) > _FEW else ""
    return ", ".join(texts[:_FEW]) + more
