"""Each photograph and each part of one has files of its own, also where disks take letters for the same."""

from __future__ import annotations

import itertools
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import corewidgets as cw
from corewidgets.cores.files_beside import file_beside, files_before, has_file_beside

LABELS = ".labels.png"


def make(folder, *names):
    for name in names:
        Image.new("RGB", (4, 6), "grey").save(folder / name)
    return [folder / name for name in names]


def name(photograph, part=""):
    return file_beside(photograph, part, LABELS).name


def as_a_disk_sees_it(text):
    return unicodedata.normalize("NFC", text).casefold()


def test_a_lone_photograph_and_plain_lanes_have_the_names_that_they_always_had(tmp_path):
    (core,) = make(tmp_path, "core.png")
    parts = ("", "12-1", "lane_2", "turned-90", "шлам")
    assert [name(core, part) for part in parts] == [
        "core.labels.png", "core.12-1.labels.png", "core.lane_2.labels.png", "core.turned-90.labels.png",
        "core.шлам.labels.png",
    ]  # fmt: skip
    assert name(tmp_path / "nowhere" / "core.png") == "core.labels.png"


def test_photographs_of_one_stem_have_the_names_with_their_endings(tmp_path):
    one, two, third = make(tmp_path, "core.png", "core.tif", "Core.jpg")
    assert [name(one), name(two), name(third)] == [
        "core.png.labels.png", "core.tif.labels.png", "Core.jpg.labels.png",
    ]  # fmt: skip
    assert name(one, "12-1") == "core.png.12-1.labels.png"


@pytest.mark.parametrize("part", ["", "12-1", "12/2", "turned-90"])
def test_it_is_known_whether_there_is_a_file_under_any_name(tmp_path, part):
    one, two = make(tmp_path, "core.png", "core.tif")
    assert not has_file_beside(one, part, LABELS)
    shared = file_beside(one, part, LABELS)
    two.unlink()
    for path in (shared, file_beside(one, part, LABELS), tmp_path / "core.12-2.labels.png"):
        path.touch()
        is_there = path in (file_beside(one, part, LABELS), *files_before(one, part, LABELS))
        assert has_file_beside(one, part, LABELS) == is_there
        path.unlink()


def test_a_name_stays_when_the_other_photograph_is_gone(tmp_path):
    one, two = make(tmp_path, "core.png", "core.tif")
    file_beside(one, "", LABELS).touch()
    two.unlink()
    assert name(one) == "core.png.labels.png"
    assert name(one, "12-1") == "core.12-1.labels.png"


def test_a_photograph_that_is_called_like_a_lane_has_another_name(tmp_path):
    box, whole = make(tmp_path, "box.png", "box.12-1.png")
    assert name(box, "12-1") == "box.12-1.labels.png"
    assert name(whole) == "box.12-1.png.labels.png"
    assert name(box, "12-1.png") == "box.12-1.png~71e31b54.labels.png"


def test_labels_and_a_link_beside_are_no_other_photograph(tmp_path):
    (core,) = make(tmp_path, "core.png")
    make(tmp_path, "core.labels.png")
    os.link(core, tmp_path / "core.jpg")
    (tmp_path / "core.txt").touch()
    (tmp_path / "core.tif").mkdir()
    assert name(core) == "core.labels.png"


PARTS = ["12/2", "12-2", "12 2", "A", "a", "ä", "a\u0308", "Ä", "straße", "strasse", "-", "/", "..", "x" * 99,
         "x" * 98, "\udcff", "\u03c2", "\u03c3"]  # fmt: skip


def test_no_two_parts_share_a_name(tmp_path):
    (box,) = make(tmp_path, "box.png")
    names = [as_a_disk_sees_it(name(box, part)) for part in PARTS]
    assert len(set(names)) == len(PARTS)
    for one in names:
        assert len(os.fsencode(one)) < 120
        assert not set(one) & set('/\\:*?"<>|')


@given(st.lists(st.text("aAbB12./- ~ßäÄ\u0308", max_size=6), min_size=2, max_size=2, unique=True))
def test_no_two_parts_share_a_name_whatever_they_are_called(parts):
    box = Path("nowhere/box.png")
    one, two = (as_a_disk_sees_it(name(box, part)) for part in parts)
    assert one != two


def test_names_of_before_are_found(tmp_path):
    one, _ = make(tmp_path, "core.png", "core.tif")
    for before in ("core.labels.png", "core.12-2.labels.png", "core.A.labels.png", "core.b.labels.png"):
        (tmp_path / before).touch()

    def found(part):
        return [path.name for path in files_before(one, part, LABELS)]

    assert found("") == ["core.labels.png"]
    assert found("12/2") == found("12-2") == ["core.12-2.labels.png"]
    assert found("A") == ["core.A.labels.png"]
    assert found("b") == ["core.b.labels.png"]
    assert found("c") == []


@pytest.mark.parametrize("names", itertools.permutations(["core.png", "core.tif"]))
def test_sections_say_where_their_files_are(tmp_path, names):
    paths = make(tmp_path, *names)
    sections = [cw.read_section(path) for path in paths]
    assert [section.file_beside(LABELS).name for section in sections] == [f"{one}{LABELS}" for one in names]
    (tmp_path / "core.labels.png").touch()
    assert sections[0].files_before(LABELS) == [tmp_path / "core.labels.png"]
    assert cw.CoreSection(np.zeros((1, 1, 3), np.uint8)).files_before(LABELS) == []
