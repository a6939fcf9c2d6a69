"""Names that mean the same class are found, and only those."""

from __future__ import annotations

import pytest

from corewidgets.labels.class_names import code_of, name_key, spellings
from corewidgets.labels.legend import Legend


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Mud", "mud", True),
        ("Carb-Tan", "CARB-TAN", True),
        ("Caf\u00e9", "Cafe\u0301", True),
        ("Stra\u00dfe", "STRASSE", True),
        ("a  b", "A b", True),
        ("Карбонат", "КАРБОНАТ", True),
        ("Mud", "Mud 2", False),
        ("Carb-Tan", "Carb Tan", False),
        ("\u00e9", "e", False),
    ],
)
def test_names_that_mean_the_same(one, other, same):
    assert (name_key(one) == name_key(other)) is same


def test_a_name_in_other_capitals_has_the_code_of_its_class():
    legend = Legend(["Mud", "Sand", "SAND"])
    assert [code_of(legend, name) for name in ("mud", "Sand", "SAND")] == [1, 2, 3]
    for name in ("sand", "Silt"):
        with pytest.raises(
            ValueError, match=f"^The legend has no class '{name}'; choose from Mud, Sand, SAND"
        ):
            code_of(legend, name)


def test_the_first_spelling_stands_for_all():
    assert spellings(["Mud", "MUD", "Sand", "mud"]) == {
        "Mud": "Mud",
        "MUD": "Mud",
        "Sand": "Sand",
        "mud": "Mud",
    }
