from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import SectionRecord, place_of, read_record
from corewidgets.cores.core import Crop, Lane
from corewidgets.cores.lane_shape import LaneShape


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path)
    folder.create(probabilities=False, uncertainty=False)
    return folder


@pytest.fixture
def lane(tmp_path) -> Lane:
    return Lane(tmp_path / "box.png", 1.0, 2.0, "box-1", Crop(0, 100, 0, 40), 90)


def test_a_record_is_read_as_it_was_written(folder, lane):
    record = SectionRecord("box-1", "done", "digest", place_of(lane), counts={"1": 5}, uncertainty=0.25)
    record = replace(record, n_rows=1, n_columns=5)
    record.write(folder)
    assert read_record(folder, "box-1") == record


def test_no_record_that_can_be_read_is_none(folder):
    assert read_record(folder, "box-1") is None
    for text in ("", "{", '{"name": "box-1", "sta'):
        folder.record("box-1").write_text(text)
        assert read_record(folder, "box-1") is None, text
    for text in ("[]", json.dumps({"name": "box-1"}), json.dumps({"what": 1})):
        folder.record("box-1").write_text(text)
        with pytest.raises(ValueError, match="was edited or is damaged"):
            read_record(folder, "box-1")


def test_a_record_is_of_a_lane_where_name_place_and_settings_agree(lane):
    record = SectionRecord("box-1", "done", "digest", place_of(lane))
    assert record.is_of(lane, "digest")
    assert record.is_of(replace(lane, top=1.5), "digest")  # a map does not depend on its depth
    assert not record.is_of(lane, "another")
    for other in (replace(lane, name="box-2"), replace(lane, rotation=270), replace(lane, crop=None)):
        assert not record.is_of(other, "digest")


def test_a_record_is_of_the_corners_of_a_lane_and_of_depths_where_ties_say_where_they_lie(lane):
    corners = ((40, 10), (44, 210), (4, 212), (0, 12))
    bare = Lane(lane.file, 1.0, 2.0, "box-1", shape=LaneShape(corners))
    tied = replace(bare, shape=LaneShape(corners, [(0.5, 1.25)]))
    moved = replace(bare, shape=LaneShape(((41, 10), *corners[1:])))
    places = [place_of(one) for one in (lane, bare, tied, moved, replace(tied, top=1.1))]
    assert len(set(places)) == 5
    assert place_of(replace(bare, top=1.1)) == place_of(bare)
    assert SectionRecord("box-1", "done", "digest", place_of(bare)).is_of(bare, "digest")
    assert not SectionRecord("box-1", "done", "digest", place_of(bare)).is_of(moved, "digest")


CHECKED = [
    ("name", ["", "a"], [5, None]),
    ("state", ["done", "failed"], ["waiting", None]),
    ("settings", [""], [None]),
    ("place", [""], [None]),
    ("error", [""], [None]),
    ("warning", [""], [None]),
    ("image", [""], [None]),
    ("map", [""], [None]),
    ("n_rows", [2], [2.0, None, "2", -2]),
    ("n_columns", [3], [3.0, None, "3", -3]),
    (
        "counts",
        [{"0": 6}, {"255": 6}, {"1": 6} | {str(code): 0 for code in range(256) if code != 1}],
        [{"256": 6}, {"-1": 6}, {"1": 6.0}, [6], {"1": 5}, {"1": 7}],
    ),
    ("uncertainty", [None, 0, 1, 0.5], [-0.1, 1.1, True, "x", float("nan")]),
    ("seconds", [None, 0, 1e12], [-0.1, 1.1e12, True, float("nan")]),
    ("corrected", [True, False], [0, 1, None]),
]


@pytest.mark.parametrize(("name", "right", "wrong"), CHECKED, ids=[name for name, *_ in CHECKED])
def test_a_value_is_checked_up_to_its_bounds(folder, name, right, wrong):
    record = SectionRecord("box-1", "done", "digest", "place", n_rows=2, n_columns=3, counts={"1": 6})
    for value in right:
        folder.record("box-1").write_text(json.dumps(asdict(record) | {name: value}))
        assert read_record(folder, "box-1") == replace(record, **{name: value})
    for value in wrong:
        folder.record("box-1").write_text(json.dumps(asdict(record) | {name: value}))
        with pytest.raises(ValueError, match=rf"box-1.json' was edited or is damaged: .*{name}.* Delete it"):
            read_record(folder, "box-1")


def test_a_section_that_failed_needs_no_counts_and_one_that_is_done_does(folder):
    least = {"name": "box-1", "state": "failed", "settings": "", "place": ""}
    folder.record("box-1").write_text(json.dumps(least))
    found = read_record(folder, "box-1")
    assert found == SectionRecord(**least)
    assert (found.n_rows, found.n_columns, found.counts, found.corrected) == (0, 0, None, False)
    for edit, problem in (
        ({"state": "done"}, "the section is done, but counts is missing"),
        ({"counts": {"1": 6}}, "counts has 6 pixels, but the section has None rows and None columns"),
        ({"counts": {"1": 6}, "n_columns": 6}, "counts has 6 pixels, but the section has None rows and 6"),
        ({"counts": {"1": 6}, "n_rows": 6}, "counts has 6 pixels, but the section has 6 rows and None"),
        ({"evil": 1}, "'evil' is not one of its fields"),
        (
            {"counts": {"1": 0}, "n_rows": 0, "n_columns": 0},
            "counts has 0 pixels, but the section has 0 rows",
        ),
    ):
        folder.record("box-1").write_text(json.dumps(least | edit))
        with pytest.raises(ValueError, match=problem):
            read_record(folder, "box-1")
    for name in least:
        folder.record("box-1").write_text(json.dumps({key: "" for key in least if key != name}))
        with pytest.raises(ValueError, match=f"'{name}' is missing"):
            read_record(folder, "box-1")


def test_the_record_of_a_name_that_no_disk_takes_lies_under_another(folder):
    record = SectionRecord("x" * 300, "failed", "digest", "place", error="too long")
    record.write(folder)
    assert folder.record_instead(record.name).is_file()
    assert read_record(folder, record.name) == record


def test_another_error_on_writing_is_raised(folder):
    folder.record("box-1").parent.rmdir()
    with pytest.raises(FileNotFoundError, match=r"box-1\.json' cannot be written"):
        SectionRecord("box-1", "failed", "", "").write(folder)
