"""Core recovery, rock quality designation and fracture frequency, from the pieces in which a core lies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corewidgets.cores.core import Interval
from corewidgets.extras import import_needed
from corewidgets.geology.segmented import Piece, check_segmentation, pair_segmentations
from corewidgets.labels.legend import Legend

__all__ = ["RockPiece", "core_recovery", "map_recovery", "mapped_core"]

SOUND_LENGTH = 0.1  # metres: Deere's threshold for cores of NX size, 54.7 mm
SAME_DEPTH = 1e-6  # metres: pieces that are nearer touch


@dataclass(frozen=True)
class RockPiece:
    """A piece of core between two breaks.

    Parameters
    ----------
    top, base : float
        Depths of its ends along the core's axis in metres, base > top.
    solid : bool
        Whether it has the full diameter of the core; False for rubble.
    mechanical_below : bool
        Whether the break at its base was made by drilling or handling. Such a break does not count: the piece
        and the next are one.

    Raises
    ------
    ValueError
        The depths are not finite, or the base does not lie below the top.
    """

    top: float
    base: float
    solid: bool = True
    mechanical_below: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.top) and math.isfinite(self.base) and self.base > self.top):
            raise ValueError(
                f"The base of a piece must lie below its top, but top is {self.top} m and base "
                f"{self.base} m; correct the depths of this piece."
            )


def core_recovery(
    pieces: Iterable[RockPiece],
    intervals: Iterable[tuple[float, float]],
    *,
    sound_length: float = SOUND_LENGTH,
) -> Any:
    """Measure recovery, rock quality designation and fracture frequency by run or by interval.

    Lengths are measured along the axis of the core. A piece that lies in two intervals is judged by its whole
    length and counts in each with the part that lies there. Pieces parted by a mechanical break only are
    joined before they are judged.

    Parameters
    ----------
    pieces : iterable of RockPiece
        In any order; they may touch, but not overlap.
    intervals : iterable of (float, float)
        Top and base of each drill run, or of each interval of depth, in metres. They may leave gaps, but not
        overlap.
    sound_length : float
        Metres: pieces as long as that or longer count as sound rock.

    Returns
    -------
    pandas.DataFrame
        One row per interval, in the order of depth: `top`, `base` and `recovered` in metres; `tcr`, `scr` and
        `rqd`, total core recovery, solid core recovery and rock quality designation as shares of the length
        of the interval, from 0 to 1; `n_fractures`, the natural breaks between touching solid pieces;
        `fracture_frequency`, these per metre of solid core, NaN where there is none. A break on the border of
        two intervals counts in the lower one.

    Raises
    ------
    ValueError
        Pieces or intervals overlap, an interval has no length, or the threshold is not positive.

    References
    ----------
    D. U. Deere and D. W. Deere (1988), The Rock Quality Designation (RQD) Index in Practice, ASTM STP 984,
    91-101: pieces of 10 cm (4 inches) and more, along the center line, breaks by drilling ignored. ISRM
    (1978), Suggested methods for the quantitative description of discontinuities in rock masses, Int. J. Rock
    Mech. Min. Sci. 15, 319-368: solid core recovery and fracture frequency.

    Examples
    --------
    >>> run = [RockPiece(0, 0.38), RockPiece(0.38, 0.55), RockPiece(0.75, 0.82), RockPiece(0.82, 1.02)]
    >>> table = core_recovery(run, [(0, 1.2)])
    >>> table[["tcr", "rqd"]].round(3).to_numpy().tolist()
    [[0.683, 0.625]]
    """
    pd = import_needed("pandas", "A table of recovery")
    if not sound_length > 0:
        raise ValueError(f"sound_length must be positive, but it is {sound_length} m; give 0.1 for 10 cm.")
    ordered = without_overlap(pieces)
    joined = _joined(ordered)
    fractures = [
        upper[-1].base for upper, lower in itertools.pairwise(joined) if _natural(upper[-1], lower[0])
    ]
    solid = [piece for piece in ordered if piece.solid]
    sound = [
        piece
        for parts in joined
        if parts[0].solid and parts[-1].base - parts[0].top >= sound_length - SAME_DEPTH
        for piece in parts
    ]
    rows = []
    for top, base in _checked(intervals):
        length, recovered, whole = base - top, _inside(ordered, top, base), _inside(solid, top, base)
        n_fractures = sum(top - SAME_DEPTH <= depth < base - SAME_DEPTH for depth in fractures)
        rows.append(
            {
                "top": top,
                "base": base,
                "recovered": recovered,
                "tcr": recovered / length,
                "scr": whole / length,
                "rqd": _inside(sound, top, base) / length,
                "n_fractures": n_fractures,
                "fracture_frequency": n_fractures / whole if whole > SAME_DEPTH else math.nan,
            }
        )
    columns = ["top", "base", "recovered", "tcr", "scr", "rqd", "n_fractures", "fracture_frequency"]
    return pd.DataFrame(rows, columns=columns)


def mapped_core(
    sections: Piece | Iterable[Piece], segmentations: Any, legend: Legend, *, least_share: float = 0.5
) -> list[Interval]:
    """Find the depths at which maps show rock.

    A row of a map is core where rock takes up that share of it. Of what no photograph shows nothing is core.

    Parameters
    ----------
    sections : CoreSection, Lane, or iterable of them
        With depths, top up.
    segmentations : array of shape (n_rows, n_columns), or iterable of arrays
        Codes, one array per section.
    legend : Legend
        Says which classes are rock.
    least_share : float
        Above 0, at most 1.

    Returns
    -------
    list of Interval
        In metres, from top to base, none touching the next; sections that overlap count once.

    Raises
    ------
    ValueError
        A section has no depths, a segmentation does not fit, or the share is out of its range.

    Examples
    --------
    >>> from corewidgets.cores.core import Lane
    >>> maps = np.repeat([1, 1, 2, 1], 3).reshape(4, 3)
    >>> mapped_core(Lane("a.jpg", 10, 14), maps, Legend(["Rock", "Foam"], not_rock=["Foam"]))
    [Interval(top=10.0, base=12.0), Interval(top=13.0, base=14.0)]
    """
    if not 0 < least_share <= 1:
        raise ValueError(f"least_share must lie above 0 and at most at 1, but it is {least_share}; give 0.5.")
    rock = np.isin(np.arange(256), legend.rock_codes)
    found: list[Interval] = []
    for section, segmentation, _ in pair_segmentations(sections, segmentations):
        if section.top is None or section.base is None:
            raise ValueError(f"Section {section.name!r} has no depths; give its top and base.")
        core = rock[check_segmentation(section, segmentation, legend)].mean(1) >= least_share
        ends = np.flatnonzero(np.diff(core.astype(np.int8), prepend=0, append=0))
        depths = section.top + (section.base - section.top) * ends / len(core)
        found += [Interval(float(top), float(base)) for top, base in depths.reshape(-1, 2)]
    return _united(found)


def map_recovery(core: Iterable[Interval], intervals: Iterable[tuple[float, float]]) -> Any:
    """Measure total core recovery from what `mapped_core` found.

    Solid core recovery, RQD and fractures need pieces, see `core_recovery`: a map does not show breaks.

    Parameters
    ----------
    core : iterable of Interval
    intervals : iterable of (float, float)
        As of `core_recovery`.

    Returns
    -------
    pandas.DataFrame
        The columns `top`, `base`, `recovered` and `tcr` of `core_recovery`.

    Raises
    ------
    ValueError
        As `core_recovery`.
    """
    table = core_recovery([RockPiece(*each) for each in core], intervals)
    return table[["top", "base", "recovered", "tcr"]]


def _united(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals with those made one that touch or overlap."""
    united: list[Interval] = []
    for each in sorted(intervals):
        if united and each.top <= united[-1].base + SAME_DEPTH:
            united[-1] = Interval(united[-1].top, max(united[-1].base, each.base))
        else:
            united.append(each)
    return united


def without_overlap(pieces: Iterable[RockPiece]) -> list[RockPiece]:
    """Return the pieces in the order of depth."""
    ordered = sorted(pieces, key=lambda piece: piece.top)
    for upper, lower in itertools.pairwise(ordered):
        if lower.top < upper.base - SAME_DEPTH:
            raise ValueError(
                f"Two pieces overlap: one from {upper.top} to {upper.base} m, the other from {lower.top} to "
                f"{lower.base} m; correct the depths of one of them."
            )
    return ordered


def _joined(ordered: Sequence[RockPiece]) -> list[list[RockPiece]]:
    """Return the pieces, those in one list that only mechanical breaks part."""
    joined: list[list[RockPiece]] = []
    for piece in ordered:
        upper = joined[-1][-1] if joined else None
        if upper is not None and upper.mechanical_below and _touch(upper, piece):
            joined[-1].append(piece)
        else:
            joined.append([piece])
    return joined


def _touch(upper: RockPiece, lower: RockPiece) -> bool:
    """Tell whether two pieces of solid core follow on one another without a gap."""
    return upper.solid and lower.solid and lower.top - upper.base <= SAME_DEPTH


def _natural(upper: RockPiece, lower: RockPiece) -> bool:
    return _touch(upper, lower) and not upper.mechanical_below


def _checked(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the intervals in the order of depth."""
    ordered = sorted((float(top), float(base)) for top, base in intervals)
    for top, base in ordered:
        if not (math.isfinite(top) and math.isfinite(base) and base > top):
            raise ValueError(
                f"The base of an interval must lie below its top, but top is {top} m and base {base} m; "
                "exchange them, or leave the interval out."
            )
    for (top, base), (next_top, next_base) in itertools.pairwise(ordered):
        if next_top < base - SAME_DEPTH:
            raise ValueError(
                f"Two intervals overlap: {top} to {base} m and {next_top} to {next_base} m; a metre of core "
                "would count twice. Correct the depths of one of them."
            )
    return ordered


def _inside(pieces: Iterable[RockPiece], top: float, base: float) -> float:
    """Return how many metres of the pieces lie between two depths."""
    return sum(max(0.0, min(piece.base, base) - max(piece.top, top)) for piece in pieces)
