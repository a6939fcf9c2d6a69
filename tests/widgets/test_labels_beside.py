"""The file of labels beside the photograph, as the labeler writes it and opens it again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.section import read_section
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.widgets import Labeler

from .conftest import Hand

CLASSES = ["Matrix", "Carb-White", "Impact-Dark"]


@pytest.fixture
def photograph(tmp_path, image):
    """Return the file of a photograph."""
    path = tmp_path / "core.png"
    Image.fromarray(image).save(path)
    return path


def test_labels_are_saved_beside_the_photograph_and_restored_with_their_legend(photograph):
    section = read_section(photograph)
    first = Labeler(section, classes=CLASSES)
    Hand(first.stage).stroke("paint", (50, 40))
    first.palette.rename(1, "Ground mass")
    first._autosave.flush()
    assert "Saved " in first._status.value
    second = Labeler(section, classes=["Ground mass", "New"])
    assert np.array_equal(second.labels, first.labels)
    assert second.legend.names == ("Ground mass", "Carb-White", "Impact-Dark", "New")
    assert "Restored from core.labels.png" in second._status.value
    second._autosave.close()


def test_the_list_of_classes_is_saved_beside_the_photograph_as_it_was_left(photograph):
    section = read_section(photograph)
    first = Labeler(section, classes=CLASSES)
    Hand(first.stage).stroke("paint", (50, 40))
    first.delete_class("Carb-White")
    first.palette.move(3, -1)
    first._autosave.flush()
    second = Labeler(section, classes=CLASSES)  # the cell that is run again asks for the deleted class too
    assert second.legend.order == (3, 1)
    assert second.selected_class == "Impact-Dark"
    assert np.array_equal(second.labels, first.labels)
    second._autosave.close()


def test_given_labels_win_and_those_saved_before_are_kept(photograph):
    section = read_section(photograph)
    first = Labeler(section, classes=CLASSES)
    Hand(first.stage).stroke("paint", (50, 40))
    first._autosave.flush()
    second = Labeler(section, classes=CLASSES, labels=np.zeros(section.shape, np.uint8))
    assert not second.labels.any()
    assert list(photograph.parent.glob("core.labels.2*.png")) == []  # not before something is saved
    Hand(second.stage).stroke("paint", (10, 10))
    second._autosave.flush()
    (kept,) = photograph.parent.glob("core.labels.2*.png")
    assert kept.name in second._status.value
    assert np.array_equal(read_labels(kept)[0], first.labels)


def test_a_damaged_file_is_shown_as_an_error_and_left_alone(photograph, shown_errors):
    path = photograph.with_name("core.labels.png")
    path.write_bytes(b"damaged")
    labeler = Labeler(read_section(photograph), classes=CLASSES)
    assert "move it away and open the labeler again" in str(shown_errors.pop())
    Hand(labeler.stage).stroke("paint", (50, 40))
    labeler._autosave.flush()
    assert path.read_bytes() == b"damaged"


def test_a_file_can_be_chosen_and_none_at_all(image, tmp_path):
    path = tmp_path / "mine.h5"
    labeler = Labeler(image, classes=CLASSES, autosave=path)
    Hand(labeler.stage).stroke("paint", (50, 40))
    labeler._autosave.flush()
    assert np.array_equal(read_labels(path)[0], labeler.labels)
    assert "not saved to a file" in Labeler(image, classes=CLASSES, autosave=False)._status.value
    assert "the photograph has no file" in Labeler(image, classes=CLASSES)._status.value


def test_classes_that_are_not_rock_stay_so_in_file_and_tool(photograph):
    section = read_section(photograph)
    first = Labeler(section, legend=Legend([*CLASSES, "Void"], not_rock=["Void"]))
    Hand(first.stage).stroke("paint", (50, 40))
    first.palette.rename(4, "Gap")
    first._autosave.flush()
    second = Labeler(section, legend=Legend(["Matrix", "Liner"], not_rock=["Liner"]))
    assert second.legend.not_rock == ("Gap", "Liner")
    second._autosave.close()


def test_labels_saved_by_a_picture_editor_have_the_colors_of_the_legend(image, tmp_path):
    legend = Legend(["Matrix", "Clast"], ["#FF0000", "#00FF00"])
    drawn = np.zeros(image.shape[:2], np.uint8)
    drawn[5:15, 5:20], drawn[20:60, 3:28] = 1, 2
    Image.fromarray(image).save(tmp_path / "core.png")
    Image.fromarray(legend.rgb()[drawn]).quantize(3).save(tmp_path / "core.labels.png")
    section = read_section(tmp_path / "core.png", top=0, base=1)
    labeler = Labeler(section, legend=legend)
    assert (labeler.labels == drawn).all()
    Image.fromarray(legend.rgb()[drawn]).save(tmp_path / "other.png")
    labeler.read_labels(tmp_path / "other.png")
    assert (labeler.labels == drawn).all()
    labeler.close()


def test_classes_that_have_other_codes_than_in_the_list_given_are_told(photograph):
    first = Labeler(read_section(photograph), classes=["A", "B"])
    Hand(first.stage).stroke("paint", (50, 40))
    first.close()
    again = Labeler(read_section(photograph), classes=["B", "A", "C"])
    assert again.legend.names == ("A", "B", "C")
    assert "other than in the list given: B is 2, A is 1." in again.messages.text
    again.close()
    same = Labeler(read_section(photograph), classes=["A"])
    assert not same.messages.text
