"""Training on what is painted, in the background; it knows nothing of buttons.

Features, then the classifier, then the map of the section, then the score. Each step says how far it is, can
be stopped, and gives way to newer strokes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.features.cache import bytes_to_spare, cache
from corewidgets.labels.class_list import present_codes
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.live_fit import LiveFit, is_live
from corewidgets.learning.mapping import ViewSource, map_section
from corewidgets.learning.maps import Maps
from corewidgets.scoring.evaluation import Evaluation, evaluate
from corewidgets.scoring.settings import Settings
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.other_examples import Examples, OtherExamples

__all__ = ["Mapped", "Progress", "Scored", "Trained", "Training"]

_SCORED_PIXELS = 20_000
_REMIND_EVERY = 16  # parts of the rest that are mapped until the cache hears again of what is in view
_STEP = 64  # pixels of the view between two that are looked at: every tile has one
_PATIENCE = 2.0  # seconds without a new map after which even superseded work shows what is in view
_MANY = 2_000_000  # pixels out of view that are mapped only
_PAUSE = 1.0  # after so many seconds without a stroke
_QUIET = 0.5  # seconds that a refit after a stroke says nothing of: most are over by then


@dataclass(frozen=True)
class Progress:
    """How far the work is: `share` from 0 to 1 of all its steps, and what it does, in words."""

    share: float
    text: str


@dataclass(frozen=True, eq=False)
class Trained:
    """A fitted `model`; `live` where it is the small one of the live mode."""

    model: PixelClassifier
    live: bool


@dataclass(frozen=True, eq=False)
class Mapped:
    """Maps of the section, perhaps not yet complete."""

    maps: Maps


@dataclass(frozen=True, eq=False)
class Scored:
    """The scores of a model, and the labels that they were made with."""

    evaluation: Evaluation
    labels: npt.NDArray[np.uint8]


Focus: TypeAlias = tuple[float, float]
"""Row and column of what was drawn last."""

Event: TypeAlias = Progress | Trained | Mapped | Scored


@dataclass
class _Steps:
    """Turns the progress of each step into one of all."""

    ticket: Ticket
    tell: Callable[[Event], None]
    shares: dict[str, float] = field(default_factory=dict)  # of the whole time, by the step's text
    quiet: float = 0.0  # seconds in which nothing is told
    begun: float = field(default_factory=time.monotonic)

    def at(self, text: str, done: int, total: int) -> None:
        if time.monotonic() < self.begun + self.quiet:
            return
        names = list(self.shares)
        before = sum(self.shares[name] for name in names[: names.index(text)])
        share = (before + self.shares[text] * done / max(total, 1)) / sum(self.shares.values())
        self.ticket.deliver(self.tell, Progress(share, text))


_LOOK, _GROW, _MAP, _SCORE = (
    "Computing features",
    "Training on the labels",
    "Mapping",
    "Scoring on labels held out",
)


class Training:
    """Trains on one section, in the background.

    Parameters
    ----------
    section : CoreSection
    tell : callable
        Called where widgets may be touched with each `Progress`, `Trained`, `Mapped` and `Scored`.
    failed : callable
        Called there with an error.
    changed : callable
        Called with True when work begins and with False when there is none any more.
    view : callable
        Returns the rows and columns to compute first, or None.

    Attributes
    ----------
    others : OtherExamples
        Further photographs to learn from. Can be set.
    """

    def __init__(
        self,
        section: CoreSection,
        tell: Callable[[Event], None],
        failed: Callable[[Exception], None],
        changed: Callable[[bool], None] = lambda _: None,
        view: ViewSource = lambda: None,
    ) -> None:
        self.section = section
        self._tell = tell
        self._view = view
        self._worker = Worker(failed, changed)
        self._before: Maps | None = None
        self._averages: float | str = 1.0  # as the last training chose; the live mode keeps it
        self._live = LiveFit()
        self._shown = 0.0
        self.others = OtherExamples()
        self._view_shown = False  # whether the work that runs has shared a map of what is in view

    @property
    def busy(self) -> bool:
        """Whether something is being computed."""
        return self._worker.busy

    def train(self, labels: npt.NDArray[np.uint8], settings: Settings, legend: Legend | None = None) -> None:
        """Train, map and score, from the labels as they are now.

        Raises
        ------
        ValueError
            Fewer than two classes are labelled.
        """
        check_enough(labels, legend, self.others.codes())
        taken = labels.copy() if labels.flags.writeable else labels
        self._worker.submit(lambda ticket: self._train(ticket, taken, settings, legend))

    def follow(self, labels: npt.NDArray[np.uint8], settings: Settings, delay: float = 0.0) -> None:
        """Train a small classifier and map what is in view, then the rest; newer labels supersede these.

        Parameters
        ----------
        labels : array, shape (n_rows, n_columns), uint8
            With fewer than two classes only the features are computed, so that they are there later.
        settings : Settings
        delay : float
            Seconds to wait for the next stroke first.
        """
        cache.grow(bytes_to_spare())  # else a pass over a large section throws out what the next one needs
        taken = labels.copy() if labels.flags.writeable else labels
        self._worker.submit(lambda ticket: self._follow(ticket, taken, settings.quick(self._averages)), delay)

    def score(self, labels: npt.NDArray[np.uint8], settings: Settings, legend: Legend | None = None) -> None:
        """Only score."""
        check_enough(labels, legend, self.others.codes())
        taken = labels.copy() if labels.flags.writeable else labels

        def work(ticket: Ticket) -> None:
            steps = self._begun(ticket, {_LOOK: 1, _SCORE: 4})
            examples = self.others.around(self.section, taken)
            self._look(steps, settings, examples)
            self._score(steps, examples, taken, settings, legend)

        self._worker.submit(work)

    def stop(self) -> None:
        """Stop what is being computed; what is being learned is learned to its end, and thrown away."""
        self._worker.stop()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is being computed; return whether that came in time."""
        return self._worker.wait(timeout)

    # --- in the thread ----------------------------------------------------------------------------

    def _train(
        self, ticket: Ticket, labels: npt.NDArray[np.uint8], settings: Settings, legend: Legend | None
    ) -> None:
        steps = self._begun(ticket, {_LOOK: 1, _GROW: 1, _MAP: 1})
        if settings.score:
            steps.shares[_SCORE] = 3
        examples = self.others.around(self.section, labels)
        self._look(steps, settings, examples)
        model = self._grow(steps, examples, settings, live=False)
        self._averages = model.training_summary_["averages"]
        self._map(steps, model)
        if settings.score:
            self._score(steps, examples, labels, settings, legend)

    def _begun(self, ticket: Ticket, shares: dict[str, float], quiet: float = 0.0) -> _Steps:
        self._view_shown = False
        return _Steps(ticket, self._tell, shares, quiet)

    def _follow(self, ticket: Ticket, labels: npt.NDArray[np.uint8], settings: Settings) -> None:
        live = is_live(settings.recipe)  # what is told of each stroke costs the page as much as its map
        steps = self._begun(ticket, {_LOOK: 1, _GROW: 1, _MAP: 2}, _QUIET if live else 0.0)
        self._shown = self._shown or time.monotonic()  # patience begins with the first work
        if len(codes_of(labels) | self.others.codes()) < 2:
            self._look_ahead(steps, settings)
            return
        examples = self.others.around(self.section, labels)
        if live:
            self._map(steps, *self._grow_on(steps, examples, settings))
            return
        self._look(steps, settings, examples)
        self._map(steps, self._grow(steps, examples, settings, live=True))

    def _grow_on(
        self, steps: _Steps, examples: Examples, settings: Settings
    ) -> tuple[PixelClassifier, Focus | None]:
        """Learn from what changed since the last time; return the middle of that as well."""
        draw = self._live.draw(*examples, settings.recipe, settings.random_state)
        focus = None
        for section, (rows, columns) in zip(draw.sections, self._live.new_pixels(draw), strict=True):
            if len(rows):
                self._prepare(steps, settings, section, rows, columns)
            if len(rows) and section is self.section:
                focus = float(np.median(rows)), float(np.median(columns))
        steps.at(_GROW, 0, 1)
        model = self._live.fit(draw)
        self._check(steps.ticket)
        steps.ticket.deliver(self._tell, Trained(model, True))
        return model, focus

    def _pixels_in_view(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return rows and columns of pixels in every tile that is in view; none where nothing is shown."""
        view = self._view() or (slice(0, 0), slice(0, 0))
        down, across = (
            np.unique(np.minimum(np.arange(part.start, part.stop + _STEP, _STEP), part.stop - 1))
            if part.stop > part.start
            else np.zeros(0, int)
            for part in view
        )
        rows, columns = np.meshgrid(down, across, indexing="ij")
        return rows.ravel(), columns.ravel()

    def _look_ahead(self, steps: _Steps, settings: Settings) -> None:
        """Compute what the features of the view are made of, then those of all; give way to any stroke."""
        for pixels in (self._pixels_in_view(), ()):
            self._prepare(steps, settings, self.section, *pixels, check=steps.ticket.check)

    def _look(self, steps: _Steps, settings: Settings, examples: Examples) -> None:
        """Compute ahead what the features of the labelled pixels are made of."""
        for section, labels in zip(*examples, strict=True):
            self._prepare(steps, settings, section, *np.nonzero(labels))

    def _prepare(
        self,
        steps: _Steps,
        settings: Settings,
        section: CoreSection,
        *pixels: npt.NDArray[Any],
        check: Callable[[], None] | None = None,
    ) -> None:
        """Compute ahead what the features of some pixels, by rows and columns, or of all are made of."""

        def progress(done: int, total: int) -> None:
            steps.at(_LOOK, done, total)
            (check or (lambda: self._check(steps.ticket)))()

        settings.model().prepare(section, *pixels, progress=progress)

    def _grow(self, steps: _Steps, examples: Examples, settings: Settings, live: bool) -> PixelClassifier:
        steps.at(_GROW, 0, 1)
        model = settings.model().fit(*examples)
        self._check(steps.ticket)
        steps.ticket.deliver(self._tell, Trained(model, live))
        return model

    def _map(self, steps: _Steps, model: PixelClassifier, focus: Focus | None = None) -> None:
        def progress(done: int, total: int) -> None:
            steps.at(_MAP, done, total)
            if self._view_shown and done % _REMIND_EVERY == 0:
                model.prepare(self.section, *self._pixels_in_view())

        last = map_section(
            model,
            self.section,
            before=self._before,
            view=self._view,
            focus=focus,
            check=lambda: self._check(steps.ticket),
            share=lambda maps: self._share(steps.ticket, maps),
            view_shared=lambda left: self._view_was_shared(steps.ticket, left),
            progress=progress,
        )
        self._share(steps.ticket, last)

    def _share(self, ticket: Ticket, maps: Maps) -> None:
        self._before, self._shown = maps, time.monotonic()
        ticket.deliver(self._tell, Mapped(maps))

    def _view_was_shared(self, ticket: Ticket, left: int) -> None:
        """Let the next stroke come before many pixels that nobody sees."""
        self._view_shown = True
        if left > _MANY:
            ticket.pause(_PAUSE)

    def _check(self, ticket: Ticket) -> None:
        """Give way to newer work, but not for ever: who paints on and on still sees the view follow."""
        ticket.check(patient=not self._view_shown and time.monotonic() - self._shown > _PATIENCE)

    def _score(
        self,
        steps: _Steps,
        examples: Examples,
        labels: npt.NDArray[np.uint8],
        settings: Settings,
        legend: Legend | None,
    ) -> None:
        def progress(done: int, total: int) -> None:
            steps.ticket.check()
            steps.at(_SCORE, done, total)

        evaluation = evaluate(
            settings.model(), *examples, legend=legend, protocols=_protocols(settings, examples),
            share=settings.share, n_splits=settings.n_splits, random_state=settings.random_state,
            max_scored_pixels=_SCORED_PIXELS, progress=progress,
        )  # fmt: skip
        steps.ticket.deliver(self._tell, Scored(evaluation, labels))


def codes_of(labels: npt.NDArray[np.uint8]) -> set[int]:
    """Return the classes that are labelled."""
    return set(present_codes(labels)) - {0}


def _protocols(settings: Settings, examples: Examples) -> tuple[str, ...]:
    """Return how to score: by whole photographs too, where two of them have two classes each."""
    several = sum(len(codes_of(labels)) > 1 for labels in examples[1]) > 1
    return ("sections", *settings.protocols) if several else settings.protocols


def check_enough(
    labels: npt.NDArray[np.uint8], legend: Legend | None = None, others: Collection[int] = ()
) -> None:
    """Raise unless there are labels of two classes to tell apart, those on other photographs included."""
    codes = sorted(codes_of(labels) | set(others))
    if len(codes) == 0:
        raise ValueError(
            "There is nothing to learn from: every pixel is unlabelled. Paint at least two classes."
        )
    if len(codes) == 1:
        code = int(codes[0])
        name = repr(legend.name(code)) if legend is not None and code in legend.codes else f"code {code}"
        raise ValueError(f"Only one class is labelled, {name}. Paint a second one, then train again.")
