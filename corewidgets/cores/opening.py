"""Opens what a user has: files, folders, tables, arrays; each photograph becomes a row, before it is read.

A photograph that cannot be read is a row with the reason, so that the others of a folder open.
"""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.cores.core import Core
from corewidgets.cores.described_core import described_lane, described_scale
from corewidgets.cores.photograph_file import ENDINGS
from corewidgets.cores.photograph_table import read_table
from corewidgets.cores.section import CoreSection, as_section
from corewidgets.cores.section_entry import SectionEntry, photograph_problem
from corewidgets.cores.table import read_core
from corewidgets.links import at_home, not_there

__all__ = [
    "Openable",
    "holds_many",
    "open_entries",
    "open_section",
    "open_sections",
]

Openable: TypeAlias = (
    CoreSection | Core | NDArray[np.uint8] | Image.Image | str | os.PathLike[str] | Sequence[Any]
)
"""What may be given for photographs, see `open_entries`; arrays of xarray, which may be missing, as well."""

TABLES = (".csv", ".tsv", ".xlsx", ".parquet")
SESSION = ".session.zip"
RUN = "run.json"
PROJECT, PROJECT_TABLE = "project.json", "photographs.csv"

_OWN = re.compile(r"\.labels(\.[^.]+)?\.(png|tiff?)$", re.IGNORECASE)  # drawn in the tools, with their copies
_BAD_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')
_FEW = 5  # names that a message lists


def open_entries(source: Any) -> list[SectionEntry]:
    """List the photographs that are meant by what a user gives.

    Parameters
    ----------
    source : object
        A photograph: the name of its file, an array ``(n_rows, n_columns, 3)`` uint8, an image of Pillow, an
        array of xarray or a `CoreSection`. A folder of photographs, a pattern of names (``"scans/*.jpg"``,
        ``**`` for all folders below), the table of a core (CSV, TSV, Excel, Parquet), a `Core`, the folder of
        a run or a `CoreRun`, a `Project` or its folder. A list of any of these.

    Returns
    -------
    list of SectionEntry
        A table's and a core's in the order of depth, a folder's and a pattern's in that of their names, with
        numbers counted ("box 2" before "box 10"). Files of labels that the tools keep beside photographs are
        left out. What cannot be read has a `problem`.

    Raises
    ------
    FileNotFoundError
        There is no such file, or no photograph of such a pattern.
    TypeError
        Something is none of these.
    ValueError
        There are no photographs, none can be read, or the table has problems (see `read_core`).
    """
    entries = list(_entries(source))
    if not entries:
        raise ValueError("There are no photographs to open: the list is empty. Name a file or a folder.")
    problems = [entry.problem for entry in entries if entry.problem]
    if len(problems) == len(entries) and holds_many(source):
        raise ValueError(
            f"None of {len(entries)} photographs can be read. The first: {problems[0]}"
            if len(entries) > 1
            else problems[0]
        )
    return _with_own_names(entries)


def open_section(source: Any) -> CoreSection:
    """Return the one photograph that a user gives.

    Parameters
    ----------
    source : object
        As for `open_entries`, but of one photograph.

    Returns
    -------
    CoreSection

    Raises
    ------
    OSError, TypeError
        As `open_entries`, or the photograph cannot be read.
    ValueError
        Likewise, or there are several photographs.
    """
    if not holds_many(source):
        return as_section(source)
    entries = [entry for entry in open_entries(source) if not entry.problem]
    if len(entries) > 1:
        names = ", ".join(entry.name for entry in entries[:_FEW]) + (" …" if len(entries) > _FEW else "")
        raise ValueError(
            f"One photograph is shown here, but there are {len(entries)}: {names}. Give one of them; "
            "cw.Workbench opens them all."
        )
    return entries[0].read()


def open_sections(source: Any) -> list[CoreSection]:
    """Read all photographs that a user gives, in the order of `open_entries`.

    Parameters
    ----------
    source : object
        As for `open_entries`.

    Returns
    -------
    list of CoreSection

    Raises
    ------
    OSError, TypeError, ValueError
        As `open_entries`, or one of the photographs cannot be read.
    """
    if isinstance(source, (list, tuple)) and not any(map(holds_many, source)):
        return [as_section(one) for one in source]  # names need not differ
    entries = open_entries(source)
    for entry in entries:
        if entry.problem:  # before any of the others is read
            raise ValueError(entry.problem)
    return [entry.read() for entry in entries]


def holds_many(source: Any) -> bool:
    """Tell whether something may hold several photographs: a list, a folder, a pattern, a table, a core."""
    if isinstance(source, (str, os.PathLike)):
        path = at_home(source)
        return path.is_dir() or path.suffix.lower() in TABLES or (_is_pattern(path) and not path.exists())
    return isinstance(source, (list, tuple)) or _listed(source) is not None


# ---------------------------------------------------------------------------------------------- what is given


def _entries(source: Any) -> Iterator[SectionEntry]:
    """Yield the photographs of what is given."""
    listed = _listed(source)
    if isinstance(source, SectionEntry):
        yield source
    elif listed is not None:
        yield from listed
    elif isinstance(source, (list, tuple)):
        for one in source:
            yield from _one_of_many(one)
    elif isinstance(source, (str, os.PathLike)):
        yield from _of_path(at_home(source))
    else:
        yield _given(as_section(source))


def _one_of_many(source: Any) -> Iterator[SectionEntry]:
    """Yield what one of a list holds; a file that is not there is an entry with a problem."""
    try:
        yield from _entries(source)
    except OSError as error:
        yield SectionEntry(_stem(Path(source)), Path(source), problem=str(error))


def _listed(source: Any) -> list[SectionEntry] | None:
    """Return the photographs of a core, of the core of a run, or of a project; None where it is none."""
    entries = getattr(source, "entries", None)  # of a project, which this folder knows nothing of
    if isinstance(entries, list) and all(isinstance(entry, SectionEntry) for entry in entries):
        return entries
    core = source if isinstance(source, Core) else getattr(source, "core", None)
    return list(_of_core(core)) if isinstance(core, Core) else None


def _of_core(core: Core) -> Iterator[SectionEntry]:
    return (SectionEntry.of_lane(lane, core.scale) for lane in core)


def _given(section: CoreSection) -> SectionEntry:
    return SectionEntry(
        section.name,
        section.path,
        section.top,
        section.base,
        rotation=section.rotation,
        section=section,
        scale=section.scale,
    )


def _of_path(path: Path) -> Iterator[SectionEntry]:
    """Yield the photographs of a file, a folder or a pattern."""
    if path.is_dir():
        yield from _of_directory(path)
    elif path.name.lower().endswith(SESSION):
        raise ValueError(f"'{path}' is a session, not a photograph; cw.Workbench.reopen('{path}') opens it.")
    elif path.suffix.lower() in TABLES:
        yield from _of_core(read_core(path))
    elif _is_pattern(path) and not path.exists():
        yield from _of_pattern(path)
    elif not path.exists():
        raise not_there(path, f"There is no file or folder '{path}'; check the name and the folder.")
    else:
        yield SectionEntry(_stem(path), path, problem=photograph_problem(path))


def _of_directory(path: Path) -> Iterator[SectionEntry]:
    """Yield the photographs of a project, of a run, or of a folder of photographs."""
    if (path / PROJECT).is_file():
        yield from read_table(path / PROJECT_TABLE)
    elif (path / RUN).is_file():
        yield from _of_run(path)
    else:
        yield from _of_folder(path)


def _of_folder(folder: Path) -> Iterator[SectionEntry]:
    """Yield the photographs that lie in a folder, but not in folders below."""
    files = [file for file in folder.iterdir() if _is_photograph(file)]
    if not files:
        below = sorted(file for file in folder.glob("*/*") if _is_photograph(file))
        where = f"; there are some in '{below[0].parent}': give that, or '{folder}/*/*'" if below else ""
        raise ValueError(
            f"There are no photographs in the folder '{folder}' (JPEG, PNG, TIFF, WebP, JPEG 2000 or BMP)"
            f"{where or '; check the name of the folder'}."
        )
    for file in sorted(files, key=_counted):
        yield SectionEntry(_stem(file), file, problem=photograph_problem(file))


def _of_pattern(pattern: Path) -> Iterator[SectionEntry]:
    """Yield the photographs whose names are of a pattern."""
    files = [Path(name) for name in glob.glob(str(pattern), recursive=True)]
    files = [file for file in files if _is_photograph(file)]
    if not files:
        raise FileNotFoundError(f"There is no photograph '{pattern}'; check the pattern and the folder.")
    for file in sorted(files, key=_counted):
        yield SectionEntry(_stem(file), file, problem=photograph_problem(file))


def _of_run(folder: Path) -> Iterator[SectionEntry]:
    """Yield the photographs that a run was made on, as its run.json names them."""
    about = folder / RUN
    try:
        core = json.loads(about.read_text("utf-8"))["core"]
        scale = described_scale(core)
        lanes = [described_lane(row, folder) for row in core["sections"]]
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"'{about}' was edited or is damaged ({error}); restore the file that the run wrote."
        ) from error
    yield from (SectionEntry.of_lane(lane, scale) for lane in lanes)


# ---------------------------------------------------------------------------------------------------- files


def _is_pattern(path: Path) -> bool:
    return glob.has_magic(str(path))


def _is_photograph(file: Path) -> bool:
    """Tell a photograph by its name from other files, and from labels that the tools keep beside it."""
    hidden = file.name.startswith(".")
    return (
        not hidden
        and file.suffix.lower() in ENDINGS
        and not _OWN.search(file.name)
        and (file.is_file() or file.is_symlink())
    )


def _counted(file: Path) -> list[tuple[int, int, str]]:
    """Return what to sort a file by: its name, with numbers counted."""
    parts = re.split(r"(\d+)", str(file).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _stem(file: Path) -> str:
    return file.stem.lstrip(".") or "photograph"


def _with_own_names(entries: list[SectionEntry]) -> list[SectionEntry]:
    """Give each entry a name of its own that files may have, the first of a name as it is."""
    seen: set[str] = set()
    named = []
    for number, entry in enumerate(entries, start=1):
        wanted = _BAD_IN_NAMES.sub("-", entry.name).lstrip(".") or f"section-{number}"
        name, count = wanted, 1
        while name.casefold() in seen:
            count += 1
            name = f"{wanted}-{count}"
        seen.add(name.casefold())
        named.append(replace(entry, name=name))
    return named
