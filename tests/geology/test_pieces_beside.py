"""Pieces of a box take the place of those that were saved of it; those of other boxes stay."""

from __future__ import annotations

import pytest

import corewidgets as cw
from corewidgets.geology.pieces_beside import merged_pieces, pieces_file, pieces_in

LANES = [cw.Lane("box.png", 11.0, 12.0), cw.Lane("box.png", 12.0, 13.0, "other")]


@pytest.fixture
def saved(tmp_path):
    path = pieces_file(tmp_path / "hole.csv")
    assert path.name == "hole.pieces.csv"
    cw.write_pieces([cw.RockPiece(10, 11), cw.RockPiece(11, 11.4), cw.RockPiece(11.4, 12.2)], path)
    return path


def test_those_of_other_lanes_stay(saved):
    log = merged_pieces(saved, [cw.RockPiece(11.0, 13.0, solid=False)], LANES)
    assert [(piece.top, piece.base, piece.solid) for piece in log] == [(10, 11, True), (11, 13, False)]


def test_a_table_that_is_not_there_is_begun(tmp_path):
    assert len(merged_pieces(tmp_path / "none.csv", [cw.RockPiece(1, 2)], LANES)) == 1
    assert pieces_in(tmp_path / "none.csv", LANES) is None


def test_only_those_in_the_lanes_are_read(saved):
    log = pieces_in(saved, LANES)
    assert log is not None
    assert [piece.top for piece in log] == [11.0, 11.4]
    assert pieces_in(saved, [cw.Lane("box.png", 20.0, 21.0)]) is None


def test_pieces_that_overlap_those_of_another_box_are_told(saved):
    with pytest.raises(ValueError, match=r"overlap: one from 10.0 to 11.0 m, the other from 10.5 to 11.5 m"):
        merged_pieces(saved, [cw.RockPiece(10.5, 11.5)], LANES)


def test_a_column_that_would_be_lost_is_told(saved):
    saved.write_text("top,base,driller\n10,11,Ann\n")
    with pytest.raises(ValueError, match="'driller', which would be lost; save the pieces as a table of"):
        merged_pieces(saved, [cw.RockPiece(11, 12)], LANES)
