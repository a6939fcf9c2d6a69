"""An edit finds its clasts again, or says that it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.geology.clast_edits import ClastEdit
from corewidgets.geology.clast_table import ClastTable

from .clast_shapes import LEGEND, ellipse, section_of


def disk(row, radius=20):
    return np.where(ellipse((120, 80), row, 40, radius, radius), 2, 1).astype(np.uint8)


def edit_of(codes):
    table = ClastTable(section_of(codes.shape), codes, LEGEND)
    table.delete(table.numbers())
    return table.edits


@pytest.mark.parametrize(("moved", "found"), [(0, True), (8, True), (10, True), (18, False), (60, False)])
def test_a_clast_is_the_same_where_more_than_half_agrees(moved, found):
    """Two disks of one radius have half of their joint area in common when 0.53 radii apart."""
    new = ClastTable(section_of((120, 80)), disk(40 + moved), LEGEND, edits=edit_of(disk(40)))
    before, after = disk(40) == 2, disk(40 + moved) == 2
    assert found == ((before & after).sum() > 0.5 * (before | after).sum())
    assert len(new) == (0 if found else 1)
    assert bool(new.unapplied) != found


def test_plain_values_and_back():
    (edit,) = edit_of(disk(40))
    values = edit.to_dict()
    assert values["kind"] == "delete"
    assert ClastEdit.from_dict(values) == edit
    x, y = np.mean(values["outlines"][0][0], axis=0)
    assert (x, y) == (pytest.approx(40.5, abs=1), pytest.approx(40.5, abs=1))
    assert str(edit) == "deleted: clast at row 40, column 40"


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "split", "outlines": [[[[0, 0], [0, 4], [4, 4], [4, 0]]]], "line": [[1, 1]]},
        {"kind": "delete", "outlines": []},
        {"kind": "delete", "outlines": [[[[0, 0], [0, 4]]]]},
        {"kind": "delete", "outlines": [[["a"]]]},
        {"outlines": []},
    ],
)
def test_damaged_values(values):
    with pytest.raises(ValueError, match="An edit of clasts is damaged"):
        ClastEdit.from_dict(values)


def test_a_map_of_another_size():
    (edit,) = edit_of(disk(90))
    small = disk(40)[:60]
    table = ClastTable(section_of(small.shape), small, LEGEND, edits=[edit])
    assert len(table) == len(table.unapplied) == 1
