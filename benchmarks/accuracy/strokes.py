"""Strokes on a photograph whose every pixel is known, as a person draws them.

A stroke starts somewhere in a class, goes along the middle of what it is drawn on, and stops at its edge: on
a layer it follows the layer, on a pebble it is a dab or a bow.  It is as wide as the brush, or as the place
allows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import distance_transform_edt, label

LEVELS = ("tiny", "1", "2", "5", "20", "all")
"""How much is labelled: one stroke of 20 pixels per class, a number of strokes a class, a third of all."""

_TINY = 20
"""Pixels of a tiny stroke."""

_BRUSH, _LENGTH = 3.0, 45.0
"""Radius of the brush and length of a stroke, in pixels."""


def draw_strokes(truth: np.ndarray, level: str, rng: np.random.Generator) -> np.ndarray:
    """Return labels ``(n_rows, n_columns)`` uint8, 0 where nothing is drawn.

    Parameters
    ----------
    truth : numpy.ndarray
        ``(n_rows, n_columns)`` uint8.
    level : str
        One of `LEVELS`.
    rng : numpy.random.Generator
        Draws the places.
    """
    if level == "all":
        return _a_third(truth, rng)
    labels = np.zeros_like(truth)
    for code in np.unique(truth):
        depth = distance_transform_edt(np.pad(truth == code, 1))[1:-1, 1:-1]
        for _ in range(1 if level == "tiny" else int(level)):
            labels[_drawn(_first if level == "tiny" else _pixels, depth, rng)] = code
    return labels


def _a_third(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the truth of a third of the columns side by side, in which each class has some pixels."""
    third = truth.shape[1] // 3
    starts = rng.permutation(np.arange(0, truth.shape[1] - third, 8))
    codes = np.unique(truth)
    counts = [
        min(np.count_nonzero(truth[:, start : start + third] == code) for code in codes) for start in starts
    ]
    enough = [start for start, count in zip(starts, counts, strict=True) if count >= 40]
    start = enough[0] if enough else starts[int(np.argmax(counts))]
    labels = np.zeros_like(truth)
    labels[:, start : start + third] = truth[:, start : start + third]
    return labels


def stroke_from(
    piece: np.ndarray, place: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Return the mask of a stroke through a place of a piece of rock, and its length in pixels.

    Parameters
    ----------
    piece : numpy.ndarray
        ``(n_rows, n_columns)`` bool.
    place : (int, int)
        Row and column.
    rng : numpy.random.Generator
        Draws the direction.
    """
    depth = distance_transform_edt(np.pad(piece, 1))[1:-1, 1:-1]
    course = _course(depth, np.array(place, float), rng)
    return _pixels(course, depth), float(np.linalg.norm(np.diff(course, axis=0), axis=1).sum())


def _stroke(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the course of a stroke ``(n, 2)``, given each pixel's depth within its class."""
    return _course(depth, _start(depth, rng), rng)


def _course(depth: np.ndarray, start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the course of a stroke through a place, both ways from it."""
    heading = rng.uniform(0, 2 * np.pi)
    ways = [_walk(depth, start, heading + turn, _LENGTH / 2) for turn in (0.0, np.pi)]
    return np.concatenate([ways[0][::-1], ways[1][1:]])


def _start(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a place that a person would pick: of a patch, small or large, one of its deepest pixels."""
    patches, n = label(depth > 0, np.ones((3, 3)))
    sizes = np.bincount(patches.ravel(), minlength=n + 1)[1:]
    share = np.sqrt(sizes) * ((sizes >= 2 * _TINY) | (sizes.max() < 2 * _TINY))
    patch = rng.choice(n, p=share / share.sum()) + 1
    inside = np.argwhere(patches == patch)
    tried = inside[rng.integers(len(inside), size=8)]
    return tried[depth[tuple(tried.T)].argmax()].astype(float)


def _walk(depth: np.ndarray, start: np.ndarray, heading: float, length: float) -> np.ndarray:
    """Return the steps of a walk that turns to where its class is deepest, and stops at its edge."""
    here, steps = start, [start]
    for _ in range(int(length / 1.5)):
        turns = heading + np.array([0.0, -0.3, 0.3, -0.6, 0.6])
        ahead = here + 1.5 * np.stack([np.sin(turns), np.cos(turns)], axis=1)
        value = [_depth_at(depth, place) - 0.05 * nth for nth, place in enumerate(ahead)]
        best = int(np.argmax(np.minimum(value, _BRUSH + 1)))
        if value[best] <= 0:
            break
        here, heading = ahead[best], turns[best]
        steps.append(here)
    return np.array(steps)


def _depth_at(depth: np.ndarray, place: np.ndarray) -> float:
    row, column = np.rint(place).astype(int)
    inside = 0 <= row < depth.shape[0] and 0 <= column < depth.shape[1]
    return float(depth[row, column]) if inside else -1.0


def _pixels(stroke: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return the mask of what the brush covers, none of it outside of the class."""
    mask = np.zeros(depth.shape, bool)
    rows, columns = np.indices(depth.shape)
    low, high = stroke.min(axis=0) - _BRUSH - 1, stroke.max(axis=0) + _BRUSH + 2
    window = tuple(slice(max(0, int(a)), int(b)) for a, b in zip(low, high, strict=True))
    for place in stroke:
        distance = np.hypot(rows[window] - place[0], columns[window] - place[1])
        mask[window] |= distance <= min(_BRUSH, max(_depth_at(depth, place) - 0.5, 0.5))
    return mask & (depth > 0)


def _drawn(
    cover: Callable[[np.ndarray, np.ndarray], np.ndarray], depth: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the mask of a stroke of a tiny one's pixels or more; without room, the largest of several."""
    tries: list[np.ndarray] = []
    while len(tries) < 30 and not (tries and np.count_nonzero(tries[-1]) >= _TINY):
        tries.append(cover(_stroke(depth, rng), depth))
    return max(tries, key=np.count_nonzero)


def _first(stroke: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return the mask of the first pixels that the brush covers, as many as a tiny stroke has."""
    mask = np.zeros(depth.shape, bool)
    for n in range(1, len(stroke) + 1):
        added = np.flatnonzero(_pixels(stroke[:n], depth) & ~mask)
        mask.ravel()[added[: _TINY - np.count_nonzero(mask)]] = True
    return mask
