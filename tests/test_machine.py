"""A process that is confined to some cores counts only these; small matrices take one thread."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from corewidgets import machine
from corewidgets.machine import count_cores, free_bytes


def test_only_cores_of_this_process_count(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6} if pid == 0 else set(), raising=False)
    assert count_cores() == 3


@pytest.mark.parametrize(("told", "n"), [(8, 8), (None, 1)])
def test_where_the_system_does_not_confine_all_count(monkeypatch, told, n):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: told)
    assert count_cores() == n


@pytest.mark.parametrize(
    ("available", "limit", "free"),
    [
        (2**30, None, 2**30),
        (2**30, "max", 2**30),
        (2**34, str(2**31), 2**31),
        (2**30, str(2**62), 2**30),
        (2**30, "nonsense", 2**30),
    ],
)
def test_free_memory_is_what_system_and_container_leave(monkeypatch, tmp_path, available, limit, free):
    memory = SimpleNamespace(virtual_memory=lambda: SimpleNamespace(available=available))
    monkeypatch.setitem(sys.modules, "psutil", memory)
    monkeypatch.setattr(machine, "_LIMITS", (tmp_path / "memory.max",))
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit + "\n")
    assert free_bytes() == free


def test_where_nobody_tells_the_memory_it_is_0(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert free_bytes() == 0


def test_matrices_of_numpy_and_scipy_take_one_thread_for_a_while():
    # in a process of its own: here other packages may have brought libraries of their own
    program = """
from contextlib import ExitStack
from threadpoolctl import threadpool_info
from corewidgets.machine import one_thread

def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

import numpy
with one_thread():
    import scipy.linalg
    assert set(threads()) == {1}, threads()
assert set(threads()) == {2}, threads()

# of two that overlap, the first to end leaves the other its one thread
first, second = ExitStack(), ExitStack()
first.enter_context(one_thread())
second.enter_context(one_thread())
first.close()
assert set(threads()) == {1}, threads()
second.close()
assert set(threads()) == {2}, threads()
"""
    two = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", program], env=two, check=True)
