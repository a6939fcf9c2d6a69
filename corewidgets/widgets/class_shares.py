"""The classes of a map in a list: how much of it each has, and which are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as ipw

from corewidgets.labels.legend import Legend
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.pattern_swatch import class_swatch
from corewidgets.widgets.tool import close_all, family

__all__ = ["ClassShares"]


class ClassShares(ipw.VBox):
    """One row per class: its color, its name, its share of the map, and an eye.

    Parameters
    ----------
    messages : Messages
        Where errors are shown.
    choose, toggle : callable
        Called with the code of a class whose name, or whose eye, is clicked.
    """

    def __init__(
        self, messages: Messages, choose: Callable[[int], Any], toggle: Callable[[int], Any]
    ) -> None:
        self.rows: list[ClassRow] = []
        self._of_rows = (messages, choose, toggle)
        super().__init__(layout=ipw.Layout(width="100%", flex="0 0 auto"))
        self.add_class("cw-shown-classes")

    def show(
        self,
        legend: Legend,
        shares: Iterable[float],
        hidden: frozenset[int],
        chosen: str,
        *,
        hatched: bool = False,
    ) -> None:
        """Show the share of each class, which are hidden, and the name of the one that was chosen, or "".

        Swatches have the patterns of the classes if the map has. Classes stand in the order of the legend's
        list; one that was deleted is shown while it has a share.
        """
        while len(self.rows) < len(legend):
            self.rows.append(ClassRow(len(self.rows) + 1, *self._of_rows))
        for row in self.rows[len(legend) :]:
            close_all(family(row))
        del self.rows[len(legend) :]
        for row, entry, share in zip(self.rows, legend, shares, strict=True):
            swatch = class_swatch(legend, entry.code, hatched=hatched)
            row.show(entry.name, swatch, float(share), entry.code in hidden, entry.name == chosen)
        deleted = [
            row for code, row in enumerate(self.rows, 1) if code not in legend.order and row.share.value
        ]
        self.children = (*(self.rows[code - 1] for code in legend.order), *deleted)

    def _unseen_parts(self) -> list[ipw.Widget]:
        return list(self.rows)


class ClassRow(ipw.HBox):
    """The row of one class."""

    def __init__(
        self, code: int, messages: Messages, choose: Callable[[int], Any], toggle: Callable[[int], Any]
    ) -> None:
        small = ipw.Layout(margin="0", flex="0 0 auto")
        self._swatch = ipw.HTML(layout=small)
        self.name = ipw.Button(
            tooltip="Show the probability of this class",
            layout=ipw.Layout(margin="0", flex="1 1 auto", width="auto", min_width="0"),
        )
        self.share = ipw.HTML(layout=small)
        self.eye = ipw.Button(
            icon="eye", tooltip="Hide or show this class", layout=ipw.Layout(width="30px", margin="0")
        )
        self.name.on_click(messages.wrap(lambda _: choose(code)))
        self.eye.on_click(messages.wrap(lambda _: toggle(code)))
        parts = [self._swatch, self.name, self.share, self.eye]
        super().__init__(parts, layout=ipw.Layout(width="100%", flex="0 0 auto"))

    def show(self, name: str, swatch: str, share: float, hidden: bool, chosen: bool) -> None:
        """Show what is the case now."""
        self._swatch.value = swatch
        self.name.description = name
        self.share.value = f"{share:.1%}" if share else ""
        self.eye.icon = "eye-slash" if hidden else "eye"
        for state, kind in ((hidden, "cw-off"), (chosen, "cw-selected")):
            (self.add_class if state else self.remove_class)(kind)
