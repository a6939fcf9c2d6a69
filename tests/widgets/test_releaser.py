"""The page is told of widgets before they are closed, and lets go of what it holds of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipycanvas
import ipywidgets as ipw
import pytest
from comm.base_comm import BaseComm
from ipycanvas.canvas import _CANVAS_MANAGER
from run_node import n_passed

from corewidgets.widgets import tool as tools
from corewidgets.widgets.releaser import Releaser
from corewidgets.widgets.tool import Tool


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """Return what is sent to the page: kind of message, channel, content."""
    sent: list[tuple[str, str, Any]] = []

    def publish(self: BaseComm, kind: str, data: Any = None, *_: Any, **__: Any) -> None:
        sent.append((kind, self.comm_id, (data or {}).get("content")))

    monkeypatch.setattr(type(ipw.Button().comm), "publish_msg", publish)
    return sent


def test_the_page_hears_of_all_parts_before_the_first_is_closed(messages, monkeypatch):
    releaser = Releaser()
    monkeypatch.setattr(tools, "_RELEASER", [releaser])
    tool = Tool([ipw.Button(), ipw.HTML()])
    ids = {part.model_id for part in tools.family(tool)}
    messages.clear()
    tool.close()
    (kind, channel, content), *closed = messages
    assert (kind, channel, content["kind"]) == ("comm_msg", releaser.model_id, "closing")
    assert set(content["ids"]) == ids
    assert {(kind, channel) for kind, channel, _ in closed} == {("comm_close", name) for name in ids}


def test_the_page_is_told_what_draws_on_all_canvases():
    stage = ipycanvas.Canvas(width=4, height=4)
    sent = []
    _CANVAS_MANAGER.send = lambda *args, **_: sent.append(args)
    try:
        stage.fill_rect(0, 0, 1, 1)
    finally:
        del _CANVAS_MANAGER.send
    assert sent
    assert Releaser().canvas_manager == _CANVAS_MANAGER.model_id


def test_nothing_is_said_of_what_is_closed_already(messages):
    button = ipw.Button()
    button.close()
    messages.clear()
    Releaser().announce([button])
    assert [kind for kind, *_ in messages] == ["comm_open", "comm_open"]  # the releaser's own


def test_the_script_cuts_the_channels_of_models_when_they_are_closed():
    assert n_passed(Path(__file__).parent / "releaser.test.mjs") == 7
