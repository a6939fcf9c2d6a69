"""Recovery and rock quality, against values worked out by hand."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import corewidgets as cw
from corewidgets.geology.recovery import RockPiece, core_recovery

# The run of 1.2 m drawn in Deere and Deere (1988): 38, 17 and 20 cm count; 7 cm and a gap do not.
PIECES = [RockPiece(0, 0.38), RockPiece(0.38, 0.55), RockPiece(0.75, 0.82), RockPiece(0.82, 1.02)]


def row_of(pieces, top, base, **settings):
    (row,) = core_recovery(pieces, [(top, base)], **settings).to_dict("records")
    return row


def test_a_run_by_hand():
    row = row_of(PIECES, 0, 1.2)
    assert row["recovered"] == pytest.approx(0.82)
    assert row["tcr"] == row["scr"] == pytest.approx(0.82 / 1.2)
    assert row["rqd"] == pytest.approx((0.38 + 0.17 + 0.20) / 1.2)
    assert row["n_fractures"] == 2  # at 0.38 and 0.82; what is lost between 0.55 and 0.75 tells of none
    assert row["fracture_frequency"] == pytest.approx(2 / 0.82)


def test_rubble_is_recovered_but_neither_solid_nor_sound():
    row = row_of([RockPiece(0, 0.5), RockPiece(0.5, 0.8, solid=False), RockPiece(0.8, 1.0)], 0, 1)
    assert (row["tcr"], row["scr"], row["rqd"]) == pytest.approx((1.0, 0.7, 0.7))
    assert row["n_fractures"] == 0


def test_a_mechanical_break_does_not_count():
    parted = [RockPiece(0, 0.06), RockPiece(0.06, 0.12), RockPiece(0.12, 1)]
    assert row_of(parted, 0, 1)["rqd"] == pytest.approx(0.88)
    assert row_of(parted, 0, 1)["n_fractures"] == 2
    whole = [RockPiece(0, 0.06, mechanical_below=True), *parted[1:]]
    assert row_of(whole, 0, 1)["rqd"] == pytest.approx(1.0)
    assert row_of(whole, 0, 1)["n_fractures"] == 1


def test_a_mechanical_break_above_a_gap_joins_nothing():
    row = row_of([RockPiece(0, 0.06, mechanical_below=True), RockPiece(0.5, 0.56)], 0, 1)
    assert row["rqd"] == 0


def test_ten_centimetres_are_enough():
    assert row_of([RockPiece(12.3, 12.4)], 12, 13)["rqd"] == pytest.approx(0.1)
    assert row_of([RockPiece(12.3, 12.399)], 12, 13)["rqd"] == 0
    assert row_of([RockPiece(12.3, 12.4)], 12, 13, sound_length=0.2)["rqd"] == 0


def test_a_piece_in_two_intervals_is_judged_whole_and_counted_in_parts():
    table = core_recovery([RockPiece(0.95, 1.06)], [(1, 2), (0, 1)])
    assert table["top"].tolist() == [0, 1]
    assert table["rqd"].tolist() == pytest.approx([0.05, 0.06])


def test_a_break_on_a_border_counts_once():
    table = core_recovery([RockPiece(0.5, 1), RockPiece(1, 1.5)], [(0, 1), (1, 2)])
    assert table["n_fractures"].tolist() == [0, 1]


def test_where_nothing_was_recovered_there_is_no_frequency():
    row = row_of([], 0, 3)
    assert (row["tcr"], row["scr"], row["rqd"], row["n_fractures"]) == (0, 0, 0, 0)
    assert math.isnan(row["fracture_frequency"])


lengths = st.lists(
    st.tuples(st.floats(0.005, 0.5), st.floats(0, 0.2), st.booleans(), st.booleans()), min_size=1, max_size=20
)


@given(lengths, st.integers(1, 7), st.integers(0, 99))
@example([(0.5, 1e-7, True, True), (0.5, 0.0, True, False)], 1, 0)  # joined, with a gap that is none
def test_intervals_add_up_to_the_run_and_order_does_not_matter(drawn, n_parts, seed):
    pieces, depth = [], 100.0
    for length, gap, solid, mechanical in drawn:
        pieces.append(RockPiece(depth, depth + length, solid, mechanical))
        depth += length + gap
    whole = row_of(pieces, 100.0, depth)
    random.Random(seed).shuffle(pieces)
    edges = [100.0 + (depth - 100.0) * k / n_parts for k in range(n_parts)] + [depth]
    parts = core_recovery(pieces, itertools.pairwise(edges))
    for share in ("tcr", "scr", "rqd"):
        metres = (parts[share] * (parts["base"] - parts["top"])).sum()
        assert metres == pytest.approx(whole[share] * (depth - 100.0), abs=1e-9)
    assert parts["n_fractures"].sum() == whole["n_fractures"]
    assert 0 <= whole["rqd"] <= whole["scr"] <= whole["tcr"] <= 1 + 1e-9


@pytest.mark.parametrize(
    ("pieces", "intervals", "settings", "message"),
    [
        ([RockPiece(0, 1), RockPiece(0.5, 2)], [(0, 2)], {}, "Two pieces overlap: one from 0 to 1 m"),
        ([], [(0, 2), (1, 3)], {}, r"Two intervals overlap: 0.0 to 2.0 m and 1.0 to 3.0 m"),
        ([], [(2, 1)], {}, r"top is 2.0 m and base 1.0 m; exchange them"),
        ([], [(0, math.nan)], {}, "base nan m"),
        ([], [(0, 1)], {"sound_length": 0}, "sound_length must be positive, but it is 0 m"),
    ],
)
def test_bad_input_is_named(pieces, intervals, settings, message):
    with pytest.raises(ValueError, match=message):
        core_recovery(pieces, intervals, **settings)


@pytest.mark.parametrize(("top", "base"), [(1, 1), (2, 1), (math.nan, 1), (0, math.inf)])
def test_a_piece_has_a_length(top, base):
    with pytest.raises(ValueError, match="The base of a piece must lie below its top"):
        RockPiece(top, base)


def test_it_is_public():
    assert cw.core_recovery is core_recovery
    assert cw.RockPiece is RockPiece


def test_core_is_where_maps_show_rock_across_and_sections_that_overlap_count_once():
    legend = cw.Legend(["Rock", "Foam"], not_rock=["Foam"])
    half = np.array([[1, 2], [1, 1], [2, 2], [0, 2]], np.uint8)  # 0: unknown, no rock
    lanes = [cw.Lane("a.jpg", 10, 14), cw.Lane("b.jpg", 11.5, 13.5)]
    maps = [half, np.full((4, 2), 1, np.uint8)]
    assert cw.mapped_core(lanes[0], half, legend) == [(10, 12)]
    assert cw.mapped_core(lanes[0], half, legend, least_share=0.6) == [(11, 12)]
    assert cw.mapped_core(lanes, maps, legend) == [(10, 13.5)]
    table = cw.map_recovery(cw.mapped_core(lanes, maps, legend), [(12, 14), (10, 12)])
    assert table.to_numpy().tolist() == [[10, 12, 2, 1], [12, 14, 1.5, 0.75]]
    with pytest.raises(ValueError, match="least_share must lie above 0 and at most at 1, but it is 0"):
        cw.mapped_core(lanes, maps, legend, least_share=0)
    section = cw.CoreSection(np.zeros((4, 2, 3), np.uint8), name="R1")
    with pytest.raises(ValueError, match="Section 'R1' has no depths"):
        cw.mapped_core(section, half, legend)
