"""What a process of the cluster does: it keeps the model, and segments photographs one after the other."""

from __future__ import annotations

import io
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin
from numpy.typing import NDArray
from PIL import Image

from corewidgets.atomic import atomic_write, owned_by
from corewidgets.batch.finished import Finished, photograph_digest
from corewidgets.batch.probability_file import CLASSES, PROBABILITIES
from corewidgets.batch.run_folder import RunFolder, explained
from corewidgets.batch.section_map import count_codes, set_aside
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord, place_of
from corewidgets.batch.settings import installed_versions
from corewidgets.cores.core import SECOND, Lane
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.section import CoreSection
from corewidgets.features.cache import cache
from corewidgets.labels.files import write_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.light import said_of_lights
from corewidgets.learning.uncertainty import uncertainty_of
from corewidgets.origin import file_digest

_CACHE_BYTES = 128 * 2**20
"""Activations kept: no photograph comes twice, but a piece needs those of its neighbors."""

_CHUNK_ROWS = 64
_STEPS = 255
"""Uncertainties are kept in steps of 1 / 255."""

_CUT_SHORT = "It was being segmented again when the run ended; start the run again."

_TRIES = 3
"""How often the lanes of a photograph are done that is replaced again and again meanwhile."""


@dataclass
class SectionWorker(WorkerPlugin):
    """The part of a run that each process of the cluster holds.

    Parameters
    ----------
    name : str
        By which tasks find it.
    model : PixelClassifier
        Fitted.
    legend : Legend
    folder : RunFolder
        As the processes see it.
    settings : str
        Digest of the settings of the run.
    versions : dict of str to str
        Of the packages of the process that started the run.
    probabilities : bool
        Whether to keep them.
    uncertainty : str or None
        The kind to keep.
    xla_threads : int
        What XLA is told to be the number of processor cores, the same in all processes: how it splits loops,
        and with that the last bits of the results, depend on it.
    n_threads : int
        Pieces of a section that are worked on at a time.
    owner : str
        Mark of the temporary files of the run.
    """

    name: str
    model: PixelClassifier
    legend: Legend
    folder: RunFolder
    settings: str
    versions: dict[str, str]
    probabilities: bool
    uncertainty: str | None
    xla_threads: int
    n_threads: int
    owner: str

    def setup(self, worker: Any) -> None:
        """Check that the process computes what the others do, and share its cores."""
        prepare_process(worker.address, self.model, self.versions, self.xla_threads, self.n_threads)

    def segment(
        self, lanes: Sequence[Lane], begun: Callable[[Lane], object] = lambda _: None
    ) -> list[SectionRecord]:
        """Segment the lanes of one photograph, which is read once; what is done already is left.

        Where the photograph is replaced meanwhile, all its lanes are done anew, so that none is a map
        of other pixels than the rest, and each record has the digest of the pixels that were mapped.
        `begun` is called with each lane before it is done.
        """
        with owned_by(self.owner):
            for _ in range(_TRIES - 1):
                photograph = _Photograph(lanes[0].file)
                records = self._segment_each(lanes, photograph, begun)
                if photograph.is_as_read():
                    return records
            return self._segment_each(lanes, _Photograph(lanes[0].file), begun)

    def _segment_each(
        self, lanes: Sequence[Lane], photograph: _Photograph, begun: Callable[[Lane], object]
    ) -> list[SectionRecord]:
        """Segment the lanes of a photograph."""
        records = []
        for lane in lanes:
            begun(lane)
            records.append(self._segment_or_fail(lane, photograph))
        return records

    def _segment_or_fail(self, lane: Lane, photograph: _Photograph) -> SectionRecord:
        """Segment a lane, or keep why it cannot be."""
        try:
            image = photograph.digest_with(lane)
            record = self._finished.record_of(lane, image)
            return self._segment_lane(lane, photograph, image) if record is None else record
        except (ValueError, FileNotFoundError) as error:  # it would be the same another time
            record = self._failed(lane, str(error), photograph.digest or "")
            with explained(self.folder.path):
                record.write(self.folder)
            return record

    @property
    def _finished(self) -> Finished:
        """What tells which sections are done."""
        return Finished(
            self.folder,
            self.settings,
            self.legend,
            self.probabilities,
            self.uncertainty is not None,
            SECOND in self.model.image_names_,
        )

    def _failed(self, lane: Lane, error: str, image: str) -> SectionRecord:
        """Return the record of a lane that failed; of a map that is there it keeps what is known."""
        kept = self._finished.kept(lane.name)
        if kept is not None and kept.counts is not None and kept.is_of(lane, self.settings):
            return replace(kept, state=FAILED, error=error)
        return failed_record(lane, self.settings, error, image)

    def _segment_lane(self, lane: Lane, photograph: _Photograph, image: str) -> SectionRecord:
        """Segment a lane, write its files, and last its record."""
        start = time.perf_counter()
        self.folder.check_files(lane.name)
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            section = lane.read(photograph.pixels)
        if photograph.digest_with(lane) != image:
            raise ValueError(_changing(lane.second_file))
        with explained(self.folder.path):
            self._begin_anew(lane, image)
            sums = self._write_results(lane.name, section)
            light = said_of_lights(self.model.light_of(section))
            record = SectionRecord(
                lane.name,
                DONE,
                self.settings,
                place_of(lane),
                warning=" ".join(filter(None, [*(str(each.message) for each in heard), light])),
                image=image,
                n_rows=section.n_rows,
                n_columns=section.n_columns,
                counts=sums.counts,
                uncertainty=sums.uncertainty / (section.n_rows * section.n_columns),
                seconds=round(time.perf_counter() - start, 3),
                map=file_digest(self.folder.segmentation(lane.name)),
            )
            record.write(self.folder)
        return record

    def _begin_anew(self, lane: Lane, image: str) -> None:
        """Mark the record of a section as no longer valid, before the first of its files is replaced.

        Else a run that is killed in between leaves files of now with a record of before.
        """
        kept = self._finished.kept(lane.name)
        if kept is not None and kept.counts is not None:
            begun = failed_record(lane, self.settings, _CUT_SHORT, image)
            replace(begun, map=kept.map, corrected=kept.corrected).write(self.folder)

    def _write_results(self, name: str, section: CoreSection) -> _Sums:
        """Classify a section and write its files; only its map is held, the rest goes piece by piece."""
        segmentation = np.empty(section.shape, np.uint8)
        doubt = None if self.uncertainty is None else np.empty(section.shape, np.uint8)
        sums = _Sums()
        with ExitStack() as files:
            kept = files.enter_context(self._probability_file(name, section)) if self.probabilities else None
            for place, probabilities in self.model.predict_pieces(section):
                codes = self.model.classes_[probabilities.argmax(axis=-1)]
                uncertainty = uncertainty_of(probabilities, self.uncertainty or "entropy")
                sums.uncertainty += float(uncertainty.sum(dtype=np.float64))
                segmentation[place] = codes
                if doubt is not None:
                    doubt[place] = np.rint(uncertainty * _STEPS)
                if kept is not None:
                    kept[place] = probabilities.astype(np.float16)
        if doubt is not None:
            with atomic_write(self.folder.uncertainty(name)) as temporary:
                Image.fromarray(doubt).save(temporary, format="PNG")
        sums.counts = count_codes(segmentation)
        set_aside(self.folder, self._finished.kept(name), name, segmentation)
        target = self.folder.segmentation(name)
        write_labels(target, segmentation, self.legend, photograph=section.digest)
        return sums

    @contextmanager
    def _probability_file(self, name: str, section: CoreSection) -> Iterator[Any]:
        """Yield what the probabilities of a section are written to, in chunks that are compressed.

        The file grows in memory, compressed, and is written at the end: HDF5 itself crashes on a full disk.
        No view of it is written: one that lives on in the traceback of a failed write forbids closing it.
        """
        classes = self.model.classes_
        shape = (*section.shape, len(classes))
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            kept = file.create_dataset(
                PROBABILITIES,
                shape,
                np.float16,
                chunks=(min(_CHUNK_ROWS, shape[0]), *shape[1:]),
                compression="gzip",
                compression_opts=1,
                shuffle=True,
            )
            kept.attrs[CLASSES] = classes
            kept.attrs["names"] = [self.legend.name(code) for code in classes.tolist()]
            yield kept
        with atomic_write(self.folder.probabilities(name)) as temporary:
            temporary.write_bytes(content.getvalue())


@dataclass
class _Sums:
    """What is counted of a section: pixels by code, and the sum of the uncertainties of all pixels."""

    counts: dict[str, int] = field(default_factory=dict)
    uncertainty: float = 0.0


class _Photograph:
    """A photograph that is read once for all its lanes, and the digest of the file that was read.

    The digest is taken of the bytes, never by size and time of change: cameras and copying programs leave
    both as they were. It is taken before and after the pixels are read: a file may be replaced in between.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.digest: str | None = None
        self._pixels: NDArray[np.uint8] | None = None

    def digest_with(self, lane: Lane) -> str:
        """Return the SHA-256 of the file that is read, and of a lane's second one after a space."""
        if self.digest is None:
            self.digest = photograph_digest(self._file)
        return " ".join(
            [self.digest, *([] if lane.second_file is None else [photograph_digest(lane.second_file)])]
        )

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The photograph, read when first asked for."""
        if self._pixels is None:
            pixels = read_photograph(self._file)
            if photograph_digest(self._file) != self.digest:
                raise ValueError(_changing(self._file))
            self._pixels = pixels
        return self._pixels

    def is_as_read(self) -> bool:
        """Return whether the file is still the one that was read."""
        try:
            return self.digest is None or photograph_digest(self._file) == self.digest
        except FileNotFoundError:
            return True  # another try finds nothing more


def prepare_process(
    address: str, model: PixelClassifier, versions: Mapping[str, str], xla_threads: int, n_threads: int
) -> None:
    """Check that a process computes what the others do, and share its cores.

    Parameters
    ----------
    address : str
        Of the process.
    model : PixelClassifier
        What it computes with.
    versions, xla_threads, n_threads
        As of a `SectionWorker`.

    Raises
    ------
    ConnectionError
        Its results would differ.
    """
    here = installed_versions()
    for package, version in versions.items():
        if here[package] != version:
            raise ConnectionError(
                f"The worker {address} has {package} {here[package]}, but the run was started "
                f"with {version}; install the same versions everywhere."
            )
    told = os.environ.setdefault("NPROC", str(xla_threads))  # read when XLA begins to compute
    if told != str(xla_threads):
        raise ConnectionError(
            f"The worker {address} computes with NPROC={told}, but the run needs "
            f"{xla_threads} for the same bits everywhere; restart the worker."
        )
    model.set_params(n_jobs=n_threads)
    cache.max_bytes = min(cache.max_bytes, _CACHE_BYTES)


def segment_photograph(lanes: Sequence[Lane], name: str) -> list[SectionRecord]:
    """Segment the lanes of a photograph in whatever process this runs: a task of Dask."""
    here: Any = get_worker()

    records: list[SectionRecord] = here.plugins[name].segment(
        lanes, lambda lane: tell_begun(here, name, lane.name)
    )
    return records


def tell_begun(here: Any, topic: str, section: str) -> None:
    """Tell a `Watch` that this thread of a process begins a section."""
    name = section.encode("utf-8", "surrogatepass")  # messages hold no text that is no text
    here.log_event(topic, {"section": name, "worker": here.address, "thread": threading.get_ident()})


def failed_record(lane: Lane, settings: str, error: str, digest: str = "") -> SectionRecord:
    """Return that a section failed, and why."""
    return SectionRecord(lane.name, FAILED, settings, place_of(lane), error=error, image=digest)


def _changing(file: Path | None) -> str:
    """Say that a file was written to while it was read."""
    return (
        f"'{file}' changed while it was read; start the run again when the program that writes it has ended."
    )
