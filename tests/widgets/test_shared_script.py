"""Widgets of a kind share the text of their script, which stays when one of them is closed."""

from __future__ import annotations

import re
from pathlib import Path

import ipywidgets as ipw
import pytest
from run_node import n_passed

from corewidgets.widgets.picks import Picks
from corewidgets.widgets.shared_script import ScriptedWidget
from corewidgets.widgets.tool import Tool, family


def test_the_text_goes_to_the_page_once():
    one, other = Picks(), Picks()
    assert one.script is other.script
    assert one.script.text == Picks.shared_script
    state = one.get_state()
    assert state["script"] == f"IPY_MODEL_{one.script.model_id}"
    assert len(state["_esm"]) < 2000
    assert Picks.shared_script not in str(state)


def test_it_stays_when_a_tool_with_one_of_them_is_closed():
    picks, other = Picks(), Picks()
    tool = Tool([picks])
    assert picks.script not in family(tool)
    tool.close()
    assert picks.comm is None
    assert other.script.comm is not None
    assert Picks().script is other.script


def test_it_is_made_anew_where_all_widgets_were_closed():
    before = Picks().script
    ipw.Widget.close(before)
    assert Picks().script is not before
    assert Picks().script.comm is not None


@pytest.mark.parametrize("kind", ScriptedWidget.__subclasses__(), ids=lambda kind: kind.__name__)
def test_each_script_is_drawn_by_its_render_alone(kind):
    (exported,) = re.findall(r"^export default {([^}]*)", kind.shared_script, re.MULTILINE)
    assert re.match(r"\s*render\b", exported)
    assert "initialize" not in exported


def test_the_page_loads_it_once():
    assert n_passed(Path(__file__).parent / "shared_script.test.mjs") == 3
