"""The protocols by which labelled pixels are held out, and why one of them may not score a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from corewidgets.scoring.folds import (
    Integers,
    LabeledPixels,
    cut_depth,
    deal_photographs,
    deal_regions,
    random_share,
)

__all__ = ["PROTOCOLS", "FoldSettings", "HoldOut", "chosen_protocols"]


@dataclass(frozen=True)
class FoldSettings:
    """What protocols need to know besides the labelled pixels.

    Attributes
    ----------
    share : float
        The part of the pixels that "random" holds out.
    n_splits : int
        The number of folds of the others.
    random_state : int or None
    depths : int array of shape (n_pixels,)
        The row of each labelled pixel, counted through all sections in order of depth.
    photographs : int array of shape (n_pixels,)
        The number of the photograph that each labelled pixel lies on.
    """

    share: float
    n_splits: int
    random_state: int | None
    depths: Integers
    photographs: Integers


@dataclass(frozen=True)
class HoldOut:
    """One way to hold out labelled pixels.

    Attributes
    ----------
    single : str
        Why it cannot score a class.
    impossible : str
        Why it cannot score any, and what to do.
    deal : callable
        Returns the fold in which each pixel is held out, from 0; -1 for never.
    """

    single: str
    impossible: str
    deal: Callable[[LabeledPixels, FoldSettings], Integers]


PROTOCOLS: Mapping[str, HoldOut] = {
    "sections": HoldOut(
        "on a single photograph each, so label a second one",
        "Label at least two photographs, with classes that occur on both.",
        lambda pixels, given: deal_photographs(pixels, given.photographs, given.n_splits),
    ),
    "regions": HoldOut(
        "a single region each, so label a second one",
        "Every class has a single region; label a second region of the classes that matter.",
        lambda pixels, given: deal_regions(pixels, given.n_splits, given.random_state),
    ),
    "depth": HoldOut(
        "labelled in a single depth block",
        "Every class lies in a single depth block; label the classes at several depths.",
        lambda pixels, given: cut_depth(pixels, given.depths, given.n_splits),
    ),
    "random": HoldOut(
        "a single labelled pixel each",
        "Every class has a single labelled pixel; paint more of each.",
        lambda pixels, given: random_share(pixels, given.share, given.random_state),
    ),
}
"""By name, in the order of `MEANINGS`, which says what the score by each means."""


def chosen_protocols(protocols: str | Sequence[str]) -> list[str]:
    """Return the protocols to compute, in the order of the report; never "random" without "regions"."""
    chosen = {protocols} if isinstance(protocols, str) else set(protocols)
    for name in sorted(chosen - set(PROTOCOLS)):
        raise ValueError(f"There is no protocol {name!r}; choose from {', '.join(PROTOCOLS)}.")
    if not chosen:
        raise ValueError(f"There is no protocol to score by; choose from {', '.join(PROTOCOLS)}.")
    if "random" in chosen:
        chosen.add("regions")
    return [name for name in PROTOCOLS if name in chosen]
