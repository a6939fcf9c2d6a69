"""Files that the commands write, and the bar that shows how far they are."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.core_table import KEPT_LABELS
from corewidgets.labels.formats import LABEL_FORMATS

__all__ = [
    "ARRAYS",
    "FIGURES",
    "LABELS",
    "add_hatched",
    "check_outputs",
    "check_suffix",
    "inputs_of",
    "progress_bar",
    "read_scores",
    "write_arrays",
    "write_json",
    "write_text",
]

LINE_SECONDS = 60.0
"""Between two lines of progress where there is no terminal."""

ARRAYS = (".npy", ".npz")
FIGURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg")
_INPUTS = ("core", "file", "image", "legend", "model", "pieces", "preset", "runs", "scores", "weights")
LABELS = tuple(ending for one in LABEL_FORMATS for ending in one.endings)


class _EnoughError(Exception):
    """Ends a trial that has shown that a file can be written."""


def add_hatched(group: Any) -> None:
    """Add the option of patterns over the colors of a figure."""
    group.add_argument(
        "--hatched",
        action="store_true",
        help="draw a pattern over the color of each class in the figure too, as lithology logs do",
    )


def check_suffix(path: Path | None, suffixes: Sequence[str], what: str) -> None:
    """Raise ValueError where a name does not end as it should; None is no file, and right."""
    if path is not None and path.suffix.lower() not in suffixes:
        raise ValueError(f"{what} cannot be written as '{path}'; end its name in {', '.join(suffixes)}.")


def inputs_of(args: argparse.Namespace) -> list[Path]:
    """Return the files that the arguments of a command name to be read."""
    given = (getattr(args, name, None) for name in _INPUTS)
    return [Path(one) for one in given if isinstance(one, str | Path) and os.path.isfile(one)]


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[Path]) -> None:
    """Raise where a file could not be written, or would replace what is read or drawn."""
    taken = {os.path.realpath(path) for path in inputs}
    for path in outputs:
        if path is None:
            continue
        if os.path.realpath(path) in taken:
            raise ValueError(f"'{path}' is named twice; choose another file to write to.")
        if os.path.realpath(path).endswith(KEPT_LABELS):
            raise ValueError(
                f"'{path}' is the name of labels that were drawn on a photograph, which the widgets keep "
                "there and open with it; choose another name to write to."
            )
        taken.add(os.path.realpath(path))
        with suppress(_EnoughError), cw.atomic_write(path):
            raise _EnoughError


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    with cw.atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values."""
    write_text(path, json.dumps(values, indent=2) + "\n")


def read_scores(path: Path) -> Any:
    """Read what 'evaluate --json' wrote."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"'{path}' is not a file of scores ({error}); write one with 'evaluate --json'."
        ) from error


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name as .npz, or the first one as .npy."""
    import numpy as np

    with cw.atomic_write(path) as temporary, temporary.open("wb") as file:
        if path.suffix.lower() == ".npz":
            np.savez_compressed(file, **arrays)
        else:
            np.save(file, next(iter(arrays.values())), allow_pickle=False)


@contextmanager
def progress_bar(args: argparse.Namespace, text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal, else a line each minute, unless quiet.

    The block gets what to call with (done, total).
    """
    from tqdm import tqdm

    size = shutil.get_terminal_size()  # 80 x 24 where a terminal does not know; there tqdm would be blank
    with tqdm(
        desc=f"{text:<13}",
        total=1,
        file=sys.stderr,
        leave=False,
        ncols=min(size.columns, 80),
        nrows=size.lines,
        disable=True if args.quiet else None,  # None: where it is no terminal
        bar_format="{desc}{percentage:3.0f}% |{bar}| {elapsed}",
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.n, bar.total = done, total
            bar.refresh()

        with _ticking(_line_writer(bar, text) if bar.disable else bar.refresh, args.quiet, bar.disable):
            yield show


def _line_writer(bar: Any, text: str) -> Callable[[], None]:
    """Return what writes how far the work is as a line."""
    start = time.monotonic()

    def write() -> None:
        seconds = time.monotonic() - start
        print(f"{text}: {bar.n / max(bar.total, 1):.0%} after {seconds:.0f} s", file=sys.stderr, flush=True)

    return write


@contextmanager
def _ticking(tell: Callable[[], None], quiet: bool, in_lines: bool) -> Iterator[None]:
    """Tell how far the work is while it goes on, also through steps that do not report."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(LINE_SECONDS if in_lines else 1.0):
            tell()

    clock = threading.Thread(target=tick, daemon=True)
    if not quiet:
        clock.start()
    try:
        yield
    finally:
        over.set()
        if clock.is_alive():
            clock.join()
