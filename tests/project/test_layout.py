"""project.json says what a folder is; what a killed creation left is no project and no obstacle."""

from __future__ import annotations

import re

import pytest

from corewidgets.project.layout import ProjectLayout, is_project, read_json, write_json


@pytest.mark.parametrize("number", [None, 0, True, "1", 1.5])
def test_a_format_is_a_whole_number(number, tmp_path):
    write_json(tmp_path / "project.json", {"format": number})
    message = f"project.json' was edited or is damaged: format is {number!r}, but it must be a whole number"
    with pytest.raises(ValueError, match=re.escape(message)):
        ProjectLayout(tmp_path).read_about()


def test_a_description_is_written_with_its_format(tmp_path):
    layout = ProjectLayout(tmp_path)
    assert not is_project(tmp_path)
    layout.write_about({"name": "hole"})
    assert is_project(tmp_path)
    assert layout.read_about() == {"format": 1, "name": "hole"}


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 10**5])
def test_a_damaged_file_is_told(text, tmp_path):
    (tmp_path / "view.json").write_text(text)
    with pytest.raises(ValueError, match=r"view\.json' was edited or is damaged"):
        read_json(tmp_path / "view.json")


def test_only_what_a_creation_left_may_be_there(tmp_path):
    layout = ProjectLayout(tmp_path / "hole")
    layout.check_free()
    layout.make_folders()
    (layout.path / "legend.json").write_text("{}")
    layout.check_free()
    (layout.path / "thesis.docx").write_text("x")
    with pytest.raises(FileExistsError, match="already exists and is not a project"):
        layout.check_free()
    with pytest.raises(FileExistsError, match="already exists and is not a project"):
        ProjectLayout(layout.path / "thesis.docx").check_free()
