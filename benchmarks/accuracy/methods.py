"""The methods compared: each makes features of every pixel, learns from some, and classifies the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude, gaussian_laplace
from skimage.feature import (
    hessian_matrix,
    hessian_matrix_eigvals,
    multiscale_basic_features,
    structure_tensor,
    structure_tensor_eigenvalues,
)
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import corewidgets as cw
from benchmarks.accuracy.convpaint import Convpaint
from benchmarks.accuracy.trials import Outcome, Picture, Trial
from corewidgets.learning.predictor import predictor
from corewidgets.learning.regularization import Regularizer

SCALES = (0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0)
"""The standard deviations, in pixels, that ilastik offers."""

_BLOCK = 65536
"""Pixels classified at a time."""


@dataclass(frozen=True)
class Method:
    """One way to classify pixels.

    Parameters
    ----------
    features : callable
        From an image to ``(n_rows, n_columns, n_features)`` float32.
    classifier : callable
        From a seed to an unfitted scikit-learn classifier.
    regularizer : Regularizer, optional
        What is done to the probabilities of the whole image.
    transposed : bool
        Whether to learn from the image with rows and columns exchanged as well.
    """

    features: Callable[[np.ndarray], np.ndarray]
    classifier: Callable[[int], Any]
    regularizer: Regularizer | None = None
    transposed: bool = False
    missing: str = ""

    def can(self, trial: Trial) -> bool:
        """Return whether it can be asked this."""
        del trial
        return True

    def segment(self, trial: Trial, pixels: list[np.ndarray], wanted: np.ndarray, seed: int) -> Outcome:
        """Learn from some pixels (flat indices a picture) and return the probabilities of those wanted."""
        turns = (False, True) if self.transposed else (False,)
        views, codes, features_s = [], [], 0.0
        for turned, (picture, chosen) in product(turns, zip(trial.learned, pixels, strict=True)):
            features, seconds = _features(self.features, picture, turned)
            views.append(features[chosen])
            codes.append(picture.labels.ravel()[chosen])
            features_s += seconds if picture.key == trial.shown.key else 0.0
        features, seconds = _features(self.features, trial.shown, False)
        features_s += seconds if trial.shown.key not in {picture.key for picture in trial.learned} else 0.0
        start = time.process_time()
        classifier = self.classifier(seed).fit(np.concatenate(views), np.concatenate(codes))
        fitted = time.process_time()
        if self.regularizer is None:
            probabilities = probabilities_of(classifier, features[wanted])
            share = len(wanted) / len(features)
        else:
            whole = probabilities_of(classifier, features).reshape(*trial.truth.shape, -1)
            whole = self.regularizer.smooth(trial.shown.images[0], whole)
            probabilities, share = whole.reshape(len(features), -1)[wanted], 1.0
        segment_s = (time.process_time() - fitted) / share
        return Outcome(classifier.classes_, probabilities, features_s, fitted - start, segment_s)


@dataclass(frozen=True)
class Program:
    """What a user of `PixelClassifier` gets: it draws its own pixels of the same labels, and as many.

    Parameters
    ----------
    options : dict
        Of `PixelClassifier`.
    """

    options: dict[str, Any]
    missing: str = ""

    def can(self, trial: Trial) -> bool:
        """Return whether it can be asked this."""
        del trial
        return True

    def segment(self, trial: Trial, pixels: list[np.ndarray], wanted: np.ndarray, seed: int) -> Outcome:
        """Learn from the labels and return the probabilities of the pixels wanted."""
        start = time.process_time()
        most = min(8000, sum(map(len, pixels)))
        model = cw.PixelClassifier(**{"max_training_pixels": most, "random_state": seed} | self.options)
        model.fit([_section(part) for part in trial.learned], [part.labels for part in trial.learned])
        fitted = time.process_time()
        whole = model.predict_proba(_section(trial.shown))
        segment_s = time.process_time() - fitted
        probabilities = whole.reshape(trial.truth.size, -1)[wanted]
        return Outcome(model.classes_, probabilities, 0.0, fitted - start, segment_s)


def _section(picture: Picture) -> cw.CoreSection:
    first, *others = picture.images
    further = {f"light {number}": image for number, image in enumerate(others, start=2)}
    return cw.CoreSection(first, name=picture.key, others=further)


_KEPT: dict[tuple[Any, str, bool], tuple[np.ndarray, float]] = {}
_MOST_KEPT = 3 * 2**30
"""Bytes of features that are kept for the next method or level."""


def _features(
    make: Callable[[np.ndarray], np.ndarray], picture: Picture, transposed: bool
) -> tuple[np.ndarray, float]:
    """Return a picture's features ``(n_pixels, n_features)``, as it is or transposed; and the CPU seconds."""
    key = (make, picture.key, transposed)
    if key not in _KEPT:
        start = time.process_time()
        parts = []
        for image in picture.images:
            if transposed:
                parts.append(make(np.ascontiguousarray(image.swapaxes(0, 1))).swapaxes(0, 1))
            else:
                parts.append(make(image))
        whole = np.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]
        flat = whole.reshape(picture.labels.size, -1)
        _KEPT[key] = flat, time.process_time() - start
        while len(_KEPT) > 1 and sum(kept.nbytes for kept, _ in _KEPT.values()) > _MOST_KEPT:
            del _KEPT[next(iter(_KEPT))]
    return _KEPT[key]


def probabilities_of(classifier: Any, features: np.ndarray) -> np.ndarray:
    """Return the class probabilities of ``(n, n_features)``."""
    predict_proba = predictor(classifier)
    starts = range(0, len(features), _BLOCK)
    return np.concatenate([predict_proba(features[k : k + _BLOCK]).astype(np.float32) for k in starts])


def classical_filters(image: np.ndarray) -> np.ndarray:
    """Return the six families of filters of ilastik, at seven scales, per color: 147 numbers per pixel."""
    return np.stack(
        [
            feature.astype(np.float32)
            for channel in np.moveaxis(image.astype(np.float32), -1, 0)
            for sigma in SCALES
            for feature in _filters_at(channel, sigma)
        ],
        axis=-1,
    )


def _filters_at(channel: np.ndarray, sigma: float) -> list[np.ndarray]:
    smooth = gaussian_filter(channel, sigma)
    difference = smooth - gaussian_filter(channel, 0.66 * sigma)
    tensor = structure_tensor(channel, 0.5 * sigma, order="rc")
    tensor = [gaussian_filter(part, sigma) for part in tensor]
    hessian = hessian_matrix_eigvals(
        hessian_matrix(channel, sigma, order="rc", use_gaussian_derivatives=False)
    )
    return [
        smooth,
        gaussian_laplace(channel, sigma),
        gaussian_gradient_magnitude(channel, sigma),
        difference,
        *structure_tensor_eigenvalues(tensor)[:1],
        *hessian,
    ]


def skimage_features(image: np.ndarray) -> np.ndarray:
    """Return scikit-image's multiscale features with their default scales."""
    return multiscale_basic_features(image, channel_axis=-1).astype(np.float32)


PUBLISHED = cw.Hypercolumns()
OURS = cw.Hypercolumns(smoothing=(8.0,), lab=True, lab_smoothing=(3.0, 8.0, 24.0))


def forest(seed: int) -> Any:
    """Return a plain random forest of 100 trees."""
    return RandomForestClassifier(100, n_jobs=-1, random_state=seed)


def linear(seed: int) -> Any:
    """Return a linear discriminant on standardized features; nothing in it is random."""
    del seed
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1))


METHODS: dict[str, Method | Program | Convpaint] = {
    "published": Method(PUBLISHED.dense, forest),
    "ours": Program({}),
    "ours-trees": Program({"preset": "recommended-trees"}),
    "ours-0.1": Method(OURS.dense, linear, Regularizer(), transposed=True),
    "ours-not-transposed": Method(OURS.dense, linear, Regularizer()),
    "ours-linear-only": Method(OURS.dense, linear),
    "ours-not-tempered": Method(OURS.dense, linear, Regularizer(temperature=1.0)),
    "published-linear": Method(PUBLISHED.dense, linear),
    "skimage": Method(skimage_features, forest),
    "filters": Method(classical_filters, forest),
    "filters-linear": Method(classical_filters, linear),
    "convpaint": Convpaint(),
}
"""Of ablations, the name says what differs from "published" or, but for "ours", from
"ours-not-transposed"."""
