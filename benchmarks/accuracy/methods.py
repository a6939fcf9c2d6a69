"""The methods compared: each makes features of every pixel, learns from some, and classifies the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
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
from benchmarks.accuracy.trials import Outcome, Trial
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

    def segment(self, trial: Trial, pixels: np.ndarray, wanted: np.ndarray, seed: int) -> Outcome:
        """Learn from some pixels (flat indices) and return the probabilities of those wanted."""
        (features, *transposed), features_s = _features(self.features, trial, self.transposed)
        start = time.process_time()
        learned = np.concatenate([part[pixels] for part in (features, *transposed)])
        codes = np.tile(trial.labels.ravel()[pixels], 1 + len(transposed))
        classifier = self.classifier(seed).fit(learned, codes)
        fitted = time.process_time()
        if self.regularizer is None:
            probabilities = probabilities_of(classifier, features[wanted])
            share = len(wanted) / len(features)
        else:
            whole = probabilities_of(classifier, features).reshape(*trial.labels.shape, -1)
            whole = self.regularizer.smooth(trial.image, whole)
            probabilities, share = whole.reshape(len(features), -1)[wanted], 1.0
        segment_s = (time.process_time() - fitted) / share
        return Outcome(classifier.classes_, probabilities, features_s, fitted - start, segment_s)


_KEPT: list[tuple[Any, list[np.ndarray], float]] = []


def _features(
    make: Callable[[np.ndarray], np.ndarray], trial: Trial, transposed: bool
) -> tuple[list[np.ndarray], float]:
    """Return an image's features ``(n_pixels, n_features)``, and of it transposed; their CPU seconds."""
    if not _KEPT or _KEPT[0][0] != (make, trial.key, transposed):
        _KEPT.clear()
        start = time.process_time()
        whole = [make(trial.image)]
        if transposed:
            whole.append(make(np.ascontiguousarray(trial.image.swapaxes(0, 1))).swapaxes(0, 1))
        flat = [part.reshape(trial.labels.size, -1) for part in whole]
        _KEPT.append(((make, trial.key, transposed), flat, time.process_time() - start))
    return _KEPT[0][1:]


def probabilities_of(classifier: Any, features: np.ndarray) -> np.ndarray:
    """Return the class probabilities of ``(n, n_features)``."""
    predict_proba = predictor(classifier)
    starts = range(0, len(features), _BLOCK)
    return np.concatenate([predict_proba(features[k : k + _BLOCK]).astype(np.float32) for k in starts])


def classical_filters(image: np.ndarray) -> np.ndarray:
    """Return the six families of filters of ilastik, at seven scales, of each color: 147 numbers a pixel."""
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


METHODS: dict[str, Method | Convpaint] = {
    "published": Method(PUBLISHED.dense, forest),
    "ours": Method(OURS.dense, linear, Regularizer(), transposed=True),
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
