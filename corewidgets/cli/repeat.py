"""``corewidgets repeat``: make a file again as it was made, and compare the bytes."""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from contextlib import chdir, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command, sources_named
from corewidgets.cli.files import check_outputs
from corewidgets.cli.origins import dated, outputs_of, versions
from corewidgets.cli.trace import Found, changes, find_origin

__all__ = ["add", "repeat"]


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        repeat,
        "FILE [--out COPY]",
        help="reproduce a file and compare the bytes",
        description=(
            "Run the command that made FILE again, in a folder that is removed afterwards, and compare the\n"
            "result with FILE, byte by byte. The files that it read must be unchanged: see 'trace'. FILE\n"
            "is not changed. Exit code 1 if the bytes differ."
        ),
        epilog="example:\n  corewidgets repeat map.png --out again.png",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="written by one of the other commands")
    command.add_argument("--out", metavar="COPY", type=Path, help="write the reproduced file here")


def repeat(args: argparse.Namespace) -> None:
    """Make a file again, and compare the bytes."""
    check_outputs([args.out], [args.file])
    found = find_origin(args.file)
    if found is None:
        raise ValueError(f"'{args.file}' does not record which command made it, so it cannot be reproduced.")
    if args.file.is_dir():
        raise ValueError(f"'{args.file}' is a folder; name a file in it.")
    other = [f"{name} is {state}" for name, state in changes(found).items() if state != "unchanged"]
    if other:
        raise ValueError(
            f"'{args.file}' cannot be reproduced from the same files: {'; '.join(other)}. Restore them; "
            "'trace' shows their digests."
        )
    file, copy = args.file.resolve(), None if args.out is None else args.out.resolve()
    with tempfile.TemporaryDirectory(prefix="corewidgets-") as folder:
        again = _make_again(args.program, found, file, Path(folder))
        is_same = again.read_bytes() == file.read_bytes()
        if copy is not None:
            with cw.atomic_write(copy) as temporary:
                shutil.copyfile(again, temporary)
    if not is_same:
        raise ValueError(f"'{args.file}' came out different. {_reason(found)}")
    print(f"Made {args.file} again, with the same {file.stat().st_size:,} bytes.")


def _make_again(program: argparse.ArgumentParser, found: Found, file: Path, folder: Path) -> Path:
    """Call the command that made a file, in another folder, and return the file that it makes."""
    with chdir(found.folder), dated(found.origin.time), redirect_stdout(io.StringIO()):
        again = program.parse_args(found.origin.command)
        again.words, again.origin, again.quiet = found.origin.command, found.origin, True
        made = Path(found.origin.made)
        places = {}
        for number, (name, path) in enumerate(outputs_of(again).items()):
            (folder / str(number)).mkdir()
            places[path] = folder / str(number) / path.name
            setattr(again, name, places[path])
        with sources_named(again.sources), suppress(SystemExit):  # of a core some sections failed
            again.run(again)
    return places[made] / file.relative_to(found.keeper) if found.keeper.is_dir() else places[made]


def _reason(found: Found) -> str:
    """Say why the bytes may differ."""
    now = versions()
    other = [f"{name} was {then}" for name, then in found.origin.versions.items() if now.get(name) != then]
    if other:
        return f"It was made with other versions: {', '.join(other)}; install these to reproduce it."
    return "The versions are the same: the file was changed after it was made, or made on another machine."
