"""Loops that Numba compiles, where it is there: without it, slower ways find the same."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from corewidgets.extras import import_extra

__all__ = ["Loop", "prepare"]

_LOOPS: list[Loop] = []


class Loop:
    """A function that Numba compiles, once `prepare` was called.

    Parameters
    ----------
    function : callable
        Of arrays and numbers.
    example : tuple
        What it is called with to compile it: arguments of the types that are meant.

    Attributes
    ----------
    run : callable or None
        The function, compiled; None before, and where there is no Numba.
    """

    def __init__(self, function: Callable[..., Any], *example: Any) -> None:
        self._function, self._example = function, example
        self.run: Any = None
        _LOOPS.append(self)

    def prepare(self, numba: Any) -> None:
        """Compile the function."""
        try:
            run = numba.njit(nogil=True, boundscheck=False, cache=True)(self._function)
        except RuntimeError:  # there is no folder for what is compiled
            run = numba.njit(nogil=True, boundscheck=False)(self._function)
        run(*self._example)
        self.run = run


def prepare() -> None:
    """Compile the loops, if Numba is there: some seconds, the first time on a machine."""
    missing = [loop for loop in _LOOPS if loop.run is None]
    if missing and find_spec("numba") is not None:
        numba = import_extra("numba", "fast", "Finding outlines quickly")
        for loop in missing:
            loop.prepare(numba)
