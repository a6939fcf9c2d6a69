"""Pieces are corrected break by break, and what cannot be is said."""

from __future__ import annotations

import pytest

from corewidgets import CoreBreak, PieceLog, RockPiece

LOG = PieceLog([RockPiece(11.0, 12.0), RockPiece(10.0, 10.4), RockPiece(10.4, 10.8, mechanical_below=True)])


def test_breaks_are_where_pieces_touch():
    assert [piece.top for piece in LOG] == [10.0, 10.4, 11.0]
    assert LOG.breaks == (CoreBreak(10.4, False),)  # below 10.8 core is missing
    assert len(PieceLog([])) == 0


def test_a_break_is_added_moved_marked_and_removed():
    more = LOG.with_break(11.5, mechanical=True)
    assert more.breaks == (CoreBreak(10.4, False), CoreBreak(11.5, True))
    moved = more.with_break_moved(11.52, 11.2)
    assert moved.breaks[1] == CoreBreak(11.2, True)
    assert moved.with_mechanical(11.2, False).breaks[1] == CoreBreak(11.2, False)
    assert moved.without_break(11.2).pieces == LOG.pieces
    assert LOG.with_mechanical(10.41).recovery([(10, 12)])["n_fractures"].tolist() == [0]


def test_pieces_made_one_keep_what_lies_below():
    assert LOG.without_break(10.4).pieces[0] == RockPiece(10.0, 10.8, mechanical_below=True)
    assert LOG.with_break(10.6, mechanical=False).pieces[2] == RockPiece(10.6, 10.8, mechanical_below=True)


def test_rubble_counts_as_recovered_alone():
    rubble = LOG.with_rubble(10.2)
    row = rubble.recovery([(10, 12)]).iloc[0]
    assert (row["tcr"], row["scr"], row["rqd"]) == pytest.approx((0.9, 0.7, 0.7))
    assert rubble.with_rubble(10.2, rubble=False).pieces == LOG.pieces


@pytest.mark.parametrize(
    ("correct", "message"),
    [
        (lambda log: log.with_break(10.9), r"No piece holds the depth 10.900 m, because there is no core"),
        (lambda log: log.with_break(10.4), r"No piece holds the depth 10.400 m, because a piece ends there"),
        (lambda log: log.with_rubble(9.0), r"No piece holds the depth 9.000 m"),
        (lambda log: log.without_break(10.46), r"No break lies within 5 cm of 10.460 m; .* is at 10.400 m"),
        (lambda log: log.with_mechanical(10.8), r"No break lies within 5 cm of 10.800 m"),
        (lambda log: PieceLog([]).without_break(1.0), r"No break lies within 5 cm of 1.000 m; there is none"),
        (lambda log: log.with_break_moved(10.4, 10.8), r"cannot be moved to 10.800 m; .*10.000 and 10.800 m"),
        (lambda log: log.with_rubble(10.2).without_break(10.4), r"Rubble and solid core touch at 10.400 m"),
        (lambda log: PieceLog([*log, RockPiece(10.1, 10.2)]), r"Two pieces overlap"),
    ],
)
def test_what_cannot_be_corrected_is_said(correct, message):
    with pytest.raises(ValueError, match=message):
        correct(LOG)
