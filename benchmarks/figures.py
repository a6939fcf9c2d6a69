"""The figures of README, CONTRIBUTING and docs: kept in ``docs/figures.json``, filled in by ``make figures``.

A benchmark writes what it measured with `keep`. In a document a number is followed by the name of its figure,
in a comment that is not seen: ``15<!--=start.first_map--> s``. ``python -m benchmarks.figures`` writes the
numbers of all documents anew, each rounded as it stands there. A figure that nobody has measured yet, whose
value is null, is a dash there: ``—<!--=start.first_map--> s``.
"""

from __future__ import annotations

import json
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jax

from corewidgets.atomic import atomic_write

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "docs" / "figures.json"
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))

UNKNOWN = "—"  # of a figure that was not measured yet
_KEEPING = "COREWIDGETS_KEEP_FIGURES"  # in the environment, since benchmarks start processes
_PLACE = re.compile(r"(?P<text>—|\d[\d,]*(?:\.\d+)?)<!--=(?P<name>[^>]+?)-->")


def begin() -> None:
    """Let `keep` write from now on, in this process and those that it starts, with the load of now."""
    os.environ[_KEEPING] = f"{os.getloadavg()[0]:.1f}"


def keep(name: str, value: float) -> None:
    """Write a figure into the file, with date, machine and load.

    Nothing is written before `begin` was called: a test, or a stand-in for section 72-2, changes no figure.

    Raises
    ------
    ValueError
        If the file does not describe a figure of this name.
    """
    if _KEEPING not in os.environ:
        return
    figures = read_figures()
    if name not in figures:
        raise ValueError(
            f"docs/figures.json has no figure {name!r}; describe it there (what, unit, by) before it is kept."
        )
    figures[name] |= {
        "value": float(f"{value:.4g}"),
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {_accelerator()}",
        "load": os.environ[_KEEPING],
    }
    with atomic_write(FIGURES) as temporary:
        temporary.write_text(_lines(figures), encoding="utf-8")


def _accelerator() -> str:
    backend = jax.default_backend()
    return "no GPU" if backend == "cpu" else f"JAX on {backend}"


def _lines(figures: dict[str, dict[str, Any]]) -> str:
    """Return the text of the file, one line per figure, so that a difference shows which changed."""
    lines = (f"{json.dumps(name)}: {json.dumps(figure)}" for name, figure in figures.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_figures() -> dict[str, dict[str, Any]]:
    """Return the figures by name."""
    return dict(json.loads(FIGURES.read_text(encoding="utf-8")))


def rounded(value: float | None, like: str) -> str:
    """Return a value with as many decimals, or as many zeros before the point, as a text has.

    In the place of a dash a value has no decimals, and what was not measured is a dash.

    Examples
    --------
    >>> rounded(14.83, like="15"), rounded(9.43, like="2.1"), rounded(388_730.0, like="437,000")
    ('15', '9.4', '389,000')
    """
    if value is None or like == UNKNOWN:
        return UNKNOWN if value is None else f"{value:,.0f}"
    whole, _, decimals = like.partition(".")
    digits = whole.replace(",", "")
    if decimals:
        return f"{value:,.{len(decimals)}f}"
    n_zeros = len(digits) - len(digits.rstrip("0")) if digits.strip("0") else 0
    return f"{round(value, -n_zeros):,.0f}"


def filled(text: str, figures: dict[str, dict[str, Any]]) -> str:
    """Return a document with each figure as the file has it.

    Raises
    ------
    ValueError
        If the document names a figure that the file lacks.
    """

    def number(place: re.Match[str]) -> str:
        name = place["name"]
        if name not in figures:
            raise ValueError(f"docs/figures.json has no figure {name!r}; names are those of that file.")
        return f"{rounded(figures[name]['value'], like=place['text'])}<!--={name}-->"

    return _PLACE.sub(number, text)


def names_in(text: str) -> list[str]:
    """Return the names of the figures that a document quotes."""
    return [place["name"] for place in _PLACE.finditer(text)]


def main() -> None:
    """Write the numbers of all documents anew, and print which documents changed."""
    figures = read_figures()
    for document in DOCUMENTS:
        before = document.read_text(encoding="utf-8")
        after = filled(before, figures)
        if after != before:
            with atomic_write(document) as temporary:
                temporary.write_text(after, encoding="utf-8")
            print(f"{document.relative_to(ROOT)}: figures changed")


if __name__ == "__main__":
    main()
