"""What a run over a core left: the map of each section, a table, and what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from corewidgets.batch.probability_file import read_probabilities
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_map import agreeing, read_map
from corewidgets.batch.section_record import DONE, FAILED, WAITING, SectionRecord, read_record
from corewidgets.batch.settings import settings_digest
from corewidgets.cores.core import Core, Lane
from corewidgets.extras import import_needed
from corewidgets.labels.decoding import check_size, decoding
from corewidgets.labels.legend import Legend
from corewidgets.origin import file_digest

SHARE = " share"  # what the column of a class is called, after its name


@dataclass(frozen=True, eq=False)
class CoreRun:
    """The files of a run of `segment_core`, read when asked for.

    Attributes
    ----------
    folder : pathlib.Path
        Where they are.
    core : Core
        All sections, from top to base.
    legend : Legend
    table : pandas.DataFrame
        One row per section, in the order of the core: `name`, `top` and `base` in metres, `file`; `state`:
        done, failed or waiting; `error`, why it failed; `warning`, what was noticed or corrected; `n_rows`,
        `n_columns`; `not_rock`, the share of the photograph whose class is not rock; for each class of rock
        its share of the area of rock, "<name> share"; `uncertainty`, the mean from 0 (certain) to 1;
        `seconds` that it took; `image`, the SHA-256 of the photograph's file.
    about : dict
        What run.json says: `settings` (digest of the model, options, versions), `model`, `scores`, `started`,
        `finished`.
    """

    folder: Path
    core: Core
    legend: Legend
    table: Any
    about: Mapping[str, Any]

    def __repr__(self) -> str:
        states = self.table["state"].value_counts()
        counts = ", ".join(f"{n} {state}" for state, n in states.items())
        return f"CoreRun({str(self.folder)!r}, {len(self.core)} sections: {counts})"

    @property
    def done_names(self) -> list[str]:
        """Names of the sections that are segmented, from top to base."""
        return list(self.table.loc[self.table["state"] == DONE, "name"])

    @property
    def done(self) -> Core:
        """The sections that are segmented, from top to base, as `segmentations` yields them.

        Raises
        ------
        ValueError
            None is.
        """
        names = set(self.done_names)
        lanes = [lane for lane in self.core if lane.name in names]
        if not lanes:
            raise ValueError(
                f"No section of the run in '{self.folder}' is done; the column error of its table gives the "
                "reasons."
            )
        return Core(lanes, self.core.name, self.core.scale)

    @property
    def failed(self) -> dict[str, str]:
        """Why each section failed that did, by name."""
        rows = self.table[self.table["state"] == FAILED]
        return dict(zip(rows["name"], rows["error"], strict=True))

    @property
    def replaced(self) -> list[str]:
        """Names of the sections whose photograph has other content than when it was segmented.

        The map of such a section is that of another picture; start the run again to map it again. A
        photograph that is gone is not named.
        """
        found = cache(lambda file: file_digest(file) if file.is_file() else "")
        rows = self.table[self.table["state"] == DONE]
        replaced = []
        for name, image in zip(rows["name"], rows["image"], strict=True):
            lane = self.core[name]
            files = [lane.file, *([] if lane.second_file is None else [lane.second_file])]
            pairs = zip(map(found, files), image.split(" "), strict=False)  # an old record has none
            if any(now and then and now != then for now, then in pairs):
                replaced.append(name)
        return replaced

    def shares(self) -> dict[str, float]:
        """Measure the shares of the classes of rock of the area of rock of all sections, largest first."""
        done = self.table[self.table["state"] == DONE]
        area = done["n_columns"] / done["n_rows"] * (done["base"] - done["top"]) ** 2 * (1 - done["not_rock"])
        names = [self.legend.name(code) for code in self.legend.rock_codes]
        shares = {name: float((done[name + SHARE] * area).sum() / area.sum()) for name in names if area.sum()}
        return {name: shares[name] for name in sorted(shares, key=lambda name: -shares[name]) if shares[name]}

    def segmentation(self, name: str) -> NDArray[np.uint8]:
        """Read the map of a section.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray of uint8, (n_rows, n_columns)
            Codes.

        Raises
        ------
        KeyError
            There is no such section.
        ValueError
            It is not done, or the map was changed since the run was read and cannot be used any more.
        """
        file = self._file(name, "segmentation")
        row = self.table[self.table["name"] == name].iloc[0]
        shape = (int(row["n_rows"]), int(row["n_columns"]))
        return read_map(file, shape, self.legend)

    def segmentations(self) -> Iterator[NDArray[np.uint8]]:
        """Read the maps of the sections that are `done`, one after the other."""
        return (self.segmentation(lane.name) for lane in self.done)

    def uncertainty(self, name: str) -> NDArray[np.float32]:
        """Read the uncertainty of a section, if the run kept it.

        Returns
        -------
        ndarray of float32, (n_rows, n_columns)
            0 (certain) to 1, in steps of 1 / 255.

        Raises
        ------
        KeyError, ValueError
            As for `segmentation`, or the run did not keep it.
        """
        path = self._file(name, "uncertainty")
        with decoding(path), PngImagePlugin.PngImageFile(path) as image:  # without Pillow's own limit
            check_size(image.height, image.width, path)
            return np.asarray(image, np.float32) / np.float32(255)

    def probabilities(self, name: str) -> NDArray[np.float32]:
        """Read the probabilities of a section, if the run kept them.

        Returns
        -------
        ndarray of float32, (n_rows, n_columns, n_classes)
            For all classes of the legend, in its order; to three digits, as they are kept in 16 bits.

        Raises
        ------
        KeyError, ValueError
            As for `segmentation`, or the run did not keep them, or their file was changed and is damaged.
        """
        row = self.table[self.table["name"] == name].iloc[0]
        path = self._file(name, "probabilities")
        shape = (int(row["n_rows"]), int(row["n_columns"]))
        return read_probabilities(path, shape, len(self.legend))

    def _file(self, name: str, kind: str) -> Path:
        """Return a file of a section that is done."""
        lane = self.core[name]
        if name not in self.done_names:
            row = self.table[self.table["name"] == name].iloc[0]
            raise ValueError(f"Section {lane.name!r} is not segmented: it is {row['state']}. {row['error']}")
        if kind != "segmentation" and not self.about["settings"][kind]:
            raise ValueError(
                f"The run in '{self.folder}' did not keep {kind}; ask segment_core for it, in another folder."
            )
        path: Path = getattr(RunFolder(self.folder), kind)(name)
        return path


def read_run(out: str | os.PathLike[str]) -> CoreRun:
    """Read what `segment_core` left in a folder, finished or not.

    Parameters
    ----------
    out : str or path-like
        The folder.

    Returns
    -------
    CoreRun

    Raises
    ------
    FileNotFoundError
        There is no run in the folder.
    ModuleNotFoundError
        pandas is not installed.
    ValueError
        Its description or a record was edited or is damaged, or it is of a newer version.
    """
    folder = RunFolder(Path(out))
    about = folder.read_about()
    if about is None:
        raise FileNotFoundError(
            f"There is no run in '{out}': it has no run.json. Give the folder that segment_core wrote to."
        )
    legend = Legend.from_dict(about["settings"]["legend"])
    core = folder.core_of(about["core"])
    records = current_records(folder, about, core, legend)
    return CoreRun(folder.path, core, legend, run_table(core, legend, records), about)


def current_records(
    folder: RunFolder, about: Mapping[str, Any], core: Core, legend: Legend
) -> dict[str, SectionRecord | None]:
    """Return what became of the sections of a run, as the files of now say, by name.

    Raises
    ------
    ValueError
        A record was edited or is damaged.
    """
    settings = settings_digest(about["settings"])
    found = {lane.name: current_record(folder, settings, lane, legend) for lane in core}
    return {name: record for name, record in found.items() if record is not None}


def current_record(folder: RunFolder, settings: str, lane: Lane, legend: Legend) -> SectionRecord | None:
    """Return what became of a section of a run, as its files of now say; None where it was not made so.

    Parameters
    ----------
    folder : RunFolder
    settings : str
        Digest of the settings of the run.
    lane : Lane
    legend : Legend

    Raises
    ------
    ValueError
        The record was edited or is damaged.
    """
    record = read_record(folder, lane.name)
    if record is None or not record.is_of(lane, settings):
        return None
    return agreeing(folder, record, legend) if record.state == DONE else record


def run_table(core: Core, legend: Legend, records: Mapping[str, SectionRecord | None]) -> Any:
    """Return one row per section; see `CoreRun.table`."""
    pd = import_needed("pandas", "The table of a run")
    return pd.DataFrame([_row(lane, legend, records.get(lane.name)) for lane in core])


def _row(lane: Lane, legend: Legend, record: SectionRecord | None) -> dict[str, Any]:
    """Return what is known of a section."""
    row: dict[str, Any] = {"name": lane.name, "top": lane.top, "base": lane.base, "file": _text(lane.file)}
    record = record or SectionRecord(lane.name, WAITING, "", "")
    row |= {"state": record.state, "error": _text(record.error), "warning": _text(record.warning)}
    done = record.state == DONE
    row |= {"n_rows": record.n_rows * done, "n_columns": record.n_columns * done}
    row |= _shares(legend, (record.counts or {}) if done else {})
    nan = float("nan")
    row["uncertainty"] = nan if record.uncertainty is None or not done else record.uncertainty
    row["seconds"] = nan if record.seconds is None or not done else record.seconds
    row["image"] = _text(record.image)
    return row


def _text(value: object) -> str:
    """Return text that a table can hold; names of files may contain bytes that are no text."""
    return str(value).encode("utf-8", "replace").decode()


def _shares(legend: Legend, counts: Mapping[str, int]) -> dict[str, float]:
    """Return the share of what is no rock, and the shares of the classes of rock of the area of rock."""
    total = sum(counts.values())
    rock = {legend.name(code): counts.get(str(code), 0) for code in legend.rock_codes}
    n_rock = sum(rock.values())
    nan = float("nan")
    shares = {"not_rock": 1 - n_rock / total if total else nan}
    return shares | {name + SHARE: n / n_rock if n_rock else nan for name, n in rock.items()}
