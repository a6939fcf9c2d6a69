"""A linear discriminant that is refitted from sums, so that a stroke more costs its own pixels only.

Number, sum and products of the features are kept for each region of each class.  A stroke adds its pixels, an
undo subtracts them, and the means and covariances that `StandardScaler` and `LinearDiscriminantAnalysis`
would find in all pixels follow from the sums.  Nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.learning.linear import Linear
from corewidgets.learning.training_pixels import even_shares

__all__ = ["Discriminant", "RunningSums"]

Floats = NDArray[np.float64]
Group = tuple[int, Hashable]
"""The code of a class, and what names one of its regions."""


@dataclass(frozen=True, eq=False)
class Discriminant:
    """Scores of classes that are linear in the features.

    Attributes
    ----------
    classes : ndarray of uint8, (n_classes,)
        Codes, ascending.
    weights : ndarray of float64, (n_features, n_classes)
        Of features as they are, not standardized.
    offset : ndarray of float64, (n_classes,)
    shares : ndarray of float64, (n_classes,)
        Of the pixels.
    mean, scale : ndarray of float64, (n_features,)
        What features are standardized by.
    means : ndarray of float64, (n_classes, n_features)
        Of the classes, standardized.
    covariance : ndarray of float64, (n_features, n_features)
        Within the classes, standardized and shrunk.
    number : float
        Of pixels.
    shrinkage : float
        Of the covariance.
    """

    classes: NDArray[np.uint8]
    weights: Floats
    offset: Floats
    shares: Floats
    mean: Floats
    scale: Floats
    means: Floats
    covariance: Floats
    number: float
    shrinkage: float

    @property
    def linear(self) -> Linear:
        """The same for maps."""
        return Linear(self.weights.astype(np.float32), self.offset.astype(np.float32))

    @property
    def pipeline(self) -> Pipeline:
        """The same as scikit-learn would have fitted it: `StandardScaler`, `LinearDiscriminantAnalysis`."""
        scaler = StandardScaler()
        scaler.mean_, scaler.scale_, scaler.var_ = self.mean, self.scale, self.scale**2
        scaler.n_samples_seen_ = round(self.number)
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=self.shrinkage)
        model.classes_, model.priors_, model.means_ = self.classes, self.shares, self.means
        model.covariance_ = self.covariance
        model._max_components = min(len(self.classes) - 1, len(self.mean))
        coefficients = (self.weights * self.scale[:, None]).T
        intercept = self.offset + self.mean @ self.weights
        if len(self.classes) == 2:  # scikit-learn scores the second against the first
            coefficients, intercept = np.diff(coefficients, axis=0), np.diff(intercept)
        model.coef_, model.intercept_ = coefficients, intercept
        scaler.n_features_in_ = model.n_features_in_ = len(self.mean)
        return make_pipeline(scaler, model)


@dataclass(eq=False)
class _Sums:
    """Of the pixels of a region, counted from the shift."""

    number: int
    total: Floats
    products: Floats

    def join(self, other: _Sums) -> None:
        """Add those of another region."""
        self.number += other.number
        self.total += other.total
        self.products += other.products


class RunningSums:
    """The sums of the training pixels of a discriminant, by class and region.

    Parameters
    ----------
    n_features : int
        The length of a hypercolumn.

    Raises
    ------
    ValueError
        If there are no features.

    Examples
    --------
    >>> sums = RunningSums(2)
    >>> sums.add(1, "a clast", [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> sums.add(2, "another", [[5.0, 6.0], [6.0, 5.0]])
    >>> sums.discriminant().classes.tolist()
    [1, 2]
    >>> sums.subtract(2, "another", [[5.0, 6.0]])
    >>> sums.sizes
    {(1, 'a clast'): 3, (2, 'another'): 1}
    """

    def __init__(self, n_features: int) -> None:
        if n_features < 1:
            raise ValueError(f"A discriminant needs at least one feature, but n_features is {n_features}.")
        self.n_features = n_features
        self._sums: dict[Group, _Sums] = {}
        self._shift: Floats | None = None  # near the features' mean, so that products lose no digits

    @property
    def sizes(self) -> dict[Group, int]:
        """The number of pixels of each class and region."""
        return {group: sums.number for group, sums in self._sums.items()}

    def add(self, code: int, region: Hashable, features: ArrayLike) -> None:
        """Add pixels.

        Parameters
        ----------
        code : int
            Their class, 1 to 255.
        region : hashable
            What names their region, such as the number of a stroke.
        features : array-like, (n, n_features)
            Their hypercolumns.

        Raises
        ------
        ValueError
            If the code is none of a class, or the features are of another number or not finite.
        """
        if not 1 <= code <= 255:
            raise ValueError(f"The code of a class is 1 to 255, but this one is {code}.")
        values = self._checked(features)
        if not len(values):
            return
        if self._shift is None:
            self._shift = values.mean(axis=0)
        values = values - self._shift
        held = self._sums.get((code, region))
        if held is None:
            self._sums[code, region] = _Sums(len(values), values.sum(axis=0), values.T @ values)
        else:
            held.number += len(values)
            held.total += values.sum(axis=0)
            held.products += values.T @ values

    def subtract(self, code: int, region: Hashable, features: ArrayLike) -> None:
        """Take pixels away that were added.

        Parameters
        ----------
        code, region, features
            Those that they were added with.

        Raises
        ------
        ValueError
            If the region has fewer pixels.
        """
        values = self._checked(features)
        held = self._sums.get((code, region))
        number = 0 if held is None else held.number
        if len(values) > number:
            raise ValueError(
                f"Region {region!r} of class {code} has {number} pixels, but {len(values)} were to be taken "
                "away; subtract what was added."
            )
        if held is None or not len(values):
            return
        if len(values) == number:
            del self._sums[code, region]
            return
        values = values - (0.0 if self._shift is None else self._shift)
        held.number -= len(values)
        held.total -= values.sum(axis=0)
        held.products -= values.T @ values

    def relabel(self, code: int, region: Hashable, to: int) -> None:
        """Give a region, which has pixels, to another class; what that has under the same name is joined.

        Raises
        ------
        ValueError
            If the new code is none of a class.
        KeyError
            If the region has no pixels of the class.
        """
        if not 1 <= to <= 255:
            raise ValueError(f"The code of a class is 1 to 255, but this one is {to}.")
        moved = self._sums.pop((code, region))
        held = self._sums.get((to, region))
        if held is None:
            self._sums[to, region] = moved
        else:
            held.join(moved)

    def joined(self) -> RunningSums:
        """Return the sums of each class, its regions together under the name 0: they take less memory."""
        made = self._with({}, None)
        for (code, _), sums in self._sums.items():
            none = _Sums(0, np.zeros_like(sums.total), np.zeros_like(sums.products))
            made._sums.setdefault((code, 0), none).join(sums)
        return made

    def without(self, region: Hashable) -> RunningSums:
        """Return the sums of all other regions; those that both have are not copied: do not change them."""
        return self._with({group: sums for group, sums in self._sums.items() if group[1] != region}, None)

    def of_features(self, chosen: NDArray[np.bool_]) -> RunningSums:
        """Return the sums of some features, ``(n_features,)`` bool, of all pixels."""
        return self._with(
            {
                group: _Sums(sums.number, sums.total[chosen], sums.products[np.ix_(chosen, chosen)])
                for group, sums in self._sums.items()
            },
            chosen,
        )

    def _with(self, held: dict[Group, _Sums], chosen: NDArray[np.bool_] | None) -> RunningSums:
        """Return sums of the same or of some features, counted from the same shift."""
        made = RunningSums(self.n_features if chosen is None else int(chosen.sum()))
        made._sums = held
        made._shift = self._shift if self._shift is None or chosen is None else self._shift[chosen]
        return made

    def even_weights(self, n_most: int) -> dict[Group, float]:
        """Return weights with which all pixels count as `n_most` that are even over classes and regions.

        A pixel's weight is the share of its region's pixels that `PixelClassifier` would draw with
        ``max_training_pixels=n_most``.
        """
        groups = list(self._sums)
        codes = np.array([code for code, _ in groups], int)
        sizes = np.array([sums.number for sums in self._sums.values()], int)
        classes = np.unique(codes)
        shares = np.zeros(len(groups), int)
        of_classes = even_shares(np.array([sizes[codes == code].sum() for code in classes]), n_most)
        for code, share in zip(classes, of_classes, strict=True):
            shares[codes == code] = even_shares(sizes[codes == code], share)
        return dict(zip(groups, (shares / sizes).tolist(), strict=True))

    def discriminant(
        self, weights: Mapping[Group, float] | None = None, *, shrinkage: float = 0.1
    ) -> Discriminant:
        """Return the discriminant of all pixels.

        Parameters
        ----------
        weights : mapping, optional
            What a pixel of a class and region counts; by default 1. Twice as much is as if it were there
            twice.
        shrinkage : float
            From 0 to 1: that of ``LinearDiscriminantAnalysis(solver="lsqr", shrinkage=...)`` on features
            standardized by `StandardScaler`.

        Raises
        ------
        ValueError
            If there are pixels of fewer than two classes, a weight is not above 0, or shrinkage is not from 0
            to 1.
        """
        if not 0 <= shrinkage <= 1:
            raise ValueError(f"shrinkage must be from 0 to 1, but it is {shrinkage}.")
        classes, numbers, totals, squares, products = self._of_classes(weights)
        shift = np.zeros(self.n_features) if self._shift is None else self._shift
        n_all = float(numbers.sum())
        mean = totals.sum(axis=0) / n_all
        scale = _scale(squares.sum(axis=0) / n_all - mean**2, mean + shift, n_all)
        centers = totals / numbers[:, None]
        means = (centers - mean) / scale
        covariance = (products - centers.T @ totals) * ((1 - shrinkage) / n_all)
        covariance /= np.outer(scale, scale)
        spreads = (squares / numbers[:, None] - centers**2) / scale**2  # of each class by itself
        covariance.flat[:: self.n_features + 1] += shrinkage * (numbers / n_all @ spreads.mean(axis=1))
        coefficients = _solve(covariance, means.T)
        offset = np.log(numbers / n_all) - 0.5 * np.einsum("cf,fc->c", means, coefficients)
        coefficients = coefficients / scale[:, None]
        offset -= (mean + shift) @ coefficients
        return Discriminant(
            classes, coefficients, offset, numbers / n_all, mean + shift, scale, means, covariance, n_all,
            shrinkage,
        )  # fmt: skip

    def spread_of_scores(self, weights: Floats, offset: Floats) -> float:
        """Return how much scores vary over all pixels: the standard deviation of what decides.

        That is the difference of the scores of two classes, or how far those of more lie from their mean.

        Parameters
        ----------
        weights, offset : ndarray of float64, (n_features, n_classes) and (n_classes,)
            The scores are ``features @ weights + offset``.
        """
        groups = list(self._sums.values())
        number = sum(sums.number for sums in groups)
        mean = np.sum([sums.total for sums in groups], axis=0) / number
        products = np.sum([sums.products for sums in groups], axis=0) / number
        if weights.shape[1] == 2:
            difference = weights[:, 1] - weights[:, 0]
            return float(np.sqrt(max(difference @ products @ difference - (mean @ difference) ** 2, 0.0)))
        weights = weights - weights.mean(axis=1, keepdims=True)
        start = offset - offset.mean() + (0.0 if self._shift is None else self._shift @ weights)
        squares = np.einsum("fc,fc->c", weights, products @ weights) + 2 * start * (mean @ weights) + start**2
        return float(np.sqrt(max(squares.mean(), 0.0)))

    def _of_classes(
        self, weights: Mapping[Group, float] | None
    ) -> tuple[NDArray[np.uint8], Floats, Floats, Floats, Floats]:
        """Return the classes, their weighted numbers, sums and squares, and the products of all."""
        codes = sorted({code for code, _ in self._sums})
        if len(codes) < 2:
            raise ValueError(f"A discriminant needs pixels of two classes, but has {len(codes)}; label more.")
        numbers = np.zeros(len(codes))
        totals = np.zeros((len(codes), self.n_features))
        squares = np.zeros_like(totals)
        products = np.zeros((self.n_features, self.n_features))
        for group, sums in sorted(self._sums.items(), key=lambda item: item[0][0]):
            weight = 1.0 if weights is None else weights[group]
            if not 0 < weight < np.inf:
                raise ValueError(f"A weight must be above 0, but that of {group} is {weight}.")
            index = codes.index(group[0])
            numbers[index] += weight * sums.number
            totals[index] += weight * sums.total
            squares[index] += weight * np.diagonal(sums.products)
            products += sums.products if weight == 1 else weight * sums.products
        return np.array(codes, np.uint8), numbers, totals, squares, products

    def _checked(self, features: ArrayLike) -> Floats:
        values = np.asarray(features, np.float64)
        if values.ndim != 2 or values.shape[1] != self.n_features:
            raise ValueError(
                f"features must have shape (n, {self.n_features}), but they have {values.shape}; give those "
                "that the sums were made for."
            )
        if not np.isfinite(values).all():
            raise ValueError("features must be finite numbers; some are not.")
        return values


def _scale(variance: Floats, mean: Floats, number: float) -> Floats:
    """Return what features are divided by: 1 where they are constant, told as `StandardScaler` tells it."""
    floor = number * np.finfo(np.float64).eps * variance + (number * mean * np.finfo(np.float64).eps) ** 2
    return np.asarray(np.where(variance <= floor, 1.0, np.sqrt(np.maximum(variance, 0))))


def _solve(covariance: Floats, means: Floats) -> Floats:
    try:
        return np.asarray(linalg.cho_solve(linalg.cho_factor(covariance), means))
    except linalg.LinAlgError:  # singular, without shrinkage
        return np.asarray(linalg.lstsq(covariance, means)[0])
