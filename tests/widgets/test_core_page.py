"""The hole at depth by calling its handlers: tiles that are asked for, a click, new maps, exports."""

from __future__ import annotations

import lasio
import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.widgets.core_page import CorePage

SHAPE = (300, 60)


def codes():
    made = np.ones(SHAPE, np.uint8)
    made[:, :15] = 2
    return made


@pytest.fixture
def project(tmp_path):
    for number in (1, 2, 3):
        Image.fromarray(np.full((*SHAPE, 3), 60 * number, np.uint8)).save(tmp_path / f"R{number}.png")
    made = cw.Project.create(tmp_path / "hole.corewidgets", tmp_path, legend=cw.Legend(["Matrix", "Clast"]))
    for number in (1, 2, 3):
        made.set_depths(f"R{number}", 10.0 + number, 10.6 + number)
    made.write_map("R1", codes())
    return made


@pytest.fixture
def page(project):
    opened = []
    made = CorePage(project, lambda name, share: opened.append((name, share)))
    made.opened = opened
    return made


def say(page, **content):
    page.view._handle_custom_msg(content, [])


def test_tiles_are_made_when_they_are_asked_for(page, monkeypatch):
    sent = []
    monkeypatch.setattr(page.view, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
    say(page, kind="look", tiles=[["photograph", 7, 11], ["log", 7, 11], ["nothing", 7, 11]])
    assert page.wait(60)
    assert [(content["track"], content["level"], content["index"]) for content, _ in sent] == [
        ("photograph", 7, 11),
        ("log", 7, 11),
    ]
    assert all(buffers[0] for _, buffers in sent)
    assert page.view.pieces[0] == ["R1", 11.0, 11.6]
    assert tuple(page.view.seen) == (11.0, 13.6)


def test_a_click_opens_the_photograph_there(page):
    say(page, kind="open", name="R2", share=0.25)
    assert page.opened == [("R2", 0.25)]


def test_shares_and_tiles_follow_new_maps(page, project, monkeypatch):
    sent = []
    monkeypatch.setattr(page.view, "send", lambda content, buffers=(): sent.append(content))
    assert "Clast 25.0%" in page._key.value
    project.write_map("R2", np.full(SHAPE, 2, np.uint8))
    page.refresh("R2")
    assert sent == [{"kind": "stale", "tracks": ["map", "log"], "top": 12.0, "base": 12.6}]
    assert "Clast 62.5%" in page._key.value


def test_las_and_figure_of_what_is_seen(page, project):
    project.write_map("R3", np.full(SHAPE, 2, np.uint8))
    page.view.seen = [10.9, 11.7]
    page.export_las()
    assert page.wait(60)
    first = page.exported
    assert first.parent.parent == project.folder / "exports"
    assert first.name == f"{project.name}.las"
    las = lasio.read(page.exported)
    assert las.index[0] == pytest.approx(11.0)
    assert las.index[-1] < 11.7  # R3 is not in view
    page.export_las()
    assert page.wait(60)
    assert page.exported == first.parent.with_name(f"{first.parent.name}-2") / first.name
    assert first.is_file()
    page.export_figure()
    assert page.wait(60)
    with Image.open(page.exported) as figure:
        assert min(figure.size) > 200


def test_nothing_mapped_in_view_is_told(page, project, shown_errors):
    page.view.seen = [12.0, 12.6]
    page.export_las()
    assert page.wait(60)
    assert str(shown_errors.pop()).startswith("No photograph with depths has a map yet")
    assert list((project.folder).glob("exports/*")) == []


def test_feet(project):
    lines = (project.folder / "photographs.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("file,top,base")
    page = CorePage(project, lambda name, share: None)
    assert page.view.unit == "m"
    page.view.unit = "ft"
    assert page.view.units == {"m": 1.0, "ft": 0.3048}


def test_a_hole_without_depths_says_what_to_do(tmp_path):
    project = cw.Project.create(tmp_path / "hole.corewidgets", [np.zeros((40, 20, 3), np.uint8)])
    with pytest.raises(ValueError, match=r"The depth of no photograph is known yet\. Click Export and set"):
        CorePage(project, lambda name, share: None)


def test_the_page_is_empty_until_a_photograph_has_depths_and_then_shows_it(tmp_path, shown_errors):
    photograph = np.zeros((40, 20, 3), np.uint8)
    bench = cw.Workbench(cw.Project.create(tmp_path / "hole.corewidgets", [photograph]))
    bench.page = "core"
    assert "The depth of no photograph is known yet" in str(shown_errors.pop())
    assert bench._pages["label"].layout.display == "none"
    assert bench._pages["core"].layout.display == ""
    assert bench._pages["core"].children == ()
    bench.export.top.value, bench.export.base.value = "9000", "9003.5"
    bench.export.set_depths()
    assert bench._pages["core"].children == (bench.core,)
    assert bench.messages.text == ""


def test_the_workbench_has_the_page_where_there_is_a_project(project):
    bench = cw.Workbench(project)
    bench.page = "core"
    say(bench.core, kind="open", name="R3", share=0.5)
    assert (bench.page, bench.section.name) == ("label", "R3")
    assert bench.labeler.stage.viewport.row == pytest.approx(149.5, abs=1)
    assert bench.core.view in bench.core.children  # it stays while photographs change
    bench.close()


def test_one_photograph_has_no_such_page(shown_errors):
    bench = cw.Workbench(np.zeros((40, 20, 3), np.uint8), ["A", "B"], session=False)
    assert "core" not in dict(bench._page_buttons.options).values()
    with pytest.raises(ValueError, match="There is one photograph on this workbench; the page Core shows"):
        bench.core  # noqa: B018
