"""Photographs and lanes that shared a file of labels have one each; what is under the old name is read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.session import Session, save_session

CLASSES = ["A", "B"]
LEGEND = cw.Legend(CLASSES)


def painted(section, code):
    return np.full(section.shape, code, np.uint8)


@pytest.fixture
def two(tmp_path, image):
    """core.png and core.tif, two pictures of one size."""
    Image.fromarray(image).save(tmp_path / "core.png")
    Image.fromarray(image[::-1]).save(tmp_path / "core.tif")
    return [cw.read_section(tmp_path / name) for name in ("core.png", "core.tif")]


def test_core_png_and_core_tif_have_labels_and_a_session_each(two, tmp_path):
    for code, section in enumerate(two, 1):
        bench = cw.Workbench(section, CLASSES)
        assert not bench.labels.any()
        bench.labels = painted(section, code)
        bench.save()
        bench.close()
    for code, section in enumerate(two, 1):
        assert (cw.Workbench(section).labels == code).all()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        f"core.{one}{rest}" for one in ("png", "tif") for rest in ("", ".labels.png", ".session.zip")
    }


@pytest.mark.parametrize("with_digest", [True, False])
def test_labels_under_the_name_of_before_are_read_and_it_is_said(two, tmp_path, with_digest):
    section, other = two
    before = tmp_path / "core.labels.png"
    cw.write_labels(before, painted(section, 2), LEGEND, photograph=section.digest if with_digest else None)
    content = before.read_bytes()
    labeler = cw.Labeler(section)
    assert (labeler.labels == 2).all()
    assert "These labels are from core.labels.png, which other pieces or" in labeler.messages.text
    labeler.labels = painted(section, 1)
    labeler.close()
    assert (cw.read_labels(tmp_path / "core.png.labels.png")[0] == 1).all()
    assert before.read_bytes() == content
    again = cw.Labeler(section)
    assert (again.labels == 1).all()
    assert not again.messages.text
    of_other = cw.Labeler(other)
    if with_digest:
        assert not of_other.labels.any()
        assert "core.labels.png holds labels of another piece or photograph" in of_other.messages.text
    else:
        assert (of_other.labels == 2).all()
        assert "check whether they are of this one" in of_other.messages.text


def test_a_session_under_the_name_of_before_is_opened_and_kept(two, tmp_path):
    section, other = two
    before = tmp_path / "core.session.zip"
    save_session(before, Session(section, painted(section, 2), LEGEND))
    content = before.read_bytes()
    bench = cw.Workbench(section)
    assert (bench.labels == 2).all()
    assert "Opened core.session.zip" in bench._line.status.value
    bench.save()
    assert before.read_bytes() == content
    assert (tmp_path / "core.png.session.zip").exists()
    assert not cw.Workbench(other, CLASSES).labels.any()


def test_lanes_that_disks_take_for_one_have_labels_each(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "box.png")
    names = ("12/2", "12-2", "A", "a")
    box = tmp_path / "box.png"
    sections = [
        cw.CoreSection(image[30 * n : 30 * n + 30], path=box, part=name) for n, name in enumerate(names)
    ]
    for code, section in enumerate(sections, 1):
        labeler = cw.Labeler(section, classes=list("ABCD"))
        assert not labeler.labels.any()
        labeler.labels = painted(section, code)
        labeler.close()
    for code, section in enumerate(sections, 1):
        assert (cw.Labeler(section).labels == code).all()


def test_labels_of_a_lane_under_the_name_of_before_are_read(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "box.png")
    section = cw.read_section(tmp_path / "box.png")
    lane = cw.CoreSection(section.image, path=section.path, part="12/2")
    cw.write_labels(tmp_path / "box.12-2.labels.png", painted(lane, 1), LEGEND)
    labeler = cw.Labeler(lane)
    assert (labeler.labels == 1).all()
    assert "box.12-2~8bb918ba.labels.png" in labeler.messages.text
