"""Segment a whole core, on as many processes as there are, and go on where an earlier run ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sklearn.utils.validation import check_is_fitted

from corewidgets.atomic import atomic_write, owned_by
from corewidgets.batch.cluster import connected, installed, xla_threads_here
from corewidgets.batch.core_run import CoreRun, read_run
from corewidgets.batch.dispatch import Dispatch, photographs_of, real_file
from corewidgets.batch.finished import Finished
from corewidgets.batch.options import Kept, Processes, with_earlier
from corewidgets.batch.run_description import is_name_of_files
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import read_record
from corewidgets.batch.settings import as_begun, run_settings, settings_digest
from corewidgets.cores.core import SECOND, Core, Lane
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.model_file import load_model
from corewidgets.origin import file_digest, file_time

if TYPE_CHECKING:
    from corewidgets.batch.section_worker import SectionWorker

Progress = Callable[[int, int], None]
"""Called with the number of sections done and the number of all."""


def segment_core(
    core: Core,
    model: PixelClassifier | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    legend: Legend | None = None,
    kept: Kept | None = None,
    processes: Processes | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **earlier: Any,
) -> CoreRun:
    """Segment every section of a core, and write the results to a folder.

    The run may be ended at any moment, also by a kill or a power failure, and started again with the same
    call: sections that are done are not done again, unless their photograph has changed. A photograph that
    cannot be read does not stop the others. Results are bit by bit those of `PixelClassifier.predict` in the
    process that began the run, whatever the number of processes and wherever the run goes on.

    Parameters
    ----------
    core : Core
        Its sections.
    model : PixelClassifier or path
        Fitted, or a file of `save_model`.
    out : str or path-like
        Folder of the run, made if it is not there; see docs/whole-core.md. `read_run` reads it.
    legend : Legend, optional
        By default that of the model.
    kept : Kept, optional
        What is kept besides the maps; by default nothing.
    processes : Processes, optional
        What it is computed on; by default processes on this machine.
    overwrite : bool
        Whether to replace a run that was made with another model, other options or other versions.
    progress : callable, optional
        Called with the number of sections that are done and the number of all.
    **earlier
        The fields of `Kept` and `Processes` one by one, as version 0.1 took them; they still work, and warn.

    Returns
    -------
    CoreRun
        See `CoreRun.failed` for sections that could not be segmented.

    Raises
    ------
    BlockingIOError
        Another run is writing to the folder.
    ConnectionError
        No scheduler answers, or a worker has other versions than this process.
    ModuleNotFoundError
        Dask is not installed.
    OSError
        The folder cannot be written, or the disk is full; what is done is kept.
    sklearn.exceptions.NotFittedError
        The model is not fitted.
    ValueError
        The folder has a run of another model, options or versions; a section has a name that no file can
        have.

    Examples
    --------
    Keep the probabilities too, on two processes::

        run = cw.segment_core(
            core, model, out="hole", kept=cw.Kept(probabilities=True), processes=cw.Processes(n_workers=2)
        )
    """
    kept, processes = with_earlier(kept, processes, earlier)
    source = kept.model_file or (None if isinstance(model, PixelClassifier) else model)
    model = _fitted(model)
    legend = legend or getattr(model, "legend_", None) or Legend.of_codes(int(model.classes_.max()))
    core = core.showing(model.image_names_)
    _check_core_and_legend(core, model, legend)
    folder = RunFolder(Path(os.path.realpath(out)))
    threads = _xla_threads(folder, overwrite)
    settings = run_settings(model, legend, kept.probabilities, kept.uncertainty, threads)
    begun = None if overwrite else folder.read_about()
    settings = as_begun(settings, begun and begun["settings"], model)
    folder.create(probabilities=kept.probabilities, uncertainty=kept.uncertainty is not None)
    with folder.locked(), owned_by(owner := _owner(folder)):
        _check_same(folder, settings, overwrite)
        _check_core(folder, core, overwrite)
        folder.remove_leftovers(owner)
        about = {
            "id": owner,
            "settings": settings,
            "model": {"file": None if source is None else os.path.abspath(source), **_described(model)},
            "scores": getattr(model, "scores_", None) if kept.scores is None else dict(kept.scores),
            "core": folder.describe_core(core),
            "started": _now(),
            "finished": None,
        }
        folder.write_about(about)
        todo = _waiting(model, legend, folder, settings, core)
        n_done = len(core) - sum(map(len, todo))
        if progress is not None and n_done:
            progress(n_done, len(core))
        try:
            if todo:
                with connected(processes.client, processes.n_workers, threads) as connection:
                    if processes.connect is not None:
                        processes.connect(connection.client)
                    worker = _worker(model, legend, folder, settings, connection.n_threads, owner)
                    with installed(connection, worker):
                        Dispatch(
                            connection.client, worker, todo, n_done, len(core), processes, progress
                        ).run()
        finally:
            folder.remove_leftovers(owner)  # of processes that were killed
        folder.write_about(about | {"finished": _now()})
        run = read_run(folder.path)
        with atomic_write(folder.table) as temporary:
            run.table.to_parquet(temporary, index=False)
    return run


# ----------------------------------------------------------------------------------------------------- checks


def _fitted(model: PixelClassifier | str | os.PathLike[str]) -> PixelClassifier:
    """Return a fitted model."""
    if isinstance(model, PixelClassifier):
        check_is_fitted(model, "classifier_")
        return model
    return load_model(model)


def _check_core_and_legend(core: Core, model: PixelClassifier, legend: Legend) -> None:
    """Raise where a run with this core and legend would fail."""
    legend.check(model.classes_, "The model knows", "give the legend of the labels that it was trained on")
    for lane in core:
        if not is_name_of_files(lane.name):
            raise ValueError(
                f"The section {lane.name!r} needs another name, since files are named after it; use letters, "
                "digits, - and _."
            )


def _xla_threads(folder: RunFolder, overwrite: bool) -> int:
    """Return what XLA takes for the number of processor cores in the run that goes on, or in this process."""
    about = None if overwrite else folder.read_about()
    return xla_threads_here() if about is None else int(about["settings"]["xla_threads"])


def _check_same(folder: RunFolder, settings: Mapping[str, Any], overwrite: bool) -> None:
    """Raise where a folder has a run that differs in what its results depend on."""
    about = folder.read_about()
    if about is None or overwrite:
        return
    differing = [name for name in settings if about["settings"].get(name) != settings[name]]
    if differing:
        raise ValueError(
            f"'{folder.path}' has a run that differs in: {', '.join(differing)}. Choose another folder, or "
            "overwrite the run (overwrite=True, --overwrite)."
        )


def _check_core(folder: RunFolder, core: Core, overwrite: bool) -> None:
    """Raise where the maps of another core would be replaced."""
    about = folder.read_about()
    if overwrite:
        return
    if about is None:
        _check_unused(folder, core)
        return
    before = {lane.name: lane for lane in folder.core_of(about["core"])}
    remedy = "Choose another folder, or overwrite the run (overwrite=True, --overwrite)."
    if not any(lane.name in before for lane in core):
        raise ValueError(
            f"'{folder.path}' has a run of {_named(about['core']['name'])}, none of whose sections is in "
            f"{_named(core.name)}. {remedy}"
        )
    for lane in core:
        if lane.name in before and _is_of_another_photograph(folder, lane, before[lane.name]):
            raise ValueError(
                f"'{folder.path}' has a map of the section {lane.name!r} from the photograph "
                f"'{before[lane.name].file}', but now that is '{lane.file}'. {remedy}"
            )


def _check_unused(folder: RunFolder, core: Core) -> None:
    """Raise where there are files that no run wrote, and that this one would replace."""
    for lane in core:
        for file in folder.files(lane.name):
            if os.path.lexists(file):
                raise ValueError(
                    f"'{file}' already exists, but '{folder.path}' has no run. Choose another folder, or "
                    "overwrite the file (overwrite=True, --overwrite)."
                )


def _is_of_another_photograph(folder: RunFolder, now: Lane, before: Lane) -> bool:
    """Return whether a section that is done is now one of another file with other content."""
    if real_file(now.file) == real_file(before.file):
        return False
    record = read_record(folder, now.name)
    if record is None or record.counts is None:
        return False
    return not now.file.is_file() or file_digest(now.file) != record.image.split(" ")[0]


def _named(core: str) -> str:
    """Return what to call a core in a sentence."""
    return f"the core {core!r}" if core else "another core"


def _owner(folder: RunFolder) -> str:
    """Return the mark of the temporary files of the run in a folder: a new one for a new run."""
    about = folder.read_about() or {}
    return str(about.get("id") or uuid4().hex)


# ------------------------------------------------------------------------------------------------------- work


def _waiting(
    model: PixelClassifier, legend: Legend, folder: RunFolder, settings: Mapping[str, Any], core: Core
) -> list[list[Lane]]:
    """Return the lanes of each photograph of which some are to be done."""
    finished = Finished(
        folder,
        settings_digest(settings),
        legend,
        settings["probabilities"],
        settings["uncertainty"] is not None,
        SECOND in model.image_names_,
    )
    return [lanes for lanes in photographs_of(core) if not finished.all_done(lanes)]


def _worker(
    model: PixelClassifier,
    legend: Legend,
    folder: RunFolder,
    settings: Mapping[str, Any],
    n_threads: int,
    owner: str,
) -> SectionWorker:
    """Return what each process of the cluster holds."""
    from corewidgets.batch.section_worker import SectionWorker  # imports Dask

    return SectionWorker(
        f"corewidgets-{uuid4().hex}",
        model,
        legend,
        folder,
        settings_digest(settings),
        versions=settings["versions"],
        probabilities=settings["probabilities"],
        uncertainty=settings["uncertainty"],
        xla_threads=settings["xla_threads"],
        n_threads=n_threads,
        owner=owner,
    )


# ------------------------------------------------------------------------------------------------ description


def _described(model: PixelClassifier) -> dict[str, Any]:
    """Return a model as plain values, for those who read the run."""
    return {
        "recipe": model.recipe_.to_dict(),
        "mode": model.mode,
        "n_features": model.n_features_in_,
        "classifier": repr(model.classifier_),
        "regularizer": None if model.regularizer_ is None else repr(model.regularizer_),
        "classes": model.classes_,
        "training": model.training_summary_,
        "provenance": getattr(model, "provenance_", None),
    }


def _now() -> str:
    return file_time().isoformat(timespec="seconds")
