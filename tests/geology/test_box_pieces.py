"""From the photograph of a box to its RQD, and what a person's corrections make of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.cores.lane_part import CORE

SEEDS = (3, 5, 18, 26)
NEAR = 0.02  # metres: a person moves a break that was found so near, and else draws another


def true_pieces(sample: cw.BoxSample) -> list[cw.RockPiece]:
    """Return the pieces that lie in a made box, each third break between them mechanical."""
    depth, pieces = sample.top, []
    for part in (part for lane in sample.lanes for part in lane.parts if part.kind in CORE):
        mechanical = part.kind == "piece" and len(pieces) % 3 == 1
        pieces.append(cw.RockPiece(depth, depth + part.length / 1000, part.kind == "piece", mechanical))
        depth += part.length / 1000
    return pieces


def counted_rqd(pieces: list[cw.RockPiece]) -> float:
    """Return the share of the core that lies in sound pieces, counted piece by piece."""
    lengths, broken = [0.0], True
    for piece in pieces:
        if not piece.solid:
            broken = True
            continue
        if broken:
            lengths.append(0.0)
        lengths[-1] += piece.base - piece.top
        broken = not piece.mechanical_below
    return sum(length for length in lengths if length >= 0.1) / (pieces[-1].base - pieces[0].top)


def corrected(log: cw.PieceLog, truth: list[cw.RockPiece]) -> cw.PieceLog:
    """Correct pieces as a person does, who sees where the core is broken, and by what; one edit at a time."""
    wanted, above = [upper.base for upper, _ in pairwise(truth)], -np.inf
    for piece in [piece for piece in log if not piece.solid]:  # what is rubble is said once breaks are right
        log = log.with_rubble((piece.top + piece.base) / 2, rubble=False)
    for depth in wanted:
        near = [each for each, _ in log.breaks if abs(each - depth) <= NEAR and each > above]
        if near:
            log = log.with_break_moved(min(near, key=lambda each: abs(each - depth)), depth)
        else:
            log = log.with_break(depth)
        above = depth
    for depth, _ in log.breaks:
        log = log if depth in wanted else log.without_break(depth)
    for upper, _ in pairwise(truth):
        log = log.with_rubble((upper.top + upper.base) / 2, rubble=not upper.solid)
        log = log.with_mechanical(upper.base, upper.mechanical_below)
    return log.with_rubble((truth[-1].top + truth[-1].base) / 2, rubble=not truth[-1].solid)


@pytest.mark.parametrize("seed", SEEDS)
def test_rqd_with_corrections_is_exact(seed):
    sample = cw.sample_box(seed, size=1000)
    found = cw.find_box(sample.image, boustrophedon=sample.boustrophedon)
    log, truth = cw.box_pieces(found, sample.top, sample.base), true_pieces(sample)
    run = [(sample.top, sample.base)]
    assert log.recovery(run)["rqd"][0] != pytest.approx(counted_rqd(truth), abs=0.002)
    assert corrected(log, truth).recovery(run)["rqd"][0] == pytest.approx(counted_rqd(truth), abs=1e-9)


def test_pieces_are_written_as_the_command_line_reads_them(tmp_path):
    parts = (cw.LanePart(0.0, 0.5, "piece"), cw.LanePart(0.5, 0.8, "gap"), cw.LanePart(0.8, 1.0, "rubble"))
    side = np.array([[0.0, 0.0], [0.0, 9.0]])
    lane = cw.BoxLane(side + 2, side, parts, (0.5, 0.3, 0.2), 90, 1.0)
    empty = cw.BoxLane(side + 6, side + 4, (cw.LanePart(0.0, 1.0, "gap"),), (1.0,), 90, 1.0)
    log = cw.box_pieces(cw.FoundBox((lane, empty), 1.0), 30.48, 32.612)
    assert [(piece.solid, round(piece.base, 3)) for piece in log] == [(True, 32.003), (False, 32.612)]
    cw.write_pieces(log.with_break(31.0, mechanical=True), tmp_path / "pieces.csv", scale=cw.DepthScale("ft"))
    read = cw.read_pieces(tmp_path / "pieces.csv")
    assert [(piece.solid, piece.mechanical_below) for piece in read] == [
        (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert read[1].top == pytest.approx(31.0, abs=1e-9)
    assert (tmp_path / "pieces.csv").read_text().startswith("top (ft),base (ft),solid,mechanical\n100,")


def test_a_box_without_core_has_no_pieces():
    with pytest.raises(ValueError, match="There is no core in the box"):
        cw.box_pieces(cw.FoundBox((), 0.0), 1.0, 2.0)
    with pytest.raises(ValueError, match="must lie below its top"):
        cw.box_pieces(cw.FoundBox((), 0.0), 2.0, 1.0)
