"""The gallery shows what its code writes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import corewidgets as cw

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


def test_each_picture_is_written_shown_and_there() -> None:
    written = re.findall(r"\"images/(gallery-[\w-]+\.\w+)\"", TEXT)
    shown = re.findall(r"\]\(images/(gallery-[\w-]+\.\w+)\)", TEXT)
    kept = [path.name for path in (ROOT / "docs" / "images").glob("gallery-*")]
    assert sorted(written) == sorted(shown) == sorted(kept)


def test_each_function_that_draws_is_in_it() -> None:
    assert set(re.findall(r"cw\.(plot_\w+)", TEXT)) == {
        name for name in cw.__all__ if name.startswith("plot_") and name != "plot_photograph"
    }


@pytest.mark.slow
def test_its_code_runs(tmp_path: Path) -> None:
    place = ROOT / "scripts" / "make_gallery.py"
    spec = importlib.util.spec_from_file_location("make_gallery", place)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = [path.name for path in script.run(tmp_path)]
    assert written == sorted(re.findall(r"\"images/(gallery-[\w-]+\.\w+)\"", TEXT))
