"""The folds as splitters of scikit-learn, for `cross_val_score`, `GridSearchCV` and whatever takes a `cv`.

A splitter deals out the labelled pixels of some sections.  It gives the rows of a table that has one row per
labelled pixel, section after section and in each from the top left to the bottom right, the order in which
`numpy.nonzero` finds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import PredefinedSplit

from corewidgets.labels.arrays import check_labels
from corewidgets.scoring.folds import (
    Integers,
    LabeledPixels,
    checked_count,
    checked_share,
    cut_depth,
    deal_photographs,
    deal_regions,
    random_share,
)

__all__ = ["DepthFolds", "PhotographFolds", "RandomShare", "RegionFolds"]

Labels = ArrayLike | Sequence[ArrayLike]


class _Folds(PredefinedSplit):
    """Folds of labelled pixels that are dealt once, when the splitter is made.

    Attributes
    ----------
    folds : int array of shape (n_pixels,)
        The fold in which each labelled pixel is held out, from 0; -1 for those that are always trained on.
    """

    def __init__(self, folds: Integers) -> None:
        super().__init__(folds)
        self.folds = folds

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[tuple[Integers, Integers]]:
        """Yield the rows to train on and those to score, one pair a fold.

        Parameters
        ----------
        X : array or sequence, optional
            One row per labelled pixel; only their number is looked at.
        y, groups : ignored

        Raises
        ------
        ValueError
            If there is another number of rows than of labelled pixels.
        """
        if X is not None and len(X) != len(self.folds):
            raise ValueError(
                f"There are {len(X)} rows, but {len(self.folds)} labelled pixels were dealt to folds; give "
                "one row per labelled pixel, such as model.features_at(section, *numpy.nonzero(labels))."
            )
        yield from super().split()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(of {len(self.folds)} labelled pixels, {self.get_n_splits()} folds)"


class RegionFolds(_Folds):
    """Hold out whole regions, as the protocol "regions" of `evaluate` does.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns), or a list of such arrays
        Codes of one section or of several; 0 = unlabelled.
    n_splits : int
        The number of folds, 2 or more.
    random_state : int or None
        The same number gives the same folds.

    Raises
    ------
    ValueError
        If `n_splits` is below 2.

    Examples
    --------
    Compare classifiers on the features of a model, each region scored by one not trained on it::

        rows, columns = numpy.nonzero(labels)
        features = model.features_at(section, rows, columns)
        cross_val_score(classifier, features, labels[rows, columns], cv=cw.RegionFolds(labels))
    """

    def __init__(self, labels: Labels, n_splits: int = 5, random_state: int | None = 0) -> None:
        super().__init__(deal_regions(_pixels(labels), checked_count(n_splits, "n_splits"), random_state))


class DepthFolds(_Folds):
    """Hold out contiguous blocks of depth, as the protocol "depth" of `evaluate` does.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns), or a list of such arrays
        Codes of one section or of several, from top to base; 0 = unlabelled.
    n_blocks : int
        The number of blocks, 2 or more.

    Raises
    ------
    ValueError
        If `n_blocks` is below 2.
    """

    def __init__(self, labels: Labels, n_blocks: int = 5) -> None:
        pixels = _pixels(labels)
        n_rows = [len(array) for array in _arrays(labels)]
        depths = np.cumsum([0, *n_rows[:-1]])[pixels.sections] + pixels.rows
        super().__init__(cut_depth(pixels, depths, checked_count(n_blocks, "n_blocks")))


class PhotographFolds(_Folds):
    """Hold out whole photographs, as the protocol "sections" of `evaluate` does.

    Parameters
    ----------
    labels : list of arrays of shape (n_rows, n_columns)
        Codes of several sections, each a photograph; 0 = unlabelled.
    n_splits : int
        The number of folds, 2 or more.  There are fewer if there are fewer photographs, and more where that
        many would put all photographs of a class together.

    Raises
    ------
    ValueError
        If `n_splits` is below 2.
    """

    def __init__(self, labels: Sequence[ArrayLike], n_splits: int = 5) -> None:
        pixels = _pixels(labels)
        super().__init__(deal_photographs(pixels, pixels.sections, checked_count(n_splits, "n_splits")))


class RandomShare(_Folds):
    """Hold out a random share of the pixels once, as the protocol "random" of `evaluate` does.

    The neighbors of each pixel that is scored are trained on, so that the score is too optimistic.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns), or a list of such arrays
        Codes of one section or of several; 0 = unlabelled.
    share : float
        The part of each class's pixels to hold out, between 0 and 1.
    random_state : int or None
        The same number gives the same pixels.

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.
    """

    def __init__(self, labels: Labels, share: float = 0.05, random_state: int | None = 0) -> None:
        super().__init__(random_share(_pixels(labels), checked_share(share), random_state))


def _arrays(labels: Any) -> list[np.ndarray]:
    """Return the labels of each section."""
    if isinstance(labels, list | tuple) and all(np.ndim(array) == 2 for array in labels):
        return [check_labels(array) for array in labels]
    return [check_labels(labels)]


def _pixels(labels: Labels) -> LabeledPixels:
    return LabeledPixels.of(_arrays(labels))
