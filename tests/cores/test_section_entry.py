"""A photograph among many is read like that of a lane, with its depths or without."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.core import Core, Crop, Lane
from corewidgets.cores.section_entry import SectionEntry, photograph_problem

IMAGE = np.random.default_rng(1).integers(0, 256, (12, 6, 3), np.uint8)


@pytest.fixture
def file(tmp_path):
    Image.fromarray(IMAGE).save(tmp_path / "box-1.png")
    return tmp_path / "box-1.png"


def test_a_core_whose_photographs_are_elsewhere_tells_so():
    (entry,) = map(SectionEntry.of_lane, Core([Lane("none.png", 1.0, 2.0)]))
    assert entry.problem == "There is no file 'none.png'; check the name and the folder."


def test_an_entry_without_depths_is_cut_like_one_with_them(file):
    entry = SectionEntry("piece", file, crop=Crop(2, 12, 0, 6), rotation=90)
    section = entry.read()
    assert (section.image == np.rot90(IMAGE[2:], -1)).all()
    assert (section.top, section.base, section.part) == (None, None, "piece")


def test_an_entry_that_was_given_is_not_read_again(file):
    section = Lane(file, 1.0, 2.0).read()
    assert SectionEntry("piece", file, section=section).read() is section
    with pytest.raises(ValueError, match="piece: it is lost"):
        SectionEntry("piece", problem="it is lost").read()


def test_only_the_first_bytes_tell_a_problem(file):
    assert photograph_problem(file) == ""
    file.write_bytes(file.read_bytes()[:20])
    assert photograph_problem(file) == ""
    file.write_bytes(b"")
    assert photograph_problem(file) == f"'{file}' is empty; copy it again from its source."
