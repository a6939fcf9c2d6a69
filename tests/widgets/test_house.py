"""What holds for every file of the widgets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corewidgets import widgets

FILES = sorted(
    path for path in Path(widgets.__file__).parent.rglob("*") if path.suffix in (".py", ".js", ".css")
)
PRIVATE = re.compile(
    r"_trait_values|_notify_trait|_dom_classes|_caching|_commands_cache|_buffers_cache|_current_canvas"
    r"|_canvas_manager|_view_count"
)
KNOW_PRIVATE_PARTS = {"array_trait.py", "held.py", "tool.py"}
"""Of libraries whose versions pyproject.toml bounds; each says why."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_one_noun_and_knows_no_private_parts(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 500
    assert "hasattr(self" not in text  # observers begin when all is there, instead of asking whether it is
    if path.name not in KNOW_PRIVATE_PARTS:
        assert PRIVATE.findall(text) == []
