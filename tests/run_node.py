"""Runs scripts of the page by node, which comes with playwright: a browser is not needed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import playwright

_NODE = Path(playwright.__file__).with_name("driver") / "node"


def node(*arguments: str | Path) -> str:
    """Return what node prints, with an assertion that it ends well."""
    command = [_NODE if _NODE.exists() else _NODE.with_suffix(".exe"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def n_passed(tests: Path) -> int:
    """Return how many tests of a file passed, with an assertion that none failed."""
    passed = re.search(r"^# pass (\d+)$", node("--test", "--test-reporter=tap", tests), re.MULTILINE)
    assert passed is not None
    return int(passed[1])
