"""Packages that only some parts of corewidgets need, imported when they are; without one, what to install."""

import sys
from importlib import import_module
from typing import Any

__all__ = ["import_extra", "import_needed"]


def import_extra(package: str, extra: str, purpose: str) -> Any:
    """Import a package of an extra, or say how to install it.

    Parameters
    ----------
    package : str
        Name to import, such as "pyarrow".
    extra : str
        The extra of corewidgets that brings the package, such as "core".
    purpose : str
        What needs it, as the beginning of a sentence, such as "A Parquet file".

    Returns
    -------
    module

    Raises
    ------
    ModuleNotFoundError
        The package is not installed.

    Examples
    --------
    >>> import_extra("json", "core", "This example").dumps([1])
    '[1]'
    """
    return _imported(package, purpose, f"'corewidgets[{extra}]' (in a clone: '.[{extra}]')")


def import_needed(package: str, purpose: str) -> Any:
    """Import a package that comes with corewidgets, or say how to install it where it was left out.

    Parameters
    ----------
    package : str
        Name to import and to install, such as "pandas".
    purpose : str
        What needs it, as the beginning of a sentence, such as "A depth log".

    Returns
    -------
    module

    Raises
    ------
    ModuleNotFoundError
        The package is not installed.

    Examples
    --------
    >>> import_needed("json", "This example").dumps([1])
    '[1]'
    """
    return _imported(package, purpose, f"'{package}', or all that corewidgets needs with 'corewidgets'")


def _imported(package: str, purpose: str, what: str) -> Any:
    """Import a package, or say that a purpose needs it and what pip is to install."""
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise ModuleNotFoundError(
            f"{purpose} needs the package {error.name}, which is not installed; install it with "
            f"{sys.executable} -m pip install {what}.",
            name=error.name,
        ) from error
