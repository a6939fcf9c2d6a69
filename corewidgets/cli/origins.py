"""Where the files of a command come from: kept in each of them when it ends."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corewidgets import __version__
from corewidgets.origin import Origin, file_digest, keep_origin, read_origin

__all__ = ["OUTPUTS", "dated", "files_read", "outputs_of", "record", "versions"]

OUTPUTS = ("out", "figure", "probabilities", "uncertainty", "json", "confusion", "csv", "las", "recovery")
"""Options that name what a command writes; every other file that is named is read."""

_PACKAGES = ("numpy", "scikit-learn", "jax", "matplotlib", "pillow")
_DATE = "SOURCE_DATE_EPOCH"
"""The variable by which programs are told what time to write into files (reproducible-builds.org)."""

_OF_A_RUN = ("run.json", "sections.parquet")


def record(
    args: argparse.Namespace, read: Iterable[Path] = (), about: Mapping[str, Any] | None = None
) -> None:
    """Keep where they come from in all files that a command has written.

    Parameters
    ----------
    args : argparse.Namespace
        Of the command, with its `words`; a command that is repeated has the `origin` to keep.
    read : iterable of pathlib.Path
        Files that were read besides those that the options name.
    about : mapping, optional
        Digests and facts of what was read.
    """
    inputs = {str(path): file_digest(path) for path in dict.fromkeys([*files_read(args), *read])}
    told = dict(about or {}) | {"inputs": {name: earlier for name in inputs if (earlier := _earlier(name))}}
    now = int(os.environ[_DATE])
    for path in outputs_of(args).values():
        folder = os.path.relpath(Path.cwd(), os.path.realpath(path if path.is_dir() else path.parent))
        origin = Origin(args.words, Path(folder).as_posix(), str(path), inputs, told, versions(), now)
        keep_origin(path, getattr(args, "origin", origin))


def _earlier(name: str) -> dict[str, Any]:
    """Return what made a file that was read, and what that read in turn."""
    with suppress(OSError, ValueError):
        origin = read_origin(name)
        if origin is not None:
            return {"command": list(origin.command), "inputs": dict(origin.inputs)}
    return {}


@contextmanager
def dated(seconds: int | None = None) -> Iterator[None]:
    """Let all files say that they were made at one time: now, or seconds since 1970."""
    before = os.environ.get(_DATE)
    os.environ[_DATE] = str(seconds) if seconds is not None else before or str(int(time.time()))
    try:
        yield
    finally:
        os.environ.pop(_DATE)
        os.environ.update({} if before is None else {_DATE: before})


def outputs_of(args: argparse.Namespace) -> dict[str, Path]:
    """Return the files and the folder that a command writes, by option."""
    given = {name: getattr(args, name, None) for name in OUTPUTS}
    return {name: path for name, path in given.items() if isinstance(path, Path)}


def files_read(args: argparse.Namespace) -> Iterator[Path]:
    """Yield the files that the options name; of a run its description and its table."""
    for name, value in vars(args).items():
        for path in value if isinstance(value, list) else [value]:
            if name in OUTPUTS or not isinstance(path, Path):
                continue
            if path.is_file():
                yield path
            elif path.is_dir():
                yield from (path / each for each in _OF_A_RUN if (path / each).is_file())


def versions() -> dict[str, str]:
    """Return the versions of what the bytes of a file depend on."""
    own = {"python": platform.python_version(), "corewidgets": __version__}  # metadata may be older
    return own | {name: version(name) for name in _PACKAGES}
