"""What is known of a photograph is read as it was written; a damaged record is empty."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from corewidgets.project.record import MapRecord, Record, counted


def test_a_record_is_read_as_it_was_written(tmp_path):
    made = MapRecord("ab", "cd", True, "2026-11-25T14:03:07+01:00", {1: 0.25, 2: 0.75})
    drift = {"novelty": 1.5, "uncertainty": 0.1, "reasons": ["darker"]}
    record = Record("ef", {1: 3}, (), made, ("ada", "2026-11-25"), drift).with_labels("01", {2: 4}, "ada")
    record.write(tmp_path / "a.json")
    assert Record.read(tmp_path / "a.json") == record
    assert (record.labels, record.pixels, record.edits[0].strokes) == ("01", {2: 4}, 1)


def test_labels_that_are_only_counted_are_nobodys():
    assert Record().with_labels("01", {2: 4}, None).edits == ()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"pixels": 3}', '{"edits": [{"user": "ada"}]}', '{"map": {"x": 1}}']
)
def test_a_damaged_record_is_empty(text, tmp_path):
    (tmp_path / "a.json").write_text(text)
    assert Record.read(tmp_path / "a.json") == Record.read(tmp_path / "none.json") == Record()


def test_a_damaged_record_is_kept_when_another_is_written(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"edits": [{"user": "ada"}]}')
    Record("ef").write(path)
    (kept,) = (other for other in tmp_path.iterdir() if other != path)
    assert kept.read_text() == '{"edits": [{"user": "ada"}]}'
    Record("01").write(path)
    assert Record.read(path) == Record("01")
    assert len(list(tmp_path.iterdir())) == 2  # a sound one is replaced


def test_what_a_newer_version_adds_is_left_out(tmp_path):
    made = MapRecord("ab", "cd", True, "2026-11-25T14:03:07+01:00")
    record = Record("ef", {1: 3}, (), made, ("ada", "2026-11-25")).with_labels("01", {2: 4}, "ada")
    values = json.loads(json.dumps(asdict(record)))
    for place in (values, values["map"], values["edits"][0]):
        place["mood"] = "good"
    (tmp_path / "a.json").write_text(json.dumps(values))
    assert Record.read(tmp_path / "a.json") == record


def test_pixels_are_counted_by_code():
    assert counted(np.array([[0, 2, 2], [0, 0, 5]], np.uint8)) == {2: 2, 5: 1}
