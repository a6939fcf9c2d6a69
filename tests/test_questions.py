"""Questions of the notebooks check themselves, in nbgrader's cells: wrong answers fail with a hint."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import ndimage

import corewidgets as cw

FOLDER = Path(__file__).parents[1] / "notebooks"

WRONG = {
    "1-numbers": ("n_numbers = 192", "n_numbers = 64 * 128 * 256", "n_numbers = None"),
    "1-similar": (
        "by_color, by_hypercolumn = True, True",
        "by_color, by_hypercolumn = False, False",
        "by_color, by_hypercolumn = 'no', 'yes'",
    ),
    "3-f1": (
        "def f1(precision, recall):\n    return (precision + recall) / 2",
        "def f1(precision, recall):\n    return (precision * recall) ** 0.5",
        "def f1(precision, recall):\n    return 2 * precision * recall / max(precision + recall, 1)",
    ),
    "3-protocol": ("protocol = 'random'", "protocol = 'depth'", "protocol = 'accuracy'"),
    "4-maps": ("n_maps = 256", "n_maps = '512'"),
    "4-clast": ("first = 'pool2'", "first = 'pool4'", "first = 'conv3_1'"),
    "8-regions": (
        "def count_regions(labels, code):\n    return (labels == code).sum()",
        "def count_regions(labels, code):\n    return ndimage.label(labels)[1]",
        "def count_regions(labels, code):\n    return ndimage.label(labels == 1)[1]",
    ),
    "8-choice": ("choice = 'fill'", "choice = 'liner'", "choice = 'accuracy'"),
}
IMPORTED = {"cw": cw, "ndimage": ndimage, "np": np}  # by the first cell of each notebook


def questions() -> dict[str, tuple[str, str]]:
    """Return the cell of the answer and the one that checks it, by the question."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(FOLDER.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        for answer, check in pairwise(cells):
            about = answer.metadata.get("nbgrader", {})
            if about.get("solution"):
                graded = check.metadata["nbgrader"]
                assert graded["grade"]
                assert graded["locked"]
                assert graded["points"] == 1
                assert graded["grade_id"] == f"{about['grade_id']}-check"
                found[about["grade_id"]] = answer.source, check.source
    return found


QUESTIONS = questions()


def test_each_question_has_wrong_answers_here() -> None:
    assert set(QUESTIONS) == set(WRONG)


@pytest.mark.parametrize("name", QUESTIONS)
def test_our_answer_passes_and_is_marked_as_a_solution(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer, check = QUESTIONS[name]
    assert re.fullmatch(r"### BEGIN SOLUTION\n.+\n### END SOLUTION", answer, flags=re.DOTALL)
    names = dict(IMPORTED)
    exec(answer, names)
    exec(check, names)
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(("name", "answer"), [(name, one) for name, all_ in WRONG.items() for one in all_])
def test_a_wrong_answer_fails_with_a_hint(name: str, answer: str) -> None:
    names = dict(IMPORTED)
    exec(answer, names)
    with pytest.raises(AssertionError) as raised:
        exec(QUESTIONS[name][1], names)
    assert str(raised.value).endswith((".", "2/3."))


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_students_get_does_not_give_the_answer_away(name: str) -> None:
    check = QUESTIONS[name][1]
    seen = re.sub(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", "", check, flags=re.DOTALL)
    assert "HIDDEN" not in seen
    for wrong in WRONG[name]:  # one that is of the right kind is not told apart by what is seen
        if "None" in wrong or "'no'" in wrong or "'512'" in wrong or "accuracy" in wrong or "conv" in wrong:
            continue
        names = dict(IMPORTED)
        exec(wrong, names)
        exec(seen, names)
