"""Files that are not there: their names, or the links that should lead to them."""

import errno
import os
from pathlib import Path

__all__ = ["not_there"]


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
