"""What another window wrote is never written over unseen."""

from __future__ import annotations

import os

import pytest

from corewidgets.project.kept_file import KeptFile, OtherWindowError, digest_of, set_aside


def test_a_file_is_written_until_another_has_written_it(tmp_path):
    path = tmp_path / "a.json"
    file = KeptFile(path)
    file.write(lambda path: path.write_text("1"))
    file.write(lambda path: path.write_text("2"))
    path.write_text("theirs")
    with pytest.raises(OtherWindowError, match=r"^'a\.json' was changed by another window or program since"):
        file.write(lambda path: path.write_text("3"))
    assert path.read_text() == "theirs"
    file.remember()
    file.write(lambda path: path.write_text("3"))
    assert path.read_text() == "3"


def test_a_file_that_is_deleted_is_foreign_too(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("1")
    file = KeptFile(path)
    path.unlink()
    assert file.is_foreign
    assert file.replace(lambda path: path.write_text("2")) is None


def test_what_is_replaced_is_kept_where_another_wrote_it(tmp_path):
    path = tmp_path / "a.json"
    file = KeptFile(path)
    path.write_text("theirs")
    kept = file.replace(lambda path: path.write_text("ours"))
    assert (path.read_text(), kept.read_text()) == ("ours", "theirs")
    assert file.replace(lambda path: path.write_text("ours again")) is None


def test_files_set_aside_have_names_of_their_own(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("1")
    first, second = set_aside(path), set_aside(path)
    assert len({path, first, second}) == 3
    assert digest_of(first) == digest_of(second) == digest_of(path) is not None
    assert digest_of(tmp_path / "none") is None


@pytest.mark.skipif(os.name == "nt", reason="there are no permissions of a file there")
def test_a_file_that_is_set_aside_keeps_its_time_and_who_may_read_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("1")
    path.chmod(0o600)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    kept = set_aside(path).stat()
    assert (kept.st_mode & 0o777, kept.st_mtime) == (0o600, 1_000_000_000)
