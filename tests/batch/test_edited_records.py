"""Records that were edited or have names that no disk takes."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import corewidgets as cw

pytest.importorskip("distributed")

EDITS = [
    ({"counts": "x"}, "counts is 'x', but it must be a number of pixels from 0 for each code"),
    ({"counts": {"8": -5}}, "counts is {'8': -5}, but"),
    ({"counts": {"8": 5}}, "counts has 5 pixels, but the section has 60 rows and 160 columns"),
    ({"counts": {"x": 9600}}, "counts is {'x': 9600}, but"),
    ({"counts": {}}, "counts has 0 pixels, but"),
    ({"counts": None}, "the section is done, but counts is missing"),
    ({"n_rows": 0}, "but the section has 0 rows and 160 columns"),
    ({"n_rows": "60"}, "n_rows is '60', but it must be a whole number from 0"),
    ({"n_rows": -60, "n_columns": -160}, "n_rows is -60, but"),
    ({"state": "evil"}, "state is 'evil', but it must be done or failed"),
    ({"state": ["done"]}, r"state is \['done'\], but"),
    ({"uncertainty": "x"}, "uncertainty is 'x', but it must be from 0 to 1"),
    ({"uncertainty": float("nan")}, "uncertainty is nan, but"),
    ({"uncertainty": 7}, "uncertainty is 7, but"),
    ({"seconds": -1}, "seconds is -1, but it must be a number of seconds from 0"),
    ({"error": None}, "error is None, but it must be text"),
    ({"evil": 1}, "'evil' is not one of its fields"),
]


@pytest.mark.parametrize(("edit", "text"), EDITS)
def test_an_edited_record_is_named_with_a_remedy_and_made_anew(segment, edit, text):
    run = segment()
    path = run.folder / "sections" / "box-1.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | edit))
    rule = rf"The record '.*box-1\.json' was edited or is damaged: .*{text}.*\. Delete it, and start the run"
    with pytest.raises(ValueError, match=rule):
        cw.read_run(run.folder)
    with pytest.raises(ValueError, match=rule):
        cw.write_report(run.folder, run.folder / "report.html")
    assert segment().failed == {}
    again = json.loads(path.read_text())
    assert {**again, "seconds": 0} == {**record, "seconds": 0}
    assert not (run.folder / "corrected").exists()


@pytest.mark.parametrize("text", ["[1]", "null", "{}"])
def test_a_record_of_something_else(segment, text):
    run = segment()
    (run.folder / "sections" / "box-1.json").write_text(text)
    with pytest.raises(
        ValueError, match=r"box-1\.json' was edited or is damaged: (it holds|'name' is missing)"
    ):
        cw.read_run(run.folder)


@pytest.mark.parametrize("name", ["x" * 252, "x" * 251, "\N{LATIN SMALL LETTER E WITH ACUTE}" * 130])
def test_a_name_that_is_too_long_fails_its_section_only(segment, core, name):
    long = dataclasses.replace(core["single"], top=12, base=12.06, name=name)
    grown = cw.Core([*core, long], "A hole")
    for run in (segment(grown), segment(grown)):
        assert run.done_names == [lane.name for lane in core]
        assert list(run.failed) == [name]
        assert run.failed[name].startswith("The name of the section is too long for a file: '")
        assert f"has {len(name.encode()) + 5} bytes" in run.failed[name]
        assert run.failed[name].endswith("give the section a shorter name.")


def test_the_longest_name_that_a_disk_takes(segment, core):
    lane = dataclasses.replace(core["single"], name="x" * 250)
    assert segment(cw.Core([lane])).failed == {}


def test_a_folder_in_the_place_of_a_map_fails_its_section_only(segment):
    run = segment()
    path = run.folder / "sections" / "box-1.png"
    path.unlink()
    path.mkdir()
    assert list(segment().failed) == ["box-1"]
    path.rmdir()
    again = segment()
    assert again.failed == {}
    np.testing.assert_array_equal(again.segmentation("box-1"), run.segmentation("box-1"))


def test_links_that_lead_nowhere(segment, core, tmp_path):
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.png").symlink_to(tmp_path / f"{other}.png")
    lane = cw.Lane(tmp_path / "a.png", 20, 21)
    run = segment(cw.Core([*core, lane], "A hole"))
    assert list(run.failed) == ["a"]
    assert "a.png" in run.failed["a"]
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match=r"'.*loop/run\.json' cannot be read \(.*\); correct that, or"):
        segment(out=tmp_path / "loop")
