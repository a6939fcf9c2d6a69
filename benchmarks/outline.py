"""Outlines from one click, against what an expert or a maker drew, and against a wand on color."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage
from skimage import color, data, measure

from benchmarks.data import section_72_2
from benchmarks.figures import keep
from corewidgets import outline_features, sample_core
from corewidgets.geology.compiled import prepare
from corewidgets.geology.outline import Click, grow
from corewidgets.geology.widths import Widths, step_of

_SMALLEST = 400  # pixels of a clast
_GOOD = 0.75
_WIDTHS = np.geomspace(1 / 3, 3, 19)  # times the likely one
_TOLERANCES = np.linspace(3, 60, 20)  # of the wand, in L*a*b*
_LEFT_OUT = slice(1, None, 2)  # of the clasts of 72-2: on the others, what makes an outline likely was chosen


class _Picture(NamedTuple):
    """A photograph and the clasts in it: box, mask within it, and the pixels clicked."""

    name: str
    image: np.ndarray
    clasts: list[tuple[tuple[slice, slice], np.ndarray, list[tuple[int, int]]]]


class _Agreements(NamedTuple):
    """Intersections over union, a row per clast and a column per place clicked, and processor seconds."""

    one: np.ndarray
    hand: np.ndarray
    wand: np.ndarray
    seconds: np.ndarray


def main(sample: Any = None) -> None:
    """Print one row per photograph: one click, the reach set by hand, and the time."""
    print(
        f"\nOutline of clasts of {_SMALLEST} pixels and more from one click, at the middle and at four other"
    )
    print(f"places: mean intersection over union, share of at least {_GOOD}; wand at its best tolerance")
    for picture in _pictures(sample or section_72_2()):
        found = _measure(picture)
        _tell(picture.name, found)
        if picture.name == "72-2":
            _tell("72-2-left-out", _Agreements(*(each[_LEFT_OUT] for each in found)), ways=("one", "hand"))
            keep("outline.click", 1e3 * float(np.median(found.seconds)))


def _measure(picture: _Picture) -> _Agreements:
    features = outline_features(picture.image)
    prepare()
    lab = color.rgb2lab(picture.image).astype(np.float32)
    once, by_hand, wand, seconds = [], [], [], []
    for box, mask, places in picture.clasts:
        truth = np.zeros(picture.image.shape[:2], bool)
        truth[box] = mask
        for place in places:
            start = time.process_time()
            growth = grow(picture.image, [_click(place)], features=features)
            found = growth.mask()
            seconds.append(time.process_time() - start)
            once.append(_agreement(found, truth, growth.box))
            widths = Widths(growth)
            by_hand.append(max(_agreement(widths.mask(step_of(by)), truth, growth.box) for by in _WIDTHS))
            wand.append([_agreement(near, truth, growth.box) for near in _wand(lab, place, growth.box)])
    best = np.array(wand)[:, np.mean(wand, axis=0).argmax()]
    n_places = len(picture.clasts[0][2])
    return _Agreements(*(np.reshape(each, (-1, n_places)) for each in (once, by_hand, best, seconds)))


def _tell(name: str, found: _Agreements, ways: tuple[str, ...] = ("one", "hand", "wand")) -> None:
    """Print a row of the table, and keep its figures."""
    for way in ways:
        values = getattr(found, way)
        keep(f"outline.{name}.{way}", float(values.mean()))
        keep(f"outline.{name}.{way}.good", 100 * float((values >= _GOOD).mean()))
    milliseconds = 1e3 * found.seconds
    print(
        f"  {name:14s} {len(found.one):3d} clasts  one click {_summary(found.one)} (middle "
        f"{_summary(found.one[:, 0])})  by hand {_summary(found.hand)}  wand {_summary(found.wand)}  "
        f"{np.median(milliseconds):.0f} CPU ms, 90 %: {np.percentile(milliseconds, 90):.0f}",
        flush=True,
    )


def _summary(values: Any) -> str:
    return f"{np.mean(values):.2f}, {100 * np.mean(np.asarray(values) >= _GOOD):.0f} %"


def _click(place: tuple[int, int]) -> Click:
    return Click(np.array([place[0]]), np.array([place[1]]))


def _agreement(found: np.ndarray, truth: np.ndarray, box: tuple[slice, slice]) -> float:
    """Return intersection over union of a mask of a box with the truth of the photograph."""
    inside = truth[box]
    beyond = truth.sum() - inside.sum()
    return float((found & inside).sum() / ((found | inside).sum() + beyond))


def _wand(lab: np.ndarray, place: tuple[int, int], box: tuple[slice, slice]) -> Iterator[np.ndarray]:
    """Yield what a wand takes at each tolerance: the connected pixels of like color, holes filled."""
    row, column = place[0] - box[0].start, place[1] - box[1].start
    away = np.linalg.norm(
        lab[box] - lab[place[0] - 1 : place[0] + 2, place[1] - 1 : place[1] + 2].mean((0, 1)), axis=-1
    )
    for tolerance in _TOLERANCES:
        near = away <= tolerance
        near[row, column] = True
        numbered, _ = ndimage.label(near)
        yield ndimage.binary_fill_holes(numbered == numbered[row, column])


def middles(sample: Any) -> list[tuple[int, int]]:
    """Return the middles of the clasts of a section, as its labels tell them."""
    return [places[0] for _, _, places in _clasts(_expert(sample))]


def _expert(sample: Any) -> np.ndarray:
    return np.where(np.isin(sample.labels, [12, 13, 14]), 0, sample.labels)  # void, liner, matrix


def _pictures(sample: Any) -> Iterator[_Picture]:
    yield _Picture("72-2", sample.section.image, _clasts(_expert(sample)))
    for seed in (0, 1):
        made = sample_core(1200, 360, seed=seed)
        truth = np.where(made.truth <= 7, made.truth, 0)
        yield _Picture(f"core-{seed}", made.section.image, _clasts(truth)[:40])
    textures = [
        data.brick(),
        data.grass(),
        data.immunohistochemistry(),
        data.gravel(),
        data.retina()[300:1100, 300:1100],
    ]
    yield _mosaic("textures", textures, data.gravel()[:, ::-1], seed=0)
    photographs = [
        data.chelsea(),
        data.coffee(),
        data.immunohistochemistry(),
        data.rocket(),
        data.moon(),
        data.brick(),
    ]
    yield _mosaic("photographs", photographs, np.rot90(data.astronaut()), seed=1)


def _clasts(truth: np.ndarray) -> list[tuple[tuple[slice, slice], np.ndarray, list[tuple[int, int]]]]:
    pieces = measure.regionprops(measure.label(truth, background=0, connectivity=1))
    found = []
    for piece in pieces:
        if piece.area >= _SMALLEST:
            top, left = (side.start for side in piece.slice)
            places = [(row + top, column + left) for row, column in _places(piece.image, len(found))]
            found.append((piece.slice, piece.image, places))
    return found


def _places(mask: np.ndarray, seed: int) -> list[tuple[int, int]]:
    """Return the middle of a clast, and a place in each quarter around it, not at the very edge."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    middle = np.unravel_index(depth.argmax(), depth.shape)
    rng = np.random.default_rng(seed)
    inner = np.argwhere(depth >= max(3, 0.35 * depth.max()))
    places = [(int(middle[0]), int(middle[1]))]
    for quarter in range(4):
        below, right = inner[:, 0] >= middle[0], inner[:, 1] >= middle[1]
        there = inner[(below == (quarter // 2 == 1)) & (right == (quarter % 2 == 1))]
        there = there if len(there) else inner
        row, column = there[rng.integers(len(there))]
        places.append((int(row), int(column)))
    return places


def _mosaic(name: str, tiles: list[np.ndarray], ground: np.ndarray, seed: int) -> _Picture:
    """Return a photograph with rounded pieces of others laid on it."""
    rng = np.random.default_rng(seed)
    size = 560, 840
    image = _filling(ground, size)
    truth = np.zeros(size, np.int32)
    rows, columns = np.mgrid[: size[0], : size[1]]
    for _ in range(3000):
        radius = rng.uniform(18, 70)
        row, column = rng.uniform(radius, size[0] - radius), rng.uniform(radius, size[1] - radius)
        angle = np.arctan2(rows - row, columns - column)
        waves = [rng.uniform(-0.12, 0.12) * np.cos(n * angle + rng.uniform(0, 6.3)) for n in (2, 3, 5)]
        mask = np.hypot(rows - row, columns - column) < radius * (1 + sum(waves))
        if truth[ndimage.binary_dilation(mask, iterations=3)].any():
            continue
        number = int(truth.max()) + 1
        tile = _filling(tiles[number % len(tiles)], size)
        image[mask] = np.roll(tile, rng.integers(0, 200, 2), axis=(0, 1))[mask]
        truth[mask] = number
        if number == 30:
            break
    return _Picture(name, image, _clasts(truth))


def _filling(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture, mirrored at its ends where it is smaller, in color."""
    colored = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=-1)
    after = [(0, max(0, wanted - is_)) for wanted, is_ in zip(size, colored.shape, strict=False)]
    padded = np.pad(colored[..., :3], [*after, (0, 0)], mode="symmetric")
    return padded[: size[0], : size[1]].copy()
