"""Rock as it lies in the lane of a box: pieces between breaks, rubble, and what is missing between them.

A lane lies along the columns of what is drawn here. Colors have six channels: three in white light and three
in ultraviolet, where rock glows in patches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from corewidgets.cores.lane_part import Kind, LanePart

Field = NDArray[np.float32]

ROCKS = ("breccia", "granite", "shale", "sandstone", "carbonate", "basalt")

_COLORS = {
    "breccia": (124, 117, 108),
    "granite": (168, 146, 136),
    "shale": (74, 74, 78),
    "sandstone": (172, 148, 112),
    "carbonate": (186, 182, 172),
    "basalt": (72, 76, 74),
}
_TEXTURES = {  # contrast of grain in grey levels, size of grain in millimetres, and contrast of bedding
    "breccia": (20.0, 5.0, 0.0),
    "granite": (24.0, 1.8, 0.0),
    "shale": (3.5, 0.7, 5.0),
    "sandstone": (6.0, 0.8, 9.0),
    "carbonate": (7.0, 2.5, 4.0),
    "basalt": (6.0, 1.0, 0.0),
}
_BETWEEN: tuple[tuple[float, Kind, tuple[float, float]], ...] = (
    (0.10, "gap", (8.0, 90.0)),
    (0.18, "rubble", (35.0, 140.0)),
    (0.23, "block", (18.0, 30.0)),
    (0.40, "gap", (2.0, 4.0)),  # a break that stands open; those that are left are closed
)
"""Up to which number of a die what follows on a piece, and how long it is in millimetres."""
_SHORTEST = 15.0  # millimetres of a piece
_LONGEST = 700.0
_CLOSED = 5.0  # millimetres: pieces that lie nearer still fit together
_FINEST = 2.5  # pixels: noise is made on a grid on which its grain is as large


def lay_parts(rng: np.random.Generator, length: float, *, filled: float = 1.0) -> list[LanePart]:
    """Lay core into a lane.

    Parameters
    ----------
    rng : numpy.random.Generator
    length : float
        Of the lane in millimetres.
    filled : float
        Share of the lane after which nothing more is laid.

    Returns
    -------
    list of LanePart
        From the beginning of the lane to its end, without a hole or an overlap.
    """
    typical = rng.choice([45.0, 110.0, 220.0])  # some rocks are more broken than others
    end = filled * length - rng.uniform(2, 20)
    parts: list[LanePart] = []
    at = rng.uniform(0, 8)
    if at > 2:
        parts.append(LanePart(0.0, at, "gap"))
    else:
        at = 0.0

    def add(kind: Kind, size: float) -> None:
        nonlocal at
        stop = min(at + size, end)
        if stop - at > 2:
            parts.append(LanePart(at, stop, kind))
            at = stop

    while at < end - _SHORTEST:
        add("piece", float(np.clip(rng.lognormal(np.log(typical), 0.6), _SHORTEST, _LONGEST)))
        event = rng.random()
        for probability, kind, sizes in _BETWEEN:
            if event < probability:
                add(kind, rng.uniform(*sizes))
                break
    parts.append(LanePart(at, length, "gap"))
    return parts


def noise(rng: np.random.Generator, shape: tuple[int, int], grain: float) -> Field:
    """Return smooth noise of mean 0 and variance 1, its grain in pixels."""
    coarse = max(1, int(grain / _FINEST))  # a coarse grid is as good, and quick
    small = tuple(-(-size // coarse) + 2 for size in shape)
    made = ndimage.gaussian_filter(rng.standard_normal(small, np.float32), grain / coarse, mode="wrap")
    if coarse > 1:
        made = ndimage.zoom(made, coarse, order=1)
    made = made[: shape[0], : shape[1]]
    return np.asarray((made - made.mean()) / max(made.std(), 1e-6), np.float32)


def paint_rock(rng: np.random.Generator, rock: str, shape: tuple[int, int], pixel: float) -> Field:
    """Paint a stretch of rock.

    Parameters
    ----------
    rng : numpy.random.Generator
    rock : str
        One of `ROCKS`.
    shape : tuple of int
        Pixels across and along the core.
    pixel : float
        Pixels a millimetre.

    Returns
    -------
    ndarray of float32, (n_rows, n_columns, 6)
    """
    contrast, grain, bedding = _TEXTURES[rock]
    relief = contrast * noise(rng, shape, grain * pixel)
    relief += 0.5 * contrast * noise(rng, shape, 0.5 * grain * pixel)
    if rock == "breccia":
        relief += 22 * np.sign(noise(rng, shape, 6 * pixel)) * (noise(rng, shape, 3 * pixel) > 0.4)
    if bedding:
        rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        slope = rng.normal(scale=0.3)
        across = (columns + slope * rows) / pixel + 3 * noise(rng, shape, 9 * pixel)
        relief += bedding * np.sin(across * 2 * np.pi / rng.uniform(6, 25))
        relief += bedding * np.sin(across * 2 * np.pi / rng.uniform(40, 160))
    shade = 10 * noise(rng, shape, 30 * pixel)[..., None] * np.array([1, 0.95, 0.85], np.float32)
    tint = np.array(_COLORS[rock], np.float32) + rng.normal(scale=10) + rng.normal(scale=4, size=3)
    white = tint.astype(np.float32) + relief[..., None] + shade
    glow = np.clip(noise(rng, shape, 12 * pixel) - rng.uniform(0.2, 1.4), 0, 1.2)[..., None]
    color = np.array([(150, 160, 110), (110, 140, 190), (170, 130, 70)][rng.integers(3)], np.float32)
    return np.concatenate(
        [white, 0.16 * white * np.array([0.7, 0.7, 1.5], np.float32) + glow * color], axis=-1
    )


def paint_core(
    rng: np.random.Generator, rock: Field, floor: Field, parts: list[LanePart], pixel: float, *, slabbed: bool
) -> None:
    """Draw pieces and rubble of a lane onto its floor, in place.

    Parameters
    ----------
    rng : numpy.random.Generator
    rock, floor : ndarray of float32, (n_rows, n_columns, 6)
        Rock as wide as the core, and what of the lane lies below it.
    parts : list of LanePart
    pixel : float
        Pixels a millimetre.
    slabbed : bool
        Whether the core was sawn lengthwise: then it is seen flat.
    """
    height, width = rock.shape[:2]
    across = ((np.arange(height) + 0.5) / height * 2 - 1).astype(np.float32)
    rounded = np.ones_like(across) if slabbed else 0.55 + 0.5 * np.sqrt(1 - (0.9 * (across + 0.08)) ** 2)
    columns = np.arange(width, dtype=np.float32)
    face, reached = _break(rng, height, pixel), -np.inf
    for part in parts:
        first, last = part.start * pixel, part.stop * pixel
        if part.kind == "piece":
            upper = face if part.start - reached < _CLOSED else _break(rng, height, pixel)
            face, reached = _break(rng, height, pixel), part.stop
            edges = (upper, face)
            sides = 1 - np.abs(ndimage.gaussian_filter1d(rng.standard_normal(width), 12 * pixel)) * 0.05
            inside = (columns > first + edges[0][:, None]) & (columns < last + edges[1][:, None])
            inside &= np.abs(across)[:, None] <= sides[None]
            rim = np.minimum(columns - first - edges[0][:, None], last + edges[1][:, None] - columns)
            shade = rounded[:, None] * (1 - 0.45 * np.exp(-np.maximum(rim, 0) / (0.8 * pixel)))
            floor[inside] = (rock * shade[..., None])[inside]
        elif part.kind == "rubble":
            window = np.s_[:, max(0, int(first)) : min(width, int(last) + 1)]
            _paint_rubble(rng, rock[window], floor[window], pixel)


def _break(rng: np.random.Generator, height: int, pixel: float) -> Field:
    """Return how far the broken face of a piece lies off its place, for each row, none in the middle."""
    across = np.linspace(-1, 1, height)
    rough = ndimage.gaussian_filter1d(rng.standard_normal(height), 0.15 * height) * 1.2 * pixel
    face = rng.normal(scale=0.22) * across * height / 2 + rough
    return np.asarray(face - face[height // 2], np.float32)


def _paint_rubble(rng: np.random.Generator, rock: Field, floor: Field, pixel: float) -> None:
    """Draw angular fragments with dark gaps between them, in place."""
    height, width = rock.shape[:2]
    if not width:
        return
    size = rng.uniform(7, 18) * pixel
    n_fragments = max(4, int(1.2 * height * width / size**2))
    middles = rng.uniform((-0.05 * height, -size), (1.05 * height, width + size), (n_fragments, 2))
    rows, columns = np.mgrid[:height, :width]
    grid = np.c_[rows.ravel(), columns.ravel()]
    distance, nearest = cKDTree(middles).query(grid, k=2)
    inside = ((distance[:, 1] - distance[:, 0]) > 0.12 * size) & (distance[:, 0] < 0.72 * size)
    tone = rng.uniform(0.65, 1.15, n_fragments)[nearest[:, 0]] * (1.05 - 0.35 * distance[:, 0] / size)
    inside, tone = inside.reshape(height, width), tone.reshape(height, width).astype(np.float32)
    floor[:] *= 0.55
    floor[inside] = (rock * tone[..., None])[inside]
