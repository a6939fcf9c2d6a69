"""Proposals while labels are made: the next clast that is worth a label, outlined and named by the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt

from corewidgets.features.look import outline_features
from corewidgets.geology.outline import Click, Growth, grow
from corewidgets.geology.widths import resized
from corewidgets.labels.edits import Edit, extent
from corewidgets.labels.polygons import Box
from corewidgets.learning.proposals import Proposal, propose
from corewidgets.markup import html
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.buttons import button
from corewidgets.widgets.feature_pictures import sheet
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.palette import N_KEYS
from corewidgets.widgets.picks import Picks
from corewidgets.widgets.proposal_pictures import thumbnail_of
from corewidgets.widgets.tool import Tool
from corewidgets.widgets.trainer import Trainer

__all__ = ["Proposer"]

N_PROPOSALS = 20

_STEP = 1.1  # by which an arrow key makes an outline wider or narrower
_LABELLED = 0.1  # share of a clast from which on it counts as labelled by hand since

_UNTRAINED = "There is no model yet to propose clasts: label two classes and train first."
_LOOKING = "Searching for clasts to label …"
_NONE = "The model proposes no clast: all that it can outline are labelled, or were rejected."
_KEYS = "Enter accepts it, 1 … 9 gives it another class, X rejects it, arrows resize it, N: next"


class Proposer(Tool):
    """Shows clasts that are worth a label, one after the other, on the stage of a labeler.

    Parameters
    ----------
    labeler : Labeler
        To whose labels those taken are given.
    trainer : Trainer
        Whose model proposes.

    Attributes
    ----------
    refused : set of (int, int)
        Rows and columns of those that were refused; no proposal comes there again.
    """

    def __init__(self, labeler: Labeler, trainer: Trainer) -> None:
        self._labeler, self._trainer = labeler, trainer
        self._stage, self._messages = labeler.stage, labeler.messages
        self._worker = Worker(self._messages.fail, lambda _busy: None)
        self._features: npt.NDArray[Any] | None = None
        self._left: list[Proposal] = []
        self._model: Any = None  # that the proposals are from
        self._growth: tuple[Proposal, Growth] | None = None
        self.refused: set[tuple[int, int]] = set()
        self.current: Proposal | None = None
        self._text = ipw.HTML(layout=ipw.Layout(margin="0", flex="1 1 auto", min_width="0"))
        self._sheet = Picks(layout=ipw.Layout(width="100%", margin="0", display="none"))
        self._sheet.on_pick(self._messages.wrap(self._picked))
        tip = "Propose the next clast to label, with the class that the model predicts (key N)"
        self._button = button(self._messages, self.next, "Propose", icon="lightbulb-o", tooltip=tip)
        line = ipw.HBox(
            [self._button, self._text], layout=ipw.Layout(width="100%", align_items="center", grid_gap="8px")
        )
        super().__init__([line, self._sheet], layout=ipw.Layout(width="100%"))
        self.add_class("cw-panel").add_class("cw-proposer")
        self._stage.on_key({"n": self.next, **{name: lambda: None for name in ("x", "Enter", "Escape")}})
        self._stage.key_before = self._action

    # --- what a hand does -------------------------------------------------------------------------

    def next(self) -> None:
        """Show the next clast; where there is none, look for some."""
        if self._trainer.model is None:
            self._tell(_UNTRAINED)
            return
        outdated = self._trainer.model is not self._model and not self._trainer.live
        if outdated or not self._left:
            self._look()
            return
        if self.current is not None:  # it stays on the list, as the last one
            self._left.append(self._left.pop(0))
        self._show_first()

    def take(self, code: int | None = None) -> None:
        """Give the clast that is shown its class, or another one; labels that are there stay.

        Raises
        ------
        ValueError
            The class was deleted.
        """
        one = self._shown()
        legend = self._labeler.legend
        code = one.code if code is None else code
        if code not in legend.order:
            raise ValueError(
                f"{legend.name(code)} is no longer on the list of classes; give the clast another class."
            )
        free = one.mask & (self._labeler.labels[one.box] == 0)
        self._drop()
        self._labeler.apply(Edit(one.box, free, code))
        self._show_first()

    def refuse(self) -> None:
        """Never show the clast again."""
        one = self._shown()
        self.refused.add((one.row, one.column))
        self._drop()
        self._show_first()

    def widen(self, by: float) -> None:
        """Make the outline that is shown so many times as wide."""
        one = self._shown()
        if self._growth is None or self._growth[0] is not one:
            click = Click(np.array([one.row]), np.array([one.column]))
            self._growth = one, grow(self._labeler.section.image, [click], features=self._features)
        growth = self._growth[1]
        whole, width = resized(growth, _within(growth.box, one), one.width, by)
        box, mask = _cut(growth.box, whole)
        changed = replace(one, box=box, mask=mask, reach=growth.wider(width), width=width)
        self._left[0] = self.current = changed
        self._growth = changed, growth
        self._show()

    def hide(self) -> None:
        """Show no clast, and give the keys back; N goes on."""
        self.current = None
        self._stage.ink.proposed = {}
        self._tell("")

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until clasts were looked for; return whether that came in time."""
        return self._worker.wait(timeout)

    def _end(self) -> None:
        self._worker.stop()

    def _action(self, key: str) -> Callable[[], Any] | None:
        """Return what a key does while a clast is shown; None leaves it to the labeler."""
        if self.current is None:
            return None
        actions: dict[str, Callable[[], Any]] = {
            "Enter": self.take, "x": self.refuse, "Escape": self.hide,
            "ArrowUp": lambda: self.widen(_STEP), "ArrowRight": lambda: self.widen(_STEP),
            "ArrowDown": lambda: self.widen(1 / _STEP), "ArrowLeft": lambda: self.widen(1 / _STEP),
        }  # fmt: skip
        order = self._labeler.legend.order
        for place, code in enumerate(order[:N_KEYS], start=1):
            actions[str(place)] = lambda code=code: self.take(code)  # type: ignore[misc]
        return actions.get(key)

    def _picked(self, what: str) -> None:
        place = next((place for place, one in enumerate(self._left) if _name(one) == what), None)
        if place is not None:
            self._left.insert(0, self._left.pop(place))
            self._show_first()

    # --- looking for clasts -----------------------------------------------------------------------

    def _look(self) -> None:
        if self._worker.busy:
            return
        self.hide()
        self._left = []
        self._show_sheet()
        self._tell(_LOOKING)
        self._button.disabled = True
        labeler, model, maps = self._labeler, self._trainer.model, self._trainer.maps
        labels, legend, refused = labeler.labels, labeler.legend, frozenset(self.refused)
        known = maps if maps is not None and maps.complete and maps.model is model else None

        def work(ticket: Ticket) -> None:
            try:
                features = self._features
                if features is None:
                    image = labeler.section.image
                    features = outline_features(image, progress=lambda _done, _total: ticket.check())
                found = propose(
                    labeler.section, model, labels, N_PROPOSALS,
                    legend=legend, refused=refused, features=features, maps=known,
                )  # fmt: skip
                ticket.deliver(self._found, model, features, found)
            finally:
                ticket.deliver(setattr, self._button, "disabled", False)

        self._worker.submit(work)

    def _found(self, model: Any, features: npt.NDArray[Any], found: list[Proposal]) -> None:
        self._model, self._features, self._left = model, features, found
        self._show_first()

    def _shown(self) -> Proposal:
        if self.current is None:
            raise ValueError("No clast is proposed: press N, or the button Propose.")
        return self.current

    def _drop(self) -> None:
        self._left = [one for one in self._left if one is not self.current]
        self.current = None

    def _is_labelled(self, one: Proposal) -> bool:
        return bool((self._labeler.labels[one.box][one.mask] > 0).mean() > _LABELLED)

    # --- what is seen -----------------------------------------------------------------------------

    def _show_first(self) -> None:
        """Show the first of those that are left, without what was labelled by hand since."""
        self._left = [one for one in self._left if not self._is_labelled(one)]
        self.current = self._left[0] if self._left else None
        self._show_sheet()
        if self.current is None:
            self.hide()
            self._tell(_NONE)
            return
        view = self._stage.viewport.spans()
        for span, side in zip(view, self.current.box, strict=True):
            if side.start < span.first or side.stop > span.stop:
                self._stage.show(self.current.row, self.current.column)
                break
        self._show()
        self._stage.ink.send({"kind": "focus"})  # Enter is to take it, not to press the button again

    def _show(self) -> None:
        one = self._shown()
        legend = self._labeler.legend
        self._stage.ink.proposed = {
            "box": [int(one.box[0].start), int(one.box[1].start), *one.mask.shape],
            "bits": np.packbits(one.mask).tobytes(),
            "color": legend.colors[one.code - 1],
        }
        self._tell(f"{legend.name(one.code)}, {one.probability:.0%}", _KEYS)

    def _show_sheet(self) -> None:
        legend, image = self._labeler.legend, self._labeler.section.image
        self._sheet.html = sheet(
            (_name(one), thumbnail_of(one, image, legend.colors[one.code - 1]), legend.name(one.code))
            for one in self._left
        )
        self._sheet.picked = _name(self._left[0]) if self._left else ""
        self._sheet.layout.display = "" if self._left else "none"

    def _tell(self, what: str, keys: str = "") -> None:
        self._text.value = html("<b>{{ what }}</b> <span>{{ keys }}</span>", what=what, keys=keys)


def _name(one: Proposal) -> str:
    return f"row {one.row}, column {one.column}"


def _within(box: Box, one: Proposal) -> npt.NDArray[np.bool_]:
    """Return the outline of a proposal in the rows and columns of a box around it."""
    whole = np.zeros([side.stop - side.start for side in box], bool)
    rows, columns = (
        slice(inner.start - outer.start, inner.stop - outer.start)
        for outer, inner in zip(box, one.box, strict=True)
    )
    whole[rows, columns] = one.mask
    return whole


def _cut(outer: Box, whole: npt.NDArray[np.bool_]) -> tuple[Box, npt.NDArray[np.bool_]]:
    """Return an outline without the empty rows and columns around it."""
    part = extent(whole)
    rows, columns = (
        slice(large.start + small.start, large.start + small.stop)
        for large, small in zip(outer, part, strict=True)
    )
    return (rows, columns), whole[part]
