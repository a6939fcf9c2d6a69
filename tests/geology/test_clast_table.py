"""A table of clasts is sorted, chosen from, corrected and taken to the next map."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.geology import clast_pieces
from corewidgets.geology.clast_measures import measure_clasts
from corewidgets.geology.clast_table import ClastTable
from corewidgets.labels.legend import Legend

from .clast_shapes import LEGEND, PIXEL, ellipse, field_of_disks, section_of

RADII = (8, 20, 12, 16)
FIELD = field_of_disks(RADII)


def table_of(codes=FIELD, **settings):
    return ClastTable(section_of(codes.shape), codes, LEGEND, **settings)


def field_of_squares(n, edge=8, gap=4):
    """`n` times `n` squares of clast."""
    cell = np.ones((edge + gap, edge + gap), np.uint8)
    cell[:edge, :edge] = 2
    return np.pad(np.tile(cell, (n, n)), 1, constant_values=1)


def measures(table):
    """What is measured, without what says how it came to be."""
    return sorted(
        (row["class"], round(row["row"], 6), round(row["column"], 6), round(row["area_mm2"], 9),
         round(row["perimeter_mm"], 6), round(row["major_axis_mm"], 6), round(row["depth"], 9),
         row["touches_edge"], row["touches_not_rock"])
        for row in table.rows()
    )  # fmt: skip


def test_it_holds_what_measure_clasts_measures():
    table = table_of()
    expected = measure_clasts(section_of(FIELD.shape), FIELD, LEGEND)
    assert len(table) == 4
    found = table.clasts
    for name in expected.table.columns:
        np.testing.assert_array_equal(found.table[name], expected.table[name])
    for rings, other in zip(found.outlines, expected.outlines, strict=True):
        for ring, theirs in zip(rings, other, strict=True):
            np.testing.assert_allclose(np.sort(ring, axis=0), np.sort(theirs, axis=0))


def test_sorting_and_choosing():
    table = table_of()
    by_place = table.numbers()
    diameter = {number: table.row(number)["diameter_mm"] for number in by_place}
    assert [round(diameter[n] / PIXEL / 2) for n in by_place] == list(RADII)
    assert table.numbers(sort="diameter_mm") == sorted(by_place, key=diameter.__getitem__)
    assert table.numbers(sort="diameter_mm", descending=True) == sorted(by_place, key=lambda n: -diameter[n])
    assert table.numbers(smallest_mm=5.5, largest_mm=9) == [by_place[2], by_place[3]]
    assert table.numbers(classes=["Melt"]) == []
    assert table.numbers(sort="class", descending=True) == by_place  # equal values keep the order of the core
    with pytest.raises(ValueError, match="There is no column 'size' to sort by; choose from section, class"):
        table.numbers(sort="size")


def test_a_pixel_and_its_clast():
    table = table_of()
    number = table.at(30, 30)
    assert table.row(number)["row"] == pytest.approx(29.5, abs=0.51)
    assert table.at(0, 0) == table.at(-1, 30) == table.at(30, 10**6) == 0
    (rows, columns), mask = table.region(number)
    assert np.array_equal(
        np.argwhere(table.numbered == number)[0], [rows.start, columns.start + mask[0].argmax()]
    )
    assert mask.sum() == (FIELD[:60] == 2).sum()
    with pytest.raises(KeyError, match="There is no clast 99; there are 4"):
        table.region(99)
    with pytest.raises(ValueError, match="read-only"):
        table.numbered[0, 0] = 1


def test_sizes_by_area_are_those_of_a_direct_computation():
    table = table_of(field_of_disks((5, 30, 9, 14, 22, 7, 28)))
    rows = table.rows()
    pixels = sorted((round(row["area_mm2"] / PIXEL**2), row["diameter_mm"]) for row in rows)
    all_pixels = np.repeat([diameter for _, diameter in pixels], [area for area, _ in pixels])
    for share in (0.1, 0.25, 0.5, 0.9, 1.0):
        place = int(np.ceil(share * len(all_pixels) * (1 - 1e-12))) - 1
        assert table.percentiles([share]) == [pytest.approx(all_pixels[place])]
    assert table.percentiles([0.5], "number") == [
        pytest.approx(sorted(row["diameter_mm"] for row in rows)[3])
    ]
    edges = [0, 5, 10, 20]
    direct = np.histogram(all_pixels, edges)[0] * PIXEL**2
    np.testing.assert_allclose(table.histogram(edges), direct)
    assert table.histogram(edges, "number").tolist() == [3, 1, 3]
    some = table.numbers(smallest_mm=5)
    np.testing.assert_allclose(table.histogram(edges, numbers=some), [0, *direct[1:]])
    assert np.isnan(table_of(np.ones((20, 20), np.uint8)).percentiles()).all()
    with pytest.raises(ValueError, match="weight must be 'number' or 'area', but it is 'mass'"):
        table.percentiles(weight="mass")


def test_another_class():
    table = table_of()
    number = table.at(30, 30)
    table.set_class([number], "Melt")
    assert (table.row(number)["class"], table.row(number)["code"], table.row(number)["edited"]) == (
        "Melt",
        3,
        True,
    )
    assert table.numbers(classes=["Melt"]) == table.numbers(edited=True) == [number]
    for name in ("Matrix", "Void", "Marble"):
        with pytest.raises(
            ValueError, match=f"Clasts cannot be of class '{name}'; choose from Chert, Melt, or"
        ):
            table.set_class([number], name)
    with pytest.raises(ValueError, match="No clast is selected"):
        table.set_class([], "Melt")


def touching():
    """A square of chert that touches two of melt, and one apart."""
    codes = np.ones((60, 90), np.uint8)
    codes[10:40, 10:30] = 2
    codes[10:30, 30:50] = 3
    codes[40:50, 10:20] = 3
    codes[30:50, 60:80] = 2
    return codes


def test_merged_clasts_are_measured_as_one():
    table = table_of(touching())
    first, second, third, apart = table.at(15, 15), table.at(15, 40), table.at(45, 15), table.at(40, 70)
    table.merge([second, first, third])
    assert len(table) == 2
    merged = np.where(touching() == 3, 2, touching())
    assert measures(table) == measures(table_of(merged))
    assert table.at(15, 40) == table.at(45, 15) == first
    assert table.numbers(edited=True) == [first]
    with pytest.raises(
        ValueError, match=f"Clasts {first}, {apart} do not all touch, and a clast is one piece"
    ):
        table.merge([first, apart])
    with pytest.raises(ValueError, match="Select two clasts or more to merge them"):
        table.merge([first])


def test_a_clast_split_by_a_line():
    table = table_of(touching())
    number = table.at(15, 15)
    before = table.row(number)["area_mm2"]
    table.split(number, [(22.0, 5.0), (22.0, 35.0)])
    upper, lower = table.at(15, 15), table.at(35, 15)
    assert lower == number  # the larger part keeps it
    assert upper == 5
    assert table.row(upper)["area_mm2"] + table.row(lower)["area_mm2"] == pytest.approx(before)
    assert table.row(upper)["area_mm2"] == pytest.approx(12.5 * 20 * PIXEL**2, rel=0.05)
    assert table.at(15, 40) not in (upper, lower)  # what lies beside is as it was
    for line in ([(22, 5), (22, 15)], [(0, 0), (5, 80)], [(11.0, 10), (10, 11)]):
        with pytest.raises(ValueError, match=r"does not cut clast \d into parts that are large enough"):
            table.split(lower, line)
    with pytest.raises(ValueError, match="A line has two points or more"):
        table.split(lower, [(1, 1)])


def test_a_ring_split_across_its_hole_has_two_parts():
    codes = np.where(ellipse((80, 80), 40, 40, 30, 30) & ~ellipse((80, 80), 40, 40, 12, 12), 2, 1)
    table = table_of(codes.astype(np.uint8), neck=None)
    table.split(table.at(15, 40), [(40, 0), (40, 79)])
    halves = table.rows()
    assert len(halves) == 2
    assert halves[0]["area_mm2"] == pytest.approx(halves[1]["area_mm2"], rel=0.06)


def test_undo_and_redo_bring_back_all_measures():
    table = table_of(touching())
    states = [(measures(table), table.numbered.copy())]
    chert, melt = table.at(15, 15), table.at(15, 40)
    for change in (
        lambda: table.merge([chert, melt]),
        lambda: table.split(chert, [(22, 5), (22, 60)]),
        lambda: table.set_class([table.at(15, 40)], "Melt"),
        lambda: table.delete([chert, table.at(40, 70)]),
    ):
        change()
        states.append((measures(table), table.numbered.copy()))
    assert not table.can_redo
    for found, numbered in states[-2::-1]:
        assert table.undo()
        assert measures(table) == found
        np.testing.assert_array_equal(table.numbered, numbered)
    assert not table.undo()
    assert table.edited == frozenset()
    for found, numbered in states[1:]:
        assert table.can_redo
        assert table.redo()
        assert measures(table) == found
        np.testing.assert_array_equal(table.numbered > 0, numbered > 0)
    assert not table.redo()
    table.undo()
    table.delete([table.at(45, 15)])
    assert not table.redo()  # what was taken back is gone with a new edit


def shifted(codes, rows):
    return np.roll(codes, rows, axis=0)


def test_edits_are_made_again_to_a_new_map():
    table = table_of(touching())
    chert, melt, third, apart = (table.at(*at) for at in ((15, 15), (15, 40), (45, 15), (40, 70)))
    table.merge([chert, melt])
    table.set_class([apart], "Melt")
    table.delete([third])
    new = table.with_map(shifted(touching(), 2))
    assert new.unapplied == []
    assert len(new.edits) == 3
    assert new.row(new.at(17, 15))["area_mm2"] == pytest.approx(1000 * PIXEL**2)
    assert new.at(17, 15) == new.at(17, 40)
    assert new.row(new.at(42, 70))["class"] == "Melt"
    assert new.at(47, 15) == 0
    assert new.edited == {new.at(17, 15), new.at(42, 70)}
    while new.undo():
        pass
    assert measures(new) == measures(table_of(shifted(touching(), 2)))


def test_edits_of_clasts_that_a_map_has_not_are_named_and_come_back():
    table = table_of(touching())
    apart, chert = table.at(40, 70), table.at(15, 15)
    table.set_class([apart], "Melt")
    table.split(chert, [(25, 5), (25, 35)])
    without = touching()
    without[30:50, 60:80] = 1
    without[18:40, 10:30] = 1
    new = table.with_map(without)
    told = [f"{edit}: {reason}" for edit, reason in new.unapplied]
    why = "no clast of the map there overlaps it by more than half"
    assert told == [
        f"class Melt: clast at row 40, column 70: {why}",
        f"split: clast at row 25, column 20: {why}",
    ]
    assert new.edited == frozenset()
    again = new.with_map(touching())
    assert again.unapplied == []
    assert measures(again) == measures(table)
    new.undo()
    assert len(new.unapplied) == len(new.edits) == 1


def test_what_a_new_map_did_by_itself_counts_as_done():
    table = table_of(touching())
    table.merge([table.at(15, 15), table.at(15, 40)])
    joined = touching()
    joined[joined == 3] = 2
    joined[40:50, 10:20] = 1
    new = table.with_map(joined)
    assert new.unapplied == []
    assert new.edited == {new.at(15, 15)}
    apart = touching()
    apart[:, 28:32] = 1
    ((edit, reason),) = table.with_map(apart).unapplied
    assert (str(edit), reason) == ("merged: 2 clasts at row 22, column 30", "its clasts no longer touch")


def test_it_comes_back_from_plain_values():
    table = table_of(touching(), smallest_mm2=2.0, neck=None, pixel_size_mm=0.5)
    table.merge([table.at(15, 15), table.at(15, 40)])
    table.set_class([table.at(40, 70)], "Melt")
    values = table.to_dict()
    assert values["map"] == table.map_digest != table_of(FIELD).map_digest
    section = section_of(touching().shape)
    again = ClastTable.from_dict(values, section, touching(), LEGEND)
    assert measures(again) == measures(table)
    assert again.to_dict() == values
    renamed = Legend(["Matrix", "Chert", "Glass", "Void"], not_rock=["Void"])
    ((_, reason),) = ClastTable.from_dict(values, section, touching(), renamed).unapplied
    assert reason == "there are no clasts of a class 'Melt' here"
    named = ClastTable.from_dict(values, section, touching(), renamed, formerly={"Melt": "Glass"})
    assert named.unapplied == []
    assert named.row(named.at(40, 70))["class"] == "Glass"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "written by a newer version of corewidgets .format 2; this one reads up to 1"),
        ({"edits": [{"kind": "class"}]}, "edits of clasts are damaged"),
        ({"edits": [{"kind": "paint", "outlines": [[[[0, 0], [0, 1], [1, 1], [1, 0]]]]}]}, "kind 'paint', 1"),
        ({"edits": None}, "damaged"),
        ({"smallest_mm2": "much"}, "damaged"),
    ],
)
def test_damaged_values(change, message):
    values = {**table_of().to_dict(), **change}
    with pytest.raises(ValueError, match=message):
        ClastTable.from_dict(values, section_of(FIELD.shape), FIELD, LEGEND)


def test_a_photograph_without_a_scale():
    section = section_of(FIELD.shape, top=0.0)
    bare = type(section)(section.image)
    with pytest.raises(
        ValueError, match="is unknown; give the section top= and base= in metres, or give pixel"
    ):
        ClastTable(bare, FIELD, LEGEND)
    table = ClastTable(bare, FIELD, LEGEND, pixel_size_mm=PIXEL)
    assert table.row(table.at(30, 30))["diameter_mm"] == pytest.approx(4, rel=0.02)
    table.delete([table.at(30, 30)])
    assert len(table) == 3


def test_an_edit_measures_only_what_it_changes(monkeypatch):
    table = table_of(field_of_squares(71), smallest_mm2=0.1, neck=None)
    assert len(table) == 5041
    measured = []

    def counting(section, codes, *rest, **options):
        measured.append(codes.size)
        return original(section, codes, *rest, **options)

    original = clast_pieces.measure_numbered
    monkeypatch.setattr(clast_pieces, "measure_numbered", counting)
    number = table.at(600 // 12 * 12 + 4, 28)
    table.split(number, [(604, 10), (604, 40)])
    table.delete([table.at(4, 4)])
    table.set_class([table.at(4, 16)], "Melt")
    table.undo()
    assert measured == [100]  # one square of 8 by 8 pixels, and one pixel around
