"""Train a classifier on what is painted, see how good it is, and let the map follow the brush."""

from __future__ import annotations

import time
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Any as AnyTrait
from traitlets import Bool, Float, Instance, dlink, link, observe, validate

from corewidgets.cores.opening import Openable, open_section
from corewidgets.cores.section import CoreSection
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.mapping import View
from corewidgets.learning.maps import Maps, class_palette
from corewidgets.learning.mean import told_by
from corewidgets.markup import html
from corewidgets.scoring.evaluation import Evaluation
from corewidgets.scoring.settings import Settings
from corewidgets.widgets.buttons import button
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.panels import style_sheet
from corewidgets.widgets.scores_panel import ScoresPanel
from corewidgets.widgets.settings_panel import SettingsPanel
from corewidgets.widgets.shared_look import look, shared_looks
from corewidgets.widgets.stage.stage import Stage
from corewidgets.widgets.tool import Tool
from corewidgets.widgets.training import Event, Mapped, Progress, Scored, Trained, Training, codes_of
from corewidgets.widgets.turn import TURN

__all__ = ["Settings", "Trainer"]

_FEW = "Live: paint at least two classes, and the map follows."
_GIVEN_UP = "Not scored: newer strokes came first. Train again for a score."


class Trainer(Tool):
    """Trains in the background and measures the accuracy of the result.

    Parameters
    ----------
    section : Labeler, path, CoreSection or array, shape (n_rows, n_columns, 3), uint8
        What to train on. A labeler's labels and legend are followed, and the map is laid over its photograph.
    labels : array, shape (n_rows, n_columns), uint8, optional
        0 = unlabelled; only with a section.
    legend : Legend, optional
        Names of the codes; only with a section.
    settings : Settings, optional
        What to train at first.
    stage : Stage, optional
        Where to show the map, and what is in view there is computed first. With a labeler, its stage.
    unfolded : bool
        Whether settings and scores are below the buttons from the start, or from `unfold` on: they are half
        of the widgets that a workbench makes for each photograph.

    Attributes
    ----------
    labels : array, shape (n_rows, n_columns), uint8
        Trait; set it, or link it to a labeler's.
    legend : Legend
        Trait.
    settings : Settings
        Features, classifier and score, as in the panel. Trait.
    live : bool
        Whether the map follows the labels. Trait.
    model : PixelClassifier or None
        The last one that was trained; in live mode a small one. Trait.
    maps : Maps or None
        Its maps so far, from the moment that the view is done. Trait; link it to that of an `Overlay`.
    segmentation : array, shape (n_rows, n_columns), uint8, or None
        The last segmentation of the whole section. Trait.
    evaluation : Evaluation or None
        Its scores. Trait.
    outdated : bool
        Whether the labels are no longer those that were scored. Trait.
    busy : bool
        Whether something is being computed. Trait.
    progress : float
        0 to 1. Trait.

    Raises
    ------
    ValueError
        Labels or legend are given beside a labeler, or the labels have another shape than the photograph.

    Examples
    --------
    >>> import corewidgets as cw
    >>> sample = cw.sample_core(n_rows=256, n_columns=128)
    >>> trainer = Trainer(sample.section, sample.labels, sample.legend)
    >>> trainer.model is None
    True
    """

    labels = Instance(np.ndarray)
    legend = Instance(Legend)
    settings = Instance(Settings)
    live = Bool(False)
    model = AnyTrait(None)
    maps = Instance(Maps, allow_none=True)
    segmentation = Instance(np.ndarray, allow_none=True)
    evaluation = Instance(Evaluation, allow_none=True)
    outdated = Bool(False)
    busy = Bool(False)
    progress = Float(0.0)

    @shared_looks()
    def __init__(
        self,
        section: Labeler | Openable,
        labels: npt.ArrayLike | None = None,
        legend: Legend | None = None,
        *,
        settings: Settings | None = None,
        stage: Stage | None = None,
        unfolded: bool = True,
    ) -> None:
        self.section, start, known, self.stage = _opened(section, labels, legend, stage)
        self.messages = Messages()
        self._results: ScoresPanel | None = None
        self._state: ipw.HBox | None = None
        self._training = Training(self.section, self._told, self.messages.fail, self._told_busy, self._view)
        self.model_is_quick = False  # that of the live mode
        self._begin_times()
        self._awaits_score = self._waits_for_labels = False
        self._scored_labels: Any = None
        self._top = self._build()
        super().__init__(
            self._top,
            layout=ipw.Layout(width="100%"),
            labels=start,
            legend=known,
            settings=settings or Settings(),
        )
        self.add_class("cw-panel").add_class("cw-trainer")
        self._listen(section)
        if unfolded:
            self.unfold()

    def unfold(self) -> None:
        """Show settings and scores below the buttons."""
        if self._results is not None:
            return
        self.settings_panel = SettingsPanel(self.settings, self.messages)
        self.settings_panel.layout.width = "360px"
        self.settings_panel.layout.flex = "0 0 auto"
        self._links.append(link((self, "settings"), (self.settings_panel, "settings")))
        self._results = ScoresPanel()
        self._report({})
        self._model_set({})
        body = ipw.HBox(
            [self.settings_panel, self._results], layout=ipw.Layout(width="100%", flex_flow="row wrap")
        ).add_class("cw-middle")
        self.children = [*self._top, body]

    # --- what to do -------------------------------------------------------------------------------

    def train(self) -> None:
        """Begin to train, to map and to score, from the labels as they are now.

        Raises
        ------
        ValueError
            Fewer than two classes are labelled.
        """
        self.messages.clear()
        self._waits_for_labels = not self._two_classes()
        with TURN:  # nothing comes back before all is said
            self._training.train(self.labels, self.settings, self.legend)
            self._awaits_score = self.settings.score
            self._begin_times()

    def stop(self) -> None:
        """Stop what is being computed, and the live mode, at once; a forest grows to its end unseen."""
        self.live = self._awaits_score = False
        self._training.stop()
        self._say("Stopped.")

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is being computed; return whether that came within `timeout` seconds."""
        return self._training.wait(timeout)

    def _end(self) -> None:
        self.stop()

    @property
    def others(self) -> Any:
        """Photographs to learn from besides the open one, as `other_examples` says. Can be set."""
        return self._training.others

    @others.setter
    def others(self, others: Any) -> None:
        self._training.others = others

    def _two_classes(self) -> bool:
        return len(codes_of(self.labels) | self.others.codes()) > 1

    @property
    def buttons(self) -> ipw.HBox:
        """The line of buttons, with how far the work is; it may be shown in a second place."""
        return self._buttons

    @property
    def state(self) -> ipw.HBox:
        """How far the work is, without the buttons; shown only while something is computed."""
        if self._state is None:
            self._state = ipw.HBox([self._bar, self._status], layout=ipw.Layout(width="100%"))
            self._state.add_class("cw-panel").add_class("cw-bar")
            self._show_state()
        return self._state

    def _show_state(self) -> None:
        if self._state is not None:
            self._state.layout.display = "" if self._bar.layout.visibility == "visible" else "none"

    def show_scores(self, evaluation: Evaluation, labels: npt.NDArray[np.uint8] | None) -> None:
        """Show scores that were made with some labels; None says that those are not there any more."""
        self._scored_labels = labels
        self.evaluation = evaluation

    # --- what comes back --------------------------------------------------------------------------

    def _told(self, event: Event) -> None:
        match event:
            case Progress(share, text):
                self.progress = share
                self._show_progress(f"{text} …")
            case Trained(model, live):
                self.model, self.model_is_quick = model, live
                self._summary = _summary(model, live)
            case Mapped(maps):
                self.maps = maps
                if maps.complete:
                    self.segmentation = maps.segmentation
                    self._note_time("map")
            case Scored(evaluation, labels):
                self._awaits_score = False
                self.show_scores(evaluation, labels)
                self._note_time("scores")

    def _begin_times(self) -> None:
        """Count seconds from now on."""
        self._started = time.monotonic()
        self._times: dict[str, float] = {}

    def _note_time(self, what: str) -> None:
        """Keep after how many seconds something was there, to say it at the end."""
        self._times[what] = time.monotonic() - self._started

    def _told_busy(self, busy: bool) -> None:
        self.busy = busy
        if busy:
            self._summary = ""
            self._begin_times()
            if not self.live:  # that says nothing of what is over at once
                self._show_progress("Starting …")
            return
        self._bar.layout.visibility = "hidden"
        self._show_state()
        self.progress = 0.0
        times = ", ".join(f"{what} after {seconds:.1f} s" for what, seconds in self._times.items())
        done = f"{self._summary}; {times or 'stopped'}." if self._summary else ""
        waits = self.live and not self._two_classes()
        self._say(_GIVEN_UP if self._awaits_score and self.live else _FEW if waits else done or "Stopped.")
        self._awaits_score = False

    def _show_progress(self, text: str) -> None:
        self._say(text)
        self._bar.layout.visibility = "visible"
        self._show_state()

    def _say(self, text: str) -> None:
        self._status.value = html("<span>{{ text }}</span>", text=text)

    def _view(self) -> View | None:
        """Return what is on the screen; called from any thread."""
        if self.stage is None:
            return None
        rows, columns = self.stage.viewport.spans()
        return slice(rows.first, rows.stop), slice(columns.first, columns.stop)

    @validate("labels")
    def _check_labels(self, proposal: dict[str, Any]) -> npt.NDArray[np.uint8]:
        return check_labels(proposal["value"], self.section.shape)

    def _labels_set(self, _: dict[str, Any]) -> None:
        self._mark_outdated()
        if self._waits_for_labels and self._two_classes():  # what was wrong is mended
            self._waits_for_labels = False
            self.messages.clear()
        self._follow()

    def _live_set(self, change: dict[str, Any]) -> None:
        if not self.live and change["name"] == "live" and not self._awaits_score:
            self._training.stop()
        self._follow()

    def _follow(self) -> None:
        if not self.live:
            return
        self.messages.clear()
        self._training.follow(self.labels, self.settings)

    def _draw_map(self, _: dict[str, Any]) -> None:
        if self.stage is None:
            return
        shown = self.maps is not None and self._map_shown.value
        if shown and self.maps is not None:
            self.stage.set_overlay(self.maps.segmentation, class_palette(self.legend, frozenset()))
        else:
            self.stage.set_overlay(None)

    @observe("evaluation", "legend")
    def _report(self, _: dict[str, Any]) -> None:
        if self._results is not None:
            self._results.show(self.evaluation, self.legend)
        self._mark_outdated()

    def _mark_outdated(self) -> None:
        """Say so when the labels are no longer those that were scored."""
        changed = self._scored_labels is not self.labels
        changed = changed and not np.array_equal(self._scored_labels, self.labels)
        self.outdated = self.evaluation is not None and changed
        if self._results is not None:
            self._results.tell_outdated(self.outdated)

    @observe("busy", "live")
    def _stops(self, _: dict[str, Any]) -> None:
        self._stop.disabled = not (self.busy or self.live)

    @observe("model")
    def _model_set(self, _: dict[str, Any]) -> None:
        if self._results is not None:
            self._results.show_model(self.model)

    # --- building ---------------------------------------------------------------------------------

    def _build(self) -> list[ipw.Widget]:
        self._summary = ""
        self._train = button(self.messages, self.train, "Train", icon="play", tooltip="Train, map and score")
        self._train.add_class("cw-primary")
        self._stop = button(
            self.messages,
            self.stop,
            "Stop",
            icon="stop",
            tooltip="Stop the computation",
            disabled=True,
        )
        self._live = ipw.ToggleButton(
            description="Live", icon="bolt", **look(ipw.ToggleButton, width="auto", margin="0"),
            tooltip="Update the map after each stroke, by a quick model; Train makes the better map",
        )  # fmt: skip
        self._bar = ipw.FloatProgress(
            min=0, max=1, layout=ipw.Layout(width="150px", height="10px", margin="0", visibility="hidden")
        )
        self._status = ipw.HTML(**look(ipw.HTML, margin="0", flex="1 1 200px", min_width="0"))
        self._status.add_class("cw-training-status")
        tools = [self._train, self._live, self._stop, *self._map_tools(), self._bar, self._status]
        wide = ipw.Layout(width="100%", flex_flow="row wrap")
        self._buttons = ipw.HBox(tools, layout=wide).add_class("cw-bar")
        return [style_sheet(), self._buttons, self.messages]

    def _map_tools(self) -> list[ipw.Widget]:
        """Return what shows and hides the map, where there is a stage to show it on."""
        self._map_shown = ipw.ToggleButton(
            True, description="Map", icon="eye", tooltip="Show or hide the map over the photograph",
            **look(ipw.ToggleButton, width="auto", margin="0"),
        )  # fmt: skip
        self._opacity = ipw.FloatSlider(
            0.6, min=0, max=1, step=0.05, readout=False, tooltip="Opacity of the map",
            layout=ipw.Layout(width="110px", margin="0"),
        )  # fmt: skip
        if self.stage is None:
            return []
        return [ipw.HBox([self._map_shown, self._opacity]).add_class("cw-toolbar")]

    def _listen(self, source: Any) -> None:
        self._links: list[Any] = [
            link((self, "live"), (self._live, "value")),
            dlink((self, "progress"), (self._bar, "value")),
        ]
        self.observe(self._labels_set, "labels")  # from now on: before, there was nothing to bring up to date
        self.observe(self._live_set, ["live", "settings"])
        self.observe(self._draw_map, ["maps", "legend"])
        if self.stage is not None:
            self._links.append(link((self.stage, "overlay_opacity"), (self._opacity, "value")))
            self._map_shown.observe(self.messages.wrap(self._draw_map), "value")
        if isinstance(source, Labeler):
            for name in ("legend", "labels"):
                self._links.append(dlink((source, name), (self, name)))
        self._say("")


def _opened(
    source: Any, labels: Any, legend: Legend | None, stage: Stage | None
) -> tuple[CoreSection, npt.NDArray[np.uint8], Legend, Stage | None]:
    """Return section, labels, legend and stage of a labeler, or of what is given one by one."""
    if isinstance(source, Labeler):
        if labels is not None or legend is not None:
            raise ValueError(
                "A labeler brings its own labels and legend; give either a labeler, or a section with labels."
            )
        return source.section, source.labels, source.legend, stage or source.stage
    section = open_section(source)
    start = np.zeros(section.shape, np.uint8) if labels is None else check_labels(labels, section.shape)
    known = legend or Legend.of_codes(max(int(start.max(initial=0)), 2))
    return section, start, known, stage


def _summary(model: Any, live: bool) -> str:
    found = model.training_summary_
    classifier = model.classifier_
    trees = len(getattr(getattr(classifier, "trees", classifier), "estimators_", ()))
    learner = f"{trees} trees" if trees else "Linear discriminant"
    if told_by(classifier) is not classifier:
        learner = f"Linear discriminant and {learner}"
    return (
        f"{'Live: ' if live else ''}{learner} from {found['n_training_pixels']:,} of "
        f"{found['n_labelled_pixels']:,} labelled pixels, {len(found['classes'])} classes"
        f"{' (Train makes the better map)' if live else ''}"
    )
