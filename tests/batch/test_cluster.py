"""Processes of a run have an environment of their own, and leave that of their parent as it was."""

from __future__ import annotations

import os

import pytest

from corewidgets.batch.cluster import Connection, connected, default_workers
from corewidgets.machine import count_cores

distributed = pytest.importorskip("distributed")

SET = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "NPROC", "OMP_NUM_THREADS")


def environment():
    return {name: os.environ.get(name) for name in SET}


@pytest.mark.slow
def test_variables_are_set_in_the_processes_and_not_left_behind(monkeypatch):
    for name in SET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    before = dict(os.environ)
    with connected(None, 1, 3) as connection:
        (there,) = connection.client.run(environment).values()
        assert len(connection.client.scheduler_info()["workers"]) == 1
    assert connection.n_threads == count_cores()
    assert there == {
        "MALLOC_ARENA_MAX": "4",  # what the user says counts
        "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
        "MALLOC_TRIM_THRESHOLD_": str(2**30),
        "NPROC": "3",
        "OMP_NUM_THREADS": "1",
    }
    assert dict(os.environ) == before


def test_variables_come_back_where_processes_do_not_start(monkeypatch):
    class Failing:
        def __init__(self, **_):
            os.environ["OMP_NUM_THREADS"] = "1"
            raise RuntimeError("bootstrapping")

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(distributed, "LocalCluster", Failing)
    with pytest.raises(ConnectionError, match="if __name__ == '__main__'"), connected(None, 1, 3):
        pass
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_client_that_is_given_stays_open(client):
    with connected(client, None, 1) as connection:
        assert connection == Connection(client, 1, None)
    assert client.status == "running"


def test_no_scheduler_is_told_with_what_starts_one():
    with (
        pytest.raises(ConnectionError, match=r"No Dask scheduler answers at 'nowhere://1'.*dask scheduler"),
        connected("nowhere://1", None, 1),
    ):
        pass


@pytest.mark.parametrize(("memory", "n_workers"), [(64, 8), (9, 4), (1, 1)])
def test_each_process_has_memory_enough(monkeypatch, memory, n_workers):
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", memory * 2**30)
    assert default_workers(8) == n_workers
