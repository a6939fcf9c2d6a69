"""Photographs in other light, brought to the light of those that a model learned from.

The camera, its white balance and the exposure change each channel of a photograph by a power and a factor, so
that the logarithm of a color is stretched and shifted.  Which stretch and shift it is, the colors of the new
photograph say, compared with those of the photographs learned from: a mixture of normal distributions, in
which each may be rarer or commoner than it was.  So a photograph that shows one rock alone is not taken for a
dark one.  Small changes are likelier than large ones; what is left in doubt is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.mixture import GaussianMixture

from corewidgets.features.cache import cache
from corewidgets.features.image_digest import image_digest
from corewidgets.machine import one_openmp_thread, one_thread

__all__ = [
    "LearnedLight",
    "Light",
    "as_learned",
    "forget_relit",
    "learned_lights",
    "lights_of",
    "said_of_lights",
]

Floats = NDArray[np.float64]

_BOX = 5
"""Rows and columns of pixels that a color is the mean of: noise and fine texture are not light."""

_N_COLORS = 1200
_DARKEST, _BRIGHTEST = 8.0, 252.0
"""Grey levels between which a color is looked at: others were cut off, or are mostly noise."""

_FEWEST = 100
"""Colors below which nothing is said of the light."""

_N_PARTS = 8
_BLUR = 0.02
"""Standard deviation of the noise that is added to the logarithms: no part of the mixture is thinner."""

_INDEPENDENT = 200.0
"""As many colors of a photograph are believed to be independent of each other."""

_PROPORTIONS = 20.0
"""Of as many colors is the belief that the rocks are as common as in what was learned."""

_BRIGHTNESS, _BALANCE, _GAMMA = 0.15, 0.08, 0.15
"""Standard deviations, in logarithms, of exposure, white balance and gamma between photographs of a core."""

_EVIDENCE = 50.0
"""By how much the logarithm of the likelihood must rise for a photograph to be changed: other parts of one
section differ by less than this, 15 % of one channel by 200 and more."""

_EVEN = np.full((3, 3), 1 / 3)
_NONE, _CAST, _ALL = np.zeros((4, 4)), np.zeros((4, 4)), np.eye(4)
_CAST[:3, :3] = np.eye(3) - _EVEN
"""What may be changed, the logarithms of three gains and of gamma: nothing; the cast, brightness left; all.
A cast is plain to see, where brightness may as well be that of other rock."""


@dataclass(frozen=True)
class Light:
    """How a photograph was taken, compared with others: ``seen = 255 gains (other / 255) ** gamma``.

    Attributes
    ----------
    gains : tuple of float
        Factors of red, green and blue.
    gamma : float
        Exponent, the same for the three.
    """

    gains: tuple[float, float, float]
    gamma: float

    def __str__(self) -> str:
        red, green, blue = self.gains
        return f"red x {red:.2f}, green x {green:.2f}, blue x {blue:.2f}, gamma {self.gamma:.2f}"

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Light:
        """Return the light of the values that `dataclasses.asdict` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            The values are not those of a light.
        """
        red, green, blue = map(float, values["gains"])
        return cls((red, green, blue), float(values["gamma"]))

    def taken_out(self, image: np.ndarray) -> NDArray[np.uint8]:
        """Return an image ``(n_rows, n_columns, 3)`` uint8 as it would look in the other light."""
        levels = np.maximum(np.arange(256), 0.25) / 255
        tables = (levels[:, None] / np.array(self.gains)) ** (1 / self.gamma)
        tables = np.rint(255 * tables).clip(0, 255).astype(np.uint8)
        return np.stack([tables[image[..., channel], channel] for channel in range(3)], axis=-1)


@dataclass(frozen=True, eq=False)
class LearnedLight:
    """The colors of the photographs that a model learned from.

    Attributes
    ----------
    proportions : numpy.ndarray
        ``(n_parts,)``, of a sum of 1.
    means : numpy.ndarray
        ``(n_parts, 3)``, logarithms of red, green and blue over 255.
    covariances : numpy.ndarray
        ``(n_parts, 3, 3)``.
    known : tuple of str
        Digests of the photographs: they are as they are.
    """

    proportions: Floats
    means: Floats
    covariances: Floats
    known: tuple[str, ...]

    @classmethod
    def of(cls, images: Sequence[np.ndarray]) -> LearnedLight | None:
        """Return what images ``(n_rows, n_columns, 3)`` uint8 look like, None if all but black."""
        by_digest = {image_digest(image): image for image in images}
        known = tuple(sorted(by_digest))  # whatever the order in which they are given
        parts = cache.get(("light", known), lambda: _mixture([by_digest[digest] for digest in known]))
        return cls(**parts, known=known) if parts else None

    def light_of(self, image: np.ndarray) -> Light | None:
        """Return in what light an image was taken, None where it is as those that were learned from.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8.
        """
        digest = image_digest(image)
        if digest in self.known:
            return None
        values = cache.get((*self._key, image.shape, digest), lambda: {"light": self._found(image)})["light"]
        return Light(tuple(values[:3].tolist()), float(values[3])) if len(values) else None

    def as_learned(self, image: np.ndarray) -> np.ndarray:
        """Return an image as it would look in the light of those that were learned from."""
        light = self.light_of(image)
        if light is None:
            return image

        def made() -> dict[str, np.ndarray]:
            changed = light.taken_out(image)
            changed.flags.writeable = False
            return {"image": changed}

        key = (*self._key, light, image.shape, image_digest(image))  # black is black in any shape
        return cache.get(key, made)["image"]

    @property
    def _key(self) -> tuple[bytes, ...]:
        """What is the same for the same colors."""
        return tuple(part.tobytes() for part in (self.proportions, self.means, self.covariances))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        numbers = {name: getattr(self, name).tolist() for name in ("proportions", "means", "covariances")}
        return {**numbers, "known": list(self.known)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LearnedLight:
        """Make one of what `to_dict` gave.

        Raises
        ------
        ValueError
            If a value is missing or is none that `to_dict` gives.
        """
        numbers = {name: np.array(values[name], float) for name in ("proportions", "means", "covariances")}
        n_parts = len(numbers["proportions"])
        shapes = {"proportions": (n_parts,), "means": (n_parts, 3), "covariances": (n_parts, 3, 3)}
        for name, shape in shapes.items():
            if n_parts == 0 or numbers[name].shape != shape or not np.isfinite(numbers[name]).all():
                raise ValueError(f"the {name} of its colors are not numbers of shape {shape}")
        if (numbers["proportions"] <= 0).any() or (np.linalg.eigvalsh(numbers["covariances"]) <= 0).any():
            raise ValueError("its colors are not a mixture of normal distributions")
        return cls(**numbers, known=tuple(map(str, values["known"])))

    def _found(self, image: np.ndarray) -> Floats:
        """Return gains and gamma ``(4,)`` of an image, ``(0,)`` where nothing is to be changed."""
        colors = _colors(image)
        if len(colors) < _FEWEST:
            return np.zeros(0)
        start = np.concatenate([np.zeros(4), np.log(self.proportions)])
        found, surprise = np.zeros(4), math.inf
        for free in (_NONE, _CAST, _ALL):
            asked = self, colors, free
            with one_thread():
                fit = minimize(_surprise, start, asked, "L-BFGS-B", jac=True, options={"maxiter": 100})
            if surprise - fit.fun > _EVIDENCE:
                found, surprise = fit.x[:4] @ free, fit.fun
        return np.exp(found) if found.any() else np.zeros(0)


def learned_lights(
    all_images: Sequence[Mapping[str, np.ndarray]], names: Sequence[str]
) -> dict[str, LearnedLight]:
    """Return the light that the photographs of each name were taken in, of sections that are learned from."""
    found = {name: LearnedLight.of([images[name] for images in all_images]) for name in names}
    return {name: light for name, light in found.items() if light is not None}


def lights_of(lights: Mapping[str, LearnedLight], images: Mapping[str, np.ndarray]) -> dict[str, Light]:
    """Return in what light the photographs of a section were taken, by name, where it is another."""
    found = {name: light.light_of(images[name]) for name, light in lights.items() if name in images}
    return {name: light for name, light in found.items() if light is not None}


def forget_relit(lights: Mapping[str, LearnedLight], images: Mapping[str, np.ndarray]) -> None:
    """Let go of what is kept of photographs that were brought to another light: of a map that comes once."""
    names = [name for name in lights if name in images]
    for name, changed in zip(names, as_learned(lights, images, names), strict=True):
        if changed is not images[name]:
            cache.forget(image_digest(changed))


def said_of_lights(lights: Mapping[str, Light]) -> str:
    """Say what was corrected before a section was mapped, "" where nothing was.

    Examples
    --------
    >>> said_of_lights({})
    ''
    >>> said_of_lights({"image": Light((1.2, 1.0, 0.8), 1.1)})  # doctest: +ELLIPSIS
    'The light of the photograph differs from that of the training photographs, and was corrected before ...'
    """
    return " ".join(
        f"The light of the {_called(name)} differs from that of the training photographs, and was corrected "
        f"before it was mapped: {light}."
        for name, light in lights.items()
    )


def _called(name: str) -> str:
    return "photograph" if name == "image" else f"{name} photograph"


def as_learned(
    lights: Mapping[str, LearnedLight], images: Mapping[str, np.ndarray], names: Sequence[str]
) -> list[np.ndarray]:
    """Return the photographs of these names, brought to the light of those that were learned from."""
    return [lights[name].as_learned(images[name]) if name in lights else images[name] for name in names]


def _mixture(images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the parts of a mixture that the colors of images are drawn from, none if too few."""
    colors = np.concatenate([_colors(image) for image in images])
    if len(colors) < _FEWEST:
        return {}
    mixture = GaussianMixture(_N_PARTS, reg_covar=1e-6, random_state=0, max_iter=50, tol=1e-2)
    with one_thread(), one_openmp_thread():
        mixture.fit(colors)
    return {
        "proportions": mixture.weights_,
        "means": mixture.means_,
        "covariances": mixture.covariances_,
    }


def _colors(image: np.ndarray) -> Floats:
    """Return the logarithms ``(n, 3)`` of colors that are evenly spaced over an image, means of boxes."""
    n_rows, n_columns = image.shape[:2]
    step = max(1.0, math.sqrt(n_rows * n_columns / _N_COLORS))
    rows, columns = (
        np.minimum(np.arange(step / 2, size, step).astype(int), max(size - _BOX, 0))
        for size in (n_rows, n_columns)
    )
    total = np.zeros((len(rows), len(columns), 3))
    for down in range(min(_BOX, n_rows)):
        for across in range(min(_BOX, n_columns)):
            total += image[np.ix_(rows + down, columns + across)]
    colors = (total / (min(_BOX, n_rows) * min(_BOX, n_columns))).reshape(-1, 3)
    inside = (colors.min(axis=1) > _DARKEST) & (colors.max(axis=1) < _BRIGHTEST)
    logarithms = np.log(colors[inside] / 255)
    return np.asarray(logarithms + np.random.default_rng(0).normal(scale=_BLUR, size=logarithms.shape))


def _surprise(values: Floats, learned: LearnedLight, colors: Floats, free: Floats) -> tuple[float, Floats]:
    """Return how unlikely a light and proportions of the rocks are, and the derivatives.

    `values` are the shifts of the logarithms, the logarithm of gamma, and those of the proportions; the
    first four are projected on those that are free.
    """
    n, n_parts = len(colors), len(learned.means)
    weight = _INDEPENDENT / n
    *_, log_gamma = light = values[:4] @ free
    shift = light[:3]
    shares = values[4:] - logsumexp(values[4:])
    precisions = np.linalg.inv(learned.covariances)
    linear = np.einsum("kij,kj->ki", precisions, learned.means)
    constant = 0.5 * np.linalg.slogdet(precisions)[1] - 0.5 * (linear * learned.means).sum(axis=1)
    seen = (colors - shift) / math.exp(log_gamma)
    squares = (seen[:, :, None] * seen[:, None, :]).reshape(n, 9)
    each = constant + shares + seen @ linear.T - 0.5 * squares @ precisions.reshape(n_parts, 9).T
    whole = logsumexp(each, axis=1)
    of_part = np.exp(each - whole[:, None])
    pull = of_part @ linear - np.einsum(
        "nij,nj->ni", (of_part @ precisions.reshape(n_parts, 9)).reshape(n, 3, 3), seen
    )
    prior = _EVEN / (3 * _BRIGHTNESS**2) + (np.eye(3) - _EVEN) / _BALANCE**2
    likelihood = (
        weight * (whole.sum() - 3 * n * log_gamma)
        - 0.5 * shift @ prior @ shift
        - 0.5 * (log_gamma / _GAMMA) ** 2
        + _PROPORTIONS * learned.proportions @ shares
    )
    slopes = np.concatenate(
        [
            -weight * pull.sum(axis=0) / math.exp(log_gamma) - prior @ shift,
            [-weight * ((pull * seen).sum() + 3 * n) - log_gamma / _GAMMA**2],
            weight * (of_part.sum(axis=0) - n * np.exp(shares))
            + _PROPORTIONS * (learned.proportions - np.exp(shares)),
        ]
    )
    slopes[:4] = free @ slopes[:4]
    return -float(likelihood), -slopes
