"""What the machine gives to this process."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["count_cores", "free_bytes", "give_back_memory", "one_openmp_thread", "one_thread"]

# Where Linux tells of a container's memory, in its two versions: the limit, what is used, and what of that
# are files that can be read again.
_CONTAINERS = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def count_cores() -> int:
    """Return how many cores this process may use: fewer than the machine has where it is confined to some.

    A container's share of the processors counts, and the variable LOKY_MAX_CPU_COUNT.
    """
    return int(importlib.import_module("joblib").cpu_count())  # what scikit-learn goes by


def free_bytes() -> int:
    """Return the memory that is free, or could be made so, within the limit of a container; 0 if unknown."""
    try:
        memory = importlib.import_module("psutil").virtual_memory()  # there wherever a kernel or Dask runs
    except ImportError:
        return 0
    left = (_left_in_container(*container) for container in _CONTAINERS)
    return int(min([memory.available, *(n for n in left if n is not None)]))


def give_back_memory() -> None:
    """Give the system what this process has freed, where its allocator keeps it.

    That of Linux keeps what threads have freed in pieces between what is still used (malloc_trim(3)): a
    fifth of what the process seems to take after a training.  It takes ten milliseconds.
    """
    trim = getattr(_allocator(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _allocator() -> ctypes.CDLL | None:
    """Return the library whose functions this process allocates memory with, None if it cannot be asked."""
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows has no name for the process itself
        return None


def _left_in_container(folder: Path, limit: str, used: str, files: str) -> int | None:
    """Return the bytes that a container's limit leaves, None where there is no limit."""
    most = _read(folder / limit)
    if not most.isdecimal():
        return None
    lines = _read(folder / "memory.stat").splitlines()
    counts = dict(line.split(maxsplit=1) for line in lines if " " in line)
    return max(0, int(most) - (_number(_read(folder / used)) - _number(counts.get(files, ""))))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


@contextmanager
def one_thread() -> Iterator[None]:
    """Have matrices of NumPy and SciPy multiplied and solved by one thread each.

    Threads that share one small matrix wait for each other by spinning.  Where other work wants the cores,
    that takes forty times as long as the matrix does.  It holds for the whole process until all threads that
    asked for it are done.
    """
    _ONE_THREAD.enter()
    try:
        yield
    finally:
        _ONE_THREAD.leave()


def one_openmp_thread() -> AbstractContextManager[Any]:
    """Have what scikit-learn computes with OpenMP in this thread computed by it alone.

    Its threads wait for each other by spinning, too: a mixture of a thousand colors took 0.3 CPU seconds on
    a busy machine of two cores, and 0.02 in one thread.
    """
    return _controller().limit(limits=1, user_api="openmp")


class _OneThread:
    """Sets the limit when the first thread asks for it, and lifts it when the last one is done."""

    def __init__(self) -> None:
        self._lock, self._n_inside, self._limit = Lock(), 0, ExitStack()

    def enter(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                self._limit.enter_context(_controller().limit(limits=1, user_api="blas"))
            self._n_inside += 1

    def leave(self) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._limit.close()


_ONE_THREAD = _OneThread()


@cache
def _controller() -> ThreadpoolController:
    import scipy.linalg  # noqa: F401  # SciPy's own library would not be found before it is loaded

    return ThreadpoolController()  # looks through all loaded libraries, which takes a moment
