"""Proposals while labels are made: the next clast that is worth a label, outlined and named by the model."""

from __future__ import annotations

from collections import Counter
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
from corewidgets.learning.proposals import Proposal, accept_proposals, propose
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
_LABELLED = 0.1  # share of what was free of a clast from which on it counts as labelled since

_UNTRAINED = "There is no model yet to propose clasts: label two classes and train first."
_LOOKING = "Searching for clasts to label …"
_NOTHING = "No clast is proposed: press N, or the button Propose."
_NONE = "The model proposes no clast: all that it can outline are labelled, or were rejected."
_KEYS = (
    "Enter accepts it, 1 … 9 gives it another class, X rejects it, arrows resize it, N: next; "
    "Shift+Enter accepts all"
)
_LISTED = "N, or a click on a picture, shows one; Shift+Enter accepts all"
_NEXT = "Train, and N proposes more; Ctrl+Z undoes it"


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
    on_refused : callable
        Called after each that was refused.
    """

    def __init__(self, labeler: Labeler, trainer: Trainer) -> None:
        self._labeler, self._trainer = labeler, trainer
        self._stage, self._messages = labeler.stage, labeler.messages
        self._worker = Worker(self._messages.fail, lambda _busy: None)
        self._features: npt.NDArray[Any] | None = None
        # In their order, labelled ones too, with the number of pixels that were not labelled when they came.
        self._listed: dict[Proposal, int] = {}
        self._drawn: Any = None  # of the list: what was drawn last
        self._place = 0  # of the one that is shown, among those that are left
        self._model: Any = None  # that the proposals are from
        self._growth: tuple[Proposal, Growth] | None = None
        self.refused: set[tuple[int, int]] = set()
        self.on_refused: Callable[[], object] = lambda: None
        self.current: Proposal | None = None
        self._text = ipw.HTML(layout=ipw.Layout(margin="0", flex="1 1 auto", min_width="0"))
        self._sheet = Picks(layout=ipw.Layout(width="100%", margin="0", display="none"))
        self._sheet.on_pick(self._messages.wrap(self._picked))
        tip = "Propose the next clast to label, with the class that the model predicts (key N)"
        self._button = button(self._messages, self.next, "Propose", icon="lightbulb-o", tooltip=tip)
        tip = "Give all clasts of the list the class below them, except those that you rejected (Shift+Enter)"
        self._all = button(
            self._messages, self.take_all, "Accept all", icon="check", tooltip=tip, disabled=True
        )
        line = ipw.HBox(
            [self._button, self._all, self._text],
            layout=ipw.Layout(width="100%", align_items="center", grid_gap="8px"),
        )
        super().__init__([line, self._sheet], layout=ipw.Layout(width="100%"))
        self.add_class("cw-panel").add_class("cw-proposer")
        self._stage.on_key({"n": self.next, **{name: lambda: None for name in ("x", "Enter", "Escape")}})
        self._stage.on_key({"shift+Enter": self._take_listed})
        self._stage.key_before = self._action
        labeler.observe(self._edited, ["labels", "legend"])

    # --- what a hand does -------------------------------------------------------------------------

    @property
    def left(self) -> list[Proposal]:
        """Those on the list, in their order, without those of an unknown class, or labelled since."""
        n_classes = len(self._labeler.legend)
        return [
            one
            for one, free in self._listed.items()
            if one.code <= n_classes and np.count_nonzero(self._free(one)) >= (1 - _LABELLED) * free
        ]

    def next(self) -> None:
        """Show the next clast, after the last one the first; where there is none, look for some."""
        if self._trainer.model is None:
            self._tell(_UNTRAINED)
            return
        outdated = self._trainer.model is not self._model and not self._trainer.live
        if outdated or not self.left:
            self._look()
            return
        self._show_at(0 if self.current is None else self._place + 1)

    def take(self, code: int | None = None) -> None:
        """Give the clast that is shown its class, or another one; labels that are there stay.

        Raises
        ------
        ValueError
            The class was deleted, or all of the clast is labelled already.
        """
        one = self._shown()
        legend = self._labeler.legend
        code = one.code if code is None else code
        if code not in legend.order:
            raise ValueError(
                f"{legend.name(code)} is no longer on the list of classes; give the clast another class."
            )
        free = self._free(one)
        if not free.any():
            raise ValueError("All of this outline is labelled already; resize it, or reject it.")
        self.current = None
        self._labeler.apply(Edit(one.box, free, code))
        self._show_at(self._place)

    def take_all(self) -> None:
        """Give all that are left on the list their class, in one step; labels that are there stay.

        Those that cannot be given it stay on the list, and a note says why.

        Raises
        ------
        ValueError
            There is none.
        """
        left, labeler = self.left, self._labeler
        if not left:
            raise ValueError(_NOTHING)
        known = [one for one in left if one.code in labeler.legend.order]
        labels = accept_proposals(labeler.labels, known)
        taken = [one for one in known if (labels[one.box] == one.code)[self._free(one)].any()]
        for code in {one.code for one in taken}:
            labeler.show_class(code)
        self.hide()
        if taken:
            labeler.labels = labels
        self._tell_taken(taken, len(known) - len(taken), len(left) - len(known))
        self._stage.ink.send({"kind": "focus"})  # Ctrl+Z is to undo it

    def refuse(self) -> None:
        """Never show the clast again."""
        one = self._shown()
        self.refused.add((int(one.row), int(one.column)))
        self.on_refused()
        del self._listed[one]
        self._show_at(self._place)

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
        self.current = changed
        self._listed = {changed if each is one else each: free for each, free in self._listed.items()}
        self._listed[changed] = int(np.count_nonzero(self._free(changed)))
        self._growth = changed, growth
        self._show()

    def hide(self) -> None:
        """Show no clast, and give the keys back; N goes on."""
        self.current = None
        self._stage.ink.proposed = {}
        self._tell("", _LISTED if self.left else "")

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

    def _take_listed(self) -> None:
        if self.left:  # else a second press of the key: all were accepted
            self.take_all()

    def _picked(self, what: str) -> None:
        place = next((place for place, one in enumerate(self.left) if _name(one) == what), None)
        if place is not None:
            self._show_at(place)

    def _edited(self, _: dict[str, Any]) -> None:
        """Leave out what is labelled now, list again what was undone, and show the classes as they are."""
        if not self._listed:
            return  # nothing was found yet, or it is being looked for
        left = self.left
        if self.current is None:
            self._tell("", _LISTED if left else "")
        elif self.current in left:
            self._place = left.index(self.current)
            self._show()
        else:
            self.hide()  # it was labelled by hand: the keys are those of the brush
        self._show_sheet()

    # --- looking for clasts -----------------------------------------------------------------------

    def _look(self) -> None:
        if self._worker.busy:
            return
        self._listed = {}
        self.hide()
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
        self._model, self._features = model, features
        self._listed = {one: int(np.count_nonzero(one.mask)) for one in found}
        self._show_at(0)

    def _shown(self) -> Proposal:
        if self.current is None:
            raise ValueError(_NOTHING)
        return self.current

    def _free(self, one: Proposal) -> npt.NDArray[np.bool_]:
        """Return which pixels of the box of a proposal are its own and not labelled."""
        return one.mask & (self._labeler.labels[one.box] == 0)

    # --- what is seen -----------------------------------------------------------------------------

    def _show_at(self, place: int) -> None:
        """Show the one at a place among those that are left, after the last one the first."""
        left = self.left
        self._place = place % len(left) if left else 0
        self.current = left[self._place] if left else None
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
        left, legend, image = self.left, self._labeler.legend, self._labeler.section.image
        if (left, legend) != self._drawn:
            self._drawn = left, legend
            self._sheet.html = sheet(
                (_name(one), thumbnail_of(one, image, legend.colors[one.code - 1]), legend.name(one.code))
                for one in left
            )
        self._sheet.picked = "" if self.current is None else _name(self.current)
        self._sheet.layout.display = "" if left else "none"
        self._all.disabled = not left
        self._all.description = f"Accept all {len(left)}" if left else "Accept all"

    def _tell_taken(self, taken: list[Proposal], n_covered: int, n_deleted: int) -> None:
        """Say what was accepted, and why some could not be."""
        name = self._labeler.legend.name
        classes = ", ".join(f"{n} {name(code)}" for code, n in Counter(one.code for one in taken).items())
        self._tell(
            f"Accepted {len(taken)}: {classes}." if taken else "Accepted none.", _NEXT if taken else ""
        )
        why = {
            "all of their pixels are labelled": n_covered,
            "their class is no longer on the list; give them another one": n_deleted,
        }
        kept = "; ".join(f"{n} because {reason}" for reason, n in why.items() if n)
        if kept:
            self._messages.note(f"Not accepted: {kept}.")

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
