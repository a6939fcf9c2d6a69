"""The house keeps its order: a test file for each module of the core."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import corewidgets as cw

PACKAGE = Path(cw.__file__).parent
TESTS = Path(__file__).parent
CORE = ("features", "labels", "cores", "geology", "learning", "scoring", "figures", "batch", "project")


def test_each_module_of_the_core_has_a_test_of_its_name():
    modules = {
        f"{folder}/{path.stem}"
        for folder in CORE
        for path in (PACKAGE / folder).glob("*.py")
        if path.stem != "__init__"
    }
    assert len(modules) > 50
    tested = {name for name in modules if (TESTS / Path(name).parent / f"test_{Path(name).name}.py").exists()}
    assert modules - tested == set()


def test_no_file_outside_of_the_widgets_is_longer_than_500_lines():
    """Those of the widgets have a test of their own; the tests keep to it too."""
    files = [path for path in PACKAGE.rglob("*.py") if "widgets" not in path.relative_to(PACKAGE).parts]
    files += TESTS.rglob("*.py")
    assert len(files) > 400
    assert [path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) > 500] == []


def test_each_folder_of_the_package_is_known():
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders - {"cli", "widgets"} == set(CORE)


def test_each_library_is_forbidden_wherever_it_is_not_at_home():
    """The contracts list the folders by hand: a new one must be in each list."""
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    parts = {
        f"corewidgets.{path.stem}"
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and not path.stem.startswith("__")
    }
    contracts = [one for one in project["tool"]["importlinter"]["contracts"] if " at home in " in one["name"]]
    assert len(contracts) == 5
    for contract in contracts:
        homes = re.split(r", | and ", contract["name"].partition(" at home in ")[2])
        assert parts - set(contract["source_modules"]) == {f"corewidgets.{home}" for home in homes}
