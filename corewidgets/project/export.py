"""What is handed on of a project: depth log as LAS and CSV, a figure of the hole, and the report."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets import __version__
from corewidgets.batch.core_run import CoreRun, run_table
from corewidgets.batch.log_parameters import log_parameters
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord
from corewidgets.cores.appearance import Appearance
from corewidgets.figures.core_figure import save_figure
from corewidgets.figures.depth import plot_depth_log
from corewidgets.figures.report import write_report
from corewidgets.project.hole import Hole
from corewidgets.project.project import Project
from corewidgets.project.record import counted
from corewidgets.scoring.drift import Drift, PhotographDrift

__all__ = ["Exported", "export_project"]

_MOST_FOLDERS = 1000  # of one day


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    folder : pathlib.Path
    files : tuple of pathlib.Path
        LAS, table of the depth log, figure and report.
    left_out : dict of str to str
        Why each photograph is not in them that is not, by name.
    """

    folder: Path
    files: tuple[Path, ...]
    left_out: dict[str, str] = field(default_factory=dict)


def export_project(project: Project, *, interval: float = 0.1) -> Exported:
    """Write what the maps of a project say by depth, into a new folder of the project.

    The folder is ``exports/`` and the date; nothing that is there is written over. The report is that of
    `write_report`.

    Parameters
    ----------
    project : Project
    interval : float
        Length of an interval of the log in the unit of the hole.

    Returns
    -------
    Exported

    Raises
    ------
    ModuleNotFoundError
        lasio or pandas is not installed.
    OSError
        The folder cannot be written; nothing is left there.
    ValueError
        No photograph at a known depth has a map, two with maps overlap, photographs were replaced since they
        were mapped, or the interval is no length.
    """
    hole = Hole(project)
    log = hole.depth_log(interval)
    run = _ProjectRun.of(project)
    left_out = _left_out(project)
    folder = _new_folder(project.folder / "exports")
    stem = folder / project.name
    files = tuple(Path(f"{stem}{ending}") for ending in (".las", ".csv", ".png", ".html"))
    try:
        log.write_las(files[0], header={"DATE": _day()}, parameters=log_parameters(run))
        log.write_csv(files[1], units=True)
        save_figure(plot_depth_log(log, run.done.showing(()).sections()), files[2])
        write_report(run, files[3], drift=_drift(project, run), title=project.name)
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        folder.rmdir()
        raise
    return Exported(folder, files, left_out)


def _left_out(project: Project) -> dict[str, str]:
    """Return why photographs are in no log."""
    why = {}
    for name in project.names:
        state = project.state(name)
        if state.problem:
            why[name] = "it cannot be read"
        elif state.top is None:
            why[name] = "its depths are not known"
        elif not state.mapped:
            why[name] = "it has no map yet"
    return why


def _new_folder(parent: Path) -> Path:
    """Make a folder for the files of a day, beside those that were made before."""
    parent.mkdir(exist_ok=True)
    for number in range(1, _MOST_FOLDERS):
        folder = parent / (_day() if number == 1 else f"{_day()}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"'{parent}' is full of exports of today; move some of them away.")


def _day() -> str:
    return dt.datetime.now().astimezone().date().isoformat()


@dataclass(frozen=True, eq=False)
class _ProjectRun(CoreRun):
    """The maps of a project, as the report reads those of a run."""

    project: Project

    @classmethod
    def of(cls, project: Project) -> _ProjectRun:
        core, legend = project.core, project.legend
        records = {lane.name: _record(project, lane.name) for lane in core}
        table = run_table(core, legend, records)
        return cls(project.folder, core, legend, table, _about(project), project)

    @property
    def replaced(self) -> list[str]:
        """None: photographs that were replaced since are an error of the depth log, which is made before."""
        return []

    def segmentation(self, name: str) -> NDArray[np.uint8]:
        """Read the map of a photograph."""
        found = self.project.map(name)
        if found is None:
            raise ValueError(f"The map of {name} was taken away; map the photograph again.")
        return found


def _record(project: Project, name: str) -> SectionRecord | None:
    """Return what is known of the map of a photograph, in the form of a run; None without one."""
    state = project.state(name)
    if state.problem:
        return SectionRecord(name, FAILED, "", "", error=state.problem)
    found = project.map(name)
    if found is None:
        return None
    told = [("corrected by hand", state.corrected), ("of an earlier model", state.outdated)]
    return SectionRecord(
        name,
        DONE,
        "",
        "",
        warning=", ".join(text for text, holds in told if holds),
        n_rows=found.shape[0],
        n_columns=found.shape[1],
        counts={str(code): number for code, number in counted(found).items()},
        uncertainty=project.drift(name).get("uncertainty"),
    )


def _about(project: Project) -> dict[str, Any]:
    """Return with what the maps were made, in the form of run.json."""
    model, scores = project.model, project.scores
    about: dict[str, Any] = {"file": "model.skops"}
    if model is not None:
        about |= {
            "classes": model.classes_.tolist(),
            "n_features": model.n_features_in_,
            "recipe": model.recipe_.to_dict(),
            "training": model.training_summary_,
        }
    return {
        "settings": {"versions": {"corewidgets": __version__}, "labelled": project.labelled},
        "model": about,
        "scores": None if scores is None else scores.to_dict(),
        "finished": _day(),
    }


def _drift(project: Project, run: CoreRun) -> Drift | None:
    """Return which photographs are unlike those trained on; of the measures a project keeps two."""
    unknown = Appearance(*[math.nan] * len(Appearance._fields))
    found: Sequence[PhotographDrift] = [
        PhotographDrift(
            lane.name,
            lane.top,
            lane.base,
            unknown,
            math.nan,
            math.nan,
            float(kept["uncertainty"]),
            float(kept["novelty"]),
            tuple(kept["reasons"]),
        )
        for lane in run.core
        if (kept := project.drift(lane.name))
    ]
    return Drift(tuple(found), {}) if found else None
