"""A hole as one folder: its photographs, labels, classes, recipe, model, maps, scores, and who drew what."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.atomic import atomic_write, make_folder
from corewidgets.cores.core import Core, Lane, depth_problems
from corewidgets.cores.depth_cell import factor_of
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.opening import Openable, open_entries
from corewidgets.cores.photograph_table import write_table
from corewidgets.cores.section import CoreSection
from corewidgets.cores.section_entry import SectionEntry, scale_of
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.model_file import save_model
from corewidgets.links import at_home
from corewidgets.project.beside import labels_beside
from corewidgets.project.label_store import TWO_CLASSES
from corewidgets.project.layout import ProjectLayout, is_project, read_json, read_made, write_json
from corewidgets.project.map_taking import place_of_entry
from corewidgets.project.record import Record
from corewidgets.project.run_maps import RunMaps, run_folders
from corewidgets.project.run_store import RunStore
from corewidgets.project.shared_legend import SharedLegend
from corewidgets.project.state import PhotographState, state_of
from corewidgets.project.thumbnail import small_codes
from corewidgets.project.when import now
from corewidgets.project.window import Window
from corewidgets.scoring.evaluation import Evaluation
from corewidgets.scoring.settings import Settings

__all__ = ["Project"]

Codes = NDArray[np.uint8]

_LABELS_WAIT = "labels_wait"
"""In project.json until the labels beside the photographs are taken over."""


class Project(RunStore):
    """All of a user's work on a hole, in one folder of plain files.

    Parameters
    ----------
    folder : path-like
        An existing project; `create` makes one.

    Attributes
    ----------
    folder : pathlib.Path
    name : str
        What the hole is called.
    others : str
        Who has the project open in another window, in words; empty where nobody has.
    notes : list of str
        What could not be imported from files beside the photographs.
    thumbnails : Thumbnails
        Small pictures of the photographs.

    Raises
    ------
    FileNotFoundError
        There is no project in the folder.
    ValueError
        The project was written by a newer version, or one of its files is damaged.

    Notes
    -----
    Each file is written whole or not at all, when it changes; there is nothing to save. What another window
    or program has written is never overwritten: `OtherWindowError`, an `OSError`, says where the work is.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "hole.corewidgets"
    >>> images = [np.zeros((40, 20, 3), np.uint8), np.ones((30, 20, 3), np.uint8)]
    >>> project = Project.create(folder, images, legend=Legend(["Matrix", "Clast"]))
    >>> labels = np.zeros((40, 20), np.uint8)
    >>> labels[:5] = 2
    >>> project.write_labels("section-1", labels)
    >>> Project(folder).labelled
    ['section-1']
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = at_home(folder).absolute()
        layout = ProjectLayout(self.folder)
        about = layout.read_about()
        self.name = str(about.get("name") or self.folder.stem)
        self._window = Window.of(layout)
        self.others = self._window.others
        super().__init__(layout)
        for path in (self._layout.model, self._layout.settings, self._layout.scores):
            self._file(path)
        if about.get(_LABELS_WAIT) and not self.others:
            self._take_all_labels_beside()

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        photographs: Openable,
        *,
        legend: Legend | None = None,
        settings: Settings | None = None,
        name: str = "",
        take_maps: bool = True,
    ) -> Project:
        """Make a project of photographs.

        Parameters
        ----------
        folder : path-like
            A folder that is not there, or an empty one; the name ends with ``.corewidgets`` by custom.
        photographs : path, list, Core, array or others
            Files, a folder, a pattern, the table of a core, a `Core`, the folder of a run, arrays; a list of
            these. Files stay where they are; arrays are copied into the project. Labels that lie beside a
            photograph, and maps that a run made, are taken into the project; their files stay as they are.
        legend : Legend, optional
            The classes to begin with; by default those of the run, those of labels beside the photographs, or
            two to rename.
        settings : Settings, optional
            The recipe, and how a model is scored.
        name : str, optional
            What the hole is called; by default the name of the folder.
        take_maps : bool
            Whether the maps of a run are taken at once; else `take_maps` does it later.

        Raises
        ------
        FileExistsError
            The folder holds something else.
        OSError, TypeError, ValueError
            The photographs cannot be opened, or the folder cannot be written; nothing is left there.
        """
        entries = open_entries(photographs)
        legend = legend or _legend_of_run(photographs) or Legend(TWO_CLASSES)
        layout = ProjectLayout(at_home(folder).absolute())
        if is_project(layout.path):
            raise FileExistsError(f"'{folder}' is a project already; open it: cw.Project('{folder}').")
        layout.check_free()
        layout.make_folders()
        write_json(layout.legend, SharedLegend(legend).to_dict())
        write_json(layout.settings, (settings or Settings()).to_dict())
        write_table(layout.table, [_with_file(entry, layout) for entry in entries], scale_of(entries))
        about = {"name": name or Path(folder).stem, "created": now(), _LABELS_WAIT: True}
        datum, runs = scale_of(entries).datum, layout.seen_from_here(run_folders(photographs))
        layout.write_about(about | ({"datum": datum} if datum else {}) | ({"runs": runs} if runs else {}))
        made = cls(folder)
        made._keep_runs(made.runs)  # each once
        if take_maps:
            made.take_maps()
        return made

    # --- photographs --------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __repr__(self) -> str:
        photographs = "1 photograph" if len(self) == 1 else f"{len(self)} photographs"
        return f"Project({str(self.folder)!r}, {photographs}, {len(self.labelled)} labelled)"

    @property
    def problems(self) -> dict[str, str]:
        """Why each photograph cannot be read that cannot, by name."""
        return {entry.name: entry.problem for entry in self._entries.values() if entry.problem}

    @property
    def core(self) -> Core:
        """The photographs whose depths are known, as a core.

        Raises
        ------
        ValueError
            There are none.
        """
        lanes = [
            Lane(entry.file, entry.top, entry.base, entry.name, entry.crop, entry.rotation or 0,
                 entry.second_file, shape=entry.shape)
            for entry in self._entries.values()
            if entry.file is not None and entry.top is not None and entry.base is not None
        ]  # fmt: skip
        if not lanes:
            raise ValueError("No photograph of the project has depths; give them with set_depths.")
        return Core(lanes, self.name, self.scale)

    def read(self, name: str) -> CoreSection:
        """Read a photograph; one that cannot be read is reported from then on.

        Raises
        ------
        OSError, ValueError
            It cannot be read.
        """
        try:
            return self.entry(name).read()
        except (OSError, ValueError) as error:
            self.note_problem(name, error)
            raise

    def add(self, photographs: Openable, *, take_maps: bool = True) -> list[str]:
        """Add those photographs whose files are not in the project yet; return their names.

        Maps of a run whose folder is given are taken where no map is that is to stay: one that was corrected
        by hand, or that a model of the project made. Without `take_maps` the method of that name does it
        later.

        Raises
        ------
        OSError, TypeError, ValueError
            They cannot be opened, or the table of the photographs cannot be written; then none is added.
        """
        known = {place_of_entry(entry) for entry in self._entries.values() if entry.file is not None}
        new = [
            entry
            for entry in open_entries(photographs)
            if entry.file is None or place_of_entry(entry) not in known
        ]
        added = []
        for entry in new:
            named = replace(entry, name=_free_name(entry.name, self._entries))
            self._entries[named.name] = _with_file(named, self._layout)
            self._records[named.name] = Record()
            added.append(named.name)
        if added:
            try:
                self._write_table()
            except (OSError, ValueError):  # they would take labels, and be gone when it is opened again
                for name in added:
                    del self._entries[name], self._records[name]
                raise
            self._keep_datum()
            for name in added:
                self._take_labels_beside(name)
        self._keep_runs([*self._runs, *run_folders(photographs)])
        if take_maps:
            self.take_maps()
        return added

    def set_depths(self, name: str, top: float | None, base: float | None, unit: str = "m") -> None:
        """Give a photograph the depths of its ends, or remove them.

        Parameters
        ----------
        name : str
        top, base : float or None
            Both or neither.
        unit : str
            "m", "ft", "cm" or "mm". The hole is shown in feet where the first depths are given in feet.

        Raises
        ------
        KeyError, ValueError
            There is no such photograph, the unit is another, or the base does not lie below the top.
        """
        factor = factor_of(unit)
        if factor is None:
            raise ValueError(f"The unit {unit!r} is not known; write m, ft, cm or mm.")
        if (top is None) != (base is None):
            raise ValueError(f"top is {top} and base is {base}; give both depths or neither.")
        metres = [round(float(depth) * factor, 9) for depth in (top, base) if depth is not None]
        told = DepthScale("ft" if unit == "ft" else "m", self.scale.datum)
        if metres and (wrong := depth_problems(metres[0], metres[1], told)):
            raise ValueError(f"{name}: {wrong[0]}.")
        before = self.entry(name)
        others = [entry for entry in self._entries.values() if entry.top is not None and entry is not before]
        shown = self.scale if others else told
        self._entries[name] = replace(
            before, top=metres[0] if metres else None, base=metres[1] if metres else None, scale=shown
        )
        try:
            self._write_table()
        except OSError:
            self._entries[name] = before
            raise

    def _keep_datum(self) -> None:
        """Note what depths are measured from, if photographs that were added say it first."""
        datum = self.scale.datum
        if datum and not self._datum:
            self._datum = datum
            self._layout.write_about(self._layout.read_about() | {"datum": datum})

    def _write_table(self) -> None:
        for entry in self._entries.values():
            if entry.problem.startswith("Row "):
                raise ValueError(f"{entry.problem} Correct it in the table, and open the project again.")
        self._file(self._layout.table).write(
            lambda path: write_table(path, self._entries.values(), self.scale)
        )

    # --- classes, recipe, view ----------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The recipe, and how a model is scored. Can be set."""
        file = self._layout.settings
        return read_made(file, Settings.from_dict) if file.exists() else Settings()

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._file(self._layout.settings).replace(lambda path: write_json(path, settings.to_dict()))

    @property
    def view(self) -> dict[str, Any]:
        """What was open, and how it was looked at: plain values. Can be set."""
        try:
            return read_json(self._layout.view)
        except (FileNotFoundError, ValueError):
            return {}

    @view.setter
    def view(self, view: Mapping[str, Any]) -> None:
        write_json(self._layout.view, view)

    # --- labels -------------------------------------------------------------------------------------

    def _take_all_labels_beside(self) -> None:
        """Take the labels beside all photographs, also where that was begun and not ended."""
        for name in self._entries:
            if not self.labels_path(name).exists():
                self._take_labels_beside(name)
        about = self._layout.read_about()
        about.pop(_LABELS_WAIT, None)
        with suppress(OSError):  # then they are looked for again
            self._layout.write_about(about)

    def _take_labels_beside(self, name: str) -> None:
        """Take the labels that lie beside a photograph, or in a session there, into the project."""
        try:
            found = labels_beside(self.entry(name))
            if found is not None and found[0].any():
                self.take_labels(name, *found)
        except (OSError, ValueError) as error:
            self.notes.append(f"{name}: the labels beside the photograph are not imported. {error}")

    # --- model, maps, scores ------------------------------------------------------------------------

    def write_model(self, model: PixelClassifier) -> Path | None:
        """Keep a model; one that another window wrote meanwhile is kept under the name that is returned."""
        return self._file(self._layout.model).replace(
            lambda path: save_model(path, model, legend=self.legend)
        )

    def train(self) -> PixelClassifier:
        """Learn from all labelled photographs by the recipe, and keep the model.

        Returns
        -------
        PixelClassifier
            What `PixelClassifier.fit` makes of the lists of labelled photographs and of their labels, in the
            order of `names`.

        Raises
        ------
        OSError, ValueError
            A photograph cannot be read or was replaced since it was labelled, or fewer than two classes are
            labelled.
        """
        sections = [self.read(name) for name in self.labelled]
        known = zip(self.labelled, sections, strict=True)
        drawn = [self.labels(name, one.shape, one.digests) for name, one in known]
        labels = [found for found in drawn if found is not None]
        model = self.settings.model().fit(sections, labels)
        self.write_model(model)
        return model

    def nearest_first(self, name: str) -> list[str]:
        """Return the other photographs that can be read, the nearest to one first."""
        names = self.names
        place, problems = names.index(self.entry(name).name), self.problems
        others = [other for other in names if other != name and other not in problems]
        return sorted(others, key=lambda other: abs(names.index(other) - place))

    def ranked(self) -> list[str]:
        """Return the unlabelled photographs that were compared with those trained on, the newest first.

        From the first one most is learned, see `rank_sections`.
        """
        labelled = set(self.labelled)
        known = [name for name in self.names if self._records[name].drift and name not in labelled]
        return sorted(
            known, key=lambda name: (-self.drift(name)["novelty"], -self.drift(name)["uncertainty"])
        )

    @property
    def scores(self) -> Evaluation | None:
        """The scores of the model. Can be set."""
        file = self._layout.scores
        return read_made(file, Evaluation.from_dict) if file.exists() else None

    @scores.setter
    def scores(self, scores: Evaluation) -> None:
        self._file(self._layout.scores).replace(lambda path: write_json(path, scores.to_dict()))

    def note_drift(self, name: str, novelty: float, uncertainty: float, reasons: tuple[str, ...]) -> None:
        """Note how far a photograph lies from those trained on."""
        drift = {"novelty": novelty, "uncertainty": uncertainty, "reasons": list(reasons)}
        self._set_record(name, replace(self._record_now(name), drift=drift))

    def drift(self, name: str) -> dict[str, Any]:
        """Return what `note_drift` noted of a photograph, by name; empty where it was not compared."""
        return dict(self._records[self.entry(name).name].drift or {})

    def state(self, name: str) -> PhotographState:
        """Return the state of a photograph."""
        state = state_of(self.entry(name), self._records[name], self.model_digest, self.legend)
        made = self._records[name].map
        if made is not None and not made.corrected and self._replaced.get(name) == made.file:
            return replace(state, outdated=True)
        return state

    def note_problem(self, name: str, error: Exception) -> None:
        """Note why a photograph cannot be read; `problems` tells it."""
        self._entries[name] = replace(self.entry(name), problem=str(error))

    def second_thumbnail(self, name: str) -> Path:
        """Return the file of the small picture of a second photograph, such as that in ultraviolet light."""
        return self._layout.thumbnail(f"{name}.second")

    def small_pictures(self, name: str) -> tuple[bytes, bytes, bytes]:
        """Return small pictures of a photograph (JPEG), its map and its labels (PNG; empty where none).

        A map or labels of other pixels, since the photograph was replaced, are none.

        Raises
        ------
        OSError, ValueError
            The photograph cannot be read; it is reported from then on.
        """
        try:
            photograph = self.thumbnails.of(self.entry(name))
        except (OSError, ValueError) as error:
            self.note_problem(name, error)
            raise
        found = []
        others = self.is_replaced(name), self._is_of_other_pixels(self._layout.labels(name), name)
        for path, is_other in zip((self._layout.map(name), self._layout.labels(name)), others, strict=True):
            codes, own = read_labels(path) if path.exists() and not is_other else (None, None)
            found.append(b"" if codes is None else small_codes(codes, own or self.legend))
        return photograph, found[0], found[1]

    # --- files --------------------------------------------------------------------------------------


def _legend_of_run(photographs: Openable) -> Legend | None:
    """Return the classes of the first run whose folder is given; None where there is none."""
    folders = run_folders(photographs)
    return RunMaps(folders[0]).legend if folders else None


def _with_file(entry: SectionEntry, layout: ProjectLayout) -> SectionEntry:
    """Return an entry that has a file: a photograph that came as an array is copied into the project."""
    if entry.section is None or entry.file is not None:
        return entry
    path = layout.photograph(entry.name)
    make_folder(path.parent)
    with atomic_write(path) as temporary:
        Image.fromarray(np.asarray(entry.section.image)).save(temporary, format="PNG", compress_level=1)
    return replace(entry, file=path, rotation=0, section=None)


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    known = {other.casefold() for other in taken}
    wanted, number = name, 1
    while wanted.casefold() in known:
        number += 1
        wanted = f"{name}-{number}"
    return wanted
