"""Files are written whole or not at all, with the permissions of any other file."""

from __future__ import annotations

import errno
import os
import stat
import warnings
from typing import TYPE_CHECKING

import pytest

from corewidgets.atomic import atomic_write, first_free, make_folder, owned_by, remove_leftovers

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_holds_what_was_written(tmp_path):
    with atomic_write(tmp_path / "map.png") as temporary:
        temporary.write_bytes(b"new")
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path
        assert not (tmp_path / "map.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]
    assert (tmp_path / "map.png").read_bytes() == b"new"


def test_text_is_a_path_too(tmp_path):
    with atomic_write(str(tmp_path / "map")) as temporary:
        temporary.write_text("x")
    assert (tmp_path / "map").read_text() == "x"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "labels.png"
    path.write_bytes(b"old")

    def fail():
        with atomic_write(path) as temporary:
            temporary.write_bytes(b"ha")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "error",
    [OSError("the network drive is away"), OSError(errno.EIO, "Input/output error", "other.bin")],
    ids=["in words", "of another file"],
)
def test_an_error_that_is_about_something_else_stays_as_it_is(tmp_path, error):
    def fail():
        with atomic_write(tmp_path / "labels.png"):
            raise error

    with pytest.raises(OSError, match=r"the network drive is away|other\.bin") as raised:
        fail()
    assert raised.value is error


@pytest.mark.parametrize(
    ("suffix", "kept"), [(".corewidgets", True), ("." + 15 * "x", True), ("." + 16 * "x", False)]
)
def test_an_ending_that_writers_go_by_is_that_of_the_temporary_file(tmp_path, suffix, kept):
    with atomic_write(tmp_path / f"map{suffix}") as temporary:
        assert (temporary.suffix == suffix) == kept


def test_the_mark_of_an_owner_ends_with_its_block(tmp_path):
    with owned_by("0af3"), atomic_write(tmp_path / "a") as own:
        pass
    with atomic_write(tmp_path / "a") as later:
        pass
    assert [name.startswith(".corewidgets-0af3-") for name in (own.name, later.name)] == [True, False]


@pytest.mark.skipif(os.name != "posix", reason="other systems flush no folder")
def test_no_descriptor_stays_open(tmp_path, monkeypatch):
    opened, closed, open_one, close_one = [], [], os.open, os.close
    monkeypatch.setattr(os, "open", lambda *args: opened.append(open_one(*args)) or opened[-1])
    monkeypatch.setattr(os, "close", lambda descriptor: closed.append(descriptor) or close_one(descriptor))
    with atomic_write(tmp_path / "map.png"):
        pass
    assert len(opened) == 2  # the new file, and its folder
    assert closed == opened


@pytest.mark.skipif(os.name != "posix", reason="other systems flush no folder")
def test_the_bytes_come_to_the_disk_and_then_the_name(tmp_path, monkeypatch):
    flushed = []

    def fsync(descriptor):
        about = os.fstat(descriptor)
        flushed.append(("folder" if stat.S_ISDIR(about.st_mode) else "file", os.listdir(tmp_path)))

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_write(tmp_path / "map.png") as temporary:
        temporary.write_bytes(b"new")
    assert flushed == [("file", [temporary.name]), ("folder", ["map.png"])]


def test_leftovers_of_an_owner_are_removed_and_no_other_file(tmp_path):
    def left_by(owner):
        with owned_by(owner), atomic_write(tmp_path / "map.png") as temporary:
            pass
        temporary.write_bytes(b"half")
        return temporary

    own, other = left_by("0af3"), left_by("0af")
    bare = own.with_suffix("")
    bare.touch()
    (tmp_path / ".corewidgets-0af3-00000000").mkdir()
    (tmp_path / ".corewidgets-0af3-00000001").symlink_to(other)
    for name in (".env-20240101.bak", f"{own.name}.old", f"x{own.name}", ".corewidgets-0af3-notes.txt"):
        (tmp_path / name).touch()
    before = {path.name for path in tmp_path.iterdir()}
    remove_leftovers(tmp_path, "0af3")
    assert before - {path.name for path in tmp_path.iterdir()} == {own.name, bare.name}
    remove_leftovers(tmp_path / "not there", "0af3")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_follows_the_umask(tmp_path, umask, expected):
    before = os.umask(umask)
    try:
        with atomic_write(tmp_path / "new"):
            pass
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == expected


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "shared"
    path.write_text("old")
    path.chmod(0o660)
    with atomic_write(path) as temporary:
        temporary.write_text("new")
    assert mode(path) == 0o660


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with atomic_write(link) as temporary:
        assert temporary.parent == target.parent
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_long_name_can_be_written(tmp_path):
    path = tmp_path / ("岩" * 80 + ".png")
    with atomic_write(path) as temporary:
        temporary.write_text("x")
    assert path.read_text() == "x"


def test_a_missing_folder_is_named(tmp_path):
    path = tmp_path / "missing" / "map.png"
    with pytest.raises(FileNotFoundError) as error, atomic_write(path):
        pass
    assert str(error.value) == (
        f"'{path}' cannot be written: the folder '{path.resolve().parent}' does not exist; create it first."
    )


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(IsADirectoryError) as error, atomic_write(tmp_path):
        pass
    assert str(error.value) == (
        f"'{tmp_path}' cannot be written: it is a folder; give the name of a file in it."
    )


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "notes").write_text("x")
    path = tmp_path / "notes" / "map.png"
    with (
        pytest.raises(NotADirectoryError, match="is a file, not a folder; choose another"),
        atomic_write(path),
    ):
        pass


@pytest.fixture
def no_permission(monkeypatch):
    """Refuse what the system lets the superuser do, so that the test holds for anybody."""

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)


def test_a_folder_without_permission_is_named(tmp_path, no_permission):
    with pytest.raises(PermissionError) as error, atomic_write(tmp_path / "map.png"):
        pass
    assert str(error.value) == (
        f"'{tmp_path}/map.png' cannot be written: there is no permission to write in the folder "
        f"'{tmp_path.resolve()}'; choose another folder."
    )


def test_a_write_protected_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "map.png"
    path.write_text("old")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match=r"write-protected; choose another name\.$"), atomic_write(path):
        pass
    assert path.read_text() == "old"


def test_the_first_free_name_is_taken_and_not_given_again(tmp_path):
    names = [tmp_path / f"{number}.png" for number in range(3)]
    names[0].write_bytes(b"theirs")
    assert first_free(names) == names[1]
    assert first_free(names) == names[2]
    assert names[0].read_bytes() == b"theirs"
    with pytest.raises(FileExistsError, match=r"All names up to '.*2\.png' are taken; move some"):
        first_free(names)


@pytest.fixture
def no_chmod(monkeypatch):
    """A file system that does not let permissions be changed."""

    def refuse(*_args, **_options):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_permissions_that_cannot_be_kept_are_told_and_the_file_is_written(tmp_path, no_chmod):
    path = tmp_path / "shared"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    before = os.umask(0o022)
    try:
        with (
            pytest.warns(UserWarning, match="shared' is written, but its permissions could not") as told,
            atomic_write(path) as temporary,
        ):
            temporary.write_text("new")
    finally:
        os.umask(before)
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
    assert "(Operation not permitted): they were -rw------- and are -rw-r--r-- now" in str(told[0].message)
    assert told[0].filename == __file__


def test_permissions_that_can_neither_be_kept_nor_looked_at_are_told(tmp_path, monkeypatch):
    path = tmp_path / "shared"
    path.write_text("old")

    def refuse(*_args, **_options):
        path.unlink()  # another program removes it meanwhile
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    with pytest.warns(UserWarning, match="is written") as told, atomic_write(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert str(told[0].message) == (
        f"'{path}' is written, but its permissions could not be kept (Operation not permitted); check them."
    )


def test_a_disk_that_has_no_other_permissions_is_not_told_of(tmp_path, no_chmod):
    path = tmp_path / "shared"
    path.write_text("old")
    with warnings.catch_warnings(action="error"), atomic_write(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_a_folder_is_brought_to_the_disk_by_its_name(tmp_path, monkeypatch):
    flushed = []

    def fsync(descriptor):
        flushed.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    make_folder(tmp_path / "maps" / "of" / "R1")
    assert (tmp_path / "maps" / "of" / "R1").is_dir()
    wanted = [tmp_path, tmp_path / "maps", tmp_path / "maps" / "of"] if os.name == "posix" else []
    assert flushed == [path.stat().st_ino for path in wanted]
    make_folder(tmp_path / "maps")  # there already
    assert len(flushed) == len(wanted)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")


def test_a_folder_that_another_makes_in_the_same_moment_is_taken(tmp_path, monkeypatch):
    folder, is_dir = tmp_path / "maps", type(tmp_path).is_dir

    def asked(path):
        answer = is_dir(path)
        if path == folder and not answer:
            os.mkdir(folder)
        return answer

    monkeypatch.setattr(type(tmp_path), "is_dir", asked)
    make_folder(folder)
    assert is_dir(folder)


def test_a_leftover_that_another_removes_in_the_same_moment_is_no_error(tmp_path, monkeypatch):
    (tmp_path / ".corewidgets-0af3-00000000").touch()

    def gone_meanwhile(path):
        os.unlink(path)
        return False

    monkeypatch.setattr(type(tmp_path), "is_symlink", gone_meanwhile)
    remove_leftovers(tmp_path, "0af3")
    assert list(tmp_path.iterdir()) == []
