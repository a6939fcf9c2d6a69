"""A made photograph of pebbles, for what needs more rock than is labelled."""

from __future__ import annotations

import numpy as np


def pebble_photograph() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a photograph of pebbles of two kinds in a matrix, the truth, and a short stroke in each."""
    rng = np.random.default_rng(4)
    truth = np.ones((128, 96), np.uint8)
    rows, columns = np.indices(truth.shape)
    for number, (row, column) in enumerate(np.argwhere(np.ones((5, 4))) * 25 + 12):
        truth[np.hypot(rows - row, columns - column) < 8] = 2 + number % 2
    colors = np.array([[0] * 3, [110, 110, 110], [125, 118, 110], [112, 118, 128]])
    image = colors[truth] + rng.normal(scale=13, size=(*truth.shape, 3))
    labels = np.zeros_like(truth)
    labels[0:3, 2:22], labels[9:13, 10:15], labels[9:13, 35:40] = 1, 2, 3
    assert (truth[labels > 0] == labels[labels > 0]).all()
    return image.clip(0, 255).astype(np.uint8), truth, labels
