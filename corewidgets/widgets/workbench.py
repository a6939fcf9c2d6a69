"""Label, train, see where the model is wrong, correct: all tools for one section, and one file to keep it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import numpy.typing as npt
from traitlets import Enum, HasTraits, dlink, link, observe

from corewidgets.batch.options import Processes
from corewidgets.cores.opening import Openable, open_section
from corewidgets.cores.section import CoreSection
from corewidgets.labels.class_list import with_classes_of
from corewidgets.labels.legend import Legend
from corewidgets.markup import html
from corewidgets.project.layout import is_project
from corewidgets.project.project import Project
from corewidgets.scoring.settings import Settings
from corewidgets.session import open_session, session_path, sessions_before
from corewidgets.widgets.buttons import panel_button
from corewidgets.widgets.clast_keeping import ClastKeeping, FileClasts, ProjectClasts
from corewidgets.widgets.clast_page import ClastPage
from corewidgets.widgets.core_page import CorePage
from corewidgets.widgets.desk import Desk, open_project
from corewidgets.widgets.export_panel import ExportPanel
from corewidgets.widgets.feature_explorer import FeatureExplorer
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.overlay import Overlay
from corewidgets.widgets.panels import style_sheet
from corewidgets.widgets.proposer import Proposer
from corewidgets.widgets.ruler_panel import RulerPanel
from corewidgets.widgets.session_keeper import SessionKeeper
from corewidgets.widgets.session_labels import first_labels, labels_file
from corewidgets.widgets.session_line import SessionLine
from corewidgets.widgets.session_view import look_as, view_of
from corewidgets.widgets.stage.links import link_viewports
from corewidgets.widgets.stage.stage import HEIGHT, Stage
from corewidgets.widgets.tool import close_all, family
from corewidgets.widgets.trainer import Trainer
from corewidgets.widgets.turn import TURN

__all__ = ["Workbench"]

PAGES = {
    "label": ("Label", "paint-brush", "Paint classes; Live lets the map follow each stroke"),
    "train": ("Settings and scores", "cogs", "What to train, and the accuracy of the result"),
    "map": ("Inspect", "search", "The map, its uncertainty, and the reasons for a class"),
    "clasts": ("Clasts", "object-ungroup", "The clasts of the map in a table: review, correct, export"),
    "features": ("Features", "th", "Feature maps of the network"),
    "core": ("Core", "align-justify", "The hole at depth: photographs, maps and classes side by side"),
}

_SCORES = (
    "<span>Score (weighted F1)</span>"
    "{% for score in scores %}"
    '<span><b>{{ "%.2f" % score.weighted_f1 }}</b> on {{ score.title }} held out</span>'
    "{% endfor %}{% if outdated %}<span>with earlier labels</span>{% endif %}"
)


class Workbench(SessionKeeper):
    """All tools for one section, and one file that keeps the session.

    Pages: the labeler, with the trainer's buttons; what to train, and scores; the map with its uncertainty;
    its clasts; the feature maps; the hole, where there are several photographs. All show the same part of the
    core. Labels are saved beside the photograph after each stroke; Save keeps all, with the model.

    Parameters
    ----------
    section : path, CoreSection or array, shape (n_rows, n_columns, 3), uint8
        The photograph. Its pixels are never changed. A folder, a pattern such as ``"scans/*.jpg"``, a list,
        the table of a core, a `Core`, the folder of a run, or a `Project` open several, with a strip of them.
    classes : sequence of str, optional
        Names of the classes, with the package's own colors.
    legend : Legend, optional
        Names and colors, instead of `classes`.
    labels : array, shape (n_rows, n_columns), uint8, optional
        Labels to begin with. Then nothing that was saved is opened.
    settings : Settings, optional
        What to train at first.
    autosave : bool or path-like
        Whether, and in which file, the labels are kept after each stroke; as in `Labeler`.
    project : bool or path-like
        The folder of the project (`Project`). True means one in the folder of several photographs or of those
        of a run, and none for a single one; False opens none. All that is done is kept there at once.
    session : bool or path-like
        The file of the session, and whether it is opened at once if it is there. True means
        `<name of the photograph>.session.zip` beside it, or in this folder where the photograph has no file.
        False opens nothing.
    processes : Processes, optional
        A Dask cluster that maps the other photographs of a project, as `segment_core` takes it; by default
        that of ``corewidgets open --scheduler``, or else this process does.
    height : int
        Height of the pictures in pixels of the page.

    Attributes
    ----------
    page : str
        "label", "train", "map", "clasts", "features", and "core" where a project is open. Trait.
    labeler, trainer : Labeler, Trainer
        The tools; others after another session was opened.
    overlay, clasts, explorer : Overlay, ClastPage, FeatureExplorer
        Made when they are first asked for.
    export : ipywidgets.VBox
        Of a project: depths of the open photograph, and the button that writes LAS, table, figure and report.
    labels : array, shape (n_rows, n_columns), uint8
        Those of the labeler. Can be set.
    legend, model, segmentation : Legend, PixelClassifier or None, array or None
        Those of the labeler and of the trainer.

    Raises
    ------
    ValueError
        As `Labeler` does.

    Examples
    --------
    >>> import corewidgets as cw
    >>> sample = cw.sample_core(n_rows=240, n_columns=96)
    >>> workbench = Workbench(sample.section, ["Matrix", "Clast"], session=False)
    >>> workbench.legend.names
    ('Matrix', 'Clast')
    """

    page = Enum(tuple(PAGES), default_value="label")

    _overlay: Overlay | None
    _clasts: ClastPage | None
    _core: CorePage | None
    _explorer: FeatureExplorer | None

    def __init__(
        self,
        section: Openable,
        classes: Sequence[str] | None = None,
        *,
        legend: Legend | None = None,
        labels: npt.ArrayLike | None = None,
        settings: Settings | None = None,
        autosave: bool | str | os.PathLike[str] = True,
        session: bool | str | os.PathLike[str] = True,
        project: bool | str | os.PathLike[str] = True,
        processes: Processes | None = None,
        height: int = HEIGHT,
    ) -> None:
        if classes is not None and legend is not None:
            raise ValueError("Both classes and a legend are given; give one of them.")
        names = Legend(classes) if classes is not None else legend
        self._desk: Desk | None = None
        kept = open_project(section, project, names, settings)
        if kept is not None:
            self._begin_project(kept, labels, height, processes)
            return
        opened = open_section(section)
        path = session_path(opened) if isinstance(session, bool) else Path(session).absolute()
        self._prepare(height, path)
        self._autosave = autosave if isinstance(autosave, bool) else Path(autosave).absolute()
        found, source = None, path
        if session is not False and labels is None:
            found, source = self._found([path, *(sessions_before(opened) if session is True else [])], opened)
        file = labels_file(opened, autosave)
        first = labels if found is None else first_labels(found, file)
        self._furnish(
            Labeler(
                opened,
                legend=names if found is None else with_classes_of(found.legend, names or found.legend),
                labels=first,
                autosave=autosave,
                height=height,
            ),
            settings or (found.settings if found else None),
        )
        if found is not None:
            self._take_up(found, source)
            if first is None:
                with self.messages.shown():
                    self._keep_labels_of(found, source, file)
            elif file is not None and file.exists():
                self.messages.note(
                    f"These are the labels of the session, which differ from those in {file.name}; that "
                    "file is kept under another name with the next stroke."
                )

    @classmethod
    def reopen(cls, path: str | os.PathLike[str], section: CoreSection | None = None) -> Workbench:
        """Return a workbench as it was saved.

        Parameters
        ----------
        path : path-like
            The file of the session, or the folder of a project.
        section : CoreSection, optional
            The photograph of a session, where it is already open or is no longer where it was.

        Raises
        ------
        FileNotFoundError
            There is no such file, or its photograph is not where it was.
        ValueError
            The file is no session, or it was made on another photograph.
        """
        if is_project(Path(path)):
            return cls(path)
        found = open_session(path, section)
        made = cls(found.section, legend=found.legend, labels=found.labels, settings=found.settings,
                   session=Path(path))  # fmt: skip
        made._take_up(found)
        made._warn_of_others(found)
        return made

    # --- the photographs of a project -------------------------------------------------------------

    def open_photograph(self, name: str) -> None:
        """Open another photograph of the project; the page, the view and the zoom stay.

        Parameters
        ----------
        name : str

        Raises
        ------
        KeyError, OSError, ValueError
            There is no project, or no such photograph, or it cannot be read; what is open stays.
        """
        if self._desk is None:
            raise ValueError(
                "There is one photograph on this workbench. Give cw.Workbench a folder, a list or a "
                "project to open several."
            )
        with TURN:  # what the page says meanwhile waits: its tools are not those that it knows
            if name != self._desk.photograph:
                self._turn_to(name)

    def _turn_to(self, name: str) -> None:
        """Read a photograph of the project, and put it on the pages."""
        if self._desk is None:
            return
        with self._desk.opening(name, self.trainer):
            section = self._desk.read(name)
            self.labeler.flush_labels()
            self.trainer.stop()
            view = view_of(self.labeler)
            self._put_on(section, name, self.trainer.settings)
            look_as(self.labeler, view)
        self._desk.keep_view({"page": self.page, **view})

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is trained, mapped or taken over from a run.

        Returns
        -------
        bool
            Whether that came within `timeout` seconds.
        """
        start = time.monotonic()
        done = self.trainer.wait(timeout)
        if not done or self._desk is None:
            return done
        return self._desk.wait(max(0.0, timeout - (time.monotonic() - start)))

    @property
    def project(self) -> Project | None:
        """The project on the workbench, None for one photograph."""
        return None if self._desk is None else self._desk.project

    def _end(self) -> None:
        if self._desk is not None:
            self._desk.end()

    def _begin_project(
        self, project: Project, labels: npt.ArrayLike | None, height: int, processes: Processes | None
    ) -> None:
        """Put a project on the workbench: its strip, and the photograph that was open last."""
        if labels is not None:
            raise ValueError("labels are of one photograph; write those of a project with write_labels.")
        self._prepare(height, project.folder)
        self._autosave = True
        self._desk = desk = Desk(project, self.messages, self.open_photograph, processes)
        view = project.view
        name = desk.first()
        self._put_on(desk.read(name), name, desk.project.settings)
        with self.messages.shown():
            look_as(self.labeler, view)
            self.page = view.get("page", self.page)
        self._line.layout.display = "none"
        self.export = ExportPanel(project, self.messages, lambda: desk.photograph, self._depths_given)
        shown, panel = panel_button("share", "Export", self.export)
        self._bar.children = (*self._bar.children, shown)
        self.children = [
            style_sheet("workbench.css"), self._bar, self.messages, panel,
            desk.around([*self._pages.values()]),
        ]  # fmt: skip
        desk.greet()

    def _depths_given(self) -> None:
        """Show the photograph that is open, and the strip, with the depths that it has now."""
        if self._desk is not None:
            self._desk.strip.reload()
            with self.messages.shown("page"):  # that it lacks depths may be what is shown
                self._turn_to(self._desk.photograph)

    def _put_on(self, section: CoreSection, name: str, settings: Settings | None) -> None:
        """Put the tools for a photograph of the project on the pages, with its map and the model."""
        if (desk := self._desk) is None:
            return
        labeler = Labeler(
            section, legend=desk.project.legend, autosave=desk.autosave(name), height=self._height
        )
        self._furnish(labeler, settings)
        desk.open(name, labeler, self.trainer, self.proposer)

    # --- what is made when it is asked for --------------------------------------------------------

    @property
    def overlay(self) -> Overlay:
        """The map with its uncertainty."""
        with TURN:  # a cell may ask for it while a click makes it
            if self._overlay is None:
                self._overlay = Overlay(
                    self.section, legend=self.legend, labels=self.labels, height=self._height
                )
                self._overlay.observe(self._map_completed, "maps")
                self._pages["map"].children = (self.trainer.state, self._overlay)
            return self._overlay

    @property
    def clasts(self) -> Any:
        """The page of the clasts of the map, a `ClastPage`."""
        with TURN:
            if self._clasts is None:
                keeping: ClastKeeping = FileClasts(
                    self.section.file_beside(".clasts.json") if self._autosave else None
                )
                if self._desk is not None:
                    keeping = ProjectClasts(self._desk.project, self._desk.photograph)
                self._clasts = ClastPage(self.section, self.legend, keeping, height=self._height)
                self._pages["clasts"].children = (self._clasts,)
            return self._clasts

    @property
    def core(self) -> Any:
        """The page of the hole at depth, a `CorePage`; of a project only."""
        with TURN:
            if self._core is None:
                if self._desk is None:
                    raise ValueError(
                        "There is one photograph on this workbench; the page Core shows those of a project."
                    )
                made = CorePage(self._desk.project, self._go_to, height=self._height)
                self._desk.on_change(made.refresh)
                self._pages["core"].children = (made,)
                self._core = made
            return self._core

    def _go_to(self, name: str, share: float) -> None:
        """Open a photograph on the page Label, at a share of its length."""
        self.open_photograph(name)
        self.page = "label"
        stage, (n_rows, n_columns) = self.labeler.stage, self.section.shape
        scale = max(stage.viewport.scale, stage.viewport.across_scale)
        stage.show(share * n_rows - 0.5, (n_columns - 1) / 2, scale)

    @property
    def explorer(self) -> FeatureExplorer:
        """The feature maps."""
        with TURN:
            if self._explorer is None:
                self._explorer = FeatureExplorer(
                    self.section, self.labels, legend=self.legend, height=self._height - 80,
                    hypercolumns=self.trainer.settings.recipe.hypercolumns,
                )  # fmt: skip
                self._pages["features"].children = (self._explorer,)
            return self._explorer

    # --- the view ---------------------------------------------------------------------------------

    @observe("page")
    def _page_set(self, _: dict[str, Any]) -> None:
        with self.messages.shown("page"):
            self._show_page()

    def _show_page(self) -> None:
        """Show one page, and let only that one follow what is painted and moved: hidden ones cost nothing."""
        while self._ties:
            self._ties.pop()()
        for name, page in self._pages.items():
            page.layout.display = "" if name == self.page else "none"
        if self.page == "train":
            self.trainer.unfold()
        elif self.page == "map":
            self._tie(self.overlay, {"legend": self.labeler, "labels": self.labeler, "maps": self.trainer})
            self._tie_stages(self.overlay.stage)
            self._complete_map()
        elif self.page == "clasts":
            self._tie(self.clasts, {"legend": self.labeler, "maps": self.trainer})
            self._tie(self.clasts, {"segmentation": self.trainer})
            self._tie_stages(self.clasts.stage)
        elif self.page == "features":
            self._tie(self.explorer, {"legend": self.labeler, "labels": self.labeler})
            self._tie_stages(self.explorer.map_stage)
        elif self.page == "core":
            self.core  # noqa: B018 - it is made when it is first asked for

    def _tie(self, widget: HasTraits, sources: Mapping[str, HasTraits]) -> None:
        for name, source in sources.items():
            self._ties.append(dlink((source, name), (widget, name)).unlink)

    def _tie_stages(self, stage: Stage) -> None:
        self._ties.append(link_viewports(self.labeler.stage, stage))

    def _complete_map(self) -> None:
        """Compute doubts and probabilities of a model that came from a file, which holds none."""
        model, maps = self.model, self.trainer.maps
        if model is None or self.trainer.busy or (maps is not None and maps.model is not None):
            return
        self.overlay.model = None
        self.overlay.model = model

    def _map_completed(self, change: dict[str, Any]) -> None:
        maps = change["new"]
        if maps is not None and maps.model is self.model and not self.trainer.busy:
            self.trainer.maps = maps

    # --- building ---------------------------------------------------------------------------------

    def _prepare(self, height: int, path: Path) -> None:
        self._height = height
        self._ties: list[Callable[[], None]] = []
        self._own = self._own_digest = None
        self._core = None
        self._changed = False
        self.messages = Messages()
        shown = {name: told for name, told in PAGES.items() if name != "core" or is_project(path)}
        self._page_buttons = ipw.ToggleButtons(
            options=[(title, name) for name, (title, *_) in shown.items()],
            icons=[icon for _, icon, _ in shown.values()],
            tooltips=[tip for *_, tip in shown.values()],
            style={"button_width": "auto"},
            layout=ipw.Layout(margin="0", width="auto", flex="0 0 auto"),
        ).add_class("cw-pages")
        self._line = SessionLine(path, self.messages, self.save, self.restore)
        self._bar = ipw.HBox(
            [self._page_buttons, self._line], layout=ipw.Layout(width="100%", flex_flow="row wrap")
        ).add_class("cw-workbench-bar")
        wide = {"width": "100%"}
        self._pages = {name: ipw.VBox(layout=ipw.Layout(**wide)).add_class("cw-page") for name in PAGES}
        super().__init__(
            [style_sheet("workbench.css"), self._bar, self.messages, *self._pages.values()],
            layout=ipw.Layout(**wide),
        )
        self.add_class("cw-workbench")
        link((self, "page"), (self._page_buttons, "value"))

    def _furnish(self, labeler: Labeler, settings: Settings | None) -> None:
        """Put the tools for a section on the pages."""
        of_one = [page.add_class("cw-of-photograph") for name, page in self._pages.items() if name != "core"]
        before = [part for page in of_one for tool in page.children for part in family(tool)]
        self.labeler = labeler
        self.trainer = Trainer(labeler, settings=settings, unfolded=False)
        self.proposer = Proposer(labeler, self.trainer)
        self._overlay = self._clasts = self._explorer = None
        labeler.remove_class("cw-keys")  # its keys work while the focus is on the trainer's buttons, too
        bar = ipw.Box([self.trainer.buttons], layout=ipw.Layout(width="100%"))
        bar.add_class("cw-panel").add_class("cw-trainer")
        self._scores = ipw.HTML(layout=ipw.Layout(margin="0", display="none")).add_class("cw-score-line")
        ruler = RulerPanel(labeler.stage, labeler.messages, lambda: self.trainer.maps, lambda: labeler.legend)
        if self._desk is not None:
            self._desk.strip.tell_replaced()
        self._pages["label"].add_class("cw-keys").children = (
            bar, self._scores, self.trainer.messages, self.proposer, labeler, ruler
        )  # fmt: skip
        self._pages["train"].children = (self.trainer,)
        for name in ("map", "clasts", "features"):
            self._pages[name].children = ()
        self.trainer.observe(self._busy_set, "busy")
        self.trainer.observe(self._show_scores, ["evaluation", "outdated"])
        for source, names in ((labeler, ["labels", "legend"]), (self.trainer, ["model", "settings"])):
            source.observe(self._mark_changed, names)
        self._show_page()
        close_all(before)

    def _busy_set(self, change: dict[str, Any]) -> None:
        if change["new"] and self._overlay is not None:
            self._overlay.stop()  # the trainer makes a newer map
        elif self.page == "map":
            self._complete_map()  # that of the model before, where the trainer was stopped

    def _show_scores(self, _: dict[str, Any]) -> None:
        """Tell the scores in a line above the core: the strict one, and the random one beside it."""
        evaluation = self.trainer.evaluation
        scores = list(evaluation.scores.values()) if evaluation is not None else []
        self._scores.value = html(_SCORES, scores=scores, outdated=self.trainer.outdated) if scores else ""
        self._scores.layout.display = "" if scores else "none"
