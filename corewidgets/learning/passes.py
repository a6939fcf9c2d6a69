"""How far a training is: a pass over the photographs after the other, each a share of the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from corewidgets.features.activations import JoinedActivations, Progress

__all__ = ["FEATURES", "REACH", "UNLABELLED", "Passes", "training_features"]

FEATURES, REACH, UNLABELLED = 0.75, 0.1, 0.15
"""Shares of the time of a first training of the default: features of labelled pixels, which reach the random
field has, and which unlabelled pixels are learned from."""

_WHOLE = 1000


class Passes:
    """Tells how far a training is.

    Parameters
    ----------
    progress : callable, optional
        Called with what is done and with all that is to be done; what it raises ends the training.

    Examples
    --------
    >>> passes = Passes(lambda done, total: print(f"{done} of {total}"))
    >>> passes.next(0.5)(1, 2)
    250 of 1000
    >>> passes.next(0.5)(1, 2)
    750 of 1000
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress, self._begun = progress, 0.0

    def next(self, share: float) -> Progress:
        """Return what to call with (done, total) of the next part, which is such a share of the training."""
        first = self._begun
        self._begun += share

        def tell(done: int, total: int) -> None:
            if self._progress is not None:
                self._progress(round(_WHOLE * (first + share * done / max(total, 1))), _WHOLE)

        return tell

    def end(self) -> None:
        """Tell that all is done."""
        if self._progress is not None:
            self._progress(_WHOLE, _WHOLE)


def training_features(
    activations: Sequence[Callable[[], JoinedActivations]],
    chosen: Sequence[tuple[np.ndarray, np.ndarray]],
    passes: Passes,
    share: float,
) -> np.ndarray:
    """Return the features ``(n, n_features)`` of the training pixels.

    Parameters
    ----------
    activations : sequence of callable
        Returns the activations of each photograph.
    chosen : sequence of (numpy.ndarray, numpy.ndarray)
        Rows and columns of the training pixels of each.
    passes : Passes
        Told how many of the pixels are done.
    share : float
        Of the training, that these features are.
    """
    found = []
    for part, pixels in zip(activations, chosen, strict=True):
        tell = passes.next(share / len(activations))
        found.append(part().at(*pixels, tell))
        tell(1, 1)  # nothing is told of pixels that are remembered
    return np.concatenate(found)
