"""The command line: ``corewidgets demo | open | train | segment | segment-core | report | evaluate | …``.

Arguments are read, the public names of the package are called, and what they return is printed or written.
Heavy libraries are only imported by the commands that need them, so that help comes at once.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from corewidgets.cli.arguments import sources_named
from corewidgets.cli.origins import dated
from corewidgets.cli.parser import make_parser
from corewidgets.cli.texts import in_options

__all__ = ["main"]

_INTERRUPTED, _PIPE_CLOSED = 130, 141  # as shells count
_PACKAGE = str(Path(__file__).resolve().parent.parent)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        Exit code: 0 if all went well, 1 for an error in the input, 2 for wrong usage, 130 if interrupted.
    """
    debug = False
    _take_any_name()
    try:
        words = tuple(sys.argv[1:] if argv is None else argv)
        program = make_parser()
        args, unknown = program.parse_known_args(words)
        args.words, args.program = words, program
        if unknown:
            args.parser.error(f"unrecognized arguments: {' '.join(unknown)}; --help lists the options")
        debug = args.debug
        with _warnings_in_a_line(debug), sources_named(args.sources), dated():
            args.run(args)
    except SystemExit as stop:  # help, version, and what argparse objects to
        return stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        print("corewidgets: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:  # whatever read the output, such as head, has seen enough
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except (ImportError, MemoryError, OSError, TypeError, ValueError) as error:
        if debug:
            traceback.print_exc()
        print(f"corewidgets: error: {_in_words(error)}", file=sys.stderr)
        return 1
    return 0


def _take_any_name() -> None:
    """Write characters that the encoding of the output lacks as escapes; they would end the command.

    Such are names from disks of other systems, and those in other scripts where the output is of one only.
    """
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _in_words(error: BaseException) -> str:
    """Return what an error says, without needless space."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"'{error.filename}': {error.strerror}."
    if isinstance(error, MemoryError):
        return f"There is not enough memory. {error}".strip()
    lines = [" ".join(line.split()) for line in in_options(str(error)).strip().splitlines()]
    return "\n".join(lines) or type(error).__name__


@contextmanager
def _warnings_in_a_line(debug: bool) -> Iterator[None]:
    """Show each warning of this package once, in a line; those of other libraries only to debug."""
    shown = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = " ".join(in_options(str(message)).split())
        if text not in shown and (debug or filename.startswith(_PACKAGE)):
            shown.add(text)
            print(f"corewidgets: warning: {text}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = show
        yield
