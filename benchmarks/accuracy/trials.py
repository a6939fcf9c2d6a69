"""What the methods are tried on: each trial gives labels to learn from and the truth of pixels held out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt
from skimage import data

import corewidgets as cw
from benchmarks.accuracy.pictures import LIGHTS, SCENES, Camera, photograph
from benchmarks.accuracy.strokes import LEVELS, draw_strokes
from corewidgets.labels.arrays import regions
from corewidgets.scoring.evaluation import depth_folds, region_folds


@dataclass(frozen=True)
class Picture:
    """A photograph, or several in register, and its labels.

    Parameters
    ----------
    key : str
        Names the photographs, so that features are computed once.
    images : tuple of numpy.ndarray
        ``(n_rows, n_columns, 3)`` uint8 each.
    labels : numpy.ndarray
        ``(n_rows, n_columns)`` uint8, 0 where there is no label.
    """

    key: str
    images: tuple[np.ndarray, ...]
    labels: np.ndarray


@dataclass(frozen=True)
class Trial:
    """One fit.

    Parameters
    ----------
    learned : tuple of Picture
        To learn from.
    shown : Picture
        To classify.
    truth : numpy.ndarray
        ``(n_rows, n_columns)`` uint8 of what is shown, 0 where a pixel is not scored.
    dense : bool
        Whether the truth of every pixel is known, hence where the boundaries are.
    level : str
        How much is labelled, or in what light the picture shown was taken; trials of one level are scored
        together.
    """

    learned: tuple[Picture, ...]
    shown: Picture
    truth: np.ndarray
    dense: bool
    level: str = ""


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
        picture = Picture("72-2", (sample.section.image,), labels)
        yield Trial((picture,), picture, truth, dense=False)


def few_regions(seed: int) -> Iterator[Trial]:
    """Yield section 72-2 with few labels: a stroke of 50 pixels, 1, 2 or 5 regions a class; the rest scored.

    Only classes with two regions or more are there; one region of each is never labelled.
    """
    sample = cw.chicxulub_72_2()
    numbers = regions(sample.labels)
    rng = np.random.default_rng(seed)
    by_class = [
        np.unique(numbers[sample.labels == code]) for code in np.unique(sample.labels[sample.labels > 0])
    ]
    by_class = [rng.permutation(names) for names in by_class if len(names) > 1]
    known = np.isin(numbers, np.concatenate(by_class))
    for level, most in (("stroke", 1), ("1", 1), ("2", 2), ("5", 5)):
        taken = [names[: min(most, len(names) - 1)] for names in by_class]
        labels = np.where(np.isin(numbers, np.concatenate(taken)), sample.labels, 0).astype(np.uint8)
        truth = np.where(known & (labels == 0), sample.labels, 0)
        if level == "stroke":
            labels = _dabs(labels, 50)
        picture = Picture("72-2", (sample.section.image,), labels)
        yield Trial((picture,), picture, truth, dense=False, level=level)


def _dabs(labels: np.ndarray, n_pixels: int) -> np.ndarray:
    """Return, of each class, the pixels nearest to its deepest."""
    kept = np.zeros_like(labels)
    for code in np.unique(labels[labels > 0]):
        inside = np.argwhere(labels == code)
        depth = distance_transform_edt(labels == code)[tuple(inside.T)]
        near = inside[np.hypot(*(inside - inside[depth.argmax()]).T).argsort()[:n_pixels]]
        kept[tuple(near.T)] = code
    return kept


def sample_core(seed: int) -> Iterator[Trial]:
    """Yield a synthetic core with strokes to learn from; all other pixels are scored."""
    sample = cw.sample_core(600, 240, seed=100 + seed)
    truth = np.where(sample.labels > 0, 0, sample.truth)
    picture = Picture(f"core {seed}", (sample.section.image,), sample.labels)
    yield Trial((picture,), picture, truth, dense=True)


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
    picture = Picture(f"mosaic {seed}", (image,), labels)
    yield Trial((picture,), picture, np.where(learned, 0, truth), dense=True)


def strokes_on(kind: str, seed: int) -> Iterator[Trial]:
    """Yield a made photograph of a kind of rock with strokes, a little more at each level."""
    rng = np.random.default_rng([seed, *kind.encode()])
    images, truth = photograph(SCENES[kind](rng), Camera(), rng)
    for number, level in enumerate(LEVELS):
        labels = draw_strokes(truth, level, np.random.default_rng([seed, number, *kind.encode()]))
        picture = Picture(f"{kind} {seed}", tuple(images), labels)
        yield Trial((picture,), picture, np.where(labels > 0, 0, truth), dense=True, level=level)


def other_light(kind: str, seed: int) -> Iterator[Trial]:
    """Yield two photographs with five strokes a class to learn from, and a third in one light or another."""
    rng = np.random.default_rng([seed, 1, *kind.encode()])
    learned = []
    for number in (0, 1):
        images, truth = photograph(SCENES[kind](rng), Camera(), rng)
        labels = draw_strokes(truth, "5", rng)
        learned.append(Picture(f"{kind} {seed} learned {number}", tuple(images), labels))
    scene = SCENES[kind](rng)
    for light, camera in LIGHTS.items():
        images, truth = photograph(scene, camera, np.random.default_rng(seed))
        shown = Picture(f"{kind} {seed} {light}", tuple(images), np.zeros_like(truth))
        yield Trial(tuple(learned), shown, truth, dense=True, level=light)


TRIALS: dict[str, Callable[[int], Iterator[Trial]]] = {
    "regions": regions_held_out,
    "depth": depths_held_out,
    "few": few_regions,
    "cores": sample_core,
    "mosaics": mosaic,
    **{kind: partial(strokes_on, kind) for kind in SCENES},
    **{f"{kind}, other light": partial(other_light, kind) for kind in SCENES},
}
