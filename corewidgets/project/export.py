"""What is handed on of a project: depth log as LAS and CSV, a figure of the hole, recovery, and the report.

All of it lies in ``exports/`` of the project: what is written at once in a folder of its own, named by the
date.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets import __version__
from corewidgets.atomic import make_folder
from corewidgets.batch.core_run import CoreRun, run_table
from corewidgets.batch.log_parameters import log_parameters
from corewidgets.batch.run_recovery import run_recovery
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord
from corewidgets.cores.appearance import Appearance
from corewidgets.cores.core import Interval
from corewidgets.cores.section import CoreSection
from corewidgets.cores.table import NOT_IN_FILE_NAMES
from corewidgets.figures.core_figure import save_figure
from corewidgets.figures.depth import plot_depth_log
from corewidgets.figures.report import write_report
from corewidgets.geology.recovery_table import write_recovery
from corewidgets.origin import file_time
from corewidgets.project.hole import Hole
from corewidgets.project.project import Project
from corewidgets.project.record import counted
from corewidgets.scoring.drift import Drift, PhotographDrift

__all__ = ["Exported", "export_figure", "export_las", "export_project"]

_MOST_FOLDERS = 1000  # of one day


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    folder : pathlib.Path
    files : tuple of pathlib.Path
        LAS, table of the depth log, figure, report, and the table of core recovery where that was asked for.
    left_out : dict of str to str
        Why each photograph is not in them that is not, by name.
    overlaps : tuple of (str, str, Interval)
        Mapped photographs that show the same depths, and these: there the pixels of both count.
    """

    folder: Path
    files: tuple[Path, ...]
    left_out: dict[str, str] = field(default_factory=dict)
    overlaps: tuple[tuple[str, str, Interval], ...] = ()


def export_project(
    project: Project,
    *,
    interval: float = 0.1,
    runs: str | os.PathLike[str] | float | Iterable[Interval] | None = None,
    pieces: str | os.PathLike[str] | None = None,
) -> Exported:
    """Write the results of a project by depth, into a new folder of the project.

    The folder is ``exports/`` and the date; no existing file is overwritten. The report is that of
    `write_report`.

    Parameters
    ----------
    project : Project
    interval : float
        Length of an interval of the log in the unit of the hole.
    runs : path-like, float or iterable of Interval, optional
        The drill runs that core recovery is measured by: a table (`read_runs`), intervals in metres, or the
        length of each in the unit of the hole. Without them there is no recovery.
    pieces : path-like, optional
        A table of the pieces of core (`read_pieces`): with it solid core recovery, RQD and fracture frequency
        are measured as well.

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
        No photograph at a known depth has a map, photographs were replaced since they were mapped, the
        interval is no length, or runs or pieces cannot be read, or lie beside the hole.
    """
    if pieces is not None and runs is None:
        raise ValueError("Pieces of core are measured by drill runs; give runs as well: a table or a length.")
    hole = Hole(project)
    log = hole.depth_log(interval)
    run = _ProjectRun.of(project)
    left_out = _left_out(project)
    recovery = None if runs is None else run_recovery(run, runs, pieces)
    endings = (".las", ".csv", ".png", ".html", *([] if recovery is None else ["-recovery.csv"]))
    with _new_files(project, endings) as files:
        log.write_las(files[0], header={"DATE": _day()}, parameters=log_parameters(run))
        log.write_csv(files[1], units=True)
        save_figure(plot_depth_log(log, run.done.showing(()).sections()), files[2])
        write_report(run, files[3], drift=_drift(project, run), recovery=recovery, title=project.name)
        if recovery is not None:
            write_recovery(recovery, files[4], scale=run.core.scale)
    overlaps = tuple(found for found in hole.overlaps if {*found[:2]} <= {*hole.mapped})
    return Exported(files[0].parent, tuple(files), left_out, overlaps)


def export_las(hole: Hole, interval: float, *, top: float = -math.inf, base: float = math.inf) -> Path:
    """Write the shares of the classes as LAS, of the photographs that show something between two depths.

    Parameters
    ----------
    hole : Hole
    interval : float
        In the unit of the hole.
    top, base : float
        Metres.

    Returns
    -------
    pathlib.Path
        In a new folder of the project.

    Raises
    ------
    ModuleNotFoundError, OSError, ValueError
        See `export_project`.
    """
    log = hole.depth_log(interval, top=top, base=base)
    with _new_files(hole.project, [".las"]) as (file,):
        log.write_las(file)
    return file


def export_figure(
    hole: Hole,
    interval: float,
    *,
    top: float = -math.inf,
    base: float = math.inf,
    check: Callable[[], object] = lambda: None,
) -> Path:
    """Write a figure of the mapped photographs between two depths, and of the shares of their classes.

    Parameters
    ----------
    hole, interval, top, base
        See `export_las`.
    check : callable
        Called before each photograph is read; what it raises ends the work.

    Returns
    -------
    pathlib.Path
        In a new folder of the project.
    """
    log = hole.depth_log(interval, top=top, base=base)
    mapped = set(hole.mapped)
    seen = (lane.name for lane in hole.core if lane.name in mapped and lane.top < base and lane.base > top)
    sections: list[CoreSection] = []
    for name in seen:
        check()
        sections.append(hole.project.read(name))
    with _new_files(hole.project, [".png"]) as (file,):
        save_figure(plot_depth_log(log, sections), file)
    return file


@contextlib.contextmanager
def _new_files(project: Project, endings: Sequence[str]) -> Iterator[list[Path]]:
    """Give names of files in a new folder; what cannot be written to its end leaves neither."""
    folder = _new_folder(project.folder / "exports")
    name = NOT_IN_FILE_NAMES.sub("-", project.name)  # "15/17-A1" is a well
    files = [folder / f"{name}{ending}" for ending in endings]
    try:
        yield files
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        folder.rmdir()
        raise


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
    make_folder(parent)
    for number in range(1, _MOST_FOLDERS):
        folder = parent / (_day() if number == 1 else f"{_day()}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"'{parent}' is full of exports of today; move some of them away.")


def _day() -> str:
    return file_time().astimezone().date().isoformat()


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
            raise ValueError(f"The map of {name} was removed; map the photograph again.")
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
        if (kept := project.drift(lane.name)) and not project.state(lane.name).pixels
    ]
    return Drift(tuple(found), {}) if found else None
