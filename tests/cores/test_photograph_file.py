from __future__ import annotations

import os

import pytest

from corewidgets.cores.photograph_file import find_photograph


@pytest.fixture
def folder(tmp_path):
    for name in (
        "a.jpg",
        "C.JPG",
        "b.png",
        "b.tif",
        "12.jpg",
        "photos/d.jpg",
        "notes.csv",
        r"back\slash.jpg",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    (tmp_path / "lost.jpg").symlink_to("nowhere.jpg")
    return tmp_path


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("a.jpg", "a.jpg"),
        ("A.JPG", "a.jpg"),
        ("c.jpg", "C.JPG"),
        ("12", "12.jpg"),
        ("photos/d.jpg", "photos/d.jpg"),
        (r"photos\d.jpg", "photos/d.jpg"),
        (r".\photos\D", "photos/d.jpg"),
        (r"back\slash.jpg", r"back\slash.jpg"),
    ],
)
def test_what_can_mean_one_file_only_is_that_file(folder, cell, name):
    file, problem = find_photograph(cell, folder)
    assert problem is None
    assert file.resolve() == folder / name


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("e.jpg", "there is no file '{folder}/e.jpg'; check its name and folder"),
        ("B", "it is not clear whether 'B' means 'b.png', 'b.tif'; write the whole name"),
        ("notes", "there is no file '{folder}/notes'; check its name and folder"),
        (
            "https://x.org/a.jpg",
            "'https://x.org/a.jpg' is an address on the web; copy the photograph into a folder and name it "
            "there",
        ),
        (
            r"D:\core\a.jpg",
            r"'D:\core\a.jpg' is a path of another computer; 'a.jpg' lies beside the table: write that",
        ),
        (
            r"\\server\core\z.jpg",
            r"'\\server\core\z.jpg' is a path of another computer; write it relative to the "
            r"table",
        ),
        ("round.jpg", "'{folder}/round.jpg' is a link that leads to no file; put the photograph there"),
        ("lost.jpg", "'{folder}/lost.jpg' is a link that leads to no file; put the photograph there"),
    ],
)
def test_what_is_no_file_is_named(folder, cell, problem):
    assert find_photograph(cell, folder)[1] == problem.format(folder=folder)


@pytest.mark.parametrize("cell", ["x" * 400, "a\0.jpg", "/" * 9, "~nobody-of-this-name/a.jpg"])
def test_names_that_no_file_can_have_are_no_error(folder, cell):
    assert find_photograph(cell, folder)[1] is not None


def test_the_column_is_named(folder):
    assert find_photograph("e.jpg", folder, "second_file")[1].startswith("there is no second_file '")


def test_the_folder_of_the_user(folder, monkeypatch):
    monkeypatch.setitem(os.environ, "HOME", str(folder))
    assert find_photograph("~/a.jpg", folder / "photos") == (folder / "a.jpg", None)
