"""A process that is confined to some cores counts only these; small matrices take one thread."""

from __future__ import annotations

import os

import pytest
import scipy.linalg  # noqa: F401 - its threads are meant too
from threadpoolctl import threadpool_info

from corewidgets.machine import count_cores, one_thread


def test_only_cores_of_this_process_count(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6} if pid == 0 else set(), raising=False)
    assert count_cores() == 3


@pytest.mark.parametrize(("told", "n"), [(8, 8), (None, 1)])
def test_where_the_system_does_not_confine_all_count(monkeypatch, told, n):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: told)
    assert count_cores() == n


def test_matrices_take_one_thread_for_a_while():
    def threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with one_thread():
        assert set(threads()) == {1}
    assert threads() == before
