"""The parser of all commands; a command is a module beside this one, and a line here."""

from __future__ import annotations

import argparse

import corewidgets as cw
from corewidgets.cli import (
    demo,
    evaluate,
    features,
    open_project,
    repeat,
    report,
    segment,
    segment_core,
    trace,
    train,
)

__all__ = ["make_parser"]


_COMMANDS = (
    *(demo, open_project, train, segment, segment_core),
    *(report, evaluate, features, trace, repeat),
)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="corewidgets",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=(
            "From a photograph of drill core to a map of rock types.\n\n"
            "Label some pixels of a photograph. 'train' trains a model on them, 'segment' classifies every\n"
            "pixel of a photograph, and 'evaluate' measures the accuracy on rock that was never labelled."
        ),
        epilog=(
            "Begin with a synthetic core, which needs no files:\n\n"
            "  corewidgets demo --out demo-out\n\n"
            "'corewidgets COMMAND --help' explains a command with an example.\n"
            "Exit codes: 0 success, 1 error in the input, 2 wrong usage, 130 interrupted."
        ),
    )
    parser.add_argument("--version", action="version", version=f"corewidgets {cw.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (
        demo,
        open_project,
        train,
        segment,
        segment_core,
        report,
        evaluate,
        features,
        trace,
        repeat,
    ):
        command.add(commands)
    return parser
