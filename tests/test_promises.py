"""Each promise on the page names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
PROMISES = [row for row in ROWS if row[0] not in {"promise", "---"}]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def names_of_tests(path: str) -> set[str]:
    """Return the names of the tests of a file: its functions, its classes, and machines by another name."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    named = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {name for name in defined | named if name.lower().startswith("test")}


def test_there_are_promises_of_each_kind() -> None:
    assert len(PROMISES) > 25
    assert len(re.findall(r"^## ", PAGE, flags=re.MULTILINE)) == PAGE.count("| promise | checked by |")


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row[0][:40])
def test_a_promise_names_tests_that_exist(row: list[str]) -> None:
    promise, kept_by = row
    assert promise.endswith(".")
    named = TEST.findall(kept_by)
    assert named
    assert TEST.sub("", kept_by).replace(",", "").strip() == ""
    missing = [f"{path}::{name}" for path, name in named if name not in names_of_tests(path)]
    assert missing == []
