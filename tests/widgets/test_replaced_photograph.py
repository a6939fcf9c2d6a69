"""A photograph that was exported again under its name does not take the labels of the one before."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.session import read_session_labels

from .conftest import Hand

CLASSES = ["A", "B"]


@pytest.fixture
def photograph(tmp_path, image):
    path = tmp_path / "core.png"
    Image.fromarray(image).save(path)
    return path


@pytest.fixture
def drawn(photograph):
    """Labels that lie beside the photograph."""
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    Hand(labeler.stage).stroke("paint", (50, 40))
    labeler.close()
    return labeler.labels


@pytest.fixture
def replaced(photograph, drawn, image):
    """The photograph, mirrored under its name."""
    Image.fromarray(image[:, ::-1]).save(photograph)
    return cw.read_section(photograph)


def saved_before(photograph):
    return list(photograph.parent.glob("core.labels.2*.png"))


def test_the_labels_are_not_shown_and_it_says_why(replaced, photograph, drawn):
    before = photograph.with_name("core.labels.png").read_bytes()
    labeler = cw.Labeler(replaced, classes=CLASSES)
    assert not labeler.labels.any()
    for part in (
        "drawn on another photograph",
        "with different pixels",
        "keep them; if not, restore the photo",
    ):
        assert part in labeler.messages.text
    assert "core.labels.png" in labeler.question.text
    labeler.close()
    assert photograph.with_name("core.labels.png").read_bytes() == before
    assert not saved_before(photograph)


def test_they_can_be_kept(replaced, photograph, drawn):
    labeler = cw.Labeler(replaced, classes=CLASSES)
    labeler.question.agree.click()
    assert np.array_equal(labeler.labels, drawn)
    assert "undo removes them" in labeler.messages.text
    labeler.close()
    again = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    assert np.array_equal(again.labels, drawn)
    assert not again.question.text
    assert not again.messages.text


def test_drawing_anew_keeps_them_under_another_name(replaced, photograph, drawn):
    labeler = cw.Labeler(replaced, classes=CLASSES)
    Hand(labeler.stage).stroke("paint", (90, 10))
    labeler.close()
    (kept,) = saved_before(photograph)
    assert kept.name in labeler._status.value
    assert np.array_equal(cw.read_labels(kept)[0], drawn)
    assert np.array_equal(cw.Labeler(replaced).labels, labeler.labels)


def test_another_size_is_told_and_nothing_is_written(photograph, drawn, image, shown_errors):
    Image.fromarray(image[:-20]).save(photograph)
    before = photograph.with_name("core.labels.png").read_bytes()
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    assert "100" in str(shown_errors.pop())
    Hand(labeler.stage).stroke("paint", (50, 40))
    labeler.close()
    assert photograph.with_name("core.labels.png").read_bytes() == before


def test_labels_without_a_digest_are_read(photograph, drawn, image):
    cw.write_labels(photograph.with_name("core.labels.png"), drawn, cw.Legend(CLASSES))
    Image.fromarray(image[:, ::-1]).save(photograph)
    labeler = cw.Labeler(cw.read_section(photograph))
    assert np.array_equal(labeler.labels, drawn)
    assert not labeler.messages.text


def test_the_workbench_asks_as_well_and_a_session_gives_its_labels(photograph, image, shown_errors):
    bench = cw.Workbench(cw.read_section(photograph), CLASSES)
    Hand(bench.labeler.stage).stroke("paint", (50, 40))
    drawn = bench.labels
    bench.save()
    bench.close()
    Image.fromarray(image | 1).save(photograph)
    again = cw.Workbench(cw.read_section(photograph), CLASSES)
    told = str(shown_errors.pop())
    assert "made on another photograph" in told
    assert "whose pixels differ (digest" in told
    assert not again.labels.any()
    assert "core.labels.png" in again.labeler.question.text
    Hand(again.labeler.stage).stroke("paint", (90, 10))
    again.labeler.read_labels(photograph.with_name("core.session.zip"))
    assert np.array_equal(again.labels, drawn)
    assert "drawn on another photograph" in again.labeler.messages.text
    again.save()
    again.close()
    (before,) = photograph.parent.glob("core.session.2*.zip")
    assert np.array_equal(read_session_labels(before)[0], drawn)
    shown_errors.clear()
    assert np.array_equal(cw.Workbench(cw.read_section(photograph)).labels, drawn)
    assert not shown_errors


def test_a_copy_knows_its_photograph(photograph, drawn, tmp_path):
    section = cw.read_section(photograph)
    labeler = cw.Labeler(section)
    labeler.write_labels(tmp_path / "copy.h5")
    cw.read_labels(tmp_path / "copy.h5", photograph=section.digest)
    with pytest.raises(cw.OtherPhotographError):
        cw.read_labels(tmp_path / "copy.h5", photograph="0" * 64)
