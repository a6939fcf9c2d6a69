"""The script of the hole at depth asks for the tiles that the kernel's arithmetic names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_node import node

from corewidgets.project.depth_tiles import FINEST, ROWS, tiles_in_view
from corewidgets.widgets import core_view

SCRIPTS = Path(core_view.__file__).parent
VIEWS = [
    (0, 900, 560),
    (698.4, 698.41, 1120),
    (12.3, 13.1, 333),
    (-2, 3, 560),
    (600, 1468, 536),
    (5, 5.0004, 900),
]


def asked(script: str, expression: str) -> list:
    """Return what an expression of functions of a script is."""
    uri = (SCRIPTS / script).as_uri()
    code = f"import('{uri}').then((m) => console.log(JSON.stringify({expression})))"
    return json.loads(node("--input-type=module", "--eval", code))


def test_tiles_in_view_are_those_of_the_kernel():
    found = asked("core_view.js", f"{json.dumps(VIEWS)}.map((v) => m.tilesInView(...v, {ROWS}, {FINEST}))")
    for view, (level, first, stop) in zip(VIEWS, found, strict=True):
        tiles = tiles_in_view(*view)
        assert [tiles[0].level, tiles[0].index, tiles[-1].index + 1] == [level, first, stop]


@pytest.mark.parametrize(
    ("view", "marks", "digits"),
    [((600.0, 602.0, 560), 600.2, 1), ((0.0, 900.0, 560), 100, 0), ((10.0, 10.01, 560), 10.001, 3)],
)
def test_marks_of_the_ruler_are_round_numbers_far_enough_apart(view, marks, digits):
    found, shown = asked("core_view.js", f"m.marks({view[0]}, {view[1]}, {view[2]})")
    assert shown == digits
    step = found[1] - found[0]
    assert step * view[2] / (view[1] - view[0]) >= 55.9
    assert any(mark == pytest.approx(marks) for mark in found)
    assert len(found) >= 4


def test_the_list_of_clasts_draws_only_what_is_in_view():
    assert asked("clast_list.js", "m.rowsInView(0, 240, 5000)") == [0, 18]
    assert asked("clast_list.js", "m.rowsInView(24000, 240, 5000)") == [992, 1018]
    assert asked("clast_list.js", "m.rowsInView(0, 240, 3)") == [0, 3]
