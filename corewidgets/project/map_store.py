"""The maps of the photographs of a project, and what was done to their clasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import atomic_write, make_folder
from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_table import ClastTable
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.pictures import mark_in_png
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.light import Light
from corewidgets.learning.model_file import load_model
from corewidgets.project.kept_file import digest_of
from corewidgets.project.label_store import LabelStore
from corewidgets.project.layout import ProjectLayout, read_json, write_json
from corewidgets.project.record import MapRecord, counted
from corewidgets.project.run_maps import BY_RUN, RunMap
from corewidgets.project.thumbnail import Thumbnails
from corewidgets.project.when import now
from corewidgets.project.window import user

__all__ = ["MapStore"]

Codes = NDArray[np.uint8]


class MapStore(LabelStore):
    """The maps of a project, beside its labels; what `Project` is built on."""

    def __init__(self, layout: ProjectLayout) -> None:
        super().__init__(layout)
        self.thumbnails = Thumbnails(layout.thumbnail)
        self._replaced: dict[str, str] = {}  # SHA-256 of maps of other pixels, as far as they were looked at

    @property
    def model_digest(self) -> str | None:
        """SHA-256 of the file of the model, None without one."""
        return self._file(self._layout.model).digest

    @property
    def model(self) -> PixelClassifier | None:
        """The last model that was trained, read from its file."""
        return load_model(self._layout.model) if self._layout.model.exists() else None

    def map(self, name: str, photograph: str | Sequence[str] | None = None) -> Codes | None:
        """Read the map of a photograph, ``(n_rows, n_columns)`` uint8; None where there is none.

        Parameters
        ----------
        name : str
        photograph : str or sequence of str, optional
            `CoreSection.digests` of the photograph: a map of other pixels raises `OtherPhotographError`.
        """
        path = self._layout.map(self.entry(name).name)
        return read_labels(path, photograph=photograph)[0] if path.exists() else None

    def lights(self, name: str) -> dict[str, Light]:
        """Return what was corrected before a photograph was mapped, by its name; empty where nothing was."""
        made = self._records[self.entry(name).name].map
        return {} if made is None else dict(made.lights)

    @property
    def replaced(self) -> list[str]:
        """Names of the photographs that `is_replaced` has found to be replaced since they were mapped."""
        return [name for name in self.names if name in self._replaced]

    def is_replaced(self, name: str) -> bool:
        """Tell whether a photograph was replaced since it was mapped: the map is one of other pixels.

        A photograph is read for it where its file has changed. Not known, and False, where that cannot be
        read, or where another program wrote the map.
        """
        found = self._is_of_other_pixels(self._layout.map(self.entry(name).name), name)
        record = self._records[name]
        if found and record.map is not None:
            self._replaced[name] = record.map.file
        else:
            self._replaced.pop(name, None)
        return found

    def _is_of_other_pixels(self, path: Path, name: str) -> bool:
        """Tell whether labels or a map were drawn on other pixels than a photograph has now."""
        if not path.exists():
            return False
        try:
            drawn_on = mark_in_png(path)
            return drawn_on is not None and drawn_on not in self.thumbnails.digests(self.entry(name))
        except (OSError, ValueError):
            return False

    def write_map(
        self,
        name: str,
        segmentation: Codes,
        photograph: str | None = None,
        lights: Mapping[str, Light] | None = None,
    ) -> bool:
        """Keep the map that the model made of a photograph.

        Parameters
        ----------
        name : str
        segmentation : ndarray of uint8, (n_rows, n_columns)
        photograph : str, optional
            `CoreSection.digest` of what was mapped; by default that of the photograph as it is now.
        lights : mapping of str to Light, optional
            What was corrected before it was mapped (`PixelClassifier.light_of`).

        Returns
        -------
        bool
            False where the map that is there was corrected by hand: it stays.
        """
        path, record = self._layout.map(self.entry(name).name), self._record_now(name)
        if record.map is not None and path.exists():
            if record.map.corrected:
                return False
            if digest_of(path) not in {record.map.file, record.map.next}:  # corrected in another program
                self._set_record(name, replace(record, map=replace(record.map, corrected=True)))
                return False
        elif path.exists():
            return False
        self._keep_map(name, segmentation, self.model_digest or "", photograph, lights or {}, corrected=False)
        return True

    def correct_map(self, name: str, segmentation: Codes, photograph: str | None = None) -> None:
        """Keep a map that was corrected by hand; no model replaces it until `forget_correction`."""
        self._keep_map(name, segmentation, "", photograph, {}, corrected=True)

    def forget_correction(self, name: str) -> None:
        """Let the next model replace a map that was corrected by hand; until then it stays."""
        record = self._record_now(name)
        if record.map is not None:
            file = digest_of(self._layout.map(name)) or ""
            self._set_record(name, replace(record, map=replace(record.map, corrected=False, file=file)))

    def _keep_map(
        self,
        name: str,
        segmentation: Codes,
        model: str,
        photograph: str | None,
        lights: Mapping[str, Light],
        *,
        corrected: bool,
    ) -> None:
        codes = check_labels(segmentation)
        self.legend.check(codes, "The map holds", "train with the labels of the project")
        drawn_on = photograph or self._pixels_of(name)
        shares = {code: number / codes.size for code, number in counted(codes).items()}
        self._put_map(
            name,
            lambda path: write_labels(path, codes, self.legend, photograph=drawn_on),
            MapRecord(model, "", corrected, now(), shares, lights=dict(lights)),
        )

    def _put_map(self, name: str, write: Callable[[Path], object], made: MapRecord) -> None:
        """Write a map, whole or not at all, and what is known of it, but for its digest."""
        path = self._layout.map(self.entry(name).name)
        make_folder(path.parent)
        with atomic_write(path) as temporary:
            write(temporary)
            digest = digest_of(temporary) or ""
            if not made.corrected:
                self._announce(name, digest)
        accepted = self._record_now(name).accepted if made.corrected else None
        self._set_record(
            name, replace(self._record_now(name), map=replace(made, file=digest), accepted=accepted)
        )

    def take_map(self, name: str, found: RunMap, model: Callable[[], str]) -> bool:
        """Take the map that a run made of a photograph, where there is none that is to stay.

        Parameters
        ----------
        name : str
        found : RunMap
            A file with the classes of the project is copied as it is.
        model : callable
            Returns what is noted of the model: that of the project, or that of the run.

        Returns
        -------
        bool
            False where a map stays: one that was corrected by hand, one of the project's own models, or one
            of the same photograph and model.

        Raises
        ------
        OSError, ValueError
            The map of the run cannot be read, or its classes are not those of the project.
        """
        if not self.gives_way(name, found):
            return False
        corrected, shares = found.record.corrected, found.shares
        if not corrected and found.legend == self.legend:
            write: Callable[[Path], object] = partial(copyfile, found.file)
        else:
            codes, _ = self._shared.translated(found.read(), found.legend)
            self.legend.check(codes, "The map holds", "give the project the classes of the run")
            shares = {code: number / codes.size for code, number in counted(codes).items()}
            write = partial(
                write_labels, labels=codes, legend=self.legend, photograph=mark_in_png(found.file)
            )
        self._put_map(name, write, MapRecord("" if corrected else model(), "", corrected, now(), shares))
        return True

    def gives_way(self, name: str, found: RunMap) -> bool:
        """Tell whether `take_map` would take a map: there is none that is to stay."""
        path, made = self._layout.map(self.entry(name).name), self._record_now(name).map
        if not path.exists():
            return True
        if made is not None and made.corrected:
            return False
        if made is None or digest_of(path) not in {made.file, made.next}:
            return found.record.corrected and self._holds(path, found)
        if made.was_begun or not made.model.startswith(BY_RUN):
            return made.was_begun
        is_new = made.model != found.model or found.record.corrected
        return is_new or mark_in_png(path) != mark_in_png(found.file)  # the photograph was replaced

    def _holds(self, path: Path, found: RunMap) -> bool:
        """Tell whether a map is that of a run already: a kill came before that was noted."""
        try:
            own, legend = read_labels(path)
            wanted, _ = self._shared.translated(found.read(), found.legend)
            return np.array_equal(self._shared.translated(own, legend)[0], wanted)
        except ValueError:
            return False

    def _announce(self, name: str, digest: str) -> None:
        """Note which map is about to be there: a kill before the record is written makes it no correction."""
        record = self._record_now(name)
        before = MapRecord("", "", False, "") if record.map is None else record.map
        self._set_record(name, replace(record, map=replace(before, next=digest)))

    def accept(self, name: str, accepted: bool = True) -> None:
        """Note that a person looked at the map of a photograph and accepted it, or not any more."""
        given = (user(), now()) if accepted else None
        self._set_record(name, replace(self._record_now(name), accepted=given))

    # --- clasts -------------------------------------------------------------------------------------

    def clasts(
        self,
        name: str,
        section: CoreSection | None = None,
        segmentation: Codes | None = None,
        **settings: Any,
    ) -> ClastTable | None:
        """Return the clasts of the map of a photograph, with what was done to them made again to this map.

        Parameters
        ----------
        name : str
        section : CoreSection, optional
            The photograph, where it is open.
        segmentation : ndarray of uint8, (n_rows, n_columns), optional
            Its map, where it is not to be read from the project.
        **settings
            What counts as a clast (see `ClastTable`), where nothing was done yet.

        Returns
        -------
        ClastTable or None
            None where there is no map.

        Raises
        ------
        OSError, ValueError
            The photograph, its map, or what is kept of its clasts cannot be read; the photograph has no
            depths, or was replaced since it was mapped.
        """
        if segmentation is None and not self._layout.map(self.entry(name).name).exists():
            return None
        shown = self.entry(name).read() if section is None else section
        segmentation = self.map(name, shown.digests) if segmentation is None else segmentation
        if segmentation is None:
            return None
        file = self._file(self._layout.clasts(name))
        if not file.path.exists():
            return ClastTable(shown, segmentation, self.legend, **settings)
        file.remember()
        formerly = {old: self.legend.name(code) for old, code in self._shared.formerly.items()}
        return ClastTable.from_dict(read_json(file.path), shown, segmentation, self.legend, formerly)

    def write_clasts(self, name: str, table: ClastTable) -> None:
        """Keep what was done to the clasts of a photograph, whole or not at all.

        Raises
        ------
        OtherWindowError
            Another window has changed them since they were read here; its file stays as it is.
        OSError
            The file cannot be written.
        """
        path = self._layout.clasts(self.entry(name).name)
        make_folder(path.parent)
        self._file(path).write(lambda target: write_json(target, table.to_dict()))
