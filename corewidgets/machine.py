"""What the machine gives to this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["count_cores", "one_thread"]


def count_cores() -> int:
    """Return how many cores this process may use: fewer than the machine has where it is confined to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Have matrices of NumPy and SciPy multiplied and solved by one thread each.

    Threads that share one small matrix wait for each other by spinning.  Where other work wants the cores,
    that takes forty times as long as the matrix does.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    import scipy.linalg  # noqa: F401  # SciPy's own library would not be found before it is loaded

    return ThreadpoolController()  # looks through all loaded libraries, which takes a moment
