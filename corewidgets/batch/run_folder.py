"""The folder of a run: where its files lie, and who may write there."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from corewidgets.atomic import atomic_write, owned_by, remove_leftovers
from corewidgets.batch.run_description import (
    checked_description,
    damaged_core,
    damaged_section,
    is_name_of_files,
)
from corewidgets.cores.core import Core, Lane
from corewidgets.cores.described_core import describe_core, described_lane, described_scale

FORMAT = 1
"""The version of the layout that is written, and the newest that is read."""

MAPS, UNCERTAINTY, PROBABILITIES = "sections", "uncertainty", "probabilities"
CORRECTED = "corrected"
_FOLDERS = (MAPS, UNCERTAINTY, PROBABILITIES)
_HOLDER = (
    "8d3f5a1c9e7b4f0286c1d4a7e5f9b203"  # mark of the temporary files of run.json, which tells that of others
)
_LONGEST_STEM = 48  # characters of a name, of at most 4 bytes


@dataclass(frozen=True)
class RunFolder:
    """Where the files of a run lie.

    Parameters
    ----------
    path : pathlib.Path
        The folder; see docs/whole-core.md for what is in it.
    """

    path: Path

    @property
    def about(self) -> Path:
        """What the run is: settings, model, legend, the sections of the core."""
        return self.path / "run.json"

    @property
    def table(self) -> Path:
        """One row per section, written when a run ends."""
        return self.path / "sections.parquet"

    def segmentation(self, name: str) -> Path:
        """Return the map of a section."""
        return self.path / MAPS / f"{name}.png"

    def record(self, name: str) -> Path:
        """Return what became of a section; written after all else of it."""
        return self.path / MAPS / f"{name}.json"

    def uncertainty(self, name: str) -> Path:
        """Return the uncertainty of a section."""
        return self.path / UNCERTAINTY / f"{name}.png"

    def probabilities(self, name: str) -> Path:
        """Return the probabilities of a section."""
        return self.path / PROBABILITIES / f"{name}.h5"

    def files(self, name: str) -> list[Path]:
        """Return all files that a run may write of a section."""
        kinds = (self.segmentation, self.record, self.uncertainty, self.probabilities)
        return [kind(name) for kind in kinds]

    def corrected(self, name: str) -> Path:
        """Return a free place for a map that was corrected by hand and that a new one is to replace."""
        numbers = itertools.count(1)
        places = (self.path / CORRECTED / f"{name[:_LONGEST_STEM]}-{number}.png" for number in numbers)
        return next(place for place in places if not os.path.lexists(place))

    def record_instead(self, name: str) -> Path:
        """Return where the record of a section is whose name is too long for a file."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self.path / MAPS / f"{name[:_LONGEST_STEM]}-{digest}.json"

    def check_files(self, name: str) -> None:
        """Raise ValueError where the files of a section cannot be written, but those of others may be."""
        for path in (self.record(name), self.segmentation(name)):
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                raise ValueError(
                    f"The name of the section is too long for a file: '{path.name}' has "
                    f"{len(os.fsencode(path.name))} bytes, more than this disk allows; give the section "
                    "a shorter name."
                ) from error
            if stat.S_ISDIR(found.st_mode):
                raise ValueError(f"'{path}' is a folder, where a file of the section belongs; move it away.")
            if not os.access(path, os.W_OK):
                raise ValueError(f"'{path}' is write-protected; move it away, or make it writable.")

    def create(self, *, probabilities: bool, uncertainty: bool) -> None:
        """Make the folders that a run needs, or raise a clear error."""
        needed = [MAPS, *[UNCERTAINTY] * uncertainty, *[PROBABILITIES] * probabilities]
        try:
            for name in needed:
                (self.path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise type(error)(
                f"The folder '{self.path}' cannot be made or written ({error.strerror}); choose another one "
                "for the run."
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out; the lock ends with the process, however that ends."""
        lock = FileLock(self.path / ".lock", blocking=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise BlockingIOError(
                f"Another run is writing to '{self.path}'; wait until it ends, or choose another folder."
            ) from error
        except OSError as error:
            raise type(error)(
                f"The folder '{self.path}' cannot be written ({error.strerror}); choose another one for the "
                "run."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def remove_leftovers(self, owner: str) -> None:
        """Remove what a run had begun to write when it was killed: the temporary files with its mark.

        To be called where the folder is `locked`.
        """
        remove_leftovers(self.path, _HOLDER)
        for name in ("", *_FOLDERS):
            remove_leftovers(self.path / name, owner)

    def read_about(self) -> dict[str, Any] | None:
        """Return what run.json says, or None where there is no run."""
        try:
            about = json.loads(self.about.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise type(error)(
                f"'{self.about}' cannot be read ({error.strerror}); correct that, or choose another folder "
                "for the run."
            ) from error
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"'{self.about}' is damaged ({error}); start the run again in another folder."
            ) from error
        return checked_description(about, self.about, FORMAT)

    def write_about(self, about: Mapping[str, Any]) -> None:
        """Write run.json."""
        with owned_by(_HOLDER):
            write_json(self.about, {"format": FORMAT, **about})

    def describe_core(self, core: Core) -> dict[str, Any]:
        """Return a core as plain values; photographs are named as seen from the folder of the run."""
        return describe_core(core, self.path)

    def core_of(self, values: Mapping[str, Any]) -> Core:
        """Return the core that `describe_core` described."""
        lanes = [self._lane(row, number) for number, row in enumerate(values["sections"], start=1)]
        try:
            return Core(lanes, values["name"], described_scale(values))
        except (TypeError, ValueError) as error:
            raise damaged_core(self.about, error) from error

    def _lane(self, row: Any, number: int) -> Lane:
        """Return a section that `describe_core` described."""
        try:
            if not is_name_of_files(row["name"]):
                raise ValueError(f"no file can be called {row['name']!r}")
            return described_lane(row, self.path)
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise damaged_section(self.about, number, error) from error


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2, default=_plain) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return what JSON does not know as what it knows."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


class OutputError(OSError):
    """A result cannot be written, and neither could that of any other section."""


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Say what an error on writing means for the run."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            error.errno,
            f"Results cannot be written to '{folder}' ({error.strerror or error}); free some space, or "
            "correct the permissions, and start the run again: finished sections are kept",
        ) from error
