"""A project on the workbench: which photograph is open, and that all that is done to it is kept at once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import numpy as np
from numpy.typing import NDArray

from corewidgets.batch.options import Processes
from corewidgets.cores.opening import Openable, holds_many, open_entries
from corewidgets.cores.section import CoreSection
from corewidgets.labels.class_list import with_classes_of
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import OtherPhotographError
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.maps import Maps
from corewidgets.project.kept_file import OtherWindowError
from corewidgets.project.layout import ENDING, is_project
from corewidgets.project.project import Project
from corewidgets.project.run_maps import run_folders
from corewidgets.scoring.evaluation import Evaluation
from corewidgets.scoring.settings import Settings
from corewidgets.widgets.autosave import Autosave
from corewidgets.widgets.core_mapping import CoreMapping
from corewidgets.widgets.core_taking import CoreTaking
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.other_examples import ProjectExamples
from corewidgets.widgets.proposer import Proposer
from corewidgets.widgets.strip import Strip
from corewidgets.widgets.trainer import Trainer

__all__ = ["Desk", "folder_for", "open_project"]

Codes = NDArray[np.uint8]


class Desk:
    """A project with its strip, and the photograph that is open.

    Parameters
    ----------
    project : Project
    messages : Messages
        Where errors are shown.
    show : callable
        Puts the photograph of a name on the workbench.
    processes : Processes, optional
        A Dask cluster that maps the other photographs; by default this process does.

    Attributes
    ----------
    strip : Strip
    photograph : str
        Name of the one that is open; empty for none.
    """

    def __init__(
        self,
        project: Project,
        messages: Messages,
        show: Callable[[str], None],
        processes: Processes | None = None,
    ) -> None:
        self.project, self.messages = project, messages
        self.strip = Strip(project, messages)
        self._model: tuple[str | None, PixelClassifier | None] = (None, None)
        self.photograph = ""
        self._on_change: Callable[[str], object] = lambda name: None
        self._show = show
        self._examples: dict[str, tuple[str, CoreSection, Codes]] = {}
        self.mapping = CoreMapping(project, messages, self._changed, self._tell, processes)
        self.taking = CoreTaking(project, messages, self._changed, self._tell)
        self.strip.on_accept(self._accept)
        self.strip.on_stop(self._stop)
        self.strip.observe(self._chosen, "selected")

    def first(self) -> str:
        """Return the photograph to begin with: the one that was open last, or the first that can be read.

        Raises
        ------
        ValueError
            None can be read.
        """
        wanted = [self.project.view.get("photograph"), *self.project.names]
        problems = self.project.problems
        readable = (name for name in wanted if name in self.project.names and name not in problems)
        for name in readable:
            try:
                self.project.read(name)
            except (OSError, ValueError):
                self.strip.refresh(name)
            else:
                return name
        raise ValueError(
            f"None of the {len(self.project)} photographs of '{self.project.folder}' can be read. "
            f"The first: {next(iter(self.project.problems.values()))}"
        )

    def read(self, name: str) -> CoreSection:
        """Read a photograph, and bring its labels to the classes of the project."""
        try:
            section = self.project.read(name)
        except (OSError, ValueError):
            self.strip.refresh(name)
            raise
        self.project.bring_up_to_date(name)
        return section

    @contextmanager
    def opening(self, name: str, trainer: Trainer) -> Iterator[None]:
        """Let nothing be done on the page until the block has put the tools of a photograph there."""
        self.strip.tell_opened("")
        trained = trainer.busy and not trainer.live
        try:
            yield
        finally:
            self.strip.tell_opened(self.photograph)
        if trained:
            self.messages.note(f"Training was not finished when {name} was opened; press Train again.")

    def open(self, name: str, labeler: Labeler, trainer: Trainer, proposer: Proposer) -> None:
        """Note that a photograph is open, and show its map, and the model and its scores, in a trainer."""
        self.taking.now(name)
        places = self._refused().get(name, ())
        proposer.refused = {(int(row), int(column)) for row, column in places}
        proposer.on_refused = lambda: self._keep_refused(name, proposer.refused)
        labeler.stage.on_key({"PageUp": lambda: self.strip.step(-1), "PageDown": lambda: self.strip.step(1)})
        if name != self.photograph:  # put on anew, it leaves alone what is being chosen meanwhile
            self.photograph = self.strip.selected = name
        with self.messages.shown():
            trainer.model = self.model
            segmentation = self._map_of(name, trainer.section)
            if segmentation is not None:
                trainer.maps = Maps(segmentation, complete=True, lights=self.project.lights(name))
                trainer.segmentation = segmentation
            scores = self.project.scores
            if scores is not None:
                trainer.show_scores(scores, None)
            self.strip.suggested = next(iter(self.project.ranked()), "")
        trainer.others = ProjectExamples(self.project, name, self._examples)
        trainer.observe(self._settings_set, "settings")
        trainer.observe(lambda change: self._mapped(name, trainer, change["new"]), "segmentation")
        trainer.observe(lambda change: self._scored(change["new"]), "evaluation")

    def _map_of(self, name: str, section: CoreSection) -> Codes | None:
        """Read the map of a photograph; None, and a note, where the photograph was replaced since."""
        try:
            return self.project.map(name, section.digests)
        except OtherPhotographError as error:
            self.messages.note(f"The map is not shown: {error.what} Train again to map this one.")
            return None

    def _mapped(self, name: str, trainer: Trainer, segmentation: Codes | None) -> None:
        """Keep a model that was trained with the map that it made, and begin to map the others by it."""
        model = trainer.model
        if segmentation is None or model is None or trainer.model_is_quick or not trainer.busy:
            return
        with self.messages.shown():
            kept = self.project.write_model(model)
            self._model = (self.project.model_digest, model)
            told = f"The model that another window trained is kept as {kept.name}. " if kept else ""
            lights = {} if trainer.maps is None else trainer.maps.lights
            if not self.project.write_map(name, segmentation, trainer.section.digest, lights):
                told += f"The map of {name} in the project was corrected by hand and stays as it is."
            if told:
                self.messages.note(told)
            self.strip.reload()
            self._on_change(name)
            training, _ = trainer.others.around(trainer.section, trainer.labels)
            self.mapping.begin(model, name, training, lambda: trainer.busy or self.taking.busy)

    def _scored(self, scores: Evaluation | None) -> None:
        if scores is not None:
            with self.messages.shown():
                self.project.scores = scores

    def on_change(self, callback: Callable[[str], object]) -> None:
        """Call back with the name of a photograph whose labels or map have changed."""
        self._on_change = callback

    def _changed(self, name: str) -> None:
        """Show a photograph as it is now, and which one to label next."""
        self._on_change(name)
        self.strip.refresh(name)
        self.strip.suggested = next(iter(self.project.ranked()), "")

    def _tell(self, text: str) -> None:
        self.strip.progress = text

    def end(self) -> None:
        """Stop what is being computed in the background."""
        self._stop()
        self.strip.stop()

    def _stop(self) -> None:
        self.taking.stop()
        self.mapping.stop()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is taken over or mapped; return whether that came within `timeout` seconds."""
        start = time.monotonic()
        return self.taking.wait(timeout) and self.mapping.wait(max(0.0, timeout - (time.monotonic() - start)))

    def greet(self) -> None:
        """Say what is to be known when a project is opened, and begin to take over the maps of a run."""
        self.strip.tell_opened(self.photograph)
        self.taking.begin(self.photograph)
        told = [self.project.others, *self.project.notes]
        if any(told):
            self.messages.note(" ".join(filter(None, told)))

    def _settings_set(self, change: dict[str, Any]) -> None:
        with self.messages.shown():
            self.project.settings = change["new"]

    def _chosen(self, change: dict[str, Any]) -> None:
        """Open the photograph that was chosen in the strip; where it cannot be, the open one stays chosen."""
        if change["new"] == self.photograph:
            return
        with self.messages.shown():
            self._show(change["new"])
        self.strip.selected = self.photograph

    def autosave(self, name: str) -> Callable[..., Autosave]:
        """Return what makes the keeper of a photograph's labels, for a labeler."""

        def made(report: Callable[[str, bool], object], **options: Any) -> Autosave:
            return _ProjectAutosave(self, name, report, **options)

        return made

    def noted(self, name: str, labels: Codes, legend: Legend) -> None:
        """Note that the labels of a photograph were written."""
        self.project.note_labels(name, labels, legend)
        self._changed(name)

    @property
    def model(self) -> PixelClassifier | None:
        """The model of the project, read once."""
        digest = self.project.model_digest
        if digest != self._model[0]:
            self._model = (digest, self.project.model)
        return self._model[1]

    def keep_view(self, view: dict[str, Any]) -> None:
        """Keep what is open and how it is looked at; a folder that cannot be written keeps none."""
        try:
            self.project.view = {"photograph": self.strip.selected, "refused": self._refused(), **view}
        except OSError as error:
            self.messages.fail(error)

    def _refused(self) -> dict[str, list[list[int]]]:
        """Return the places of proposals that were refused on each photograph."""
        refused: dict[str, list[list[int]]] = self.project.view.get("refused", {})
        return refused

    def _keep_refused(self, name: str, places: Collection[tuple[int, int]]) -> None:
        self.keep_view(self.project.view | {"refused": self._refused() | {name: sorted(places)}})

    def around(self, pages: Sequence[ipw.Widget]) -> ipw.HBox:
        """Return the strip with pages beside it."""
        side = ipw.Box(  # as high as the page beside it: the strip scrolls
            [self.strip], layout=ipw.Layout(flex="0 0 246px", min_height="320px", max_height="720px")
        ).add_class("cw-desk-side")
        main = ipw.VBox(list(pages), layout=ipw.Layout(flex="1 1 0", min_width="0"))
        return ipw.HBox([side, main], layout=ipw.Layout(width="100%")).add_class("cw-desk")

    def _accept(self) -> None:
        name = self.strip.selected
        self.project.accept(name, not self.project.state(name).accepted)
        self.strip.refresh(name)


class _ProjectAutosave(Autosave):
    """Writes labels into the project before a stroke has ended, and notes who drew them."""

    def __init__(self, desk: Desk, name: str, report: Callable[[str, bool], object], **options: Any) -> None:
        super().__init__(desk.project.labels_path(name), report, **options)
        self._desk, self._name = desk, name
        self.shown_path = self.path.relative_to(self.path.parents[1]).as_posix()  # a photograph has this name

    def schedule(self, labels: Codes, legend: Legend) -> None:
        """Write these labels now."""
        super().schedule(labels, legend)
        self.flush()

    def _write(self, labels: Codes, legend: Legend) -> str:
        kept = super()._write(labels, legend)
        try:
            self._desk.noted(self._name, labels, legend)
        except OtherWindowError as error:
            self._desk.messages.fail(error)  # the labels are written, with their own classes
        return kept


def open_project(
    source: Openable | Project,
    project: str | os.PathLike[str] | bool,
    legend: Legend | None = None,
    settings: Settings | None = None,
) -> Project | None:
    """Open or make the project of several photographs; the maps of a run are left to be taken over.

    Parameters
    ----------
    source : photographs, or a project or its folder
    project : path-like or bool
        The folder of the project. True means one beside several photographs or those of a run, and none for
        a single one; False means none.
    legend : Legend, optional
        Classes; those that a project has not are added to it.
    settings : Settings, optional
        What to train at first.

    Returns
    -------
    Project or None
        None for one photograph that is not that of a run.

    Raises
    ------
    OSError, TypeError, ValueError
        As `Project.create` does.
    """
    if isinstance(source, Project):
        return _with_classes(source, legend)
    if isinstance(source, (str, os.PathLike)) and is_project(Path(source)):
        return _with_classes(Project(source), legend)
    if project is False or (project is True and not _needs_strip(source)):
        return None
    folder = folder_for(source) if project is True else Path(project)
    if not is_project(folder):
        return Project.create(folder, source, legend=legend, settings=settings, take_maps=False)
    found = _with_classes(Project(folder), legend)
    found.add(source, take_maps=False)
    return found


def _needs_strip(source: Openable) -> bool:
    """Tell whether there are several photographs, or a run, whose maps are to be shown."""
    return holds_many(source) and (len(open_entries(source)) > 1 or bool(run_folders(source)))


def _with_classes(project: Project, legend: Legend | None) -> Project:
    """Return a project with those classes besides that it lacks."""
    known = with_classes_of(project.legend, legend or project.legend)
    if known != project.legend:
        project.legend = known
    return project


def folder_for(source: Openable) -> Path:
    """Return where the project of photographs lies: in their folder, or in the current one without files."""
    folders = {entry.file.absolute().parent for entry in open_entries(source) if entry.file is not None}
    if not folders:
        return Path(f"core{ENDING}").absolute()
    folder = Path(os.path.commonpath(folders))
    return folder / f"{folder.name or 'core'}{ENDING}"
