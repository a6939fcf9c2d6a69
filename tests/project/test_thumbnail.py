"""A small picture is made once, kept, and made anew when the photograph is another."""

from __future__ import annotations

import io
import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.crop import Crop
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.labels.legend import Legend
from corewidgets.project.thumbnail import Thumbnails, small_codes


@pytest.fixture
def photograph(tmp_path):
    image = np.zeros((1200, 90, 3), np.uint8)
    image[:600] = (200, 100, 50)
    Image.fromarray(image).save(tmp_path / "a.png", compress_level=0)  # of the same size whatever it shows
    return SectionEntry("a", tmp_path / "a.png")


def test_a_small_picture_has_the_proportions_and_the_colors(photograph, tmp_path):
    content = Thumbnails(lambda name: tmp_path / "small" / f"{name}.jpg").of(photograph)
    small = np.asarray(Image.open(io.BytesIO(content)))
    assert small.shape == (480, 36, 3)
    assert np.abs(small[:230].astype(int) - (200, 100, 50)).max() < 6
    assert small[250:].max() < 6
    assert len(content) < 5000


@pytest.fixture
def read(monkeypatch):
    """Return the names of the photographs that are read."""
    names = []
    original = SectionEntry.read

    def reading(self):
        names.append(self.name)
        return original(self)

    monkeypatch.setattr(SectionEntry, "read", reading)
    return names


def test_it_is_made_once_and_anew_for_another_photograph(photograph, tmp_path, read):
    kept = tmp_path / "small" / "a.jpg"
    content = Thumbnails(lambda _: kept).of(photograph)
    assert kept.read_bytes() == content
    for _ in range(2):
        assert Thumbnails(lambda _: kept).of(photograph) == content
    assert read == ["a"]
    kept.write_bytes(b"cut short")
    assert Thumbnails(lambda _: kept).of(photograph) == content == kept.read_bytes()


@pytest.mark.parametrize("how", ["later", "earlier", "the same time", "turned", "cropped"])
def test_another_photograph_has_another_picture_and_is_known_by_other_digests(photograph, tmp_path, how):
    made = Thumbnails(lambda _: tmp_path / "a.jpg")
    before, digests, old = made.of(photograph), made.digests(photograph), photograph.file.stat()
    assert digests == photograph.read().digests
    now = photograph
    if how == "turned":
        now = replace(photograph, rotation=90)
    elif how == "cropped":
        now = replace(photograph, crop=Crop(0, 300, 0, 90))
    else:
        Image.fromarray(np.full((1200, 90, 3), 90, np.uint8)).save(photograph.file, compress_level=0)
        assert photograph.file.stat().st_size == old.st_size
        shift = {"later": 10, "earlier": -10, "the same time": 0}[how]
        os.utime(photograph.file, ns=(old.st_atime_ns, old.st_mtime_ns + shift * 10**9))
    for thumbnails in (made, Thumbnails(lambda _: tmp_path / "a.jpg")):
        assert thumbnails.of(now) != before
        assert thumbnails.digests(now) == now.read().digests != digests


def test_digests_are_known_without_reading_a_photograph_again(photograph, tmp_path, read):
    first, again = Thumbnails(lambda _: tmp_path / "a.jpg"), Thumbnails(lambda _: tmp_path / "a.jpg")
    digests = first.digests(photograph)
    assert first.digests(photograph) == again.digests(photograph) == digests
    assert read == ["a"]


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
