"""Labels that save themselves: shortly after a stroke, in the background, never over somebody else's work.

Where the file was changed by another program, or another tool has taken it over, strokes are not lost: they
are kept in a file of their own beside it, and the line says so, in red.
"""

from __future__ import annotations

import atexit
import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from corewidgets.atomic import first_free
from corewidgets.cores.section import CoreSection
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import OtherPhotographError
from corewidgets.project.kept_file import digest_of, remove_empty, set_aside
from corewidgets.widgets.writer_lock import WriterLock

LABELS = ".labels.png"  # what the name of a file of labels ends with

Codes = npt.NDArray[np.uint8]

_OPEN: weakref.WeakValueDictionary[Path, Autosave] = weakref.WeakValueDictionary()


def labels_path(section: CoreSection) -> Path | None:
    """Return the file beside a photograph that the labels of the section are kept in, if it has a file."""
    return section.file_beside(LABELS)


_ELSEWHERE = "is open in another notebook or program of yours"
_TO_A_COPY = "strokes made here are kept in a separate file beside it, until that one is shut down"


class ConflictError(OSError):
    """The file is somebody else's now; what was to be written is in another."""


class Autosave:
    """Keeps a file of labels up to date.

    Parameters
    ----------
    path : path-like
        File to keep; its ending names the format.
    report : callable
        Called with a line of text and whether all is well, from any thread, whenever the state changes.
    delay : float
        Seconds between a stroke and the writing of all strokes so far.
    photograph : str, optional
        Digest of the photograph that is drawn on (`CoreSection.digest`).

    Attributes
    ----------
    shown_path : str
        What the file is called where all is well; its name, unless another is set.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        report: Callable[[str, bool], object],
        delay: float = 0.4,
        *,
        photograph: str | None = None,
    ) -> None:
        self.path = Path(path).absolute()
        self.shown_path = self.path.name
        self._report = report
        self._delay = delay
        self._photograph = photograph
        self._lock = threading.RLock()
        self._waiting: tuple[Codes, Legend] | None = None
        self._timer: threading.Timer | None = None
        self._seen: tuple[int, ...] | None = None
        self._digest: str | None = None
        self._unsure: tuple[Codes, Legend] | None = None
        self._closed = False
        self._superseded = False
        self._copy: Path | None = None
        self._copy_digest: str | None = None
        self._in_conflict = False
        self._starts_over = False
        self._writer = self._take_over()
        self._is_elsewhere = not self._writer.take()
        atexit.register(_flush_if_alive, weakref.ref(self))

    def _take_over(self) -> WriterLock:
        """Let an older one in this kernel finish, and return its lock; from now on the file is ours."""
        place = Path(os.path.realpath(self.path))
        older = _OPEN.get(place)
        if older is not None:
            older.flush()
            older.give_up()
        _OPEN[place] = self
        return WriterLock(self.path) if older is None else older._writer

    def restore(
        self, shape: tuple[int, int], legend: Legend | None = None
    ) -> tuple[Codes, Legend | None] | None:
        """Return the labels and the legend in the file, None where there is no file.

        Parameters
        ----------
        shape : tuple of int
            Rows and columns of the photograph.
        legend : Legend, optional
            That whose colors a file has that a picture editor saved without a legend.

        Raises
        ------
        OtherPhotographError
            The labels were drawn on another photograph. They are kept under another name when others are
            saved.
        ValueError, OSError
            The file cannot be read or its labels are of another shape. It is not written to from then on.
        """
        if not self.path.exists():
            told = self._told(*self._kept())
            self._report(f"Strokes are saved to {self.shown_path}{told}", not told)
            return None
        self._remember()
        try:
            found = read_labels(self.path, shape=shape, colors=legend, photograph=self._photograph)
        except OtherPhotographError:
            self.start_over()
            raise
        except (ValueError, OSError) as error:
            self.close()
            raise ValueError(
                f"{error} Nothing is saved, so that '{self.path.name}' is not changed: move it away and open "
                "the labeler again, or save a copy under another name."
            ) from error
        told = self._told()
        self._report(f"Restored from {self.shown_path}{told}", not told)
        return found

    def _told(self, *kept: Path) -> str:
        """Return what to say of labels beside the file: in copies, and in the files that are given."""
        told = f"; {_ELSEWHERE}; {_TO_A_COPY}" if self._is_elsewhere else ""
        others = ", ".join(path.name for path in self._copies())
        told += f"; {others} beside it has strokes that another tool could not save here" if others else ""
        earlier = ", ".join(path.name for path in kept)
        return told + (f"; earlier labels are kept as {earlier}" if earlier else "")

    def _copies(self) -> list[Path]:
        """Return the files that strokes were kept in when this one was somebody else's."""
        return self._beside("[0-9]{1,3}")

    def _kept(self) -> list[Path]:
        """Return the files that labels were moved to when others took their place."""
        return self._beside("[0-9]{8}-[0-9]{6}(-[0-9]+)?")

    def _beside(self, between: str) -> list[Path]:
        """Return the files of this one's name with something between name and ending."""
        wanted = re.compile(rf"{re.escape(self.path.stem)}\.{between}{re.escape(self.path.suffix)}")
        found = [path for path in _listed(self.path.parent) if wanted.fullmatch(path.name)]
        return sorted(path for path in found if path.stat().st_size)

    def start_over(self) -> None:
        """Begin with other labels than those in the file, which keeps them under another name."""
        self._starts_over = True
        told = self._told()
        self._report(f"Not saved yet; strokes will be, to {self.shown_path}{told}", not told)

    def _keep_previous(self) -> str:
        """Keep a copy of a file that is there, once; return what to say of it."""
        if not self._starts_over:
            return ""
        told = ""
        if self.path.exists():
            kept = set_aside(self.path)
            told = f"; earlier labels are kept as {kept.name}"
            self._remember()
        self._starts_over = False
        return told

    def schedule(self, labels: Codes, legend: Legend) -> None:
        """Write these labels soon; they must not be changed in place."""
        with self._lock:
            if self._closed:
                return
            self._waiting = (labels, legend)
            if self._timer is None:
                self._timer = threading.Timer(self._delay, self.flush)
                self._timer.daemon = True
                self._timer.start()
            quiet = self._in_conflict  # the line stays red
        if not quiet:
            self._report("Saving …", True)

    @property
    def copy(self) -> Path | None:
        """The file beside that strokes are kept in, while the labels file is somebody else's."""
        return self._copy if self._in_conflict else None

    def flush(self) -> None:
        """Write what waits, now; what could not be written waits on, for the next stroke or the end."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._waiting is None or self._closed:
                return
            try:
                kept = self._write(*self._waiting)
            except ConflictError as error:
                self._waiting = None  # it is in the file that the error names
                self._report(f"Not saved: {error}", False)
            except (OSError, ValueError) as error:
                self._report(f"Not saved: {error}", False)
            else:
                self._waiting = None
                self._report(f"Saved {time.strftime('%H:%M:%S')} to {self.shown_path}{kept}", True)

    def close(self) -> None:
        """Write nothing any more."""
        with self._lock:
            self._closed = True
            self._waiting = None
            self.release()

    def release(self) -> None:
        """Let other kernels write to the file; the next stroke takes it again, if none does."""
        with self._lock:
            if not self._superseded:  # then the lock is that of the other tool
                self._writer.release()

    def give_up(self) -> None:
        """Leave the file to another tool; strokes from now on are kept in a file of their own."""
        with self._lock:
            self._superseded = self._in_conflict = True
            if self._closed or self._copy is not None:
                return  # the line says already what is wrong
        self._report(
            f"'{self.path.name}' is open in another tool now; strokes made here from now on are kept in "
            "a separate file beside it. Continue in one tool only.",
            False,
        )

    @property
    def digest(self) -> str | None:
        """The digest of the file as it was read or written here last."""
        return self._digest

    def _write(self, labels: Codes, legend: Legend) -> str:
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"the folder '{self.path.parent}' is missing. Restore it, and the strokes are saved "
                "with the next one; or save a copy by File, and open the photograph where it is now."
            )
        self._is_elsewhere = not self._superseded and not self._writer.take()
        if self._superseded or self._is_elsewhere:  # before anything is moved: the file is the other tool's
            self._keep_beside(labels, legend)
        kept = self._keep_previous()
        if self._is_foreign():
            self._keep_beside(labels, legend)
        self._unsure = labels, legend
        write_labels(self.path, labels, legend, photograph=self._photograph)
        self._remember()
        self._in_conflict = False
        return kept

    def _keep_beside(self, labels: Codes, legend: Legend) -> NoReturn:
        """Write labels to a file of their own, and raise to say where they are."""
        self._in_conflict = True
        is_ours = self._copy is not None and digest_of(self._copy) == self._copy_digest
        copy = self._copy if self._copy is not None and is_ours else first_free(self._names_of_copies())
        try:
            write_labels(copy, labels, legend, photograph=self._photograph)
        except BaseException:
            if not is_ours:
                remove_empty(copy)
            raise
        self._copy, self._copy_digest = copy, digest_of(copy)
        if self._is_elsewhere:
            raise ConflictError(
                f"'{self.path.name}' {_ELSEWHERE}; strokes made here are kept in '{copy.name}'. Continue in "
                "one only: shut down the kernel of the other one, and the next strokes are saved here, "
                "unless the file was changed there."
            )
        changed = "was changed by something else" if self.path.exists() else "was deleted or moved"
        why = "is open in another tool" if self._superseded else changed
        raise ConflictError(
            f"'{self.path.name}' {why} since it was opened here; strokes made here are kept in "
            f"'{copy.name}'. Continue in one tool only: open the labeler again, with the file that you want."
        )

    def _names_of_copies(self) -> Iterator[Path]:
        return (
            self.path.with_name(f"{self.path.stem}.{number}{self.path.suffix}") for number in range(2, 1000)
        )

    def _remember(self) -> None:
        """Take the file as it is now for ours."""
        self._seen, self._digest = self._signature(), digest_of(self.path)
        self._unsure = None

    def _is_foreign(self) -> bool:
        """Return whether the file holds something else than what was read or written here.

        Size and time of change do not tell: programs that copy files keep the time, and small pictures of
        other pixels have the same size.
        """
        found = self._signature()
        if found == self._seen:
            return False
        if digest_of(self.path) != self._digest and not self._is_what_was_begun():
            return True
        self._remember()
        return False

    def _is_what_was_begun(self) -> bool:
        """Return whether the file holds what was written when an error came before it could be remembered."""
        if self._unsure is None:
            return False
        try:
            labels, legend = read_labels(self.path)
        except ValueError:
            return False
        return np.array_equal(labels, self._unsure[0]) and legend == self._unsure[1]

    def _signature(self) -> tuple[int, ...] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _flush_if_alive(reference: weakref.ref[Autosave]) -> None:
    autosave = reference()
    if autosave is not None:
        autosave.flush()
