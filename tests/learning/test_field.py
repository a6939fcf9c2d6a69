"""The sparse matrices of the random field, against the definition, neighbor by neighbor."""

from itertools import product

import numpy as np
import pytest
from skimage.color import rgb2lab

from corewidgets.learning import field
from corewidgets.learning.field import CELL, Amounts, Lattice, smoothed, steps_of

AMOUNTS = Amounts(strength=3.0, trust=0.4, temperature=1.5, width=6.0, color_width=30.0)


def by_definition(lattice, lab, logits):
    """One step on the cells of a whole image: each hears its neighbors, weighed by distance and color."""
    beliefs = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    heard = np.zeros_like(logits)
    steps, is_near = steps_of(lattice)
    for row, column in np.ndindex(logits.shape[:2]):
        total = 1e-6
        for (i, down), (j, across) in product(enumerate(steps), enumerate(steps)):
            there = row + down, column + across
            if is_near[i, j] and all(
                0 <= at < size for at, size in zip(there, logits.shape[:2], strict=True)
            ):
                distance = CELL**2 * (down**2 + across**2) / AMOUNTS.width**2
                distance += ((lab[there] - lab[row, column]) ** 2).sum() / AMOUNTS.color_width**2
                total += np.exp(-distance / 2)
                heard[row, column] += np.exp(-distance / 2) * beliefs[there]
        heard[row, column] /= total
    return heard


def test_a_step_weighs_each_neighbor_by_distance_and_color():
    """On an image whose cells have one color each."""
    rng = np.random.default_rng(0)
    colors = rng.integers(0, 256, (5, 4, 3), dtype=np.uint8)
    said = rng.dirichlet(np.ones(3), (5, 4))
    image, beliefs = (values.repeat(CELL, axis=0).repeat(CELL, axis=1) for values in (colors, said))
    shape = np.array(image.shape[:2], np.int32)
    lattice = Lattice(reach=2, spacing=1, n_steps=1)
    found = smoothed(
        lattice, (0, 0), AMOUNTS, image, beliefs.astype(np.float32), np.zeros(2, np.int32), shape
    )

    unary = AMOUNTS.trust * np.log(said)
    heard = by_definition(lattice, rgb2lab(colors), unary)
    for row, column in np.ndindex(image.shape[:2]):
        mine = lift(rgb2lab(colors), heard, row, column)
        logits = (unary[row // CELL, column // CELL] + AMOUNTS.strength * mine) / AMOUNTS.temperature
        np.testing.assert_allclose(found[row, column], np.exp(logits) / np.exp(logits).sum(), atol=1e-5)


def lift(lab, heard, row, column):
    """What a pixel takes of its own cell and of the three nearest, as far as they have its color."""
    own = row // CELL, column // CELL
    beside = [at + (1 if pixel % CELL else -1) for at, pixel in zip(own, (row, column), strict=True)]
    total, share = 0.0, 0.0
    for there in product((own[0], beside[0]), (own[1], beside[1])):
        if all(0 <= at < size for at, size in zip(there, lab.shape[:2], strict=True)):
            near = np.prod([0.75 if at == mine else 0.25 for at, mine in zip(there, own, strict=True)])
            unlike = ((lab[there] - lab[own]) ** 2).sum() / AMOUNTS.color_width**2
            total = total + near * np.exp(-min(unlike, 40) / 2) * heard[there]
            share += near * np.exp(-min(unlike, 40) / 2)
    return total / share


def test_cells_beyond_the_image_are_not_heard():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (20, 12, 3), dtype=np.uint8)
    beliefs = rng.dirichlet(np.ones(4), (20, 12)).astype(np.float32)
    other = beliefs.copy()
    other[16:] = other[16:, :, ::-1]
    found = [
        smoothed(Lattice(3, 1, 2), (4, 0), AMOUNTS, image, said, np.array([0, 0]), np.array([16, 12]))
        for said in (beliefs, other)
    ]
    np.testing.assert_array_equal(*found)
    inside = smoothed(Lattice(3, 1, 2), (4, 0), AMOUNTS, image, other, np.array([0, 0]), np.array([20, 12]))
    assert np.abs(inside - found[0]).max() > 1e-3


@pytest.mark.parametrize("n_cores", [2, 6])
def test_parts_of_a_tile_give_what_the_whole_gives(monkeypatch, n_cores):
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (60, 14, 3), dtype=np.uint8)
    given = (
        image,
        rng.dirichlet(np.ones(3), (60, 14)).astype(np.float32),
        np.array([4, 0]),
        np.array([60, 14]),
    )
    whole = smoothed(Lattice(4, 2, 2), (8, 0), AMOUNTS, *given)
    monkeypatch.setattr(field, "_ROWS", 6)
    monkeypatch.setattr(field, "count_cores", lambda: n_cores)
    np.testing.assert_allclose(smoothed(Lattice(4, 2, 2), (8, 0), AMOUNTS, *given), whole, atol=1e-6)
