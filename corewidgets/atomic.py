"""Files that are written whole or not at all."""

import os
import re
import secrets
import shutil
import stat
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

__all__ = ["atomic_write", "first_free", "make_folder", "owned_by", "remove_leftovers"]

_NOBODY = "temporary"
_LONGEST_SUFFIX = 16  # of an ending that a writer goes by; what is longer is a part of the name

_owner: ContextVar[str] = ContextVar("owner", default=_NOBODY)


def first_free(paths: Iterable[Path]) -> Path:
    """Take the first name that no file has, by making an empty file there.

    Two that ask at the same time, in one process or in two, are given different names.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Names to try, in order, in folders that exist.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    OSError
        No file can be made there, or all names are taken.
    """
    tried = None
    for tried in paths:
        with suppress(FileExistsError):
            tried.open("x").close()
            return tried
    raise FileExistsError(f"All names up to '{tried}' are taken; move some of these files away.")


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file so that a reader sees the old file or the new one, never a part of it.

    The block writes to a temporary file in the same folder. When it ends well, the bytes are flushed to the
    disk and the temporary file takes the place of `path`; when it raises, the temporary file is removed and
    `path` is as it was. The permissions are those of the file that is replaced, or what the umask gives a new
    file; where the system does not let them be kept, the file is written and a warning names them. A symbolic
    link stays a link: the file that it points to is replaced.

    Parameters
    ----------
    path : str or path-like
        File to write. Its folder must exist.

    Yields
    ------
    pathlib.Path
        Temporary file to write to: hidden, empty, with the suffix of `path`.

    Raises
    ------
    FileNotFoundError
        The folder does not exist.
    IsADirectoryError
        `path` is a folder.
    NotADirectoryError
        The folder of `path` is a file.
    PermissionError
        The folder or the file that is there may not be written.
    OSError
        The disk is full or fails; the error names `path`, which is unchanged.

    Warns
    -----
    UserWarning
        The new file has other permissions than the one that it replaced.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_write(folder / "notes.txt") as temporary:
    ...     size = temporary.write_text("breccia")
    >>> (folder / "notes.txt").read_text()
    'breccia'
    """
    target = Path(os.path.realpath(path))
    _check_target(target, path)
    suffix = target.suffix if len(target.suffix) <= _LONGEST_SUFFIX else ""
    temporary = target.with_name(f"{_prefix(_owner.get())}{secrets.token_hex(4)}{suffix}")
    _create(temporary, path)
    try:
        with _named(path, temporary):
            yield temporary
            told = _keep_permissions(target, temporary) if target.exists() else ""
            _flush(temporary)
            os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):  # what went wrong first is what is told
            temporary.unlink(missing_ok=True)
        raise
    _flush_folder(target.parent)
    if told:
        warnings.warn(f"'{path}' is written, but {told}", stacklevel=3)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there, and bring their names to the disk.

    Else a computer that loses its power may lose the folder with all that was written into it since.

    Raises
    ------
    OSError
        It cannot be made, or a file has its name.
    """
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush_folder(folder.parent)


@contextmanager
def owned_by(owner: str) -> Iterator[None]:
    """Put a mark on the temporary files of this thread, by which `remove_leftovers` knows them.

    Parameters
    ----------
    owner : str
        Hexadecimal digits that nobody else uses, such as those of a UUID.
    """
    token = _owner.set(owner)
    try:
        yield
    finally:
        _owner.reset(token)


def remove_leftovers(folder: Path, owner: str) -> None:
    """Remove the temporary files that an owner left in a folder when it was killed, and no other file.

    Parameters
    ----------
    folder : pathlib.Path
        One that is not there has none.
    owner : str
        As for `owned_by`.
    """
    known = re.compile(re.escape(_prefix(owner)) + r"[0-9a-f]{8}(\.\w+)?")
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if known.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


def _prefix(owner: str) -> str:
    """Return how the names of an owner's temporary files begin."""
    return f".corewidgets-{owner}-"


def _check_target(target: Path, path: str | os.PathLike[str]) -> None:
    """Raise a clear error where `target` cannot be written."""
    folder = target.parent
    if not folder.exists():
        raise FileNotFoundError(
            f"'{path}' cannot be written: the folder '{folder}' does not exist; create it first."
        )
    if not folder.is_dir():
        raise NotADirectoryError(
            f"'{path}' cannot be written: '{folder}' is a file, not a folder; choose another folder."
        )
    if target.is_dir():
        raise IsADirectoryError(f"'{path}' cannot be written: it is a folder; give the name of a file in it.")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(
            f"'{path}' cannot be written: the file there is write-protected; choose another name."
        )


def _create(temporary: Path, path: str | os.PathLike[str]) -> None:
    """Make the empty temporary file, with the permissions that the umask gives any new file."""
    try:
        with _named(path, temporary):
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except PermissionError as error:
        raise PermissionError(
            f"'{path}' cannot be written: there is no permission to write in the folder "
            f"'{temporary.parent}'; choose another folder."
        ) from error


@contextmanager
def _named(path: str | os.PathLike[str], temporary: Path) -> Iterator[None]:
    """Have errors of the system name the file that was asked for, not the temporary one."""
    try:
        yield
    except OSError as error:
        if not error.strerror or error.filename not in {None, os.fspath(temporary), temporary}:
            raise  # of another file, or it says already what it is about
        named = type(error)(
            f"'{path}' cannot be written: {error.strerror}; free some space, correct the permissions, or "
            "choose another folder. An existing file is unchanged."
        )
        named.errno = error.errno
        raise named from error


def _keep_permissions(target: Path, temporary: Path) -> str:
    """Give a new file the permissions of the one that it replaces; return what to say where that fails."""
    try:
        shutil.copymode(target, temporary)
    except OSError as error:
        with suppress(OSError):
            before, now = (stat.filemode(path.stat().st_mode) for path in (target, temporary))
            if before == now:  # some file systems know no others
                return ""
            return (
                f"its permissions could not be kept ({error.strerror}): they were {before} and are {now} "
                "now; set them again if needed."
            )
        return f"its permissions could not be kept ({error.strerror}); check them."
    return ""


def _flush(temporary: Path) -> None:
    """Bring the bytes of a file to the disk."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the system can flush a folder.

    Nothing is raised: some network file systems cannot, and the file is complete and in its place.
    """
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
