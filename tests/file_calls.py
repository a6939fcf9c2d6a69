"""Calls to the system that write files, counted, and one of them made to fail or to be the last one.

A killed process makes no more calls: all that come after the kill raise, too, and what was still to be
written is not, so that a folder looks afterwards as it would on a disk.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

FAULTS = ("ENOSPC", "EIO", "EACCES", "killed before", "killed after")
_NAMED = ("open", "replace", "rename", "link", "symlink", "unlink", "remove", "mkdir", "rmdir", "chmod")


class Killed(BaseException):
    """The process ends here."""


class FileCalls:
    """Watch the calls of this thread that concern files below a folder, or fail one of them.

    Parameters
    ----------
    folder : pathlib.Path
        Temporary files of `tempfile` are made in ``tmp`` below it meanwhile.
    failing : int, optional
        The number of the call that fails, from 0.
    fault : str
        One of `FAULTS`.

    Attributes
    ----------
    made : list of str
        The calls so far, as "replace core.png".
    """

    def __init__(self, folder: Path, failing: int | None = None, fault: str = "EIO") -> None:
        self.folder = os.path.realpath(folder)
        self.made: list[str] = []
        self._failing = failing
        self._fault = fault
        self._dead = False
        self._opened_ones: list[io.IOBase] = []
        self._thread = threading.get_ident()
        self._real: dict[tuple[Any, str], Any] = {}

    def __enter__(self) -> FileCalls:
        for name in _NAMED:
            self._patch(os, name, self._named(name, getattr(os, name)))
        self._patch(os, "fsync", self._of_descriptor("fsync", os.fsync))
        opened = self._opened(io.open)
        self._patch(io, "open", opened)
        self._patch(builtins, "open", opened)
        place = os.path.join(self.folder, "tmp")
        self._real[os, "mkdir"](place) if not os.path.isdir(place) else None
        self._patch(tempfile, "tempdir", place)
        return self

    def __exit__(self, *_: object) -> None:
        for (module, name), value in self._real.items():
            setattr(module, name, value)
        while self._opened_ones:  # as the system does with those of a process that ended
            file = self._opened_ones.pop()
            if self._dead or file.closed:
                file.close()

    @property
    def failed(self) -> str:
        """The call that failed."""
        return "" if self._failing is None or self._failing >= len(self.made) else self.made[self._failing]

    def _patch(self, module: Any, name: str, value: Any) -> None:
        self._real[module, name] = getattr(module, name)
        setattr(module, name, value)

    def _concerns(self, path: Any) -> bool:
        if threading.get_ident() != self._thread or not isinstance(path, (str, bytes, os.PathLike)):
            return False
        return os.path.abspath(os.fsdecode(path)).startswith(self.folder + os.sep)

    def call(self, what: str, path: Any, do: Callable[[], Any]) -> Any:
        """Do something, or fail."""
        if self._dead:
            raise Killed
        number = len(self.made)
        self.made.append(f"{what} {os.path.basename(os.fsdecode(path))}")
        if number != self._failing:
            return do()
        if self._fault == "killed after":
            self._dead = True
            done = do()
            if isinstance(done, io.IOBase):
                done.close()
            elif what == "open":
                os.close(done)
            raise Killed
        if self._fault == "killed before":
            self._dead = True
            raise Killed
        code = getattr(errno, self._fault)
        raise OSError(code, os.strerror(code), *([] if what in {"write", "fsync"} else [os.fspath(path)]))

    def _named(self, name: str, real: Any) -> Any:
        def named(path: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._concerns(path):
                return real(path, *args, **kwargs)
            return self.call(name, path, lambda: real(path, *args, **kwargs))

        return named

    def _of_descriptor(self, name: str, real: Any) -> Any:
        def of_descriptor(descriptor: int) -> Any:
            if threading.get_ident() != self._thread:
                return real(descriptor)
            return self.call(name, "a file", lambda: real(descriptor))

        return of_descriptor

    def _opened(self, real: Any) -> Any:
        def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
            if not self._concerns(file):
                return real(file, mode, buffering, *args, **kwargs)
            if not set(mode) & set("wax+"):
                return self.call("open", file, lambda: real(file, mode, buffering, *args, **kwargs))
            raw = self.call("open", file, lambda: _Raw(self, os.fspath(file), mode))
            file = raw
            if buffering != 0:
                file = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
            if "b" not in mode:
                file = io.TextIOWrapper(file, *args, **kwargs)
            self._opened_ones.append(file)
            return file

        return opened

    @property
    def is_dead(self) -> bool:
        """Whether the process has been killed."""
        return self._dead


class _Raw(io.FileIO):
    """A file whose writing is a call."""

    def __init__(self, calls: FileCalls, path: str, mode: str) -> None:
        self._calls = calls
        super().__init__(path, mode.replace("b", "").replace("t", ""))

    def write(self, data: Any) -> Any:
        if self._calls.is_dead:  # what is in memory of a process that is no more
            return len(data)
        return self._calls.call("write", str(self.name), lambda: io.FileIO.write(self, data))

    def truncate(self, size: int | None = None) -> int:
        return 0 if self._calls.is_dead else super().truncate(size)
