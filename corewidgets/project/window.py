"""Which window has a project: the first one holds it, the next ones are told whose it is."""

from __future__ import annotations

import getpass
import os
import platform
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import filelock

from corewidgets.project.layout import ProjectLayout, read_json, write_json
from corewidgets.project.when import now

__all__ = ["Window", "user"]

_OPEN: weakref.WeakValueDictionary[Path, Window] = weakref.WeakValueDictionary()
"""Of this process: a cell that is run again goes on with what it had."""


class Window:
    """The hold of a process on a project; it ends with the process, however that ends.

    Attributes
    ----------
    others : str
        Who had the project before, in words; empty for the first window.
    """

    def __init__(self, layout: ProjectLayout) -> None:
        self._layout = layout
        self._lock = filelock.FileLock(layout.lock, blocking=False)
        self.others = ""
        try:
            self._lock.acquire()
        except filelock.Timeout:
            self.others = _in_words(layout)
            return
        except (OSError, NotImplementedError):  # write-protected, or a disk that knows no locks
            return
        with suppress(OSError):
            write_json(layout.window, {"user": user(), "computer": platform.node(), "since": now()})

    @classmethod
    def of(cls, layout: ProjectLayout) -> Window:
        """Return this process's hold on a project, a new one where it has none or was not the first."""
        key = Path(os.path.realpath(layout.path))
        found = _OPEN.get(key)
        if found is None or found.others:
            found = _OPEN[key] = cls(layout)
        return found

    def __del__(self, _suppress: type[suppress] = suppress) -> None:  # its name is gone when Python ends
        with _suppress(Exception):
            self._lock.release()


def user() -> str:
    """Return who works here: the user of JupyterHub, or of the system."""
    hub = os.environ.get("JUPYTERHUB_USER")
    if hub:
        return hub
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return "unknown"


def _in_words(layout: ProjectLayout) -> str:
    """Say who holds a project."""
    held: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        held = read_json(layout.window)
    who = f"{held.get('user', 'somebody')} on {held.get('computer', 'a computer')}"
    since = f", since {held['since']}" if "since" in held else ""
    return (
        f"The project is open in another window too ({who}{since}). Draw on different photographs: where "
        "both draw on the same one, the strokes made here are kept in a file of their own."
    )
