"""Made photographs of several kinds of rock, whose every pixel is known.

Each kind asks for something else: layers of 2 to 10 pixels, grains with dark boundaries of 2 to 5 pixels,
interlocking crystals with thin veins, burrows that hardly differ from the mud around them, and crystals under
a microscope in two lights.  A picture is drawn once without a camera; `photograph` then takes it in some
light, focus and scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import cKDTree

SHAPE = (300, 400)
"""Rows and columns of a made photograph."""

Scene = tuple[list[np.ndarray], np.ndarray]
"""Images ``(n_rows, n_columns, 3)`` in grey levels, one a light, and the truth ``(n_rows, n_columns)``."""


@dataclass(frozen=True)
class Camera:
    """How a scene is photographed.

    Parameters
    ----------
    gains : (float, float, float)
        Factors of red, green and blue.
    gamma : float
        Exponent of the brightness.
    blur : float
        Standard deviation, in pixels, of what is out of focus.
    scale : float
        Pixels for each pixel of the scene.
    noise : float
        Standard deviation in grey levels.
    """

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    blur: float = 0.55
    scale: float = 1.0
    noise: float = 2.2


LIGHTS = {
    "same": Camera(),
    "brighter": Camera((1.15, 1.15, 1.15)),
    "darker": Camera((0.85, 0.85, 0.85)),
    "red up": Camera((1.15, 1.0, 1.0)),
    "red down": Camera((0.85, 1.0, 1.0)),
    "green up": Camera((1.0, 1.15, 1.0)),
    "blue up": Camera((1.0, 1.0, 1.15)),
    "blue down": Camera((1.0, 1.0, 0.85)),
    "gamma 0.8": Camera(gamma=0.8),
    "gamma 1.25": Camera(gamma=1.25),
    "soft": Camera(blur=1.3),
    "smaller": Camera(scale=0.75),
    "larger": Camera(scale=1.33),
}
"""Light, focus and scale of another photograph of the same rock."""


def photograph(scene: Scene, camera: Camera, rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray]:
    """Return images ``(n_rows, n_columns, 3)`` uint8 and the truth uint8, as a camera sees a scene."""
    images, truth = scene
    across = np.linspace(-1, 1, truth.shape[1])[None, :, None]
    seen = []
    for image in images:
        image = gaussian_filter(image, (camera.blur, camera.blur, 0)) * (1.02 - 0.06 * across**2)
        if camera.scale != 1:
            image = zoom(image, (camera.scale, camera.scale, 1), order=1, grid_mode=True, mode="nearest")
        image = 255 * (image.clip(0, 255) / 255) ** camera.gamma * np.array(camera.gains)
        image = image + rng.normal(scale=camera.noise, size=image.shape)
        seen.append(np.clip(np.rint(image), 0, 255).astype(np.uint8))
    if camera.scale != 1:
        truth = zoom(truth, camera.scale, order=0, grid_mode=True, mode="nearest")
    return seen, truth.astype(np.uint8)


def laminated(rng: np.random.Generator) -> Scene:
    """Return 1 dark mud, 2 mud, 3 silt and 4 sand in layers of 2 to 10 pixels, and a few thicker."""
    rows, columns = _places()
    dip = rng.normal(scale=0.06)
    wander = 3 * _noise(rng, 30) + 0.5 * _noise(rng, 6)
    down = rows + dip * columns + wander + 40
    edges, codes, reach = [0.0], [], SHAPE[0] + 80 + abs(dip) * SHAPE[1]
    while edges[-1] < reach:
        thick = rng.random() < 0.12
        edges.append(edges[-1] + (rng.uniform(12, 28) if thick else np.exp(rng.uniform(*np.log((2, 10))))))
        others = [code for code in (1, 2, 3, 4) if not codes or code != codes[-1]]
        codes.append(int(rng.choice(others)))
    layer = np.searchsorted(edges, down.clip(0, edges[-1] - 1e-6), side="right") - 1
    shades = rng.normal(scale=4, size=len(codes))
    truth = np.array(codes, np.uint8)[layer]
    fine, coarse = _noise(rng, 0.7), _noise(rng, 1.4)
    looks = {
        1: ((72, 70, 68), 3 * fine),
        2: ((108, 102, 92), 4 * fine),
        3: ((134, 124, 106), 7 * coarse),
        4: ((150, 134, 108), 14 * fine + 7 * coarse),
    }
    return [_painted(truth, looks, shades[layer])], truth


def gravel(rng: np.random.Generator) -> Scene:
    """Return packed pebbles of four rocks (1 to 4) with dark boundaries (5) of 2 to 5 pixels."""
    near, grain, gap = _grains(rng, 17.0, 0.35)
    width = 2.0 + 3.0 * (0.5 + 0.5 * np.tanh(_noise(rng, 20)))
    rocks = _few_alike(rng, near, 4)
    truth = np.where(gap < width, 5, rocks[grain]).astype(np.uint8)
    shades = rng.normal(scale=9, size=near.n)
    looks = {
        1: ((150, 142, 132), 8 * _noise(rng, 0.8)),
        2: ((112, 104, 98), np.where(_noise(rng, 1.6) > 1.1, 50, 0) + 4 * _noise(rng, 0.8)),
        3: ((148, 124, 106), 9 * _stripes(rng, 7.0)),
        4: ((104, 110, 104), 15 * _noise(rng, 3.0)),
        5: ((52, 48, 44), 9 * _noise(rng, 0.8)),
    }
    return [_painted(truth, looks, np.where(truth == 5, 0, shades[grain]))], truth


def crystalline(rng: np.random.Generator) -> Scene:
    """Return interlocking 1 quartz, 2 feldspar, 3 mica and 4 amphibole, cut by veins (5) of 2 to 4 pixels."""
    near, grain, _ = _grains(rng, 12.0, 0.9)
    minerals = _few_alike(rng, near, 4)
    truth = minerals[grain].astype(np.uint8)
    shades = rng.normal(scale=8, size=near.n)
    shade = shades[grain]
    for _ in range(rng.integers(5, 8)):
        vein = _course(rng) < rng.uniform(1.0, 2.0)
        truth[vein], shade[vein] = 5, 0
    looks = {
        1: ((158, 156, 152), 3 * _noise(rng, 2.5)),
        2: ((178, 150, 138), 8 * _stripes(rng, 5.0) + 3 * _noise(rng, 0.8)),
        3: ((62, 58, 56), 10 * _stripes(rng, 3.5) + 6 * _noise(rng, 0.8)),
        4: ((74, 84, 76), 12 * _noise(rng, 1.4)),
        5: ((206, 200, 188), 6 * _noise(rng, 0.8)),
    }
    return [_painted(truth, looks, shade)], truth


def bioturbated(rng: np.random.Generator) -> Scene:
    """Return mottled mud (1) with burrows (2), sand pockets (3) and shells (4) of low contrast."""
    truth = np.ones(SHAPE, np.uint8)
    for _ in range(26):
        truth[_course(rng, rng.uniform(40, 160)) < rng.uniform(3, 7)] = 2
    pockets = _noise(rng, 11.0)
    truth[pockets > 1.35] = 3
    for _ in range(40):
        truth[_course(rng, rng.uniform(8, 22)) < rng.uniform(1.0, 1.8)] = 4
    mottles = 5 * _noise(rng, 9.0) + 3 * _noise(rng, 25.0)
    looks = {
        1: ((118, 112, 102), 6 * _noise(rng, 0.8)),
        2: ((110, 106, 99), 3.5 * _noise(rng, 0.8) + 3 * _noise(rng, 2.0)),
        3: ((128, 120, 106), 12 * _noise(rng, 1.1)),
        4: ((140, 136, 128), 5 * _noise(rng, 0.8)),
    }
    return [_painted(truth, looks, mottles)], truth


def microscope(rng: np.random.Generator) -> Scene:
    """Return crystals in plain light and between crossed polarizers.

    1 quartz, 2 feldspar with twins, 3 pyroxene, 4 ore, 5 groundmass.  Between the polarizers a crystal's
    brightness is a matter of its direction, its colors of its mineral.
    """
    near, grain, gap = _grains(rng, 20.0, 0.6)
    minerals = _few_alike(rng, near, 4)
    matrix = _noise(rng, 26.0) > 0.7
    truth = np.where(matrix, 5, minerals[grain]).astype(np.uint8)
    turn = np.abs(np.sin(2 * rng.uniform(0, np.pi, near.n)))[grain]
    twins = np.sign(_stripes(rng, 6.0))
    fine = _noise(rng, 0.9)
    relief = np.where(gap < 1.5, -26, 0)
    plain = {
        1: ((206, 206, 202), 2 * fine),
        2: ((198, 196, 190), 5 * _noise(rng, 3.0)),
        3: ((172, 178, 152), 9 * _noise(rng, 1.5)),
        4: ((26, 24, 24), 3 * fine),
        5: ((150, 140, 124), 16 * _noise(rng, 1.2)),
    }
    order = _noise(rng, 14.0)
    colors = np.stack([150 + 80 * np.sin(order + phase) for phase in (0.0, 2.1, 4.2)], axis=-1)
    crossed = np.zeros((*SHAPE, 3))
    for code, value in ((1, 165 * turn), (2, 120 * turn * (1 + 0.45 * twins)), (4, 0 * turn + 8)):
        crossed[truth == code] = value[truth == code, None]
    crossed[truth == 3] = (colors * turn[..., None])[truth == 3]
    speckle = np.where(_noise(rng, 1.2) > 0.8, 90, 34)
    crossed[truth == 5] = speckle[truth == 5, None]
    return [_painted(truth, plain, relief * (truth != 5)), crossed + 3 * fine[..., None] + 6], truth


SCENES: dict[str, Callable[[np.random.Generator], Scene]] = {
    "laminated": laminated,
    "gravel": gravel,
    "crystalline": crystalline,
    "bioturbated": bioturbated,
    "microscope": microscope,
}


def _places() -> np.ndarray:
    return np.indices(SHAPE).astype(float)


def _noise(rng: np.random.Generator, grain: float) -> np.ndarray:
    """Return smooth noise of mean 0 and variance 1."""
    noise = gaussian_filter(rng.standard_normal(SHAPE), grain, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def _stripes(rng: np.random.Generator, period: float) -> np.ndarray:
    """Return waves from -1 to 1 whose direction changes slowly over the picture."""
    rows, columns = _places()
    angle = rng.uniform(0, np.pi) + 0.5 * _noise(rng, 40.0)
    return np.sin(2 * np.pi * (rows * np.cos(angle) + columns * np.sin(angle)) / period)


def _grains(rng: np.random.Generator, size: float, unrest: float) -> tuple[cKDTree, np.ndarray, np.ndarray]:
    """Return the middles of grains, each pixel's grain, and about how far it is from the grain's edge, twice.

    `unrest` bends the edges: 0 leaves them straight.
    """
    points: list[np.ndarray] = []
    radii = size * np.exp(rng.normal(scale=0.35, size=4000))
    tries = rng.uniform(-20, np.array(SHAPE) + 20, (4000, 2))
    for point, radius in zip(tries, radii, strict=True):
        if not points or np.hypot(*(np.array(points) - point).T).min() > 1.15 * radius:
            points.append(point)
    near = cKDTree(np.array(points))
    places = _places() + unrest * size * 0.22 * np.stack([_noise(rng, 4.0), _noise(rng, 4.0)])
    distance, grain = near.query(places.reshape(2, -1).T, k=2)
    gap = distance[:, 1] - distance[:, 0]
    return near, grain[:, 0].reshape(SHAPE), gap.reshape(SHAPE)


def _few_alike(rng: np.random.Generator, near: cKDTree, n_codes: int) -> np.ndarray:
    """Return a code from 1 for each grain, drawn so that all are about equally many."""
    return rng.permutation(np.arange(near.n) % n_codes) + 1


def _course(rng: np.random.Generator, length: float = 700.0) -> np.ndarray:
    """Return the distance of each pixel from a line that wanders over the picture."""
    n = max(3, int(length))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(scale=0.035, size=n))
    start = rng.uniform(0, 1, 2) * SHAPE
    course = start + np.cumsum(np.stack([np.sin(heading), np.cos(heading)], axis=1), axis=0)
    course -= (course[n // 2] - start) * (length > 300)
    distance, _ = cKDTree(course).query(_places().reshape(2, -1).T)
    return distance.reshape(SHAPE)


def _painted(truth: np.ndarray, looks: dict[int, tuple], shade: np.ndarray) -> np.ndarray:
    """Return an image of each class's color and relief, with a shade that belongs to the place."""
    image = np.zeros((*truth.shape, 3))
    for code, (color, relief) in looks.items():
        inside = truth == code
        image[inside] = np.array(color) + (relief + shade)[inside, None]
    return image
