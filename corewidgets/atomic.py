"""Files that are written whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["atomic_write"]


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file so that a reader sees the old one or the new one, never a half.

    The block writes to a temporary file in the same folder. When it ends well, the bytes are flushed to the
    disk and the temporary file takes the place of `path`; when it raises, the temporary file is removed and
    `path` is as it was. The permissions are those of the file that is replaced, or what the umask gives a new
    file. A symbolic link stays a link: the file that it points to is replaced.

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
    temporary = target.with_name(f".{target.stem[:32]}-{secrets.token_hex(4)}{target.suffix}")
    _create(temporary, path)
    try:
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        _flush(temporary)
        os.replace(temporary, target)
        _flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


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
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except PermissionError as error:
        raise PermissionError(
            f"'{path}' cannot be written: there is no permission to write in the folder "
            f"'{temporary.parent}'; choose another folder."
        ) from error


def _flush(temporary: Path) -> None:
    """Bring the bytes of a file to the disk."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the system can flush a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems cannot; the file itself is complete
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
