"""Packages that only some parts of corewidgets need, imported when they are."""

import sys
from importlib import import_module
from typing import Any

__all__ = ["import_extra"]


def import_extra(package: str, extra: str, purpose: str) -> Any:
    """Import a package of an extra, or say how to install it.

    Parameters
    ----------
    package : str
        Name to import, such as "pandas".
    extra : str
        The extra of corewidgets that brings the package, such as "core".
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
    >>> import_extra("json", "core", "This example").dumps([1])
    '[1]'
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise ModuleNotFoundError(
            f"{purpose} needs the package {error.name}, which is not installed; install it with "
            f"{sys.executable} -m pip install 'corewidgets[{extra}]' (in a clone: '.[{extra}]').",
            name=error.name,
        ) from error
