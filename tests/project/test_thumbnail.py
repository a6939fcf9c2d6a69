"""A small picture is made once, kept, and made anew when the photograph is another."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.section_entry import SectionEntry
from corewidgets.labels.legend import Legend
from corewidgets.project.thumbnail import Thumbnails, small_codes


@pytest.fixture
def photograph(tmp_path):
    image = np.zeros((1200, 90, 3), np.uint8)
    image[:600] = (200, 100, 50)
    Image.fromarray(image).save(tmp_path / "a.png")
    return SectionEntry("a", tmp_path / "a.png")


def test_a_small_picture_has_the_proportions_and_the_colors(photograph, tmp_path):
    content = Thumbnails(lambda name: tmp_path / "small" / f"{name}.jpg").of(photograph)
    small = np.asarray(Image.open(io.BytesIO(content)))
    assert small.shape == (480, 36, 3)
    assert np.abs(small[:230].astype(int) - (200, 100, 50)).max() < 6
    assert small[250:].max() < 6
    assert len(content) < 5000


def test_it_is_made_once_and_anew_for_another_photograph(photograph, tmp_path):
    kept = tmp_path / "small" / "a.jpg"
    made = Thumbnails(lambda _: kept)
    content = made.of(photograph)
    assert kept.read_bytes() == content
    kept.write_bytes(b"kept")
    assert made.of(photograph) == b"kept"
    os.utime(photograph.file, (kept.stat().st_mtime + 10,) * 2)
    assert made.of(photograph) == content == kept.read_bytes()


def test_it_is_made_where_nothing_can_be_kept(photograph, tmp_path):
    (tmp_path / "small").write_text("a file where the folder should be")
    assert Thumbnails(lambda name: tmp_path / "small" / name).of(photograph)[:2] == b"\xff\xd8"


def test_a_photograph_that_cannot_be_read_has_none(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match="is empty"):
        Thumbnails(lambda name: tmp_path / name).of(SectionEntry("a", tmp_path / "a.png"))


def test_a_map_is_small_in_the_colors_of_its_classes():
    codes = np.zeros((2400, 144), np.uint8)
    codes[1200:] = 2
    small = Image.open(io.BytesIO(small_codes(codes, Legend(["A", "B"], ["#010203", "#0A0B0C"]))))
    assert small.size == (29, 480)
    pixels = np.asarray(small.convert("RGBA"))
    assert (pixels[:239, :, 3] == 0).all()
    assert (pixels[241:] == (10, 11, 12, 255)).all()
