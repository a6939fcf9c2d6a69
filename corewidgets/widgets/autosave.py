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
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend

Codes = npt.NDArray[np.uint8]

_OPEN: weakref.WeakValueDictionary[Path, Autosave] = weakref.WeakValueDictionary()


def labels_path(section: CoreSection) -> Path | None:
    """Return the file beside a photograph that the labels of the section are kept in, if it has a file."""
    return section.file_beside(".labels.png")


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
    """

    def __init__(
        self, path: str | os.PathLike[str], report: Callable[[str, bool], object], delay: float = 0.4
    ) -> None:
        self.path = Path(path).absolute()
        self._report = report
        self._delay = delay
        self._lock = threading.RLock()
        self._waiting: tuple[Codes, Legend] | None = None
        self._timer: threading.Timer | None = None
        self._seen: tuple[int, int] | None = None
        self._closed = False
        self._superseded = False
        self._copy: Path | None = None
        self._starts_over = False
        self._take_over()
        atexit.register(_flush_if_alive, weakref.ref(self))

    def _take_over(self) -> None:
        """Let an older one in this kernel finish; from now on the file is ours."""
        older = _OPEN.get(self.path)
        if older is not None:
            older.flush()
            older.give_up()
        _OPEN[self.path] = self

    def restore(self, shape: tuple[int, int]) -> tuple[Codes, Legend | None] | None:
        """Return the labels and the legend in the file, None where there is no file.

        Raises
        ------
        ValueError, OSError
            The file cannot be read or its labels are of another shape. It is not written to from then on.
        """
        if not self.path.exists():
            self._report(f"Strokes are saved to {self.path.name}", True)
            return None
        try:
            found = read_labels(self.path, shape=shape)
        except (ValueError, OSError) as error:
            self.close()
            raise ValueError(
                f"{error} Nothing is saved, so that '{self.path.name}' stays as it is: move it away and open "
                "the labeler again, or save a copy under another name."
            ) from error
        self._seen = self._signature()
        others = ", ".join(path.name for path in self._copies())
        told = f"; {others} beside it has strokes that another tool could not save here" if others else ""
        self._report(f"Restored from {self.path.name}{told}", not others)
        return found

    def _copies(self) -> list[Path]:
        """Return the files that strokes were kept in when this one was somebody else's."""
        numbered = re.compile(rf"{re.escape(self.path.stem)}\.[0-9]{{1,3}}{re.escape(self.path.suffix)}")
        return sorted(path for path in self.path.parent.iterdir() if numbered.fullmatch(path.name))

    def start_over(self) -> None:
        """Begin with other labels than those in the file, which keeps them under another name."""
        self._starts_over = True
        self._report(f"Not saved yet; strokes will be, to {self.path.name}", True)

    def _keep_previous(self) -> str:
        """Move a file that is there out of the way, once; return what to say of it."""
        starts_over, self._starts_over = self._starts_over, False
        if not starts_over or not self.path.exists():
            return ""
        self._seen = None
        kept = self.path.with_name(f"{self.path.stem}.{time.strftime('%Y%m%d-%H%M%S')}{self.path.suffix}")
        os.replace(self.path, kept)
        return f"; earlier labels are kept as {kept.name}"

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
        self._report("Saving …", True)

    def flush(self) -> None:
        """Write what waits, now."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._waiting is None or self._closed:
                return
            (labels, legend), self._waiting = self._waiting, None
            try:
                kept = self._write(labels, legend)
            except (OSError, ValueError) as error:
                self._report(f"Not saved: {error}", False)
            else:
                self._report(f"Saved {time.strftime('%H:%M:%S')} to {self.path.name}{kept}", True)

    def close(self) -> None:
        """Write nothing any more."""
        with self._lock:
            self._closed = True
            self._waiting = None

    def give_up(self) -> None:
        """Leave the file to another tool; strokes from now on are kept in a file of their own."""
        self._superseded = True

    def _write(self, labels: Codes, legend: Legend) -> str:
        kept = self._keep_previous()
        if self._superseded or self._signature() != self._seen:
            self._keep_beside(labels, legend)
        write_labels(self.path, labels, legend)
        self._seen = self._signature()
        return kept

    def _keep_beside(self, labels: Codes, legend: Legend) -> NoReturn:
        """Write labels to a file of their own, and raise to say where they are."""
        taken = {path.name for path in self._copies()}
        names = (f"{self.path.stem}.{number}{self.path.suffix}" for number in range(2, 1000))
        copy = self._copy or self.path.with_name(next(name for name in names if name not in taken))
        write_labels(copy, labels, legend)
        self._copy = copy
        why = "is open in another tool" if self._superseded else "was changed by something else"
        raise ConflictError(
            f"'{self.path.name}' {why} since it was opened here; what is painted here is kept in "
            f"'{copy.name}'. Go on in one tool only: open the labeler again, and the file that is wanted."
        )

    def _signature(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size


def _flush_if_alive(reference: weakref.ref[Autosave]) -> None:
    autosave = reference()
    if autosave is not None:
        autosave.flush()
