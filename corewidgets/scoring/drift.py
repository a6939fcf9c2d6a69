"""On which photographs a model should not be trusted, since they differ from those that it was trained on.

A model knows the light, the sharpness and the rocks of its training photographs. `measure_drift` compares
every photograph with them in three ways, on a sample of its pixels:

appearance
    Lightness, contrast, color cast and sharpness (`Appearance`), against the range that stretches of the
    training photographs show.
shift
    The mean of every feature, in standard deviations of the training pixels; the root of their mean square.
unfamiliar
    The share of pixels that lie, in the space of all standardized features, farther from the training pixels
    (Mahalanobis distance, covariance shrunk by 5 %) than 95 % of the pixels of a held-out training photograph
    do.

A model that brings photographs to the light of its own (`Recipe.relights`) is asked about what it makes of
them, so that a light that is mended is no drift; one that is far from all that this was tried with is.

The limits come from the training photographs themselves: each is cut into 4 stretches of depth, and compared
with the other photographs, or with its other stretches where there is only one; then limits are half as wide
again. A photograph beyond a limit is flagged, with the reason in words.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ShrunkCovariance
from sklearn.utils.validation import check_is_fitted

from corewidgets.atomic import atomic_write
from corewidgets.cores.appearance import N_STRETCHES, Appearance, sample_rows, stretches
from corewidgets.cores.core import Core
from corewidgets.cores.section import CoreSection, as_section
from corewidgets.extras import import_needed
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.light import Light, as_learned
from corewidgets.learning.uncertainty import uncertainty_of
from corewidgets.spreadsheet import safe_table

__all__ = ["Drift", "KnownPhotographs", "PhotographDrift", "measure_drift", "rank_sections"]

Floats: TypeAlias = NDArray[np.float64]
Progress: TypeAlias = Callable[[int, int], None]

_SHRINKAGE = 0.05
_FAMILIAR = 0.95  # of the pixels of a held-out training photograph
_MOST_UNFAMILIAR = 3 * (1 - _FAMILIAR)
_MOST_TRAINING_PIXELS = 40_000  # of all training photographs together

# How far beyond the range of training stretches an appearance may go: units of L*a*b*, or a factor.
_UNITS = {"lightness": 5.0, "red_green": 3.0, "yellow_blue": 3.0}
_FACTORS = {"contrast": 1.25, "sharpness": 1.25}
_GAIN, _GAMMA = 1.25, 1.4  # factors up to which a light that is mended is believed to be mended
_ALONE = 1.5  # by which all that is widened where a single training photograph says nothing of others

_WORDS: Mapping[str, tuple[str, str]] = {
    "lightness": ("darker", "lighter"),
    "contrast": ("flatter", "richer in contrast"),
    "red_green": ("greener", "redder"),
    "yellow_blue": ("bluer", "yellower"),
    "sharpness": ("less sharp", "sharper"),
}


class Limit(NamedTuple):
    """The range in which a measure of a photograph may lie.

    Attributes
    ----------
    low, high : float
        `low` is minus infinity where only large values are too large.
    """

    low: float
    high: float

    def excess(self, value: float) -> float:
        """Return how far a value lies from the middle, or from 0 without a low: 1 at a limit."""
        if self.low == -math.inf:
            return value / self.high
        return abs(value - (self.low + self.high) / 2) / ((self.high - self.low) / 2)


@dataclass(frozen=True)
class PhotographDrift:
    """How far one photograph lies from those that a model was trained on.

    Attributes
    ----------
    name : str
        The section.
    top, base : float or None
        Its depths in metres.
    appearance : Appearance
        The median of its stretches.
    shift : float
        How far the means of the features lie from those of the training pixels, in standard deviations.
    unfamiliar : float
        The share of pixels unlike any of the training photographs, 0 to 1.
    uncertainty : float
        The mean entropy of the model's probabilities over its largest value, 0 (certain) to 1, before
        neighbors are made to agree.
    novelty : float
        How far the worst measure lies from what is usual: 1 at its limit, more beyond.
    reasons : tuple of str
        Why the model should not be trusted on it; empty where nothing is against it.
    """

    name: str
    top: float | None
    base: float | None
    appearance: Appearance
    shift: float
    unfamiliar: float
    uncertainty: float
    novelty: float
    reasons: tuple[str, ...]

    @property
    def flagged(self) -> bool:
        """Whether the model should not be trusted on this photograph."""
        return bool(self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and strings."""
        place = {"name": self.name, "top": self.top, "base": self.base}
        measures = {name: getattr(self, name) for name in ("shift", "unfamiliar", "uncertainty", "novelty")}
        reasons = "; ".join(self.reasons)
        return place | self.appearance._asdict() | measures | {"flagged": self.flagged, "reasons": reasons}


@dataclass(frozen=True)
class Drift(Sequence[PhotographDrift]):
    """How far photographs lie from those that a model was trained on; a sequence of `PhotographDrift`.

    Attributes
    ----------
    photographs : tuple of PhotographDrift
        In the order in which they were given.
    limits : mapping of str to Limit
        Between which values each measure may lie.
    """

    photographs: tuple[PhotographDrift, ...]
    limits: Mapping[str, Limit] = field(repr=False)

    def __len__(self) -> int:
        return len(self.photographs)

    def __getitem__(self, index: Any) -> Any:
        return self.photographs[index]

    def __str__(self) -> str:
        return self.report()

    @property
    def flagged(self) -> list[str]:
        """Names of the photographs on which the model should not be trusted."""
        return [one.name for one in self.photographs if one.flagged]

    def report(self) -> str:
        """Return what is flagged and why, as text."""
        lines = [f"{len(self.flagged)} of {len(self)} photographs differ from those trained on."]
        lines += [f"{one.name}: {'; '.join(one.reasons)}." for one in self.photographs if one.flagged]
        return "\n".join(lines)

    def to_pandas(self) -> Any:
        """Return a pandas.DataFrame with one row per photograph.

        Raises
        ------
        ModuleNotFoundError
            pandas is not installed.
        """
        pd = import_needed("pandas", "A table of drift")
        return pd.DataFrame([one.to_dict() for one in self.photographs])

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table of `to_pandas`, which `write_report` can show."""
        with atomic_write(path) as temporary:
            safe_table(self.to_pandas()).to_csv(temporary, index=False)


def measure_drift(
    model: PixelClassifier,
    training: CoreSection | Sequence[CoreSection],
    sections: CoreSection | Core | Iterable[CoreSection],
    *,
    n_pixels: int = 4000,
    random_state: int | None = 0,
    progress: Progress | None = None,
) -> Drift:
    """Measure how far photographs lie from those that a model was trained on, and flag what lies too far.

    Parameters
    ----------
    model : PixelClassifier
        Fitted; its features and its uncertainty are compared.
    training : CoreSection or list of CoreSection
        The photographs that it was trained on.
    sections : CoreSection, Core or iterable of CoreSection
        The photographs in question; those of a core are read one at a time.
    n_pixels : int
        Pixels of each photograph whose features are looked at, drawn from 8 bands of 32 rows, evenly spaced
        (from everywhere in a photograph of fewer than 256 rows). The network only runs on the tiles that
        these bands lie in. Of all training photographs together at most 40,000 are taken.
    random_state : int or None
        The same number draws the same pixels.
    progress : callable, optional
        Called with the numbers of photographs done and of all, known ones first, if `sections` has a length.

    Returns
    -------
    Drift

    Raises
    ------
    ValueError
        There is no training photograph, or `n_pixels` is below 100.
    sklearn.exceptions.NotFittedError
        The model was not fitted.

    Notes
    -----
    A flag says that a photograph differs, not that its map is wrong; without one a map can be wrong as well.
    What a photograph shows counts like the way in which it was taken: rock that no training photograph shows
    is unfamiliar. With a single training photograph it is not known how much photographs of this core differ,
    so the limits are guesses from its parts; with three or more they are sound.

    Examples
    --------
    >>> import corewidgets as cw
    >>> sample, other = (cw.sample_core(256, 128, seed=seed) for seed in (0, 1))
    >>> model = cw.PixelClassifier(max_training_pixels=500).fit(sample.section, sample.labels)
    >>> dark = cw.CoreSection(other.section.image // 3, name="dark")
    >>> drift = cw.measure_drift(model, sample.section, [other.section, dark], n_pixels=500)
    >>> drift.flagged
    ['dark']
    """
    check_is_fitted(model, "classifier_")
    known = [training] if isinstance(training, CoreSection) else list(training)
    asked: Any = [sections] if isinstance(sections, CoreSection) else sections
    total = len(known) + len(asked) if isinstance(asked, Sequence | Core) else None

    def tell(done: int) -> None:
        if progress is not None and total is not None:
            progress(done, total)

    reference = KnownPhotographs.of(model, known, n_pixels=n_pixels, random_state=random_state, looked=tell)
    found = []
    for section in asked.showing(model.image_names_).sections() if isinstance(asked, Core) else asked:
        found.append(reference.compare(as_section(section)))
        tell(len(known) + len(found))
    return Drift(tuple(found), reference.limits)


@dataclass(frozen=True)
class KnownPhotographs:
    """The photographs that a model was trained on, with which others are compared one by one.

    `measure_drift` is made of it; other processes can be given it.

    Attributes
    ----------
    limits : mapping of str to Limit
        Between which values each measure may lie.
    """

    _model: PixelClassifier
    _reference: _Reference
    _n_pixels: int
    _random_state: int | None

    @classmethod
    def of(
        cls,
        model: PixelClassifier,
        training: Sequence[CoreSection],
        *,
        n_pixels: int = 4000,
        random_state: int | None = 0,
        looked: Callable[[int], None] | None = None,
    ) -> KnownPhotographs:
        """Look at the photographs that a model was trained on; `looked` is told how many are done."""
        if not training:
            raise ValueError("There is no training photograph to compare with; give those of the model.")
        if n_pixels < 100:
            raise ValueError(f"n_pixels must be 100 or more to tell photographs apart, but is {n_pixels}.")
        most = max(100, min(n_pixels, _MOST_TRAINING_PIXELS // len(training)))
        views = []
        for section in training:
            views.append(_look(model, as_section(section), most, random_state))
            if looked is not None:
                looked(len(views))
        return cls(model, _Reference.of(views), n_pixels, random_state)

    @property
    def limits(self) -> Mapping[str, Limit]:
        """Between which values each measure may lie."""
        return self._reference.limits

    def compare(self, section: CoreSection) -> PhotographDrift:
        """Measure how far a photograph lies from them."""
        return self._reference.compare(_look(self._model, section, self._n_pixels, self._random_state))


def rank_sections(drift: Drift) -> list[PhotographDrift]:
    """Rank photographs by how much is learned from labelling them: the most novel first.

    Parameters
    ----------
    drift : Drift
        From `measure_drift`, of photographs that are not labelled yet.

    Returns
    -------
    list of PhotographDrift
        By novelty; of equally novel ones, the most uncertain first.

    Notes
    -----
    The uncertainty of a model is a poor guide here: it is certain, and wrong, on photographs in another
    light. In ``benchmarks/next_section.py`` (synthetic sections, some altered) the newest of eight raises the
    accuracy by twice as much as one at random, the most uncertain by 1.5 times as much, and the product of
    both lies between. Photographs that are new in the same way stand beside each other: label the first,
    train, and measure again.
    """
    return sorted(drift, key=lambda one: (-one.novelty, -one.uncertainty))


# ---------------------------------------------------------------------------------------------------- looking


class _View(NamedTuple):
    """What is looked at of a photograph."""

    section: CoreSection
    stretches: list[Appearance]
    features: NDArray[np.float32]  # (n_pixels, n_features)
    stretch: NDArray[np.int64]  # of each pixel
    uncertainty: float
    light: Light | None


def _look(model: PixelClassifier, section: CoreSection, n_pixels: int, random_state: int | None) -> _View:
    """Draw pixels of a photograph and return their features, and how the photograph looks."""
    rng = np.random.default_rng(random_state)
    looked_at = np.concatenate([np.r_[band] for band in sample_rows(section.n_rows)])
    rows = np.sort(rng.choice(looked_at, n_pixels))
    columns = rng.integers(0, section.n_columns, n_pixels)
    features = model.features_at(section, rows, columns)
    unsure = uncertainty_of(model.classifier_.predict_proba(features))
    stretch = rows * N_STRETCHES // section.n_rows
    name = next(iter(section.images))
    (image,) = as_learned(model.lights_, section.images, (name,))
    light = model.light_of(section).get(name)
    return _View(section, stretches(image), features, stretch, float(unsure.mean()), light)


def _medians(view: _View) -> Appearance:
    """Return how a photograph looks: the median of its stretches, which one odd stretch does not move."""
    return Appearance(*np.median(view.stretches, axis=0).tolist())


# -------------------------------------------------------------------------------------------------- comparing


class _Distribution:
    """Standardized features of some pixels: their mean and covariance."""

    def __init__(self, features: Floats) -> None:
        self.covariance = ShrunkCovariance(shrinkage=_SHRINKAGE).fit(features)

    def shift(self, features: Floats) -> float:
        """Return how far the means lie apart, in standard deviations."""
        apart = features.mean(axis=0) - self.covariance.location_
        return float(np.sqrt(np.mean(apart**2)))

    def distances(self, features: Floats) -> Floats:
        """Return the Mahalanobis distance of each pixel."""
        return np.sqrt(self.covariance.mahalanobis(features))


@dataclass(frozen=True)
class _Reference:
    """What the training photographs look like, and how far others may lie from them."""

    center: Floats
    scale: Floats
    distribution: _Distribution
    farthest: float
    limits: Mapping[str, Limit]

    @classmethod
    def of(cls, views: Sequence[_View]) -> _Reference:
        """Set the limits from training photographs against each other."""
        features = np.concatenate([view.features for view in views]).astype(np.float64)
        center, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
        features = (features - center) / scale
        shifts, distances = _held_out(features, *_groups(views))
        farthest = float(np.median([np.quantile(part, _FAMILIAR) for part in distances]))
        limits = _appearance_limits(views)
        limits["shift"] = Limit(-math.inf, max(shifts) * (_ALONE if len(views) == 1 else 1))
        unfamiliar = [float(np.mean(part > farthest)) for part in distances]
        if len(views) > 1:  # whole photographs vary less than their stretches
            unfamiliar = np.reshape(unfamiliar, (len(views), -1)).mean(axis=1).tolist()
        limits["unfamiliar"] = Limit(-math.inf, max(_MOST_UNFAMILIAR, *unfamiliar))
        return cls(center, scale, _Distribution(features), farthest, limits)

    def compare(self, view: _View) -> PhotographDrift:
        """Measure one photograph."""
        features = (view.features - self.center) / self.scale
        appearance = _medians(view)
        shift = self.distribution.shift(features)
        unfamiliar = float(np.mean(self.distribution.distances(features) > self.farthest))
        measures = appearance._asdict() | {"shift": shift, "unfamiliar": unfamiliar}
        return PhotographDrift(
            name=view.section.name,
            top=view.section.top,
            base=view.section.base,
            appearance=appearance,
            shift=shift,
            unfamiliar=unfamiliar,
            uncertainty=view.uncertainty,
            novelty=max(
                _light_excess(view.light),
                *(self.limits[name].excess(value) for name, value in measures.items()),
            ),
            reasons=(*self._reasons(measures), *_far_light(view.light)),
        )

    def _reasons(self, measures: Mapping[str, float]) -> Iterator[str]:
        """Say in words which limits are passed."""
        for name, (less, more) in _WORDS.items():
            value, limit = measures[name], self.limits[name]
            if not limit.low <= value <= limit.high:
                word = less if value < limit.low else more
                usual = f"{limit.low:.3g} to {limit.high:.3g} is usual"
                yield f"{word} than any training photograph ({name} {value:.3g}; {usual})"
        if measures["shift"] > self.limits["shift"].high:
            yield (
                f"its features are shifted on average (shift {measures['shift']:.2g}; "
                f"up to {self.limits['shift'].high:.2g} is usual)"
            )
        if measures["unfamiliar"] > self.limits["unfamiliar"].high:
            yield (
                f"{measures['unfamiliar']:.0%} of it resembles nothing in the training photographs (up to "
                f"{self.limits['unfamiliar'].high:.0%} is usual)"
            )


def _light_excess(light: Light | None) -> float:
    """Return how far away a light is that was mended: 1 where it is no longer believed to be."""
    if light is None:
        return 0.0
    gain = max(abs(math.log(gain)) for gain in light.gains)
    return max(gain / math.log(_GAIN), abs(math.log(light.gamma)) / math.log(_GAMMA))


def _far_light(light: Light | None) -> Iterator[str]:
    """Say in words that a photograph was brought to the light of the others from far away."""
    if _light_excess(light) > 1:
        yield f"its light is far from that of the training photographs ({light}), farther than tested"


def _groups(views: Sequence[_View]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the stretch of each pixel, numbered through, and what is held out with it."""
    stretch = np.concatenate([view.stretch + index * N_STRETCHES for index, view in enumerate(views)])
    return stretch, (stretch // N_STRETCHES if len(views) > 1 else stretch)


def _held_out(
    features: Floats, stretch: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[list[float], list[Floats]]:
    """Compare each stretch with the pixels outside of its group: shifts, and distances of its pixels."""
    shifts, distances = [], []
    for name in np.unique(group):
        others = _Distribution(features[group != name])
        for part in np.unique(stretch[group == name]):
            shifts.append(others.shift(features[stretch == part]))
            distances.append(others.distances(features[stretch == part]))
    return shifts, distances


def _appearance_limits(views: Sequence[_View]) -> dict[str, Limit]:
    """Return the range of all stretches, and a little more."""
    limits = {}
    wider = _ALONE if len(views) == 1 else 1.0
    for name in Appearance._fields:
        values = [getattr(stretch, name) for view in views for stretch in view.stretches]
        more, factor = wider * _UNITS.get(name, 0.0), _FACTORS.get(name, 1.0) ** wider
        limits[name] = Limit(min(values) / factor - more, max(values) * factor + more)
    return limits
