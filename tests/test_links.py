"""A link that leads nowhere is not called a file that is missing."""

from __future__ import annotations

import os

import pytest

import corewidgets as cw
from corewidgets.links import found_from, not_there, seen_from
from corewidgets.session import open_session

READERS = {
    ".png": cw.read_labels,
    ".skops": cw.load_model,
    ".zip": open_session,
    ".csv": cw.Legend.read_csv,
    ".h5": cw.load_weights,
    ".jpg": lambda path: cw.read_section(path, top=0, base=1),
    ".CSV": cw.read_core,
}


@pytest.mark.skipif(os.name == "nt", reason="links need a permission there")
@pytest.mark.parametrize("ending", READERS)
def test_every_reader_says_what_is_wrong_with_a_link(tmp_path, ending):
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    one.symlink_to(other)
    with pytest.raises(FileNotFoundError, match=f"'{one}' is a link to '{other}', which is not there; put"):
        READERS[ending](one)
    other.symlink_to(one)
    with pytest.raises(OSError, match=f"^'{one}' cannot be opened: links on the way to it lead in a circle"):
        READERS[ending](one)
    one.unlink()
    other.unlink()
    with pytest.raises(FileNotFoundError, match="There is no"):
        READERS[ending](one)


def test_a_folder_that_leads_in_a_circle(tmp_path):
    (tmp_path / "folder").symlink_to(tmp_path / "folder")
    error = not_there(tmp_path / "folder" / "a.png", "no")
    assert type(error) is OSError
    assert "lead in a circle" in str(error)


def test_a_name_that_no_file_can_have():
    assert str(not_there("a\0b", "There is none.")) == "There is none."


def test_a_path_is_named_as_seen_from_a_folder_and_found_again_where_both_are_moved(tmp_path, monkeypatch):
    seen = seen_from(tmp_path / "here" / "run", tmp_path / "here" / "scans" / "box.jpg")
    assert seen == "../scans/box.jpg"
    assert found_from(tmp_path / "there" / "run", seen) == tmp_path.resolve() / "there" / "scans" / "box.jpg"

    def other_drive(path, start):
        raise ValueError

    monkeypatch.setattr(os.path, "relpath", other_drive)
    whole = seen_from(tmp_path / "run", tmp_path / "box.jpg")
    assert whole == os.path.realpath(tmp_path / "box.jpg")
    assert found_from(tmp_path / "run", whole) == tmp_path.resolve() / "box.jpg"
