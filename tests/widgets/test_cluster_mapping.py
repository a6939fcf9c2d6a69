"""A Dask cluster maps the photographs that are not open: the same maps, and no two models mixed."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw
from corewidgets.project.photograph_mapper import PhotographMapper

from .five_scans import QUICK, SHAPE, drawn, label_two, write_scans

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    with in_this_process() as client:
        yield client


@pytest.fixture
def scans(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_scans(tmp_path)
    return tmp_path


def workbench_of(scans, processes, name="hole"):
    """Return a workbench with one class labelled on R1 and another on R2, which is open."""
    made = cw.Workbench(
        scans,
        ["Matrix", "Clast"],
        settings=QUICK,
        project=scans / f"{name}.corewidgets",
        processes=processes,
    )
    label_two(made)
    return made


@pytest.fixture
def workbench(scans, client):
    return workbench_of(scans, cw.Processes(client))


def trained(workbench):
    workbench.trainer.train()
    assert workbench.wait(120)


def kept_of(project):
    """Return all that a project keeps of its maps: codes, flags, states."""
    return {
        name: (project.map(name).tobytes(), project.drift(name), project.state(name).states)
        for name in project
    }


def test_maps_flags_and_states_are_those_without_a_cluster(workbench, scans):
    trained(workbench)
    alone = workbench_of(scans, None, "alone")
    trained(alone)
    made = cw.Project(workbench.project.folder)
    assert kept_of(made) == kept_of(alone.project)
    assert "flagged" in made.state("R4").states
    assert workbench._desk.strip.suggested == "R4"
    assert workbench._desk.strip.progress == ""


def test_the_nearest_is_mapped_first_and_what_is_stopped_keeps_its_maps(workbench):
    order = []
    mapping = workbench._desk.mapping
    mapping._told = lambda name: (order.append(name), mapping.stop())
    trained(workbench)
    assert order == ["R1"]
    assert "mapped" in workbench.project.state("R1").states
    assert workbench.project.state("R5").states == ()


def test_a_photograph_that_cannot_be_read_is_told_as_without_a_cluster(workbench, scans):
    (scans / "R3.png").write_bytes(b"no picture")
    trained(workbench)
    assert "R3" in workbench.project.problems
    assert [name for name in workbench.project if "mapped" in workbench.project.state(name).states] == [
        "R1", "R2", "R4", "R5"
    ]  # fmt: skip
    assert workbench.messages.text == ""


def test_what_only_the_cluster_cannot_read_is_mapped_here(workbench, monkeypatch):
    monkeypatch.setattr(PhotographMapper, "__call__", lambda self, entry: None)
    trained(workbench)
    for name in workbench.project:
        expected = workbench.model.predict(workbench.project.read(name))
        assert np.array_equal(workbench.project.map(name), expected)


def test_one_that_the_cluster_fails_on_is_told_and_the_others_are_mapped(workbench, monkeypatch):
    call = PhotographMapper.__call__

    def failing(self, entry):
        if entry.name == "R3":
            raise MemoryError("no memory")
        return call(self, entry)

    monkeypatch.setattr(PhotographMapper, "__call__", failing)
    trained(workbench)
    assert "R3 is not mapped. MemoryError: no memory" in workbench.messages.text
    assert [name for name in workbench.project if "mapped" in workbench.project.state(name).states] == [
        "R1", "R2", "R4", "R5"
    ]  # fmt: skip


@pytest.mark.parametrize("on_cluster", [True, False])
def test_a_model_that_was_trained_anew_meanwhile_does_not_mix_with_the_one_before(scans, client, on_cluster):
    workbench = workbench_of(scans, cw.Processes(client) if on_cluster else None)
    desk, told, again = workbench._desk, workbench._desk.mapping._told, []

    def first_map(name):
        told(name)
        if not again:
            again.append(name)
            workbench.labels = drawn(2, 80) + drawn(1, 150)
            workbench.trainer.train()

    desk.mapping._told = first_map
    workbench.trainer.train()
    deadline = time.monotonic() + 120
    while (workbench.trainer.busy or desk.mapping._worker.busy) and time.monotonic() < deadline:
        workbench.trainer.wait(0.1)  # either may begin more of the other
        desk.mapping.wait(0.1)
    sections = [workbench.project.read(name) for name in ("R1", "R2")]
    last = QUICK.model().fit(sections, [drawn(1, 20), drawn(2, 80) + drawn(1, 150)])
    for name in workbench.project:
        assert np.array_equal(workbench.project.map(name), last.predict(workbench.project.read(name)))
        assert "outdated" not in workbench.project.state(name).states


def test_a_map_of_a_model_that_is_no_longer_that_of_the_project_is_not_kept(workbench, scans):
    trained(workbench)
    project, mapping = workbench.project, workbench._desk.mapping
    kept = []
    keep = mapping._keep
    mapping._keep = lambda order, name, made: kept.append((order, name, made))
    workbench.labels = drawn(2, 80) + drawn(1, 150)
    trained(workbench)
    mapping._keep = keep
    project.write_model(QUICK.model().fit(project.read("R1"), drawn(1, 20) + drawn(2, 150)))
    before = {name: project.map(name).tobytes() for name in project}
    assert kept
    for made in kept:
        mapping._keep(*made)
    assert {name: project.map(name).tobytes() for name in project} == before
    assert "outdated" in project.state("R3").states


def test_a_client_alone_is_refused_with_what_to_give(scans, client):
    with pytest.raises(TypeError, match=r"processes is a Client; give cw\.Processes\(client\)"):
        workbench_of(scans, client)


def test_no_scheduler_is_told_and_the_open_photograph_is_mapped(scans, shown_errors):
    workbench = workbench_of(scans, cw.Processes("nowhere://1"))
    trained(workbench)
    assert "mapped" in workbench.project.state("R2").states
    assert "No Dask scheduler answers at 'nowhere://1'" in str(shown_errors.pop())


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(scans):
    for number in range(6, 13):
        Image.fromarray(cw.sample_core(*SHAPE, seed=number).section.image).save(scans / f"R{number}.png")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        workbench = workbench_of(scans, cw.Processes(client))
        killed, told = [], workbench._desk.mapping._told

        def kill_one(name):
            told(name)
            if not killed:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)
                time.sleep(1)

        workbench._desk.mapping._told = kill_one
        workbench.trainer.train()
        assert workbench.wait(300)
    assert killed
    for name in workbench.project:
        expected = workbench.model.predict(workbench.project.read(name))
        assert np.array_equal(workbench.project.map(name), expected)
