"""A process that is confined to some cores counts only these."""

from __future__ import annotations

import os

import pytest

from corewidgets.machine import count_cores


def test_only_cores_of_this_process_count(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6} if pid == 0 else set(), raising=False)
    assert count_cores() == 3


@pytest.mark.parametrize(("told", "n"), [(8, 8), (None, 1)])
def test_where_the_system_does_not_confine_all_count(monkeypatch, told, n):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: told)
    assert count_cores() == n
