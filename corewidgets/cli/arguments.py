"""What every command has, and the kinds of values that options take."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = [
    "Command", "add_command", "check_used", "count", "count_or_all", "length", "numbers", "sources_named",
    "words",
]  # fmt: skip

Command = argparse.ArgumentParser


def add_command(
    commands: Any, run: Callable[[argparse.Namespace], None], usage: str, **texts: str
) -> Command:
    """Return the parser of one command, with the options that all have."""
    name = run.__name__.strip("_").replace("_", "-")
    command: Command = commands.add_parser(
        name,
        usage=f"corewidgets {name} {usage}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        **texts,
    )
    command.set_defaults(run=run, parser=command)
    command.add_argument("-q", "--quiet", action="store_true", help="show no progress bar")
    command.add_argument(
        "--sources",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="Python file that defines feature sources of your own; it is executed",
    )
    command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return command


def words(text: str) -> tuple[str, ...]:
    """Return names that are separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def numbers(text: str) -> tuple[float, ...]:
    """Return numbers that are separated by commas."""
    try:
        return tuple(float(word) for word in words(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a list of numbers separated by commas, such as 8,24"
        ) from error


def count_or_all(text: str) -> int | str:
    """Return a number of pixels, or the word all."""
    if text == "all":
        return text
    if not re.fullmatch("[0-9]+", text) or int(text) < 2:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a number of pixels, 2 or more, nor 'all'")
    return int(text)


def count(text: str) -> int:
    """Return a number of processes."""
    if not re.fullmatch("[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)


def length(text: str) -> float:
    """Return a length above 0."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return found


def check_used(args: argparse.Namespace, names: Iterable[str], needed: str) -> None:
    """Raise where one of several options is given: they mean nothing without another, which is not.

    Parameters
    ----------
    args : argparse.Namespace
    names : iterable of str
        Of the options, as in `args`; those that the command lacks are passed over.
    needed : str
        The options that are lacking, in words.
    """
    for name in names:
        if getattr(args, name, None) != args.parser.get_default(name):
            option = name.replace("_", "-")
            args.parser.error(f"--{option} does nothing without {needed}; leave it out, or give that too")


@contextmanager
def sources_named(files: Sequence[Path]) -> Iterator[None]:
    """Name files of feature sources where this program and the processes that it starts look for them."""
    if not files:
        yield
        return
    from corewidgets.features.sources import VARIABLE

    before = os.environ.get(VARIABLE)
    named = [str(file.expanduser().resolve()) for file in files]
    os.environ[VARIABLE] = os.pathsep.join([*named, *([before] if before else [])])
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        os.environ.update({} if before is None else {VARIABLE: before})
