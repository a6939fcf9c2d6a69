"""Names, codes and colors: checked when made, kept by files."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.legend import Legend, LegendEntry


def exactly(text):
    return f"^{re.escape(text)}$"


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(str.strip)
COLORS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


@st.composite
def legends(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=20, unique_by=str.strip))
    colors = draw(st.lists(st.none() | COLORS, min_size=len(names), max_size=len(names)))
    return Legend(names, colors)


@pytest.fixture
def legend():
    return Legend(["Matrix", "Carb-White"], ["#FC6621", "#2cfffe"])


def test_codes_count_from_1(legend):
    assert legend.names == ("Matrix", "Carb-White")
    assert legend.colors == ("#FC6621", "#2CFFFE")
    assert legend.codes == (1, 2)
    assert len(legend) == 2
    assert list(legend) == [LegendEntry(1, "Matrix", "#FC6621"), LegendEntry(2, "Carb-White", "#2CFFFE")]
    assert legend.code("Carb-White") == 2
    assert legend.name(np.uint8(2)) == "Carb-White"
    assert "Matrix" in legend
    assert "Chert" not in legend


def test_the_lookup_table_has_a_row_for_unlabelled(legend):
    table = legend.rgb()
    assert table.dtype == np.uint8
    assert table.tolist() == [[0, 0, 0], [252, 102, 33], [44, 255, 254]]


def test_equal_legends_are_one_key(legend):
    same = Legend(("Matrix", "Carb-White"), ("#fc6621", "#2CFFFE"))
    assert legend == same
    assert len({legend, same, legend.rename("Matrix", "Melt")}) == 2


def test_a_legend_does_not_change(legend):
    with pytest.raises(AttributeError):
        legend.names = ("Other",)


def test_changes_make_another_legend(legend):
    assert legend.add("Chert", "#0F7F12").names == ("Matrix", "Carb-White", "Chert")
    assert legend.rename("Matrix", "Melt").names == ("Melt", "Carb-White")
    assert legend.rename("Matrix", "Melt").colors == legend.colors
    assert legend.recolor("Carb-White", "#000001").colors == ("#FC6621", "#000001")
    assert legend.names == ("Matrix", "Carb-White")


@given(legends(), NAMES)
def test_an_added_class_has_a_color_of_its_own(legend, name):
    if name.strip() not in legend:
        longer = legend.add(name)
        assert longer.name(len(longer)) == name.strip()
        assert longer.colors[:-1] == legend.colors
        assert longer.colors[-1] not in legend.colors


@given(legends())
def test_plain_values_give_the_legend_back(legend):
    assert Legend.from_dict(legend.to_dict()) == legend
    assert Legend.from_dict(json.loads(json.dumps(legend.to_dict()))) == legend


@given(legends())
def test_a_table_gives_the_legend_back(tmp_path_factory, legend):
    path = tmp_path_factory.mktemp("legend") / "classes.csv"
    legend.write_csv(path)
    assert Legend.read_csv(path) == legend


def test_a_table_as_published(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text("value,name,color\n2,Carb-Tan,#0B24FB\n1,Impact-Light,#B3B3B3\n", encoding="utf-8-sig")
    assert Legend.read_csv(path) == Legend(["Impact-Light", "Carb-Tan"], ["#B3B3B3", "#0B24FB"])


def test_a_table_with_unlabelled_and_without_colors(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text("value, name\n0, Unlabelled\n1, Matrix\n2, Clast\n")
    assert Legend.read_csv(path) == Legend(["Matrix", "Clast"])


def test_a_code_without_a_row_is_kept_free(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text("value,name,color,rock\n5,class 2,#B3B3B3,no\n1,Matrix,#0B24FB,yes\n", encoding="utf-8")
    legend = Legend.read_csv(path)
    assert (legend.order, legend.not_rock) == ((1, 5), ("class 2",))
    assert [(legend.name(code), legend.colors[code - 1]) for code in legend.order] == [
        ("Matrix", "#0B24FB"),
        ("class 2", "#B3B3B3"),
    ]
    legend.check(np.uint8([[0, 1, 5]]))
    assert legend.names[1:4] == ("Class 2 (not in the table)", "Class 3", "Class 4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            b"value:name:color\n1:Matrix:#000000\n",
            "must have the columns value, name and color, separated by commas, but there is no value and no "
            "name: "
            "its row 1 is 'value:name:color'. Name the columns in its first row.",
        ),
        (
            b"value,name\n1,Matrix\n300,Clast\n",
            "row 3: a value must be from 1 to 255, but there is '300'; number the classes from 1.",
        ),
        (
            b"value,name,color\n1,Matrix,reddish\n",
            "row 2: The color of 'Matrix' must look like '#1BD69E', but it is 'reddish'; write it so, or as",
        ),
        (
            b"value,name\none,Matrix\n",
            "row 2: a value must be a whole number, but there is 'one'; number the classes 1, 2, 3.",
        ),
        (b"value,name\n1,Caf\x81\n", "is not a table in UTF-8"),
        (b"", "its row 1 is ''."),
    ],
)
def test_a_wrong_table_says_what_is_wrong(tmp_path, text, message):
    path = tmp_path / "classes.csv"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        Legend.read_csv(path)
    assert str(path) in str(error.value)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        Legend.read_csv(tmp_path / "classes.csv")
    assert str(error.value) == f"There is no file '{tmp_path}/classes.csv'; check the name and the folder."


def test_an_unknown_class_is_named_with_the_known_ones(legend):
    with pytest.raises(
        ValueError, match=exactly("The legend has no class 'Matix'; choose from Matrix, Carb-White.")
    ):
        legend.code("Matix")
    with pytest.raises(
        ValueError, match=exactly("The legend has no code 0; its codes are 1 to 2 (0 is unlabelled).")
    ):
        legend.name(0)
    with pytest.raises(ValueError, match="has no class 'Melt'"):
        legend.rename("Melt", "Matrix")


@pytest.mark.parametrize("values", [{}, {"classes": 3}, {"classes": [{"code": 1}]}, {"classes": ["Matrix"]}])
def test_incomplete_values_are_refused(values):
    with pytest.raises(ValueError, match=r"^The legend is not complete: it must look like \{'classes': \[\{"):
        Legend.from_dict(values)


def test_values_with_gaps_or_other_kinds_of_codes_are_refused():
    with pytest.raises(ValueError, match="The legend must have the codes 1 to n, each once, but it has 2"):
        Legend.from_dict({"classes": [{"code": 2, "name": "Matrix"}]})
    with pytest.raises(ValueError, match="each once, but it has 1, two"):
        Legend.from_dict({"classes": [{"code": 1, "name": "a"}, {"code": "two", "name": "b"}]})


# --------------------------------------------------------------------------------------------------- not rock


def test_classes_that_are_no_rock_are_marked():
    legend = Legend(["Matrix", "Void", "Melt", "Liner"]).mark_not_rock("Liner", "Void")
    assert legend.not_rock == ("Void", "Liner")
    assert legend.rock_codes == (1, 3)
    assert legend != Legend(legend.names, legend.colors)
    assert legend.mark_not_rock() == Legend(legend.names, legend.colors)


def test_marks_follow_their_classes():
    legend = Legend(["Matrix", "Void"], not_rock=["Void"])
    assert legend.rename("Void", "Gap").not_rock == ("Gap",)
    assert legend.rename("Matrix", "Melt").not_rock == ("Void",)
    assert legend.recolor("Void", "#000000").not_rock == ("Void",)
    assert legend.add("Chert").not_rock == ("Void",)


@given(legends(), st.data())
def test_files_keep_the_marks(tmp_path_factory, legend, data):
    marked = legend.mark_not_rock(*data.draw(st.lists(st.sampled_from(legend.names), unique=True)))
    assert Legend.from_dict(json.loads(json.dumps(marked.to_dict()))) == marked
    path = tmp_path_factory.mktemp("legend") / "legend.csv"
    marked.write_csv(path)
    assert Legend.read_csv(path) == marked


def test_files_without_marks_are_as_they_were(legend, tmp_path):
    assert legend.to_dict()["classes"][0] == {"code": 1, "name": "Matrix", "color": "#FC6621"}
    legend.write_csv(tmp_path / "legend.csv")
    assert (tmp_path / "legend.csv").read_text().startswith("value,name,color\n1,Matrix,#FC6621\n")


def test_a_mark_needs_a_class(legend, tmp_path):
    message = (
        "The legend has no class 'Void' that could be marked as not rock; choose from Matrix, Carb-White."
    )
    with pytest.raises(ValueError, match=exactly(message)):
        legend.mark_not_rock("Void")
    with pytest.raises(TypeError, match="not_rock must be a list of names, but it is the text 'Matrix'"):
        Legend(["Matrix"], not_rock="Matrix")
    path = tmp_path / "legend.csv"
    path.write_text("value,name,color,rock\n1,Matrix,,perhaps\n")
    with pytest.raises(ValueError, match="the column rock must say yes or no, but there is 'perhaps'"):
        Legend.read_csv(path)


@pytest.mark.parametrize("codes", [[[0, 1], [2, 2]], np.zeros((0, 3), np.uint8), 2, [1, 2]])
def test_codes_of_the_legend_pass(legend, codes):
    assert legend.check(codes) is None


def test_a_code_after_the_last_class_is_named(legend):
    message = (
        "labels hold code 255, but the legend ends with code 2 (Carb-White); add a class to the legend, or"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)} erase these labels\\.$"):
        legend.check(np.array([[1, 255], [3, 2]], np.uint8))
    message = "The model knows code 3, but the legend ends with code 2 (Carb-White); train again."
    with pytest.raises(ValueError, match=exactly(message)):
        legend.check([1, 3], "The model knows", "train again")


def test_a_class_that_is_no_rock_is_renamed_with_space_around_the_name():
    legend = Legend(["Matrix", "Void"], not_rock=["Void"]).rename("Void", " Gap ")
    assert (legend.names, legend.not_rock) == (("Matrix", "Gap"), ("Gap",))
