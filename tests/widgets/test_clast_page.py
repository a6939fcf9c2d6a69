"""The page of clasts by calling its handlers: table and picture select each other, edits are kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.widgets.clast_keeping import FileClasts, ProjectClasts
from corewidgets.widgets.clast_list import ClastList
from corewidgets.widgets.clast_page import ClastPage
from corewidgets.widgets.clast_pictures import clast_codes, clast_palette, histogram_html, selection_codes
from corewidgets.widgets.messages import Messages

from .conftest import Hand

LEGEND = cw.Legend(["Matrix", "Chert", "Melt"])
SHAPE = (120, 60)


def two_by_two(move=0):
    codes = np.ones(SHAPE, np.uint8)
    codes[10 + move : 30 + move, 5:25] = 2
    codes[10 + move : 30 + move, 25:45] = 3  # beside the first
    codes[50 + move : 62 + move, 20:40] = 2
    codes[80 + move : 110 + move, 10:50] = 3
    return codes


@pytest.fixture
def section():
    return cw.CoreSection(np.full((*SHAPE, 3), 90, np.uint8), 10.0, 10.0 + SHAPE[0] / 1000, name="R1")


@pytest.fixture
def page(section, tmp_path):
    made = ClastPage(section, LEGEND, FileClasts(tmp_path / "R1.clasts.json"))
    made.segmentation = two_by_two()
    assert made.wait(60)
    return made


def sent(page, monkeypatch):
    """Return what is sent to the table on the page from now on."""
    messages = []
    monkeypatch.setattr(page.list, "send", lambda content, *_: messages.append(content))
    return messages


def say(page, **content):
    page.list._handle_custom_msg(content, [])


def test_a_click_in_the_picture_selects_in_the_table_and_the_other_way_round(page, monkeypatch):
    messages = sent(page, monkeypatch)
    number = page.table.at(55, 30)
    page.stage.click(55, 30)
    assert page.selected == page.list.selected == [number]
    assert messages == [{"kind": "reveal", "place": page.list.order.index(number)}]
    labels, _ = page.stage._sources["labels"]
    assert (labels > 0).sum() == (page.table.numbered == number).sum()
    say(page, kind="pick", place=0)
    assert page.selected == [page.list.order[0]]
    assert page.stage._sources["labels"][0][15, 15] > 0
    page.stage.click(5, 5)  # no clast is there
    assert page.selected == []
    assert page.stage._sources["labels"] is None


def test_several_are_selected_with_ctrl(page):
    first, second = page.table.at(15, 15), page.table.at(15, 35)
    hand = Hand(page.stage)
    for content in ({"row": 15, "column": 15}, {"row": 15, "column": 35, "adds": True}):
        hand.say(kind="pixel", mode="pan", **content)
    assert page.selected == [first, second]
    hand.say(kind="pixel", mode="pan", row=15, column=15, adds=True)
    assert page.selected == [second]
    say(page, kind="step", step=1)
    assert len(page.selected) == 1


def test_an_arrow_with_shift_selects_one_more_and_the_way_back_one_less(page):
    order = page.list.order
    page.pick(order[1])
    for step, selected in (
        (1, order[1:3]),
        (1, order[1:4]),
        (1, order[1:4]),  # the last one: nothing is below it
        (-1, order[1:3]),
        (-1, order[1:2]),
        (-1, [order[1], order[0]]),
    ):
        say(page, kind="step", step=step, adds=True)
        assert page.selected == selected
    say(page, kind="step", step=1)
    assert page.selected == order[1:2]


def test_an_arrow_with_shift_closes_a_gap_of_the_selection(page):
    order = page.list.order
    page.pick(order[3])
    page.pick(order[1], adds=True)
    for step, last in ((1, 2), (1, 3)):
        say(page, kind="step", step=step, adds=True)
        assert (set(page.selected), page.selected[-1]) == (set(order[1:4]), order[last])
    say(page, kind="step", step=-1, adds=True)
    assert set(page.selected) == set(order[1:3])


def test_only_rows_that_are_asked_for_are_sent(page, monkeypatch):
    messages = sent(page, monkeypatch)
    asked = []
    rows = page.table.rows
    monkeypatch.setattr(page.table, "rows", lambda numbers: asked.append(len(numbers)) or rows(numbers))
    say(page, kind="look", first=1, stop=3)
    (answer,) = messages
    assert asked == [2]
    assert (answer["first"], answer["numbers"]) == (1, page.list.order[1:3])
    by_title = dict(zip([column["title"] for column in page.list.columns], answer["rows"][1], strict=True))
    assert by_title["Class"] == "Chert"
    assert by_title["Area (mm²)"] == "240.0"
    assert by_title["Depth (m)"] == "10.056"


def test_sorting_and_filters(page):
    area = {row["number"]: row["area_mm2"] for row in page.table.rows()}
    say(page, kind="sort", column="area_mm2")
    assert [area[n] for n in page.list.order] == sorted(area.values())
    say(page, kind="sort", column="area_mm2")
    assert [area[n] for n in page.list.order] == sorted(area.values(), reverse=True)
    page.filter.name.value = "Melt"
    assert [page.table.row(n)["class"] for n in page.list.order] == ["Melt", "Melt"]
    page.filter.low.value = 30
    assert len(page.list.order) == 1
    assert "1 clasts" in page.histogram.value
    page.filter.name.value, page.filter.low.value, page.filter.edited.value = "all classes", 0, True
    assert page.list.order == []


def test_edits_are_kept_and_undone(page, tmp_path):
    first, second = page.table.at(15, 15), page.table.at(15, 35)
    page.selected = [first, second]
    page.merge()
    assert page.selected == [min(first, second)]
    kept = json.loads((tmp_path / "R1.clasts.json").read_text(encoding="utf-8"))
    assert [edit["kind"] for edit in kept["edits"]] == ["merge"]
    page.set_class("Melt")
    page.stage.press_key("Delete")
    assert page.table.at(15, 15) == 0
    assert page.selected == []
    page.stage.press_key("ctrl+z")
    page.stage.press_key("ctrl+z")
    assert page.table.row(page.table.at(15, 15))["class"] == "Chert"
    page.stage.press_key("ctrl+shift+z")
    assert page.table.row(page.table.at(15, 15))["class"] == "Melt"
    again = ClastPage(page.section, LEGEND, FileClasts(tmp_path / "R1.clasts.json"))
    again.segmentation = two_by_two(move=1)
    assert again.wait(60)
    assert again.table.row(again.table.at(15, 15))["class"] == "Melt"


def test_the_next_line_splits_the_selected_clast(page, shown_errors):
    number = page.table.at(95, 30)
    page.selected = [number]
    page.tools.split.value = True
    hand = Hand(page.stage)
    hand.stroke("measure", (95, 2), (95, 58))
    assert not page.tools.split.value
    assert page.stage.mode == "pan"
    assert page.table.at(85, 30) != page.table.at(105, 30)
    assert page.ruler.layout.display == "none"
    hand.stroke("measure", (0, 0), (30, 40))
    assert page.ruler.layout.display == ""
    assert "50 mm" in page.ruler._told.value
    page.selected = []
    page.tools.split.value = True
    hand.stroke("measure", (95, 2), (95, 58))
    assert str(shown_errors.pop()) == "Select the clast to split."


def test_a_new_map_has_the_edits_and_names_those_that_it_cannot_have(page):
    page.selected = [page.table.at(55, 30)]
    page.set_class("Melt")
    page.selected = [page.table.at(95, 30)]
    page.delete()
    without = two_by_two(move=2)
    without[52:64] = 1
    page.segmentation = without
    assert page.wait(60)
    assert page.table.at(97, 30) == 0
    assert page.messages.text.startswith(
        "1 of 2 edits cannot be made to this map: class Melt: clast at row 56"
    )
    page.segmentation = two_by_two()
    assert page.wait(60)
    assert page.table.row(page.table.at(55, 30))["class"] == "Melt"


def test_edits_that_no_file_keeps_go_on_to_the_next_map(section):
    page = ClastPage(section, LEGEND, FileClasts(None))
    page.segmentation = two_by_two()
    assert page.wait(60)
    page.selected = [page.table.at(55, 30)]
    page.delete()
    page.segmentation = two_by_two(move=1)
    assert page.wait(60)
    assert page.table.at(56, 30) == 0


def test_other_settings_measure_again(page):
    page.selected = [page.table.at(55, 30)]
    page.set_class("Melt")
    page.filter.smallest.value = 1300
    assert page.wait(60)
    assert len(page.table) == 0
    assert "No clasts" in page.histogram.value
    page.filter.smallest.value = 1
    page.filter.groundmass.value = "Chert"
    assert page.wait(60)
    assert page.table.classes == ["Matrix", "Melt"]


def test_a_photograph_without_depths_asks_for_the_size_of_a_pixel(shown_errors):
    page = ClastPage(cw.CoreSection(np.zeros((*SHAPE, 3), np.uint8)), LEGEND, FileClasts(None))
    assert "There is no map yet" in page.tools._text.value
    page.segmentation = two_by_two()
    assert page.wait(60)
    assert "Type the size of a pixel in millimetres" in page.messages.text
    page.filter.pixel.value = 0.5
    assert page.wait(60)
    assert page.table.row(page.table.at(95, 30))["area_mm2"] == 300
    page.stage.press_key("Delete")
    assert str(shown_errors.pop()).startswith("No clast is selected")


def test_exports_never_take_the_place_of_a_file(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "R1.clasts.csv").write_text("mine", encoding="utf-8")
    paths = [page.export(kind) for kind in ("CSV", "GeoJSON", "COCO")]
    assert [path.name for path in paths] == ["R1.clasts-2.csv", "R1.clasts.geojson", "R1.clasts.json"]
    assert (tmp_path / "R1.clasts.csv").read_text(encoding="utf-8") == "mine"
    assert len(paths[0].read_text(encoding="utf-8").splitlines()) == 5
    page.filter.name.value = "Melt"
    assert len(json.loads(page.export("GeoJSON").read_text(encoding="utf-8"))["features"]) == 2
    assert "2 clasts are written to" in page.messages.text


def test_what_clasts_look_like(page):
    codes, palette = clast_codes(page.table), clast_palette(LEGEND)
    np.testing.assert_array_equal(palette[codes[20, 15], :3], LEGEND.rgb()[2])
    np.testing.assert_array_equal(palette[codes[10, 15]], [*LEGEND.rgb()[2], 255])
    assert palette[codes[20, 15], 3] < 255
    assert palette[codes[0, 0], 3] == 0
    number = page.table.at(20, 15)
    page.table.set_class([number], "Melt")
    edited = clast_codes(page.table)
    np.testing.assert_array_equal(palette[edited[10, 15]], [255] * 4)
    np.testing.assert_array_equal(palette[edited[20, 15], :3], LEGEND.rgb()[3])
    selected = selection_codes(page.table, [number], 2)
    assert [int((selected == code).sum()) for code in (1, 2)] == [16 * 16, 400 - 16 * 16]
    many = clast_palette(cw.Legend.of_codes(200))
    assert (many[1:201, 3] == 255).all()


def test_the_histogram_is_weighted_by_area(page):
    text = histogram_html(page.table, page.table.numbers())
    sizes = page.table.percentiles()
    assert all(f"{size:.3g} mm" in text for size in sizes)
    areas = sorted(row["area_mm2"] for row in page.table.rows() if row["class"] == "Melt")
    assert f"{areas[-1] / sum(row['area_mm2'] for row in page.table.rows()):.1%} of the area" in text


def test_a_project_keeps_them(section, tmp_path):
    Image.fromarray(section.image).save(tmp_path / "R1.png")
    project = cw.Project.create(tmp_path / "hole.corewidgets", tmp_path / "R1.png", legend=LEGEND)
    page = ClastPage(section, LEGEND, ProjectClasts(project, "R1"))
    page.segmentation = two_by_two()
    assert page.wait(60)
    page.selected = [page.table.at(55, 30)]
    page.delete()
    other = cw.Project(project.folder)
    other.write_map("R1", two_by_two())
    assert len(other.clasts("R1", section)) == 3


def test_a_list_without_a_table_answers_nothing():
    shown = ClastList(Messages())
    shown._handle_custom_msg({"kind": "look", "first": 0, "stop": 5}, [])
    shown._handle_custom_msg({"kind": "pick", "place": 3}, [])
    shown._handle_custom_msg({"kind": "step", "step": 1}, [])
    assert (shown.count, shown.selected) == (0, [])
