"""A copy of labels takes the place of nothing that is not a copy of the same tool."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

CLASSES = ["A", "B"]


@pytest.fixture
def photograph(tmp_path, image):
    path = tmp_path / "core.png"
    Image.fromarray(image).save(path)
    return path


def painted(labeler, code):
    labeler.labels = np.full(labeler.section.shape, code, np.uint8)
    return labeler


def test_the_photograph_is_not_written_over(photograph):
    before = photograph.read_bytes()
    labeler = painted(cw.Labeler(cw.read_section(photograph), CLASSES), 1)
    with pytest.raises(ValueError, match=r"core\.png' is the photograph itself; give .*'core\.labels\.png'"):
        labeler.write_labels(photograph)
    with pytest.raises(ValueError, match="is the photograph itself"):
        cw.Labeler(cw.read_section(photograph), CLASSES, labels=labeler.labels, autosave=photograph)
    assert photograph.read_bytes() == before


def test_a_copy_for_labelme_names_the_photograph(photograph, tmp_path):
    labeler = painted(cw.Labeler(cw.read_section(photograph), CLASSES), 1)
    labeler.write_labels(tmp_path / "core.labelme.json")
    assert json.loads((tmp_path / "core.labelme.json").read_text())["imagePath"] == "core.png"


def test_what_others_wrote_is_kept_and_own_copies_are_replaced(photograph, tmp_path):
    labeler = painted(cw.Labeler(cw.read_section(photograph), CLASSES), 1)
    cw.write_labels(tmp_path / "mine.h5", np.full((2, 2), 2))
    before = (tmp_path / "mine.h5").read_bytes()
    labeler.write_labels(tmp_path / "mine.h5")
    (kept,) = tmp_path.glob("mine.2*.h5")
    assert kept.read_bytes() == before
    assert f"what was there before is kept as {kept.name}" in labeler.messages.text
    painted(labeler, 2).write_labels(tmp_path / "mine.h5")
    assert list(tmp_path.glob("mine.2*.h5")) == [kept]
    assert (cw.read_labels(tmp_path / "mine.h5")[0] == 2).all()


def test_a_copy_to_the_file_of_another_tool_loses_nothing_of_it(photograph, tmp_path):
    section = cw.read_section(photograph)
    first, second = cw.Labeler(section, CLASSES), cw.Labeler(section, CLASSES)
    painted(second, 2).flush_labels()
    painted(first, 1).write_labels(first.file.path.value)
    (kept,) = tmp_path.glob("core.labels.20*.png")
    assert (cw.read_labels(kept)[0] == 2).all()


def test_a_copy_to_the_own_file_is_no_other_program(photograph, tmp_path):
    labeler = painted(cw.Labeler(cw.read_section(photograph), CLASSES), 1)
    labeler.write_labels(labeler.file.path.value)
    painted(labeler, 2).flush_labels()
    assert "cw-well" in labeler._status.value
    assert {path.name for path in tmp_path.iterdir()} == {"core.png", "core.labels.png"}
