"""Where the default stands on every trial and level: ``python -m benchmarks.accuracy.standing RESULTS ...``.

Prints macro F1, the mean over seeds, as a table of Markdown, and counts where the default is within 0.01 of
the best of all methods, and above every peer by more than the spread of the difference over the seeds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.accuracy.methods import METHODS

PEERS = ("convpaint", "filters", "filters-linear", "skimage")
"""What other projects do."""

CLOSE = 0.01
NAMES = {"stroke": "a dab", "tiny": "a stroke of 20 pixels", "all": "a third"}


class Standing(NamedTuple):
    """One trial at one level.

    Attributes
    ----------
    trial, level : str
        Which.
    scores : dict of dict
        By method and seed: macro F1.
    calibration : float
        Of the default: the mean of its calibration errors.
    """

    trial: str
    level: str
    scores: dict[str, dict[int, float]]
    calibration: float

    @property
    def means(self) -> dict[str, float]:
        """The mean over its seeds of each method."""
        return {method: float(np.mean(list(scores.values()))) for method, scores in self.scores.items()}

    @property
    def behind(self) -> float:
        """How far the default is behind the best method on the seeds of both; 0 where it is the best."""
        return max(0.0, *(-self._lead(method).mean() for method in self.scores))

    @property
    def leads(self) -> bool:
        """Whether the default is above every peer by more than the spread of the difference."""
        leads = [self._lead(peer) for peer in PEERS if peer in self.scores]
        return all(lead.mean() > lead.std() for lead in leads)

    def _lead(self, method: str) -> np.ndarray:
        ours, other = self.scores["ours"], self.scores[method]
        return np.array([ours[seed] - other[seed] for seed in ours.keys() & other.keys()])


def standings(rows: Sequence[dict[str, Any]]) -> list[Standing]:
    """Return one of each trial and level that the default was scored on."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["trial"], row["level"]), []).append(row)
    return [
        _standing(*name, mine) for name, mine in found.items() if "ours" in {row["method"] for row in mine}
    ]


def _standing(trial: str, level: str, rows: list[dict[str, Any]]) -> Standing:
    scores: dict[str, dict[int, float]] = {}
    for row in rows:
        scores.setdefault(row["method"], {})[row["seed"]] = row["macro F1"]
    calibration = [row["calibration"] for row in rows if row["method"] == "ours"]
    return Standing(trial, level, scores, float(np.mean(calibration)))


def table(found: Sequence[Standing]) -> str:
    """Return a table of Markdown, the best score of each row in bold."""
    methods = [name for name in METHODS if any(name in each.scores for each in found)]
    lines = [
        f"| labelled per class | {' | '.join(f'`{name}`' for name in methods)} | calibration of `ours` |"
    ]
    lines.append("| --- |" + " --- |" * (len(methods) + 1))
    for each in found:
        means = each.means
        best = max(means.values())
        cells = [
            "-" if name not in means else f"**{best:.2f}**" if means[name] == best else f"{means[name]:.2f}"
            for name in methods
        ]
        label = f"{each.trial}, {NAMES.get(each.level, each.level)}" if each.level else each.trial
        lines.append(f"| {label} | {' | '.join(cells)} | {each.calibration:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table of some results, and the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.standing", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    rows = [row for path in parser.parse_args().results for row in json.loads(path.read_text())]
    found = standings(rows)
    print(table(found))
    print(f"\nof {len(found)}: within {CLOSE} of the best {sum(each.behind <= CLOSE for each in found)}, "
          f"above every peer by more than the spread {sum(each.leads for each in found)}, "
          f"furthest behind {max(each.behind for each in found):.3f}, "
          f"calibration error at most 0.10 {sum(each.calibration <= 0.10 for each in found)}")  # fmt: skip


if __name__ == "__main__":
    main()
