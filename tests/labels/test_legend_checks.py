"""A legend that is none is refused with what to do."""

from __future__ import annotations

import re

import pytest

from corewidgets.labels.legend import Legend
from corewidgets.labels.legend_checks import check_colors, check_order, name_of_deleted


def exactly(text):
    return f"^{re.escape(text)}$"


@pytest.mark.parametrize(
    ("names", "colors", "message"),
    [
        ([], None, "A legend needs at least one class, but names is empty; give for example ['Matrix']."),
        (
            [f"{n}" for n in range(256)],
            None,
            "A legend holds at most 255 classes, but there are 256 names; leave some out.",
        ),
        (
            ["Matrix", "Matrix "],
            None,
            "Names of classes must differ, but 'Matrix' occurs twice; rename one.",
        ),
        (["  "], None, "The name of a class is empty; give it one."),
        (
            ["two\nlines"],
            None,
            "The name of a class must be one line of plain text, but 'two\\nlines' holds the character "
            "U+000A; remove it.",
        ),
        (["Matrix"], ["red"], "The color of 'Matrix' must look like '#1BD69E', but it is 'red'."),
        (["Matrix"], [(1, 2, 3)], "The color of 'Matrix' must look like '#1BD69E', but it is (1, 2, 3)."),
        (["Matrix"], [], "A legend needs one color for each class, but there are 1 names and 0 colors."),
    ],
)
def test_a_wrong_legend_says_what_is_wrong(names, colors, message):
    with pytest.raises(ValueError, match=exactly(message)):
        Legend(names, colors)


def test_names_are_a_list_of_text():
    with pytest.raises(TypeError) as error:
        Legend("Matrix")
    assert str(error.value) == "names must be a list of names, but it is the text 'Matrix'; write ['Matrix']."
    with pytest.raises(TypeError) as error:
        Legend([3])
    assert str(error.value) == "The name of a class must be text, but 3 is of type int."


def test_colors_that_are_missing_are_those_that_no_class_has():
    first, second = check_colors(["a", "b"], None)
    assert check_colors(["a", "b", "c"], [None, first.lower(), None])[:2] == (second, first)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([], "A legend lists at least one class, but its order is empty"),
        ([1, 1], "each at most once, but it is 1, 1."),
        ([1, 3], "must be made of the codes 1 to 2, each at most once, but it is 1, 3."),
    ],
)
def test_an_order_names_codes_of_the_legend_once(order, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check_order(["a", "b"], order)
    assert check_order(["a", "b"], [2]) == (2,)
    assert check_order(["a", "b"], None) == (1, 2)


def test_a_deleted_class_gives_its_name_away():
    assert name_of_deleted("Melt", ["Melt"]) == "Melt (deleted)"
    assert name_of_deleted("Melt", ["Melt (deleted)", "Melt (deleted 2)"]) == "Melt (deleted 3)"
