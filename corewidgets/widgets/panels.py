"""The looks of the tools that have no script of their own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import ipywidgets as ipw


@cache
def _rules(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def style_sheet(name: str = "panels.css") -> ipw.HTML:
    """Return a widget that shows nothing and brings the rules of a file of this folder to the page."""
    return ipw.HTML(f"<style>{_rules(name)}</style>", layout=ipw.Layout(display="none"))


def field_size(width: int, description: int) -> dict[str, Any]:
    """Return layout and style of a field: its width and that of its description, in pixels."""
    return {"layout": ipw.Layout(width=f"{width}px"), "style": {"description_width": f"{description}px"}}
