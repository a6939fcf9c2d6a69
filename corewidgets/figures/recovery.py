"""Core recovery on the page of a run: its figures, and a row for each drill run."""

from __future__ import annotations

import math
from typing import Any

from corewidgets.cores.depth_scale import DepthScale
from corewidgets.figures.report_page import table
from corewidgets.geology.recovery_table import recovery_in
from corewidgets.markup import Markup, html

__all__ = ["recovery_figures", "recovery_parts"]

_OPEN_ROWS = 12  # are listed at once; more stand behind a fold
_TITLES = {
    "top": "from",
    "base": "to",
    "recovered": "recovered",
    "tcr": "total core recovery",
    "scr": "solid core recovery",
    "rqd": "RQD",
    "n_fractures": "fractures",
    "fracture_frequency": "fracture frequency",
}
_OF_MAPS = "Rock is what the maps show; pieces, and with them RQD, were not given (<code>--pieces</code>)."
_OF_PIECES = (
    "Lengths are along the axis; breaks by drilling do not count. RQD: Deere and Deere (1988), pieces of "
    "10 cm and more; solid core recovery and fracture frequency: ISRM (1978)."
)


def recovery_figures(recovery: Any) -> list[tuple[str, str, str]]:
    """Return total core recovery, and RQD where it is known, of all runs, as figures to know first.

    Parameters
    ----------
    recovery : pandas.DataFrame or None
        From `core_recovery` or `map_recovery`.
    """
    if recovery is None:
        return []
    lengths = recovery["base"] - recovery["top"]
    found = [(f"{recovery['recovered'].sum() / lengths.sum():.0%}", "of the drilled length recovered", "")]
    if "rqd" in recovery:
        found.append((f"{(recovery['rqd'] * lengths).sum() / lengths.sum():.0%}", "RQD", ""))
    return found


def recovery_parts(recovery: Any, scale: DepthScale) -> list[Markup]:
    """Return recovery by drill run as a part of a page; nothing without it."""
    if recovery is None:
        return []
    shown = recovery_in(recovery, scale)
    header = [_title(name) for name in shown]
    rows = [
        [_text(name, value) for name, value in zip(recovery, row, strict=True)]
        for row in shown.itertuples(index=False)
    ]
    return [
        html("<h2>Core recovery</h2>"),
        html("<p class=soft>{{ how }}</p>", how=Markup(_OF_PIECES if "rqd" in recovery else _OF_MAPS)),
        html(
            "<details{{ state }}><summary>By drill run</summary>{{ rows }}</details>",
            state=Markup(" open") if len(rows) <= _OPEN_ROWS else "",
            rows=table(header, rows, numbers=len(header)),
        ),
    ]


def _title(column: str) -> str:
    """Return what a column is called on the page, with its unit unless it is a share."""
    name, _, unit = column.partition(" ")
    return _TITLES[name] if unit in ("", "(V/V)") else f"{_TITLES[name]} {unit}"


def _text(name: str, value: float) -> str:
    """Return a value of a column as text."""
    if math.isnan(value):
        return "-"
    if name in ("tcr", "scr", "rqd"):
        return f"{value:.0%}"
    if name == "n_fractures":
        return f"{value:.0f}"
    return f"{value:.2f}" if name in ("recovered", "fracture_frequency") else f"{value:.7g}"
