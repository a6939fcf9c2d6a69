"""What a process of the cluster does: it keeps the model, and segments photographs one after the other."""

from __future__ import annotations

import hashlib
import io
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin
from numpy.typing import NDArray
from PIL import Image

from corewidgets.atomic import atomic_write
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord, place_of, read_record
from corewidgets.batch.settings import installed_versions
from corewidgets.cores.core import Lane
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.section import CoreSection
from corewidgets.features.cache import cache
from corewidgets.labels.files import write_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier, uncertainty_of

_CACHE_BYTES = 128 * 2**20
"""Activations kept: no photograph comes twice, but a piece needs those of its neighbors."""

_CHUNK_ROWS = 64
_STEPS = 255
"""Uncertainties are kept in steps of 1 / 255."""


class OutputError(OSError):
    """A result cannot be written: no other section will fare better."""


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

    def setup(self, worker: Any) -> None:
        """Check that the process computes what the others do, and share its cores."""
        here = installed_versions()
        for package, version in self.versions.items():
            if here[package] != version:
                raise RuntimeError(
                    f"The worker {worker.address} has {package} {here[package]}, but the run was started "
                    f"with {version}; install the same versions everywhere."
                )
        told = os.environ.setdefault("NPROC", str(self.xla_threads))  # read when XLA begins to compute
        if told != str(self.xla_threads):
            raise RuntimeError(
                f"The worker {worker.address} computes with NPROC={told}, but the run needs "
                f"{self.xla_threads} for the same bits everywhere; start the worker anew."
            )
        self.model.set_params(n_jobs=self.n_threads)
        cache.max_bytes = min(cache.max_bytes, _CACHE_BYTES)

    def segment(self, lanes: Sequence[Lane]) -> list[SectionRecord]:
        """Segment the lanes of one photograph, which is read once; what is done already is left."""
        photograph: NDArray[np.uint8] | None = None
        records = []
        for lane in lanes:
            image = ""
            try:
                image = _image_digest(lane)
                record = self._done(lane, image)
                if record is None:
                    photograph = read_photograph(lane.file) if photograph is None else photograph
                    record = self._segment_lane(lane, photograph, image)
            except (ValueError, FileNotFoundError) as error:  # it would be the same another time
                record = failed_record(lane, self.settings, str(error), image)
                with _explained(self.folder.path):
                    record.write(self.folder)
            records.append(record)
        return records

    def _done(self, lane: Lane, image: str) -> SectionRecord | None:
        """Return the record of a lane that needs nothing to be done."""
        record = read_record(self.folder, lane.name)
        if record is None or record.state != DONE or record.image != image:
            return None
        files = [self.folder.segmentation(lane.name)]
        files += [self.folder.uncertainty(lane.name)] * (self.uncertainty is not None)
        files += [self.folder.probabilities(lane.name)] * self.probabilities
        whole = record.is_of(lane, self.settings) and all(file.exists() for file in files)
        return record if whole else None

    def _segment_lane(self, lane: Lane, photograph: NDArray[np.uint8], image: str) -> SectionRecord:
        """Segment a lane, write its files, and last its record."""
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            section = lane.read(photograph)
        with _explained(self.folder.path):
            sums = self._write_results(lane.name, section)
            record = SectionRecord(
                lane.name,
                DONE,
                self.settings,
                place_of(lane),
                warning=" ".join(str(each.message) for each in heard),
                image=image,
                n_rows=section.n_rows,
                n_columns=section.n_columns,
                counts={str(code): int(sums.counts[code]) for code in np.flatnonzero(sums.counts)},
                uncertainty=sums.uncertainty / (section.n_rows * section.n_columns),
                seconds=round(time.perf_counter() - start, 3),
            )
            record.write(self.folder)
        return record

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
                sums.add(codes, uncertainty)
                segmentation[place] = codes
                if doubt is not None:
                    doubt[place] = np.rint(uncertainty * _STEPS)
                if kept is not None:
                    kept[place] = probabilities.astype(np.float16)
        if doubt is not None:
            with atomic_write(self.folder.uncertainty(name)) as temporary:
                Image.fromarray(doubt).save(temporary, format="PNG")
        write_labels(self.folder.segmentation(name), segmentation, self.legend)
        return sums

    @contextmanager
    def _probability_file(self, name: str, section: CoreSection) -> Iterator[Any]:
        """Yield what the probabilities of a section are written to, in chunks that are compressed.

        The file grows in memory, compressed, and is written at the end: HDF5 itself crashes on a full disk.
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
            kept.attrs["classes"] = classes
            kept.attrs["names"] = [self.legend.name(code) for code in classes.tolist()]
            yield kept
        with atomic_write(self.folder.probabilities(name)) as temporary:
            temporary.write_bytes(content.getbuffer())


PROBABILITIES = "probabilities"
"""The dataset in a file of probabilities."""


@dataclass
class _Sums:
    """What is counted while the pieces of a section pass."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    uncertainty: float = 0.0

    def add(self, codes: NDArray[np.uint8], uncertainty: NDArray[np.float32]) -> None:
        """Add a piece."""
        self.counts += np.bincount(codes.ravel(), minlength=256)
        self.uncertainty += float(uncertainty.sum(dtype=np.float64))


def segment_photograph(lanes: Sequence[Lane], name: str) -> list[SectionRecord]:
    """Segment the lanes of a photograph in whatever process this runs: a task of Dask."""
    worker: Any = get_worker().plugins[name]
    records: list[SectionRecord] = worker.segment(lanes)
    return records


def failed_record(lane: Lane, settings: str, error: str, digest: str = "") -> SectionRecord:
    """Return that a section failed, and why."""
    return SectionRecord(lane.name, FAILED, settings, place_of(lane), error=error, image=digest)


def _image_digest(lane: Lane) -> str:
    """Return the SHA-256 of a photograph's file, and of the second one's if there is one."""
    files = [lane.file] if lane.second_file is None else [lane.file, lane.second_file]
    return " ".join(_file_digest(file) for file in files)


def _file_digest(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{path}'; check the name and the folder.")
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _digest(path: Path, *_: int) -> str:
    """Return the SHA-256 of a file; the lanes of a photograph share it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say what an error on writing means for the run."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            error.errno,
            f"Results cannot be written to '{folder}' ({error.strerror or error}); make room, or correct the "
            "permissions, and start the run again: what is done is kept",
        ) from error
