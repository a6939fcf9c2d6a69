"""The strip says which photographs there are, and makes pictures of those that are asked for."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from run_node import n_passed

import corewidgets as cw
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.strip import Strip


@pytest.fixture
def project(tmp_path):
    lanes = []
    for number in range(1, 5):
        image = np.full((400, 60, 3), 50 * number, np.uint8)
        Image.fromarray(image).save(tmp_path / f"R{number}.png")
        top = 10.0 + number + (0.5 if number > 2 else 0)
        lanes.append(cw.Lane(tmp_path / f"R{number}.png", top, top + 1.0))
    legend = cw.Legend(["Matrix", "Clast"], ["#FF0000", "#00FF00"])
    return cw.Project.create(tmp_path / "hole.corewidgets", cw.Core(lanes), legend=legend)


@pytest.fixture
def strip(project, monkeypatch):
    made = Strip(project, Messages())
    made.sent = []
    monkeypatch.setattr(
        made, "send", lambda content, buffers=None: made.sent.append((content, buffers or [])), raising=False
    )
    return made


def say(strip, **content):
    strip._handle_custom_msg(content, [])
    assert strip.wait(30)


def test_rows_are_by_depth_and_know_the_gap_above(strip):
    assert [row["name"] for row in strip.rows] == ["R1", "R2", "R3", "R4"]
    assert [row["gap"] for row in strip.rows] == [0.0, 0.0, 0.5, 0.0]
    assert (strip.rows[2]["top"], strip.rows[2]["base"]) == (13.5, 14.5)
    assert strip.classes == {"1": "Matrix", "2": "Clast"}


def test_pictures_are_made_of_what_is_asked_for_only(strip, project):
    labels = np.zeros((400, 60), np.uint8)
    labels[:200] = 2
    project.write_labels("R2", labels)
    say(strip, kind="look", names=["R2", "R3", "R9"])
    assert [content for content, _ in strip.sent] == [
        {"kind": "pictures", "name": "R2"}, {"kind": "pictures", "name": "R3"},
    ]  # fmt: skip
    (photograph, map_, drawn), (_, _, none) = (buffers for _, buffers in strip.sent)
    assert Image.open(io.BytesIO(photograph)).size == (60, 400)
    assert (map_, none) == (b"", b"")
    colors = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGBA"))
    assert (colors[:190] == (0, 255, 0, 255)).all()
    assert (colors[210:, :, 3] == 0).all()
    assert {path.name for path in (project.folder / "thumbnails").iterdir()} == {"R2.jpg", "R3.jpg"}


def test_a_changed_photograph_is_told_alone(strip, project):
    project.write_labels("R2", np.ones((400, 60), np.uint8))
    strip.refresh("R2")
    ((content, _),) = strip.sent
    assert (content["kind"], content["stale"]) == ("row", True)
    assert content["row"] == strip.rows[1]
    assert (content["row"]["states"], content["row"]["classes"]) == (["labelled"], [1])


def test_a_photograph_that_turns_out_damaged_is_told_with_its_reason(strip, project):
    file = project.entry("R3").file
    file.write_bytes(file.read_bytes()[:60])
    say(strip, kind="look", names=["R3", "R4"])
    told = [content for content, _ in strip.sent]
    assert told[0]["row"]["states"] == ["unreadable"]
    assert "cannot be decoded" in told[0]["row"]["problem"]
    assert told[1] == {"kind": "pictures", "name": "R4"}


def test_accepting_and_stopping_are_told(strip):
    said = []
    strip.on_accept(lambda: said.append("accept"))
    strip.on_stop(lambda: said.append("stop"))
    say(strip, kind="accept")
    say(strip, kind="stop")
    assert said == ["accept", "stop"]


def test_a_step_is_asked_of_the_page_which_knows_what_it_shows(strip):
    strip.step(-1)
    assert strip.sent == [({"kind": "step", "step": -1}, [])]


def test_what_is_open_is_state_that_a_page_may_ask_for(strip, monkeypatch):
    strip.tell_opened("R1")
    assert strip.opened == strip.get_state()["opened"] == {"name": "R1", "tools": 0}
    strip.tell_opened("")
    strip.tell_replaced()
    strip.tell_opened("R2")
    assert strip.opened == {"name": "R2", "tools": 1}
    told = []
    monkeypatch.setattr(strip, "send_state", told.append)
    say(strip, kind="opened")
    assert told == [["opened", "selected"]]
    assert strip.sent == []


def test_a_hole_in_feet_is_shown_in_feet(project):
    for number in (1, 2, 3, 4):
        project.set_depths(f"R{number}", None, None)
    project.set_depths("R1", 100, 103, "ft")
    project.set_depths("R2", 104, 107, "ft")
    strip = Strip(project, Messages())
    assert strip.unit == "ft"
    assert [(row["top"], row["base"], row["gap"]) for row in strip.rows if row["name"] in ("R1", "R2")] == [
        (100, 103, 0),
        (104, 107, pytest.approx(1)),
    ]


def test_a_photograph_is_found_by_the_classes_of_its_map_that_are_not_rare(strip, project):
    codes = np.ones((400, 60), np.uint8)
    codes[:2, :6] = 2
    project.write_map("R3", codes)
    strip.refresh("R3")
    assert strip.rows[2]["classes"] == [1]
    codes[:5] = 2
    project.write_map("R3", codes)
    strip.refresh("R3")
    assert strip.rows[2]["classes"] == [1, 2]


def test_the_script_finds_photographs_and_leaves_tools_that_are_about_to_go():
    assert n_passed(Path(__file__).parent / "strip.test.mjs") == 7


def test_neither_labels_nor_a_map_of_other_pixels_are_shown(strip, project, tmp_path, monkeypatch):
    monkeypatch.setattr(cw.Project, "model_digest", "")  # the map is of it
    codes = np.ones((400, 60), np.uint8)
    project.write_labels("R2", codes)
    project.write_map("R2", codes)
    say(strip, kind="look", names=["R2"])
    content, pictures = strip.sent[-1]
    assert (content["kind"], all(pictures)) == ("pictures", True)
    Image.fromarray(np.full((400, 60, 3), 7, np.uint8)).save(tmp_path / "R2.png")
    strip.sent.clear()
    say(strip, kind="look", names=["R2"])
    assert [content["kind"] for content, _ in strip.sent] == ["row", "pictures"]
    assert "outdated" in strip.sent[0][0]["row"]["states"]
    assert [bool(picture) for picture in strip.sent[1][1]] == [True, False, False]
