"""Pieces in lanes are parted where the photograph shows a break, and where core is missing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.geology import lane_pieces


def photograph(*columns: int) -> np.ndarray:
    """Return rock with dark breaks across it."""
    rock = 130 + np.random.default_rng(0).integers(-6, 7, (40, 400, 1)).repeat(3, axis=2)
    for column in columns:
        rock[:, column : column + 3] = 30
    return rock.astype(np.uint8)


def test_pieces_lie_between_breaks_in_the_order_of_depth():
    lane = cw.Lane("box.png", 10.0, 10.8, rotation=90)
    pieces = cw.lane_pieces([lane], photograph(100, 300))
    assert [each.depth for each in pieces.breaks] == pytest.approx([10.203, 10.603], abs=0.005)
    assert (pieces.pieces[0].top, pieces.pieces[-1].base) == (10.0, 10.8)
    turned = cw.Lane("box.png", 10.0, 10.8, rotation=270)
    other = cw.lane_pieces([turned], photograph(100, 200))
    assert [each.depth for each in other.breaks] == pytest.approx([10.397, 10.597], abs=0.005)


def test_a_photograph_is_read_once_and_a_second_one_not_at_all(tmp_path, monkeypatch):
    Image.fromarray(photograph(100, 300)).save(tmp_path / "box.png")
    read = []
    one = lane_pieces.read_photograph
    monkeypatch.setattr(lane_pieces, "read_photograph", lambda file: read.append(file.name) or one(file))
    upper, lower = (
        cw.Lane(tmp_path / "box.png", top, top + 1, f"{top}", (row, row + 20, 0, 400), 90, "none-uv.png")
        for top, row in ((10, 0), (11, 20))
    )
    assert len(cw.lane_pieces([upper, lower])) == 6
    assert read == ["box.png"]


def test_two_pieces_touch_where_core_is_missing():
    corners = [(39.5, -0.5), (39.5, 399.5), (-0.5, 399.5), (-0.5, -0.5)]
    shape = cw.LaneShape(corners, [(0.4, 10.4), (0.5, 10.4)])
    lane = cw.Lane("box.png", 10.0, 10.9, rotation=90, shape=shape)
    pieces = cw.lane_pieces([lane], photograph(160, 300))
    assert [each.depth for each in pieces.breaks] == pytest.approx([10.4, 10.653], abs=0.005)
    assert pieces.breaks[0].depth == 10.4


def test_the_whole_way_from_a_photograph_to_rqd(tmp_path):
    sample = cw.sample_box(26, size=1000)
    Image.fromarray(sample.image).save(tmp_path / "box.png")
    lanes = cw.propose_lanes(tmp_path / "box.png", sample.top, sample.base)
    row = cw.lane_pieces(lanes).recovery([(sample.top, sample.base)]).iloc[0]
    assert row["tcr"] == pytest.approx(1.0)
    true = [part.length / 1000 for lane in sample.lanes for part in lane.parts if part.kind == "piece"]
    rqd = sum(length for length in true if length >= 0.1) / (sample.base - sample.top)
    assert row["rqd"] == pytest.approx(rqd, abs=0.15)


def test_rubble_is_one_piece_that_is_not_solid_and_does_not_count_as_sound():
    box = photograph(300)
    rows, columns = np.mgrid[:40, :100]
    fragments = np.hypot(rows % 10 - 4.5, (columns + 7 * (rows // 10)) % 16 - 7.5) < 4.4
    box[:, 100:200][~fragments] = 20
    pieces = cw.lane_pieces([cw.Lane("box.png", 10.0, 10.8, rotation=90)], box)
    assert [piece.solid for piece in pieces] == [True, False, True, True]
    assert [piece.base for piece in pieces] == pytest.approx([10.2, 10.4, 10.603, 10.8], abs=0.02)
    row = pieces.recovery([(10, 10.8)]).iloc[0]
    assert (row["tcr"], row["scr"]) == pytest.approx((1, 0.75), abs=0.05)
    assert row["rqd"] == pytest.approx(0.75, abs=0.05)
