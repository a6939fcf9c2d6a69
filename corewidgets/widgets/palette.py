"""The list of classes: choose, add, rename, recolor, hide and protect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Instance, Int, observe

from corewidgets.labels.legend import Legend, LegendEntry
from corewidgets.widgets.messages import Messages

N_KEYS = 9  # classes that a key selects: 1 to 9


class Palette(ipw.VBox):
    """A row for each class of a legend.

    Parameters
    ----------
    legend : Legend
    messages : Messages
        Where errors are shown.

    Attributes
    ----------
    legend : Legend
        Names and colors; another one after each change.
    selected : int
        Code of the class that is painted with.
    hidden, protected : frozenset of int
        Codes that are not shown, and codes that are not painted over.
    """

    legend = Instance(Legend)
    selected = Int(1)
    hidden = Instance(frozenset, ())
    protected = Instance(frozenset, ())

    def __init__(self, legend: Legend, messages: Messages) -> None:
        self._messages = messages
        self._narrow = ipw.Layout(width="30px", margin="0", flex="0 0 auto")
        self._wide = ipw.Layout(width="auto", margin="0", flex="1 1 auto", min_width="0")
        self._row_layout = ipw.Layout(width="100%", flex="0 0 auto")
        self._rows: list[_Row] = []
        self._list = ipw.VBox(layout=ipw.Layout(width="100%", overflow="hidden auto", flex="0 1 auto"))
        self._list.add_class("cw-classes")
        self._name = ipw.Text(
            continuous_update=False, layout=self._wide, tooltip="Name of the selected class"
        )
        self._name.observe(messages.wrap(self._renamed), "value")
        self._new = ipw.Text(
            continuous_update=False,
            layout=self._wide,
            placeholder="new class",
            tooltip="Name of the class that Add adds; empty for Class 1, Class 2, ...",
        )
        self._add = ipw.Button(
            description="Add",
            icon="plus",
            tooltip="Add a class of the name beside",
            layout=ipw.Layout(width="68px", margin="0", flex="0 0 auto"),
        )
        self._add.on_click(messages.wrap(lambda _: self._add_named()))
        row = ipw.Layout(width="100%", flex="0 0 auto")
        label = ipw.Label("Selected", layout=ipw.Layout(width="60px", margin="0", flex="0 0 auto"))
        rename = ipw.HBox([label, self._name], layout=row).add_class("cw-editor")
        editor = ipw.HBox([self._new, self._add], layout=row).add_class("cw-editor")
        super().__init__(
            [self._list, rename, editor], layout=ipw.Layout(width="100%", min_height="0"), legend=legend
        )
        self.add_class("cw-palette")

    def colors(self) -> npt.NDArray[np.uint8]:
        """Return red, green, blue and opacity of each code, (n + 1, 4); what is hidden is transparent."""
        table = np.zeros((len(self.legend) + 1, 4), np.uint8)
        table[:, :3] = self.legend.rgb()
        table[1:, 3] = 255
        table[[code for code in self.hidden if code < len(table)], 3] = 0
        return table

    def add(self, name: str | None = None, color: str | None = None) -> None:
        """Add a class and select it; without a name it is called "Class n"."""
        if name is None:
            numbers = range(len(self.legend) + 1, 2 * len(self.legend) + 2)
            name = next(text for text in (f"Class {number}" for number in numbers) if text not in self.legend)
        self.legend = self.legend.add(name, color)
        self.selected = len(self.legend)

    def _add_named(self) -> None:
        """Add the class whose name was typed beside the button."""
        self.add(self._new.value.strip() or None)
        self._new.value = ""

    def rename(self, code: int, name: str) -> None:
        """Give a class another name."""
        self.legend = self.legend.rename(self.legend.name(code), name)

    def recolor(self, code: int, color: str) -> None:
        """Give a class another color."""
        self.legend = self.legend.recolor(self.legend.name(code), color)

    def toggle_hidden(self, code: int) -> None:
        """Hide a class or show it again."""
        self.hidden = self.hidden ^ {code}

    def toggle_protected(self, code: int) -> None:
        """Protect a class from being painted over, or no longer."""
        self.protected = self.protected ^ {code}

    @observe("legend", "selected", "hidden", "protected")
    def _refresh(self, _: dict[str, Any]) -> None:
        while len(self._rows) < len(self.legend):
            self._rows.append(_Row(self, len(self._rows) + 1))
        del self._rows[len(self.legend) :]
        for row, entry in zip(self._rows, self.legend, strict=True):
            row.show(entry)
        widgets = tuple(row.widget for row in self._rows)
        if self._list.children != widgets:
            self._list.children = widgets
        if self.selected <= len(self.legend):
            self._name.value = self.legend.name(self.selected)

    def _renamed(self, change: dict[str, Any]) -> None:
        now = self.legend.name(self.selected)
        if change["new"] == now:
            return
        try:
            self.rename(self.selected, change["new"])
        except (ValueError, TypeError):
            self._name.value = now
            raise


class _Row:
    """The widgets of one class."""

    def __init__(self, palette: Palette, code: int) -> None:
        self._palette, self.code = palette, code
        wrap = palette._messages.wrap
        key = str(code) if code <= N_KEYS else ""
        self._key = ipw.HTML(
            f"<kbd>{key}</kbd>" if key else "", layout=ipw.Layout(width="18px", margin="0", flex="0 0 auto")
        )
        self._color = ipw.ColorPicker(concise=True, layout=palette._narrow)
        self._color.observe(wrap(self._recolored), "value")
        self._name = ipw.Button(
            layout=palette._wide, tooltip=f"Paint with this class{f' (key {key})' if key else ''}"
        )
        self._name.add_class("cw-name")
        self._eye = ipw.Button(layout=palette._narrow)
        self._lock = ipw.Button(layout=palette._narrow)
        for button, action in (
            (self._name, self._select),
            (self._eye, lambda: palette.toggle_hidden(code)),
            (self._lock, lambda: palette.toggle_protected(code)),
        ):
            button.on_click(wrap(_without_argument(action)))
        self.widget = ipw.HBox(
            [self._key, self._color, self._name, self._eye, self._lock], layout=palette._row_layout
        )
        self.widget.add_class("cw-class")

    def show(self, entry: LegendEntry) -> None:
        """Show the state of the class."""
        palette = self._palette
        self._name.description = entry.name
        self._color.value = entry.color.lower()
        hidden, protected = self.code in palette.hidden, self.code in palette.protected
        self._eye.icon = "eye-slash" if hidden else "eye"
        self._eye.tooltip = "Show this class" if hidden else "Hide this class"
        self._lock.icon = "lock" if protected else "unlock-alt"
        self._lock.tooltip = (
            "Let others paint over this class" if protected else "Protect: do not paint over this class"
        )
        for state, name in (
            (palette.selected == self.code, "cw-selected"),
            (hidden, "cw-hidden"),
            (protected, "cw-protected"),
        ):
            (self.widget.add_class if state else self.widget.remove_class)(name)

    def _select(self) -> None:
        self._palette.selected = self.code

    def _recolored(self, change: dict[str, Any]) -> None:
        color = change["new"]
        if color.upper() != self._palette.legend.colors[self.code - 1]:
            self._palette.recolor(self.code, color)


def _without_argument(action: Callable[[], object]) -> Callable[[Any], object]:
    return lambda _: action()
