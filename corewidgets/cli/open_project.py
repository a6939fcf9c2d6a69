"""``corewidgets open``: the photographs of a hole on a workbench in JupyterLab."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.atomic import atomic_write
from corewidgets.cli.arguments import add_command, words
from corewidgets.extras import import_extra
from corewidgets.project.layout import is_project

__all__ = ["add", "open_"]

NOTEBOOK = "workbench.ipynb"
CELL = """\
# Shift + Enter runs this cell; once more if the brackets on the left stay empty.
import corewidgets as cw

bench = cw.Workbench(".")
bench"""


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        open_,
        "PHOTOGRAPHS [options]",
        help="label and map the photographs of a hole in JupyterLab",
        description=(
            "Start JupyterLab with all tools on the photographs. All work is saved at once in a project,\n"
            "a folder of plain files: the one given, or a new one in the folder of the photographs. The\n"
            "notebook that opens is stored in the project; edit it as you like."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets open scans --classes Matrix,Clast,Void\n"
            "  corewidgets open hole.csv --project hole.corewidgets\n"
            "  corewidgets open hole.corewidgets --scheduler tcp://10.0.0.1:8786"
        ),
    )
    command.add_argument(
        "photographs",
        metavar="PHOTOGRAPHS",
        help="a project, a folder of photographs, a pattern, the table of a core, or one photograph",
    )
    command.add_argument(
        "--project",
        metavar="FOLDER",
        type=Path,
        help="folder of the project (default: one beside the photographs)",
    )
    command.add_argument(
        "--classes",
        metavar="NAMES",
        type=words,
        help="names of classes, separated by commas (default: two, to be renamed)",
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="use the Dask cluster with this scheduler for the photographs that are not open; its machines "
        "must see the photographs under the same paths",
    )
    command.add_argument(
        "--no-browser", action="store_true", help="only print the address, for a browser on another computer"
    )
    command.add_argument(
        "--allow-root", action="store_true", help="let the user root start JupyterLab, as in a container"
    )


def open_(args: argparse.Namespace) -> None:
    """Open a project in JupyterLab."""
    import_extra("jupyterlab", "jupyter", "Opening a project in JupyterLab")
    from corewidgets.batch.cluster import connected
    from corewidgets.batch.options import SCHEDULER

    source = args.photographs
    if args.project is not None and is_project(Path(source)) and not _is_same(args.project, source):
        args.parser.error(
            f"'{source}' is a project of its own, which is not taken into --project '{args.project}'; leave "
            "--project out, or name the photographs"
        )
    if args.scheduler is not None:
        with connected(args.scheduler, None, 0):
            pass  # it answers
    notebook = _prepare(args)
    options = [f"--LabApp.default_url=/lab/tree/{NOTEBOOK}"]  # what is printed leads to it too
    wanted = {"--no-browser": args.no_browser, "--allow-root": args.allow_root}
    options += [option for option, is_wanted in wanted.items() if is_wanted]
    cluster = {} if args.scheduler is None else {SCHEDULER: args.scheduler}
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # JupyterLab ends with this command
    try:
        subprocess.run(  # noqa: S603 - this very Python, and a file that was just written
            [sys.executable, "-m", "jupyterlab", str(notebook), *options],
            check=False, cwd=notebook.parent, env={**os.environ, **cluster},
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGTERM, before)


def _prepare(args: argparse.Namespace) -> Path:
    """Make the project and its notebook, and return this; the project is let go, for the kernel to have."""
    from corewidgets.widgets.desk import folder_for, open_project

    legend = cw.Legend(args.classes) if args.classes else None
    source = args.photographs
    folder = args.project or (source if is_project(Path(source)) else folder_for(source))
    project = open_project(source, folder, legend)
    if project is None:
        raise ValueError(f"'{source}' holds no photographs; name a folder of photographs, or a project.")
    notebook = project.folder / NOTEBOOK
    if not notebook.exists():
        write_notebook(notebook)
    for name, problem in project.problems.items():
        print(f"{name} cannot be opened: {problem}", file=sys.stderr)
    n = len(project)
    print(f"{n} photograph{'' if n == 1 else 's'} in {project.folder}; Ctrl+C ends JupyterLab.", flush=True)
    return notebook


def _is_same(folder: Path, other: str) -> bool:
    return os.path.realpath(folder) == os.path.realpath(other)


def write_notebook(path: Path) -> None:
    """Write a notebook of one cell, which opens the project that it lies in."""
    cell: dict[str, Any] = {
        "cell_type": "code", "id": "workbench", "execution_count": None, "metadata": {}, "outputs": [],
        "source": CELL.splitlines(keepends=True),
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    values = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(values, indent=1) + "\n", "utf-8")
