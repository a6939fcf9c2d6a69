"""``corewidgets trace``: say where a file comes from, and what has changed since."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Mapping
from contextlib import chdir, suppress
from pathlib import Path
from typing import Any, NamedTuple

from corewidgets.cli.arguments import add_command
from corewidgets.cli.files import LABELS
from corewidgets.cli.origins import versions
from corewidgets.labels.formats import format_of
from corewidgets.origin import Origin, file_digest, read_origin

__all__ = ["Found", "add", "changes", "find_origin", "trace"]

_SHOWN = 12  # digits of a digest


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        trace,
        "FILE",
        help="show how a file was made",
        description=(
            "Show which command made a map, figure, log, model or report, from which files, and which of\n"
            "them have changed since. 'repeat' reproduces the file."
        ),
        epilog="example:\n  corewidgets trace map.png",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="written by one of the other commands")


class Found(NamedTuple):
    """Where a file comes from, and what keeps that: the file, or a folder that it is in."""

    origin: Origin
    keeper: Path

    @property
    def folder(self) -> Path:
        """Return the folder in which the command was called."""
        return (self.keeper if self.keeper.is_dir() else self.keeper.parent) / self.origin.folder


def find_origin(path: Path) -> Found | None:
    """Find where a file comes from: it says so, or a folder that it is in."""
    if not path.exists():
        raise FileNotFoundError(f"There is no file '{path}'; check the name and the folder.")
    place = path.resolve()
    for keeper in [place, *list(place.parents)[:3]]:
        origin = read_origin(keeper)
        if origin is not None:
            return Found(origin, keeper)
    return None


def changes(found: Found) -> dict[str, str]:
    """Return what became of each file that was read, by its name."""
    with chdir(found.folder):
        return {name: _state(Path(name), digest) for name, digest in found.origin.inputs.items()}


def _state(path: Path, digest: str) -> str:
    if not path.is_file():
        return "not there any more"
    return "unchanged" if file_digest(path) == digest else "changed since"


def trace(args: argparse.Namespace) -> None:
    """Say where a file comes from."""
    found = find_origin(args.file)
    if found is None:
        print("\n".join(_without_origin(args.file)))
        return
    origin = found.origin
    inside = "" if found.keeper == args.file.resolve() else f", in the folder of '{found.keeper.name}'"
    print(f"{args.file}{inside}: made {_date(origin.time)} in '{found.folder.resolve()}' by\n")
    print(f"  corewidgets {shlex.join(origin.command)}\n")
    states = changes(found)
    for name, digest in origin.inputs.items():
        print(f"  {name}: SHA-256 {digest[:_SHOWN]}…, {states[name]}")
        print("".join(f"    {line}\n" for line in _earlier_lines(origin.about, name)), end="")
    print("\n" + "\n".join(_fact_lines(origin)))


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def _earlier_lines(about: Mapping[str, Any], name: str) -> list[str]:
    """Say what made a file that was read."""
    earlier = about.get("inputs", {}).get(name)
    if not earlier:
        return []
    files = [f"  {file}: SHA-256 {digest[:_SHOWN]}…" for file, digest in earlier["inputs"].items()]
    return [f"made by corewidgets {shlex.join(earlier['command'])} from", *files]


def _fact_lines(origin: Origin) -> list[str]:
    """Say what was in the files, and which versions the bytes depend on."""
    about, now = origin.about, versions()
    digests = [about["photograph"]] if "photograph" in about else about.get("photographs", [])
    lines = [f"Pixels of the photograph: digest {digest[:_SHOWN]}…" for digest in digests]
    recipe = about.get("recipe")
    if recipe:
        short = [f"{name} {value}" for name, value in recipe.items() if isinstance(value, str | int | float)]
        lines.append(f"Recipe: {', '.join(short)}")
    told = [
        name + " " + then + ("" if now.get(name) == then else f" (here {now.get(name, 'none')})")
        for name, then in origin.versions.items()
    ]
    return [*lines, f"Versions: {', '.join(told)}"]


def _without_origin(path: Path) -> list[str]:
    """Say what is known of a file that records no command."""
    lines = [f"{path} does not record which command made it."]
    if path.suffix.lower() in LABELS:
        with suppress(ValueError, OSError):
            _, legend, drawn_on = format_of(path).read(path, None, None)
            if drawn_on is not None:
                lines.append(
                    f"It belongs to the photograph whose pixels have the digest {drawn_on[:_SHOWN]}…."
                )
            if legend is not None:
                lines.append(f"Its classes are {', '.join(legend.names)}.")
    return lines
