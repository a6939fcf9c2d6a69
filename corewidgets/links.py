"""Where files are: as seen from a folder, and what is said of those that are not there."""

import errno
import os
from pathlib import Path

__all__ = ["at_home", "found_from", "not_there", "seen_from"]


def not_there(path: str | os.PathLike[str], message: str) -> OSError:
    """Make the error for a file that was not found.

    Parameters
    ----------
    path : str or path-like
        The file.
    message : str
        What to say where there is nothing of that name, not even a link.

    Returns
    -------
    OSError
        A FileNotFoundError, but for links that lead in a circle.

    Examples
    --------
    >>> not_there("none.png", "There is no file 'none.png'; check the name and the folder.")
    FileNotFoundError("There is no file 'none.png'; check the name and the folder.")
    """
    try:
        Path(path).stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return OSError(
                f"'{path}' cannot be opened: links on the way to it lead in a circle; put the file itself "
                "there, or a link to it."
            )
    except ValueError:  # a null character
        return FileNotFoundError(message)
    if os.path.islink(path):
        return FileNotFoundError(
            f"'{path}' is a link to '{os.readlink(path)}', which is not there; put the file itself there, or "
            "a link to it."
        )
    return FileNotFoundError(message)


def at_home(path: str | os.PathLike[str]) -> Path:
    """Return a path with the home folder in the place of a "~" that it begins with.

    Examples
    --------
    >>> at_home("~/scans") == Path.home() / "scans"
    True
    """
    return Path(os.path.expanduser(path))  # its like in pathlib fails for unknown users


def seen_from(folder: str | os.PathLike[str], path: str | os.PathLike[str]) -> str:
    """Return a path as a file in a folder names it: both can be moved together. Links are followed.

    From another drive of Windows there is no way, and the whole path is returned.

    Examples
    --------
    >>> seen_from("holes/run", "holes/scans/box-1.jpg")
    '../scans/box-1.jpg'
    """
    there = os.path.realpath(path)
    try:
        return Path(os.path.relpath(there, os.path.realpath(folder))).as_posix()
    except ValueError:
        return there


def found_from(folder: str | os.PathLike[str], name: str) -> Path:
    """Return the whole path of what `seen_from` named in a folder."""
    return Path(os.path.normpath(os.path.join(os.path.realpath(folder), name)))
