"""Report makes a page of what a run left."""

from __future__ import annotations

import pytest

from corewidgets.cli import main

distributed = pytest.importorskip("distributed")


def test_the_report_finds_the_model_of_the_run(segment_hole, hole, tmp_path, capsys):
    code, _, error = segment_hole()
    assert code == 0, error
    training = [str(hole / f"R{number}.png") for number in (0, 2)]
    assert main(["report", "out", "--out", "hole.html", "--training", *training]) == 0
    assert "of 3 photographs differ" in capsys.readouterr().out
    assert "of 3 photographs differ" in (tmp_path / "hole.html").read_text()
