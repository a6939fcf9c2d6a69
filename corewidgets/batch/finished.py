"""Which sections of a run need nothing to be done: told by records and digests, without a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corewidgets.batch.run_folder import RunFolder, explained
from corewidgets.batch.section_map import agreeing
from corewidgets.batch.section_record import DONE, SectionRecord, read_record
from corewidgets.cores.core import Lane
from corewidgets.labels.legend import Legend
from corewidgets.origin import file_digest

__all__ = ["Finished", "photograph_digest"]


@dataclass(frozen=True)
class Finished:
    """Tells which sections are done.

    Parameters
    ----------
    folder : RunFolder
    settings : str
        Digest of the settings of the run.
    legend : Legend
    probabilities, uncertainty : bool
        Whether the run keeps them.
    looks_at_second : bool
        Whether the model looks at second photographs; else records of before may have their digest.
    """

    folder: RunFolder
    settings: str
    legend: Legend
    probabilities: bool
    uncertainty: bool
    looks_at_second: bool

    def kept(self, name: str) -> SectionRecord | None:
        """Return the record of a section, None where no run wrote it so: it is made anew."""
        try:
            return read_record(self.folder, name)
        except ValueError:
            return None

    def record_of(self, lane: Lane, image: str) -> SectionRecord | None:
        """Return the record of a section that needs nothing to be done; it agrees with the map that is there.

        Parameters
        ----------
        lane : Lane
        image : str
            SHA-256 of its photograph's file as it is now, and of the second one's after a space.
        """
        return self._agreeing(self._known(lane), lane, image)

    def _known(self, lane: Lane) -> SectionRecord | None:
        """Return the record of a section that was done under these settings, whatever its photograph is."""
        kept = self.kept(lane.name)
        return (
            kept if kept is not None and kept.counts is not None and kept.is_of(lane, self.settings) else None
        )

    def _agreeing(self, kept: SectionRecord | None, lane: Lane, image: str) -> SectionRecord | None:
        if kept is None:
            return None
        if kept.image != image and (self.looks_at_second or kept.image.split(" ")[0] != image):
            return None
        files = [self.folder.uncertainty(lane.name)] * self.uncertainty
        files += [self.folder.probabilities(lane.name)] * self.probabilities
        if not all(file.exists() for file in files):
            return None
        record = agreeing(self.folder, kept, self.legend)
        if record is not None and record != kept:
            with explained(self.folder.path):
                record.write(self.folder)
        return record

    def all_done(self, lanes: Sequence[Lane]) -> bool:
        """Tell whether all lanes of one photograph are done; its file is read only where records say so."""
        known = [self._known(lane) for lane in lanes]
        if any(record is None for record in known):
            return False
        try:
            first = photograph_digest(lanes[0].file)
            for lane, kept in zip(lanes, known, strict=True):
                second = [] if lane.second_file is None else [photograph_digest(lane.second_file)]
                found = self._agreeing(kept, lane, " ".join([first, *second]))
                if found is None or found.state != DONE:
                    return False
        except (OSError, ValueError):
            return False  # who segments it says what is wrong
        return True


def photograph_digest(path: Path) -> str:
    """Return the SHA-256 of a photograph's file."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{path}'; check the name and the folder.")
    return file_digest(path)
