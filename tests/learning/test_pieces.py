"""Pieces of a photograph: each pixel once, with the probabilities that all pixels at once would have."""

from __future__ import annotations

from concurrent.futures import Executor, Future

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corewidgets.features.hypercolumns import Hypercolumns, activations_of
from corewidgets.learning import pieces
from corewidgets.learning.linear import Linear
from corewidgets.learning.pieces import probability_pieces
from corewidgets.learning.regularization import Regularizer

COLOR = Hypercolumns((), lab=True, tile_rows=64)
WEIGHTS = np.array([[0.05, -0.02, 0.0], [0.0, 0.1, -0.1], [-0.1, 0.0, 0.1]], np.float32)
LINEAR = Linear(WEIGHTS, np.array([0.5, 0.0, -0.5], np.float32))


def classify(features):
    """Return the linear classifier's probabilities as another classifier would, from features."""
    return LINEAR(np.asarray(features))


def photograph(n_rows, n_columns):
    """Return smooth colors, so that most pixels lie between neighbors much like them."""
    rows, columns = np.mgrid[:n_rows, :n_columns]
    waves = [np.sin(rows / 40 + k) + np.cos(columns / (25 + 9 * k)) for k in range(3)]
    return np.rint(127 + 60 * np.stack(waves, axis=-1)).clip(0, 255).astype(np.uint8)


def joined(found, shape):
    """Return pieces as one array; each pixel must be there exactly once."""
    whole, times = np.full((*shape, 3), np.nan, np.float32), np.zeros(shape, int)
    for place, probabilities in found:
        whole[place] = probabilities
        times[place] += 1
    assert (times == 1).all()
    return whole


@pytest.mark.parametrize("shape", [(200, 90), (65, 1100), (1, 1), (64, 16)])
@pytest.mark.parametrize("predict", [classify, LINEAR])
def test_each_pixel_is_in_one_piece_with_its_probabilities(shape, predict):
    image = photograph(*shape)
    expected = classify(COLOR.dense(image).reshape(-1, 3)).reshape(*shape, 3)
    found = joined(probability_pieces(activations_of(COLOR, image), predict, n_jobs=2), shape)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_pieces_come_from_the_top_and_tell_how_many_are_done():
    calls = []
    activations = activations_of(COLOR, photograph(200, 90))
    found = probability_pieces(activations, LINEAR, progress=lambda *counts: calls.append(counts))
    assert [place[0] for place, _ in found] == [
        slice(0, 64),
        slice(64, 128),
        slice(128, 192),
        slice(192, 200),
    ]
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_refined_asks_for_every_fourth_pixel_and_for_those_in_doubt():
    image, asked = photograph(64, 80), []

    def counted(features):
        asked.append(len(features))
        return classify(features)

    exact = joined(probability_pieces(activations_of(COLOR, image), classify), image.shape[:2])
    refined = joined(probability_pieces(activations_of(COLOR, image), counted, refined=True), image.shape[:2])
    crossings, doubtful = asked  # one piece
    assert crossings == 33 * 41  # every second row and column, and the last
    assert 0 < doubtful < image.shape[0] * image.shape[1] // 3
    np.testing.assert_allclose(refined[::2, ::2], exact[::2, ::2], atol=1e-6)
    assert (refined.argmax(-1) == exact.argmax(-1)).mean() > 0.99


def test_only_pieces_near_the_rows_asked_for_are_computed():
    activations = activations_of(COLOR, photograph(640, 40))
    found = list(probability_pieces(activations, classify, near=np.array([130, 70, 500])))
    assert [place[0].start for place, _ in found] == [64, 128, 448]
    assert list(probability_pieces(activations, classify, near=np.array([], int))) == []


# --- with a regularizer


class Listener:
    """A regularizer that adds up the rows within its halo, and so tells whether it was given them all."""

    halo = 6

    def smooth(self, image, probabilities, rows):
        assert len(image) == len(probabilities)
        assert rows.start % 2 == 0
        padded = np.pad(probabilities, [(self.halo, self.halo), (0, 0), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * self.halo + 1, axis=0)
        return windows.sum(axis=-1)[rows]


ROWS = 240
VALUES = np.random.default_rng(0).random((ROWS, 12, 3), dtype=np.float32)
HEARD = Listener().smooth(VALUES, VALUES, slice(0, ROWS))


def strips(present, n_rows=8):
    """Return the pieces of some strips of `n_rows`, each strip cut in two."""
    for strip in present:
        rows = slice(n_rows * strip, n_rows * (strip + 1))
        for columns in (slice(0, 5), slice(5, 12)):
            yield (rows, columns), VALUES[rows, columns]


@given(st.sets(st.integers(0, ROWS - 1), min_size=1, max_size=6), st.sampled_from([8, 32, 1024]))
@example({0, ROWS - 1}, 8)
@example({7, 8}, 8)
def test_rows_that_are_asked_for_hear_all_rows_within_the_halo(wanted, block):
    near = np.array(sorted(wanted))
    present = [
        strip
        for strip in range(ROWS // 8)
        if any(8 * strip - Listener.halo <= row < 8 * (strip + 1) + Listener.halo for row in near)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_BLOCK_ROWS", block)
        found = list(pieces._regularized(pieces._strips(strips(present)), Listener(), VALUES, near))
    times = np.zeros(ROWS, int)
    for (rows, columns), heard in found:
        assert columns == slice(0, 12)
        inside = near[(near >= rows.start) & (near < rows.stop)]
        np.testing.assert_allclose(heard[inside - rows.start], HEARD[inside], rtol=1e-5)
        times[rows] += 1
    assert (times[near] == 1).all()
    assert times.max() == 1


def test_all_rows_come_in_blocks_and_no_more_is_held_than_a_block_with_its_halo(monkeypatch):
    held = []

    class Watched(Listener):
        def smooth(self, image, probabilities, rows):
            held.append(len(probabilities))
            return super().smooth(image, probabilities, rows)

    monkeypatch.setattr(pieces, "_BLOCK_ROWS", 32)
    blocks = list(pieces._regularized(pieces._strips(strips(range(ROWS // 8))), Watched(), VALUES, None))
    assert [(rows.start, rows.stop) for (rows, _), _ in blocks] == [
        (start, min(start + 32, ROWS)) for start in range(0, ROWS, 32)
    ]
    np.testing.assert_allclose(np.concatenate([heard for _, heard in blocks]), HEARD, rtol=1e-5)
    assert max(held) <= 32 + 3 * 8  # a block, and the strips that hold the halos


class AtOnce(Executor):
    """Computes as soon as it is told to: what an idle core would do."""

    def __init__(self, n_threads):
        pass

    def submit(self, compute, *given):
        future = Future()
        future.set_result(compute(*given))
        return future


def test_few_pieces_are_computed_before_they_are_asked_for(monkeypatch):
    """Else a photograph of a hundred megapixels waits in memory as probabilities."""
    monkeypatch.setattr(pieces, "ThreadPoolExecutor", AtOnce)
    activations, computed = activations_of(COLOR, photograph(64 * 12, 20)), []

    def watched(features):
        computed.append(len(features))
        return classify(features)

    found = probability_pieces(activations, watched, n_jobs=1)
    for number, _ in enumerate(found, start=1):
        assert len(computed) == min(number + 2, 12)
    assert len(computed) == 12


@pytest.mark.slow
def test_a_regularized_photograph_is_what_the_regularizer_makes_of_it_at_once(monkeypatch):
    monkeypatch.setattr(pieces, "_BLOCK_ROWS", 128)
    image, regularizer = photograph(400, 40), Regularizer(reach=8, spacing=4)
    activations = activations_of(COLOR, image)
    expected = regularizer.smooth(image, joined(probability_pieces(activations, LINEAR), image.shape[:2]))
    found = joined(probability_pieces(activations, LINEAR, regularizer=regularizer), image.shape[:2])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    few = list(probability_pieces(activations, LINEAR, regularizer=regularizer, near=np.array([301])))
    assert [place[0] for place, _ in few] == [slice(300, 302)]
    np.testing.assert_allclose(few[0][1], expected[300:302], atol=1e-5)
