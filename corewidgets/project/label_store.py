"""The labels of the photographs of a project: one file each, one legend, and who drew what."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import first_free
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.photograph_table import read_table
from corewidgets.cores.section_entry import SectionEntry, scale_of
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.pictures import mark_in_png
from corewidgets.project.kept_file import KeptFile, OtherWindowError, digest_of, set_aside
from corewidgets.project.layout import ProjectLayout, read_made, write_json
from corewidgets.project.record import Record, counted
from corewidgets.project.shared_legend import SharedLegend
from corewidgets.project.window import user

__all__ = ["TWO_CLASSES", "LabelStore"]

Codes = NDArray[np.uint8]

TWO_CLASSES = ("Class 1", "Class 2")
"""To begin with, and to rename."""


class LabelStore:
    """The photographs of a project and their labels; what `Project` is built on.

    Parameters
    ----------
    layout : ProjectLayout
        Of a project that is there.
    """

    def __init__(self, layout: ProjectLayout) -> None:
        self._layout = layout
        self._kept: dict[Path, KeptFile] = {}
        self._datum = str(layout.read_about().get("datum") or "")  # of depths, where the table has no word
        read = map(self._with_datum, read_table(self._file(layout.table).path))
        self._entries = {entry.name: entry for entry in read}
        self._shared = self._read_legend()
        self._records = {name: self._read_record(name) for name in self._entries}

    @property
    def names(self) -> list[str]:
        """Names of the photographs: by depth where all have one, else in the order of the table."""
        entries = list(self._entries.values())
        if all(entry.top is not None for entry in entries):
            entries.sort(key=lambda entry: (entry.top, entry.base))
        return [entry.name for entry in entries]

    @property
    def scale(self) -> DepthScale:
        """How the depths of the photographs are shown: in feet where all that are known are in feet."""
        found = scale_of(self._entries.values())
        return found if found.datum else replace(found, datum=self._datum)

    def _with_datum(self, entry: SectionEntry) -> SectionEntry:
        scale = entry.scale
        return entry if scale.datum else replace(entry, scale=replace(scale, datum=self._datum))

    @property
    def entries(self) -> list[SectionEntry]:
        """The rows of the photographs, in the order of `names`."""
        return [self._entries[name] for name in self.names]

    def entry(self, name: str) -> SectionEntry:
        """Return the row of a photograph.

        Raises
        ------
        KeyError
            There is no such photograph.
        """
        if name not in self._entries:
            raise KeyError(
                f"The project has no photograph {name!r}; its names are {', '.join(self.names[:9])}"
            )
        return self._entries[name]

    @property
    def legend(self) -> Legend:
        """The classes of all photographs. Can be set: renamed, colored, with new ones at the end."""
        return self._shared.legend

    @legend.setter
    def legend(self, legend: Legend) -> None:
        self._keep_legend(self._shared.followed_by(legend))

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, and what those that were renamed were called before."""
        return [*self.legend.names, *self._shared.formerly]

    def _keep_legend(self, shared: SharedLegend) -> None:
        """Write the classes, if they are not what the file holds."""
        file = self._file(self._layout.legend)
        if shared != self._shared or not file.path.exists():
            file.write(lambda path: write_json(path, shared.to_dict()))
        self._shared = shared

    @property
    def labelled(self) -> list[str]:
        """Names of the photographs that have labels."""
        return [name for name in self.names if self._records[name].pixels]

    def labels_digest(self, name: str) -> str:
        """Return the SHA-256 of the labels of a photograph, as far as they are known; empty for none."""
        return self._records[self.entry(name).name].labels

    def labels_path(self, name: str) -> Path:
        """Return the file that the labels of a photograph are kept in."""
        return self._layout.labels(self.entry(name).name)

    def labels(
        self,
        name: str,
        shape: tuple[int, int] | None = None,
        photograph: str | Sequence[str] | None = None,
    ) -> Codes | None:
        """Read the labels of a photograph.

        Parameters
        ----------
        name : str
        shape : tuple of int, optional
            Rows and columns of the photograph, to check them.
        photograph : str or sequence of str, optional
            `CoreSection.digests` of the photograph, to check that they were drawn on it.

        Returns
        -------
        ndarray of uint8, (n_rows, n_columns), or None
            Codes of the legend of the project; None where nothing is labelled.

        Raises
        ------
        ValueError
            The file is damaged, of another shape, or was drawn on other pixels.
        """
        path = self.labels_path(name)
        if not path.exists():
            return None
        self._file(path).remember()
        labels, own = read_labels(path, shape=shape, photograph=photograph)
        labels, self._shared = self._shared.translated(labels, own)
        return labels

    def bring_up_to_date(self, name: str) -> None:
        """Write the labels of a photograph anew where their legend is not that of the project.

        A tool that opens the file then has the codes of the project.

        Raises
        ------
        OSError, ValueError
            The file cannot be read or written.
        """
        path = self.labels_path(name)
        if not path.exists():
            return
        drawn, own = read_labels(path)
        labels, shared = self._shared.translated(drawn, own)
        if own != shared.legend:
            self._keep_legend(shared)
            file = self._file(path)
            file.remember()
            mark = mark_in_png(path)
            file.write(partial(write_labels, labels=labels, legend=shared.legend, photograph=mark))
            record = self._record_now(name)
            self._set_record(name, record.with_labels(file.digest or "", counted(labels), None))

    def write_labels(
        self, name: str, labels: Codes, legend: Legend | None = None, photograph: str | None = None
    ) -> None:
        """Keep the labels of a photograph, whole or not at all.

        A file of labels that cannot be read is not lost: a copy is kept beside it, and a warning names it.

        Parameters
        ----------
        name : str
        labels : ndarray of uint8, (n_rows, n_columns)
        legend : Legend, optional
            What their codes mean; by default the legend of the project, which gets the classes that are new.
        photograph : str, optional
            `CoreSection.digest` of what they were drawn on; by default that of the photograph as it is now.

        Raises
        ------
        OtherWindowError
            Another window has drawn on this photograph since; these labels are in the file that is named.
        OSError, ValueError
            The file cannot be written, or the labels have codes that the legend lacks.
        """
        own = self.legend if legend is None else legend
        own.check(check_labels(labels))
        if self._file(self._layout.legend).is_foreign:  # another window has new classes
            self._shared = self._read_legend()
        file = self._file(self.labels_path(name))
        codes, shared = self._shared.translated(labels, own)
        self._keep_legend(shared)
        drawn_on = photograph or self._pixels_of(name)
        write = partial(write_labels, labels=codes, legend=shared.legend, photograph=drawn_on)
        if file.is_foreign:
            names = (f"{name}.{number}" for number in range(2, 1000))
            copy = first_free(self._layout.labels(other) for other in names if other not in self._entries)
            write(copy)
            raise OtherWindowError(
                f"Another window or program has changed the labels of {name} since they were read here; "
                f"those drawn here are kept in '{copy}'. Open the project again."
            )
        self._keep_damaged(name, file)
        file.write(write)
        self._count_labels(name, codes)

    def _keep_damaged(self, name: str, file: KeptFile) -> None:
        """Copy a file of labels that nobody could read, before it is replaced."""
        if file.digest is None or file.digest == self._records[name].labels:
            return
        try:
            read_labels(file.path)
        except ValueError as error:
            kept = set_aside(file.path)
            warnings.warn(
                f"The labels of {name} could not be read ({error}); the file is kept as '{kept}', and new "
                "labels are written in its place.",
                UserWarning,
                stacklevel=3,
            )

    def take_labels(self, name: str, labels: Codes, legend: Legend | None) -> None:
        """Keep labels that come from elsewhere, as `write_labels` does.

        Without a legend their codes are those of the project, which gets classes for those that it lacks.
        """
        self.write_labels(name, labels, legend or self._shared.named(int(labels.max(initial=1))))

    def note_labels(self, name: str, labels: Codes, legend: Legend) -> None:
        """Note that a tool has written the file of a photograph's labels, and with it the classes.

        Raises
        ------
        OtherWindowError
            Another window has changed the classes since; the labels are kept, with their own.
        """
        self._file(self.labels_path(name)).remember()
        self.legend = legend
        self._count_labels(name, labels)

    def _count_labels(self, name: str, labels: Codes) -> None:
        digest = digest_of(self.labels_path(name)) or ""
        self._set_record(name, self._record_now(name).with_labels(digest, counted(labels), user()))

    def _pixels_of(self, name: str) -> str | None:
        """Return the digest of a photograph as it is now, None where it cannot be read."""
        try:
            return self.entry(name).read().digest
        except (OSError, ValueError):
            return None

    def edits(self, name: str) -> list[dict[str, Any]]:
        """Return who labelled a photograph, from when to when, in how many strokes."""
        return [vars(edit) for edit in self._records[self.entry(name).name].edits]

    def _file(self, path: Path) -> KeptFile:
        if path not in self._kept:
            self._kept[path] = KeptFile(path)
        return self._kept[path]

    def _read_legend(self) -> SharedLegend:
        file = self._file(self._layout.legend)
        file.remember()
        if not file.path.exists():
            return SharedLegend(Legend(TWO_CLASSES))
        return read_made(file.path, SharedLegend.from_dict)

    def _read_record(self, name: str) -> Record:
        """Return the record of a photograph, its labels counted anew where their file is another."""
        record = Record.read(self._layout.record(name))
        digest = self._file(self._layout.labels(name)).digest or ""
        if digest == record.labels:
            return record
        if not digest:
            return record.with_labels("", {}, None)
        try:
            labels, own = read_labels(self._layout.labels(name))
        except ValueError:
            return record  # told when the photograph is opened
        labels, self._shared = self._shared.translated(labels, own)
        return record.with_labels(digest, counted(labels), None)

    def _record_now(self, name: str) -> Record:
        """Return the record of a photograph as its file is now: another window may have written it."""
        path = self._layout.record(self.entry(name).name)
        return Record.read(path) if path.exists() else self._records[name]

    def _set_record(self, name: str, record: Record) -> None:
        self._records[name] = record
        record.write(self._layout.record(name))
