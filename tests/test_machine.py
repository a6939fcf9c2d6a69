"""A process that is confined to some cores counts only these; small matrices take one thread."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from corewidgets import machine
from corewidgets.machine import count_cores, free_bytes, give_back_memory


def test_only_cores_of_this_process_count(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6} if pid == 0 else set(), raising=False)
    assert count_cores() == 3


def test_fewer_cores_than_there_are_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert count_cores() == 1


@pytest.fixture(params=["version 1", "version 2"])
def container(request, monkeypatch, tmp_path):
    """Return a function that writes what one of Linux' two versions tells of a container's memory."""
    place = machine._CONTAINERS[request.param == "version 1"]
    monkeypatch.setattr(machine, "_CONTAINERS", ((tmp_path, *place[1:]),))
    _, limit, used, files = place

    def tell(most: str, now: str, file_bytes: str) -> None:
        (tmp_path / limit).write_text(most + "\n")
        (tmp_path / used).write_text(now + "\n")
        (tmp_path / "memory.stat").write_text(f"anon 5\n{files} {file_bytes}\nunevictable 0\n\n")

    return tell


@pytest.fixture
def system(monkeypatch):
    memory = SimpleNamespace(virtual_memory=lambda: SimpleNamespace(available=2**33))
    monkeypatch.setitem(sys.modules, "psutil", memory)


@pytest.mark.parametrize(
    ("limit", "used", "files", "free"),
    [
        ("max", "7", "0", 2**33),
        ("nonsense", "7", "0", 2**33),
        (str(2**62), str(2**31), "0", 2**33),  # how version 1 tells that there is no limit
        (str(2**31), "0", "0", 2**31),
        (str(2**31), str(2**30), "0", 2**30),
        (str(2**31), str(2**30), str(2**29), 2**30 + 2**29),
        (str(2**31), str(2**31 + 4096), "0", 0),
        (str(2**31), "unknown", "unknown", 2**31),
    ],
)
def test_free_memory_is_what_system_and_container_leave(system, container, limit, used, files, free):
    container(limit, used, files)
    assert free_bytes() == free


def test_outside_of_a_container_free_memory_is_the_system_s(system, monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_CONTAINERS", ((tmp_path / "none", "limit", "used", "files"),))
    assert free_bytes() == 2**33


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


def test_what_scikit_learn_shares_by_openmp_is_computed_by_one_thread_for_a_while():
    program = """
from threadpoolctl import threadpool_info
import sklearn.cluster
from corewidgets.machine import one_openmp_thread

def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"]

assert set(threads()) == {2}, threads()
with one_openmp_thread():
    assert set(threads()) == {1}, threads()
assert set(threads()) == {2}, threads()
"""
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "OMP_NUM_THREADS": "2"}, check=True)


_KEEP_AND_FREE = """
import resource
from pathlib import Path
from corewidgets.machine import give_back_memory

def mebibytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 2**20

kept = [bytes(60_000) for _ in range(4000)]  # too small for pages of their own
del kept[::2]
before = mebibytes()
give_back_memory()
print(before - mebibytes())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the allocator of glibc can be asked")
def test_what_was_freed_is_given_back():
    done = subprocess.run([sys.executable, "-c", _KEEP_AND_FREE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 60  # of the 114 MiB that were freed between what is still used


def test_an_allocator_that_cannot_be_asked_is_left_alone(monkeypatch):
    monkeypatch.setattr(machine, "_allocator", lambda: None)
    give_back_memory()
    monkeypatch.setattr(machine, "_allocator", SimpleNamespace)  # as on macOS
    give_back_memory()
