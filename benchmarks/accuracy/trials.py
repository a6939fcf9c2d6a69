"""What the methods are tried on: each trial gives labels to learn from and the truth of pixels held out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_erosion
from skimage import data

import corewidgets as cw
from corewidgets.scoring.evaluation import depth_folds, region_folds


@dataclass(frozen=True)
class Trial:
    """One fit.

    Parameters
    ----------
    key : str
        Names the image, so that features are computed once.
    image : numpy.ndarray
        ``(n_rows, n_columns, 3)`` uint8.
    labels : numpy.ndarray
        ``(n_rows, n_columns)`` uint8 to learn from.
    truth : numpy.ndarray
        ``(n_rows, n_columns)`` uint8, 0 where a pixel is not scored.
    dense : bool
        Whether the truth of every pixel is known, hence where the boundaries are.
    """

    key: str
    image: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    dense: bool


@dataclass(frozen=True)
class Outcome:
    """What a method says of some pixels, and the CPU seconds that it took.

    Parameters
    ----------
    classes : numpy.ndarray
        ``(n_classes,)`` codes.
    probabilities : numpy.ndarray
        ``(n_pixels, n_classes)`` of the pixels wanted.
    features_s, fit_s, segment_s : float
        For the features of the whole image, to fit on them, and to classify the whole image with them.  A
        method that makes features as it goes counts them where it needs them.
    """

    classes: np.ndarray
    probabilities: np.ndarray
    features_s: float
    fit_s: float
    segment_s: float


def regions_held_out(seed: int) -> Iterator[Trial]:
    """Yield five folds of whole regions of section 72-2."""
    sample = cw.chicxulub_72_2()
    yield from _folds(sample, region_folds(sample.labels, 5, random_state=seed))


def depths_held_out(seed: int) -> Iterator[Trial]:
    """Yield five blocks of depth of section 72-2: the same for every seed, which only draws the pixels."""
    del seed
    sample = cw.chicxulub_72_2()
    yield from _folds(sample, depth_folds(sample.labels, 5))


def _folds(sample: cw.Sample, folds: np.ndarray) -> Iterator[Trial]:
    for fold in range(5):
        out = folds == fold
        labels, truth = np.where(out, 0, sample.labels), np.where(out, sample.labels, 0)
        yield Trial("72-2", sample.section.image, labels, truth, dense=False)


def sample_core(seed: int) -> Iterator[Trial]:
    """Yield a made core with strokes to learn from; all other pixels are scored."""
    sample = cw.sample_core(600, 240, seed=100 + seed)
    truth = np.where(sample.labels > 0, 0, sample.truth)
    yield Trial(f"core {seed}", sample.section.image, sample.labels, truth, dense=True)


def mosaic(seed: int) -> Iterator[Trial]:
    """Yield a mosaic of scikit-image's photographs; a third of its pieces are labelled, the rest scored."""
    rng = np.random.default_rng(seed)
    size, n_pieces = 384, 60
    sources = [data.brick(), data.grass(), data.gravel(), data.immunohistochemistry(), data.coffee()]
    sources = [image if image.ndim == 3 else np.stack([image] * 3, axis=-1) for image in sources]
    centers = rng.integers(0, size, (n_pieces, 2))
    place = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1)
    piece = ((place[:, :, None] - centers) ** 2).sum(axis=-1).argmin(axis=-1)
    image, truth, labels = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), np.uint8), None
    labels = np.zeros_like(truth)
    for number in range(n_pieces):
        inside, code = piece == number, number % len(sources)
        start = [rng.integers(0, length - size + 1) for length in sources[code].shape[:2]]
        cut = sources[code][start[0] :, start[1] :][:size, :size]
        image[inside], truth[inside] = cut[inside], code + 1
        if number // len(sources) % 3 == 0:
            labels[binary_erosion(inside, iterations=4)] = code + 1
    learned = np.isin(piece, np.unique(piece[labels > 0]))
    yield Trial(f"mosaic {seed}", image, labels, np.where(learned, 0, truth), dense=True)


TRIALS = {
    "regions": regions_held_out,
    "depth": depths_held_out,
    "cores": sample_core,
    "mosaics": mosaic,
}
