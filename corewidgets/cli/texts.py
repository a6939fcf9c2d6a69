"""Lines that several commands print."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from pathlib import Path

import corewidgets as cw

__all__ = ["in_options", "never_labelled", "wrote"]

_REMEDIES = (
    (r"(?:\b[a-z]+_[a-z_]+|\b[a-z_]+=\S*) \((--[^()]+)\)", r"\1"),  # largest_overlap (--largest-overlap)
    (r"\([a-z_]+=\S*, (?:or )?(--[^()]+)\)", r"(\1)"),  # (overwrite=True, --overwrite)
    (r"(?:\b[a-z_]+=\S*|\bload_model\(.*\)), or (--[^.]+?) on the command line", r"\1"),
)
"""How messages name an argument of Python beside the option of a command, and what is left of it."""


def in_options(text: str) -> str:
    """Return a message whose remedies are options alone, where it names arguments of Python as well.

    Examples
    --------
    >>> in_options("Turn it: rotation=90 (--rotate 90) where its top is at the left.")
    'Turn it: --rotate 90 where its top is at the left.'
    """
    for both, option in _REMEDIES:
        text = re.sub(both, option, text)
    return text


def never_labelled(legend: cw.Legend, learned: Container[int]) -> list[str]:
    """Say which classes have codes that are not among those learned, if any."""
    names = [entry.name for entry in legend if entry.code not in learned]
    if not names:
        return []
    return [f"Never labelled, so absent from maps and empty in logs: {', '.join(names)}."]


def wrote(paths: Sequence[Path | None]) -> str:
    """Say which files were written, if any."""
    written = [str(path) for path in paths if path is not None]
    return f"\nWrote {', '.join(written)}." if written else ""
