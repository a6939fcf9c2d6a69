"""Repeat makes a file again, with the same bytes, or it says why not."""

from __future__ import annotations

import shutil

import pytest

from corewidgets.origin import keep_origin, read_origin

from .calls import fails


@pytest.fixture
def own(folder, tmp_path, call):
    """Photograph and model in the folder of the call, so that a test may change them."""
    for name in ("core.png", "labels.png", "model.skops"):
        shutil.copy(folder / name, tmp_path)
    return call


MAP = ("segment", "core.png", "--model", "model.skops", "--out", "map.png")
OTHERS = ("--figure", "f.pdf", "--probabilities", "p.npz", "--uncertainty", "u.png")


@pytest.mark.slow
def test_all_that_segment_writes_is_made_again(own, tmp_path):
    assert own(*MAP, *OTHERS)[0] == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for file in ("map.png", *OTHERS[1::2]):
        code, output, error = own("repeat", file)
        assert (code, error) == (0, "")
        assert output == f"Made {file} again, with the same {len(before[file]):,} bytes.\n"
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.slow
def test_models_figures_and_scores_are_made_again(own, tmp_path):
    quick = ("--max-training-pixels", "200", "--layers", "pool1")
    own("train", "core.png", "labels.png", "--out", "m.skops", "--quick", *quick)
    own("features", "core.png", "lab/0", "--out", "f.svg")
    own("evaluate", "core.png", "labels.png", "--json", "s.json", "--folds", "2", *quick)
    for file in ("m.skops", "f.svg", "s.json"):
        assert own("repeat", file)[::2] == (0, ""), file


@pytest.mark.slow
def test_what_a_run_over_a_core_writes_and_its_report_are_made_again(segment_hole, call, tmp_path):
    logs = ("--las", "hole.las", "--csv", "hole.csv", "--figure", "hole.svg", "--uncertainty")
    assert segment_hole(*logs)[0] == 0
    assert call("report", "out", "--out", "hole.html")[0] == 0
    for file in (
        "out/sections/R1.png",
        "out/uncertainty/R1.png",
        "hole.las",
        "hole.csv",
        "hole.svg",
        "hole.html",
    ):
        before = (tmp_path / file).read_bytes()
        code, output, error = call("repeat", file)
        assert (code, error) == (0, ""), file
        assert output.startswith(f"Made {file} again, with the same "), file
        assert (tmp_path / file).read_bytes() == before


def test_a_copy_is_kept_where_it_is_asked_for(own, tmp_path):
    own(*MAP)
    assert own("repeat", "map.png", "--out", "again.png")[0] == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "map.png").read_bytes()


def test_a_file_that_was_changed_is_told(own, tmp_path):
    own(*MAP)
    origin, path = read_origin("map.png"), tmp_path / "map.png"
    path.write_bytes((tmp_path / "labels.png").read_bytes())
    keep_origin(path, origin)
    assert fails(own("repeat", "map.png"), "'map.png' came out different. The versions are the same: ")


def test_other_inputs_are_refused(own, tmp_path):
    own(*MAP)
    (tmp_path / "core.png").write_bytes(b"another")
    assert fails(own("repeat", "map.png"), "from the same files: core.png is changed since. Restore them")


def test_a_file_without_an_origin(own):
    assert fails(own("repeat", "labels.png"), "'labels.png' does not record which command made it")
