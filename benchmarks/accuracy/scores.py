"""How right a segmentation and its probabilities are."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt
from sklearn.metrics import confusion_matrix

NAMES = (
    "weighted F1",
    "macro F1",
    "mean IoU",
    "calibration",
    "surest half",
    "boundary F1",
    "features s",
    "fit s",
    "segment s",
)

_CLOSE = 3.0
"""Pixels within which a boundary counts as found."""


def class_scores(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """Return the F1 scores and the mean intersection over union, over the classes in the truth."""
    codes = np.union1d(truth, said)
    counts = confusion_matrix(truth, said, labels=codes).astype(float)
    hits, n_true, n_said = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    f1 = 2 * hits / np.maximum(n_true + n_said, 1)
    union = hits / np.maximum(n_true + n_said - hits, 1)
    there = n_true > 0
    return {
        "weighted F1": float(np.average(f1, weights=n_true)),
        "macro F1": float(f1[there].mean()),
        "mean IoU": float(union[there].mean()),
    }


def reliability(right: np.ndarray, confidence: np.ndarray, n_bins: int = 15) -> list[tuple[float, ...]]:
    """Return, a bin of confidence: share of the pixels, mean confidence, share of them that is right."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    n = np.bincount(bins, minlength=n_bins)
    means = [np.bincount(bins, values, n_bins) / np.maximum(n, 1) for values in (confidence, right)]
    return np.stack([n / n.sum(), *means], axis=1).tolist()


def calibration_error(bins: list[tuple[float, ...]]) -> float:
    """Return the expected calibration error: how far confidence lies from the share that is right."""
    return float(sum(share * abs(confidence - right) for share, confidence, right in bins))


def boundary_f1(truth: np.ndarray, said: np.ndarray) -> float:
    """Return the F1 score of the boundaries between classes, found within 3 pixels."""
    true_edge, said_edge = _edges(truth), _edges(said)
    if not (true_edge.any() and said_edge.any()):
        return 0.0
    precision = (distance_transform_edt(~true_edge)[said_edge] <= _CLOSE).mean()
    recall = (distance_transform_edt(~said_edge)[true_edge] <= _CLOSE).mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def _edges(codes: np.ndarray) -> np.ndarray:
    edges = np.zeros(codes.shape, bool)
    edges[:-1] |= codes[:-1] != codes[1:]
    edges[:, :-1] |= codes[:, :-1] != codes[:, 1:]
    return edges
