"""A package that is missing is named, with what needs it and the command that installs it."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import corewidgets as cw
import corewidgets.widgets  # which `cw.widgets` has only after an import
from corewidgets.extras import import_extra, import_needed

TOOLS = ("FeatureExplorer", "Labeler", "LaneEditor", "NetworkFigure", "Overlay", "Trainer", "Workbench")
LEGEND = cw.Legend(["Lava"])
SECTION = cw.CoreSection(np.zeros((4, 3, 3), np.uint8), 1.0, 2.0, name="a")
MAP = np.ones((4, 3), np.uint8)


def missing(monkeypatch, package):
    """Make a package one that is not installed."""
    monkeypatch.setitem(sys.modules, package, None)


def test_a_package_that_is_there_is_imported():
    import json

    assert import_extra("json", "core", "This") is json is import_needed("json", "This")


@pytest.mark.parametrize("package", ["ipywidgets", "ipycanvas", "anywidget"])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_says_what_to_install(monkeypatch, package, tool):
    missing(monkeypatch, package)
    for module in (cw, cw.widgets):  # where other tests may have imported it
        monkeypatch.delitem(vars(module), tool, raising=False)
    with pytest.raises(ModuleNotFoundError) as told:
        getattr(cw, tool)
    assert str(told.value) == (
        f"cw.{tool} needs the package {package}, which is not installed; install it with {sys.executable} -m "
        f"pip install '{package}', or all that corewidgets needs with 'corewidgets'."
    )
    assert told.value.name == package


def test_without_the_packages_of_widgets_all_else_works():
    """In a program of its own, since here they are imported already."""
    program = """
import sys
for package in ("ipywidgets", "ipycanvas", "anywidget", "traitlets", "IPython"):
    sys.modules[package] = None
import corewidgets as cw
cw.read_section, cw.PixelClassifier, cw.depth_log
try:
    cw.Labeler
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        "cw.Labeler needs the package ipywidgets, which is not installed; install it"
    )


TABLES = {
    "A depth log": lambda: cw.depth_log([SECTION], [MAP], LEGEND),
    "A table of clasts": lambda: cw.measure_clasts([SECTION], [MAP], LEGEND),
    "A table of drift": lambda: cw.Drift((), {}).to_pandas(),
}


@pytest.mark.parametrize("purpose", TABLES)
def test_a_table_says_that_it_needs_pandas(monkeypatch, purpose):
    missing(monkeypatch, "pandas")
    text = f"{purpose} needs the package pandas, which is not installed; install it with "
    with pytest.raises(ModuleNotFoundError, match=re.escape(text)):
        TABLES[purpose]()


def test_an_extra_is_named(monkeypatch):
    missing(monkeypatch, "pyarrow")
    with pytest.raises(
        ModuleNotFoundError, match=r"A Parquet file needs .* 'corewidgets\[core\]' \(in a clo"
    ):
        import_extra("pyarrow", "core", "A Parquet file")


def test_an_error_within_a_package_that_is_there_is_that_error(monkeypatch, tmp_path):
    """What a package itself lacks is not said to be the package."""
    (tmp_path / "broken_package.py").write_text("import not_there_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'not_there_at_all'$"):
        import_needed("broken_package", "This")
