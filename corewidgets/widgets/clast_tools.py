"""The buttons that correct clasts, and what is chosen of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import ipywidgets as ipw
import numpy as np

from corewidgets.geology.clast_table import ClastTable
from corewidgets.geology.clasts import GROUNDMASS
from corewidgets.labels.legend import Legend
from corewidgets.markup import html
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages

__all__ = ["ClastFilter", "ClastTools"]

_ALL, _NONE = "all classes", "(nothing)"


class Corrects(Protocol):
    """What the buttons do."""

    def set_class(self, name: str) -> None:
        """Give the selected clasts a class."""

    def merge(self) -> None:
        """Make one clast of those selected."""

    def delete(self) -> None:
        """Take the selected clasts away."""

    def undo(self) -> None:
        """Undo the last edit."""

    def redo(self) -> None:
        """Make the edit again that was taken back last."""

    def export(self, kind: str) -> object:
        """Write a file."""


class ClastTools(ipw.HBox):
    """A line of buttons.

    Parameters
    ----------
    messages : Messages
        Where errors are shown.
    page : Corrects
        Does what the buttons say.

    Attributes
    ----------
    split : ToggleButton
        Whether the next line that is drawn cuts the selected clast.
    """

    def __init__(self, messages: Messages, page: Corrects) -> None:
        narrow = ipw.Layout(width="auto", margin="0", flex="0 0 auto")
        self.split = ipw.ToggleButton(
            description="Split", icon="scissors", layout=narrow,
            tooltip="Split the selected clast: drag a line across it",
        )  # fmt: skip
        self.classes = ipw.Dropdown(
            layout=ipw.Layout(width="130px", margin="0"), tooltip="New class of the selected clasts"
        )
        self._merge = button(
            messages, page.merge, "Merge", icon="object-group",
            tooltip="Merge the selected clasts; Ctrl or Shift + click selects more",
        )  # fmt: skip
        self._delete = button(
            messages, page.delete, "Delete", icon="trash", tooltip="Delete the selected clasts (Delete)"
        )
        self._undo = button(messages, page.undo, "Undo", icon="undo", tooltip="Undo (Ctrl+Z)")
        self._redo = button(messages, page.redo, "Redo", icon="repeat", tooltip="Redo (Ctrl+Shift+Z)")
        self._set = button(messages, lambda: page.set_class(self.classes.value), "Set class", icon="tag",
                           tooltip="Change the class of the selected clasts to this one")  # fmt: skip
        self.exports = [
            button(messages, partial(page.export, kind), kind, icon="download",
                   tooltip=f"Write the shown clasts to a file beside the photograph: {tip}")
            for kind, tip in (("CSV", "a table"), ("GeoJSON", "for QuPath"), ("COCO", "for machine learning"))
        ]  # fmt: skip
        self._text = ipw.HTML(layout=ipw.Layout(margin="0", flex="1 1 160px", min_width="0"))
        self._text.add_class("cw-training-status")
        groups = [
            [self.classes, self._set], [self._merge, self.split, self._delete], [self._undo, self._redo],
            self.exports,
        ]  # fmt: skip
        super().__init__(
            [*(ipw.HBox(group).add_class("cw-toolbar") for group in groups), self._text],
            layout=ipw.Layout(width="100%", flex_flow="row wrap"),
        )
        self.add_class("cw-bar")

    def show(self, table: ClastTable | None, selected: Sequence[int]) -> None:
        """Offer what can be done now, and say what is selected."""
        n = len(selected)
        for one, least in ((self._set, 1), (self._merge, 2), (self._delete, 1)):
            one.disabled = n < least
        self.split.disabled = n != 1 and not self.split.value
        self._undo.disabled = table is None or not table.edits
        self._redo.disabled = table is None or not table.can_redo
        for each in self.exports:
            each.disabled = table is None
        if table is None:
            return
        if tuple(self.classes.options) != tuple(table.classes):
            self.classes.options = table.classes
        if n == 1:
            row = table.row(selected[0])
            self.classes.value = row["class"]
            self.say(f"Clast {row['number']}: {row['class']}, {row['diameter_mm']:.1f} mm")
        else:
            count = len(table.edits)
            edits = f", {count} edit{'s' if count > 1 else ''}" if count else ""
            self.say(f"{n} selected of {len(table):,}{edits}" if n else f"{len(table):,} clasts{edits}")

    def say(self, text: str) -> None:
        """Say something at the end of the line."""
        self._text.value = html("<span>{{ text }}</span>", text=text)


class ClastFilter(ipw.VBox):
    """What counts as a clast, and which are shown.

    Parameters
    ----------
    messages : Messages
        Where errors are shown.
    chosen : callable
        Called when others are to be shown.
    changed : callable
        Called when something else counts as a clast.
    pixel_size_mm : float or None
        None asks for it.
    """

    def __init__(
        self, messages: Messages, chosen: Callable[[], Any], changed: Callable[[], Any],
        pixel_size_mm: float | None,
    ) -> None:  # fmt: skip
        def number(value: float, tooltip: str, width: str = "62px") -> ipw.BoundedFloatText:
            return ipw.BoundedFloatText(
                value, min=0, max=1e6, step=0.5, tooltip=tooltip, layout=ipw.Layout(width=width, margin="0")
            )

        def said(text: str) -> ipw.HTML:
            return ipw.HTML(text, layout=ipw.Layout(margin="0"))

        self._quiet = False
        self.name = ipw.Dropdown(
            options=[_ALL], layout=ipw.Layout(width="130px", margin="0"), tooltip="Class that is shown"
        )
        self.low = number(0, "Smallest diameter that is shown, in millimetres")
        self.high = number(0, "Largest diameter that is shown, in millimetres; 0 for no limit")
        self.edited = ipw.Checkbox(
            description="edited only", indent=False, layout=ipw.Layout(width="100px", margin="0")
        )
        self.groundmass = ipw.Dropdown(
            options=[_NONE], layout=ipw.Layout(width="130px", margin="0"),
            tooltip="Class of the groundmass between clasts",
        )  # fmt: skip
        self.smallest = number(1, "Smallest area of a clast, in square millimetres")
        self.pixel = number(0, "Size of a pixel in millimetres", "72px")
        show = [
            said("Show"),
            self.name,
            said("from"),
            self.low,
            said("to"),
            self.high,
            said("mm"),
            self.edited,
        ]
        count = [said("Between clasts"), self.groundmass, said("smallest"), self.smallest, said("mm²")]
        if pixel_size_mm is None:
            count += [said("pixel"), self.pixel, said("mm")]
        lines = [
            ipw.HBox(line, layout=ipw.Layout(flex_flow="row wrap", width="100%")) for line in (show, count)
        ]
        super().__init__(
            [line.add_class("cw-clast-line") for line in lines], layout=ipw.Layout(flex="0 0 auto")
        )
        for each in (self.name, self.low, self.high, self.edited):
            each.observe(messages.wrap(lambda _: chosen()), "value")
        for each in (self.groundmass, self.smallest, self.pixel):
            each.observe(messages.wrap(lambda _: None if self._quiet else changed()), "value")

    def _unseen_parts(self) -> list[ipw.Widget]:
        return [self.pixel]

    def offer(self, legend: Legend) -> None:
        """Offer the classes of a legend."""
        self._quiet = True
        before, shown = self.groundmass.value, self.name.value
        rock = [legend.name(code) for code in legend.rock_codes]
        self.groundmass.options = [_NONE, *rock]
        first = next((name for name in GROUNDMASS if name in rock), _NONE)
        self.groundmass.value = before if before in rock else first
        self.name.options = [_ALL, *rock]
        self.name.value = shown if shown in rock else _ALL
        self._quiet = False

    def take(self, table: ClastTable) -> None:
        """Show what counts as a clast in a table that was kept."""
        self._quiet = True
        kept = [name for name in table.settings["groundmass"] if name in self.groundmass.options]
        self.groundmass.value = kept[0] if kept else _NONE
        self.smallest.value = table.settings["smallest_mm2"]
        if self.section_has_no_size:
            self.pixel.value = table.pixel_size_mm
        self._quiet = False

    @property
    def section_has_no_size(self) -> bool:
        """Whether the size of a pixel is asked for."""
        return self.pixel in self.children[1].children

    @property
    def settings(self) -> dict[str, Any]:
        """What counts as a clast, as `ClastTable` takes it."""
        between = [] if self.groundmass.value == _NONE else [self.groundmass.value]
        size = self.pixel.value if self.section_has_no_size and self.pixel.value else None
        return {"groundmass": between, "smallest_mm2": self.smallest.value, "pixel_size_mm": size}

    @property
    def chosen(self) -> dict[str, Any]:
        """Which clasts are shown, as `ClastTable.numbers` takes it."""
        return {
            "classes": None if self.name.value == _ALL else [self.name.value],
            "smallest_mm": self.low.value,
            "largest_mm": self.high.value or np.inf,
            "edited": self.edited.value,
        }
