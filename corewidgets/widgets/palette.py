"""The list of classes: choose, add, rename, recolor, order, delete, mark as no rock, hide and protect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Instance, Int, observe, validate

from corewidgets.labels.class_list import delete_class, move_class
from corewidgets.labels.legend import Legend, LegendEntry
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.shared_look import look

N_KEYS = 9  # classes that a key selects: 1 to 9, from the top of the list


class Palette(ipw.VBox):
    """A row for each class on the list of a legend.

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
    check : callable
        Called with a legend before it is taken; what it raises is raised, and the one before stays.
    deletion : callable
        Called with the name of the class whose deletion is wanted; it may ask first.
    """

    legend = Instance(Legend)
    selected = Int(1)
    hidden = Instance(frozenset, ())
    protected = Instance(frozenset, ())

    def __init__(self, legend: Legend, messages: Messages) -> None:
        self.check: Callable[[Legend], object] = lambda _legend: None
        self.deletion: Callable[[str], object] = self.delete
        self.messages = messages
        self.rows: dict[int, ClassRow] = {}
        self._list = ipw.VBox(layout=ipw.Layout(width="100%", overflow="hidden auto", flex="0 1 auto"))
        self._list.add_class("cw-classes")
        super().__init__(
            [self._list, *self._build_selected(), self._build_add()],
            **look(ipw.VBox, width="100%"),
            legend=legend,
            selected=legend.order[0],
        )
        self.add_class("cw-palette")

    def _build_selected(self) -> list[ipw.Widget]:
        """Return the line with the name of the selected class, and that with what can be done to it."""
        self._name = ipw.Text(
            continuous_update=False, tooltip="Name of the selected class", **_wide(ipw.Text)
        )
        self._name.observe(self.messages.wrap(self._renamed), "value")
        label = ipw.Label("Selected", layout=ipw.Layout(width="60px", margin="0", flex="0 0 auto"))
        self._up = button(
            self.messages, lambda: self.move(self.selected, -1), icon="arrow-up",
            tooltip="Move the selected class up the list; maps and labels stay as they are",
        )  # fmt: skip
        self._down = button(
            self.messages, lambda: self.move(self.selected, 1), icon="arrow-down",
            tooltip="Move the selected class down the list; maps and labels stay as they are",
        )  # fmt: skip
        self._rock = button(self.messages, lambda: self.toggle_rock(self.selected))
        self._delete = button(
            self.messages, lambda: self.deletion(self.legend.name(self.selected)), "Delete", icon="trash",
            tooltip="Delete the selected class and its labels; undo brings both back",
        )  # fmt: skip
        tools = [self._up, self._down, self._rock, self._delete]
        return [_editor(label, self._name), _editor(*tools)]

    def _build_add(self) -> ipw.Widget:
        self._new = ipw.Text(
            continuous_update=False,
            **_wide(ipw.Text),
            placeholder="new class",
            tooltip="Name of the class to add; empty for Class 1, Class 2, ...",
        )
        self._add = ipw.Button(
            description="Add",
            icon="plus",
            tooltip="Add a class with this name",
            **look(ipw.Button, width="68px", margin="0", flex="0 0 auto"),
        )
        self._add.on_click(self.messages.wrap(lambda _: self._add_named()))
        return _editor(self._new, self._add)

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
        self.selected = self.legend.order[-1]

    def _add_named(self) -> None:
        """Add the class whose name was typed beside the button."""
        self.add(self._new.value.strip() or None)
        self._new.value = ""

    def delete(self, name: str) -> None:
        """Take a class off the list; its labels are the business of others."""
        self.legend = delete_class(self.legend, name)

    def move(self, code: int, steps: int) -> None:
        """Move a class up (less than 0) or down the list."""
        self.legend = move_class(self.legend, self.legend.name(code), steps)

    def toggle_rock(self, code: int) -> None:
        """Say that a class is no rock, or that it is one."""
        marked = {*self.legend.not_rock} ^ {self.legend.name(code)}
        self.legend = self.legend.mark_not_rock(*marked)

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

    @validate("legend")
    def _check_legend(self, proposal: dict[str, Any]) -> Legend:
        legend: Legend = proposal["value"]
        self.check(legend)
        return legend

    @validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> int:
        code: int = proposal["value"]
        if code not in self.legend.order:
            names = ", ".join(self.legend.name(other) for other in self.legend.order)
            raise ValueError(f"Code {code} is not a class on the list; choose from {names}.")
        return code

    @observe("legend")
    def _legend_set(self, change: dict[str, Any]) -> None:
        """Where the selected class left the list, select the one in its place."""
        order = self.legend.order
        if self.selected not in order and isinstance(change["old"], Legend):
            before = change["old"].order
            place = before.index(self.selected) if self.selected in before else 0
            self.selected = order[min(place, len(order) - 1)]

    @observe("legend", "selected", "hidden", "protected")
    def _refresh(self, _: dict[str, Any]) -> None:
        legend = self.legend
        if self.selected not in legend.order:
            return  # another one is about to be
        for code in legend.order:
            if code not in self.rows:
                self.rows[code] = ClassRow(self, code)
        for place, code in enumerate(legend.order, 1):
            entry = LegendEntry(code, legend.name(code), legend.colors[code - 1])
            self.rows[code].show(entry, str(place) if place <= N_KEYS else "")
        widgets = tuple(self.rows[code].widget for code in legend.order)
        if self._list.children != widgets:
            self._list.children = widgets
        self._show_selected()

    def _unseen_parts(self) -> list[ipw.Widget]:
        return [row.widget for row in self.rows.values()]  # also those of classes that left the list

    def _show_selected(self) -> None:
        """Show the name of the selected class, and what can be done to it."""
        order, name = self.legend.order, self.legend.name(self.selected)
        self._name.value = name
        self._up.disabled, self._down.disabled = self.selected == order[0], self.selected == order[-1]
        self._delete.disabled = len(order) == 1
        is_rock = name not in self.legend.not_rock
        self._rock.description = "Not rock" if is_rock else "Is rock"
        self._rock.tooltip = (
            "Mark the selected class as not rock, such as void or liner: logs and shares leave it out"
            if is_rock
            else "Mark the selected class as rock: logs and shares count it"
        )

    def _renamed(self, change: dict[str, Any]) -> None:
        now = self.legend.name(self.selected)
        if change["new"] == now:
            return
        try:
            self.rename(self.selected, change["new"])
        except (ValueError, TypeError):
            self._name.value = now
            raise


class ClassRow:
    """The widgets of one class.

    Parameters
    ----------
    palette : Palette
    code : int
    """

    def __init__(self, palette: Palette, code: int) -> None:
        self._palette, self.code = palette, code
        wrap = palette.messages.wrap
        self._key = ipw.HTML(**look(ipw.HTML, width="18px", margin="0", flex="0 0 auto"))
        self.color = ipw.ColorPicker(concise=True, **_narrow(ipw.ColorPicker))
        self.color.observe(wrap(self._recolored), "value")
        self.name = ipw.Button(**_wide(ipw.Button))
        self.name.add_class("cw-name")
        self.eye = ipw.Button(**_narrow(ipw.Button))
        self.lock = ipw.Button(**_narrow(ipw.Button))
        for pressed, action in (
            (self.name, self._select),
            (self.eye, lambda: palette.toggle_hidden(code)),
            (self.lock, lambda: palette.toggle_protected(code)),
        ):
            pressed.on_click(wrap(_without_argument(action)))
        self.widget = ipw.HBox(
            [self._key, self.color, self.name, self.eye, self.lock],
            **look(ipw.HBox, width="100%", flex="0 0 auto"),
        )
        self.widget.add_class("cw-class")

    def show(self, entry: LegendEntry, key: str) -> None:
        """Show the state of the class, and the key that selects it."""
        palette = self._palette
        self._key.value = f"<kbd>{key}</kbd>" if key else ""
        self.name.description = entry.name
        self.name.tooltip = f"Paint with this class{f' (key {key})' if key else ''}"
        self.color.value = entry.color.lower()
        self.color.tooltip = f"Color of {entry.name}"
        hidden, protected = self.code in palette.hidden, self.code in palette.protected
        self.eye.icon = "eye-slash" if hidden else "eye"
        self.eye.tooltip = "Show this class" if hidden else "Hide this class"
        self.lock.icon = "lock" if protected else "unlock-alt"
        self.lock.tooltip = (
            "Unlock: allow painting over this class" if protected else "Protect: do not paint over this class"
        )
        for state, name in (
            (palette.selected == self.code, "cw-selected"),
            (hidden, "cw-hidden"),
            (protected, "cw-protected"),
            (entry.name in palette.legend.not_rock, "cw-not-rock"),
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


def _editor(*widgets: ipw.Widget) -> ipw.HBox:
    return ipw.HBox(widgets, **look(ipw.HBox, width="100%", flex="0 0 auto")).add_class("cw-editor")


def _narrow(kind: type[ipw.DOMWidget]) -> dict[str, Any]:
    return look(kind, width="30px", margin="0", flex="0 0 auto")


def _wide(kind: type[ipw.DOMWidget]) -> dict[str, Any]:
    return look(kind, width="auto", margin="0", flex="1 1 auto", min_width="0")
