"""Trace says which command made a file, from what, and what has changed since."""

from __future__ import annotations

import shutil

import pytest

import corewidgets as cw

from .calls import QUICK, fails, segment, train


@pytest.fixture
def own(folder, tmp_path, call):
    """Photograph and model in the folder of the call, so that a test may change them."""
    for name in ("core.png", "model.skops"):
        shutil.copy(folder / name, tmp_path)
    return call


def test_the_command_its_files_and_the_photograph_are_told(own, sample):
    assert own("segment", "core.png", "--model", "model.skops", "--out", "map.png")[0] == 0
    code, output, error = own("trace", "map.png")
    assert (code, error) == (0, "")
    assert "\n  corewidgets segment core.png --model model.skops --out map.png\n" in output
    assert output.count(", unchanged") == 2
    assert f"Pixels of the photograph: digest {sample.section.digest[:12]}…" in output
    assert "\nRecipe: classifier " in output
    assert f"corewidgets {cw.__version__}" in output


def test_what_has_changed_since_is_told(own, tmp_path):
    own("segment", "core.png", "--model", "model.skops", "--out", "map.tif")
    (tmp_path / "model.skops").write_bytes(b"another")
    (tmp_path / "core.png").unlink()
    _, output, _ = own("trace", "map.tif")
    assert "model.skops: SHA-256 " in output
    assert output.count(", changed since") == 1
    assert output.count(", not there any more") == 1


def test_the_files_are_found_where_the_folder_was_moved_with_them(own, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    for name in ("core.png", "model.skops"):
        shutil.move(tmp_path / name, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    assert own("segment", "core.png", "--model", "model.skops", "--out", "map.png")[0] == 0
    monkeypatch.chdir(tmp_path)
    shutil.move(tmp_path / "work", tmp_path / "elsewhere")
    assert own("trace", "elsewhere/map.png")[1].count(", unchanged") == 2


def test_what_made_the_model_is_told_too(call):
    assert call(*train("--no-scores", *QUICK))[0] == 0
    call(*segment(model="m.skops"))
    _, output, _ = call("trace", "map.png")
    assert "    made by corewidgets train " in output
    assert "labels.png: SHA-256 " in output


def test_labels_that_no_command_wrote_say_what_they_know(call, sample, tmp_path):
    cw.write_labels(tmp_path / "drawn.png", sample.labels, sample.legend, photograph=sample.section.digest)
    code, output, _ = call("trace", "drawn.png")
    assert code == 0
    assert "drawn.png does not record which command made it." in output
    assert f"digest {sample.section.digest[:12]}…" in output
    assert f"Its classes are {', '.join(sample.legend.names)}." in output


def test_a_file_that_is_not_there(call):
    assert fails(call("trace", "none.png"), "There is no file 'none.png'; check the name and the folder.")
