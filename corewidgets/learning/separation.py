"""How well one number tells the pixels of two classes apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from corewidgets.learning.labelled_classes import LabelledClasses

if TYPE_CHECKING:
    from corewidgets.features.layer_maps import LayerMaps

__all__ = ["Separation", "auc", "separate"]

_PIXELS_A_CLASS = 1500


class Separation(NamedTuple):
    """How well a feature map separates two classes.

    Attributes
    ----------
    feature : str
        Name of the map, such as "pool1/28".
    auc : float
        Probability that a pixel of the class with the higher values has a higher value than a pixel of the
        other: 1 = the map alone tells them apart, 0.5 = it does not.
    higher : str
        Name of the class with the higher values.
    """

    feature: str
    auc: float
    higher: str


def auc(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return, a feature, the probability that a value of `first` lies above one of `second`.

    It is the area under the receiver operating characteristic, from the Mann-Whitney statistic; equal values
    count half. Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27, section 7.

    Parameters
    ----------
    first, second : array, shape (n, n_features) and (m, n_features)

    Returns
    -------
    array, shape (n_features,), float64
        From 0 to 1.
    """
    n, m = len(first), len(second)
    ranks = rankdata(np.concatenate([first, second]), axis=0)
    above: npt.NDArray[np.float64] = (ranks[:n].sum(axis=0) - n * (n + 1) / 2) / (n * m)
    return above


def separate(
    labelled: LabelledClasses,
    classes: tuple[str, str],
    layers: Sequence[str],
    layer_maps: Callable[[str], LayerMaps],
) -> list[Separation]:
    """Return how well each map of some layers tells two classes apart, the best first.

    Raises
    ------
    ValueError
        There are no labels of one of the classes, or both are the same.
    """
    first, second = (labelled.pixels_of(name, _PIXELS_A_CLASS) for name in classes)
    if classes[0] == classes[1]:
        raise ValueError(f"Both classes are {classes[0]!r}; choose two to tell apart.")
    found = []
    for layer in layers:
        maps = layer_maps(layer)
        for name, value in zip(maps.names, auc(maps.at(*first), maps.at(*second)).tolist(), strict=True):
            found.append(Separation(name, max(value, 1 - value), classes[int(value < 0.5)]))
    return sorted(found, key=lambda one: -one.auc)
