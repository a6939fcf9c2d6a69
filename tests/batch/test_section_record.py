from __future__ import annotations

import json
from dataclasses import replace

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
