"""A kernel is killed, or a computer loses its power, at any moment: nothing that was drawn is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from tests.widgets.killed_session import SETTINGS, empty_world, lose_power, read_journal, work, world_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="processes are killed by a signal"),
]

SEED = 12


@pytest.fixture
def processes() -> Any:
    """Return what starts processes that have all imports, but no threads of JAX."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.widgets.killed_session"])
    return context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scans = tmp_path / "scans"
    scans.mkdir()
    for number in (1, 2, 3):
        image = cw.sample_core(240, 96, seed=number).section.image[:120, :60]
        Image.fromarray(np.asarray(image)).save(scans / f"R{number}.png")
    legend = cw.Legend(["Matrix", "Clast"])
    return cw.Project.create(tmp_path / "hole.corewidgets", scans, legend=legend, settings=SETTINGS).folder


def wait_for(journal: Path, number: int, process: Any) -> None:
    """Wait until a session has begun its action of a number."""
    deadline = time.monotonic() + 120
    while not any(line.get("begins", -1) >= number for line in read_journal(journal)):
        failed = [line["failed"] for line in read_journal(journal) if "failed" in line]
        assert not failed, failed
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.003)


def check(folder: Path, lines: list[dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """Compare a project with what the session said of it; what was being done may be done or not."""
    done = [line for line in lines if "done" in line]
    world = done[-1]["world"] if done else before
    doing = lines[-1] if lines and "begins" in lines[-1] else {"what": "", "name": ""}
    project = cw.Project(folder)
    found = world_of(project)
    assert not project.problems
    assert project.notes == []
    what, name = doing["what"], doing["name"]
    for kind in ("labels", "maps", "depths"):
        busy = {"labels": "stroke", "maps": "correct", "depths": "depths"}[kind] == what
        same = {key: value for key, value in found[kind].items() if not (busy and key == name)}
        assert same == {key: value for key, value in world[kind].items() if not (busy and key == name)}, kind
    if what not in ("accept", "correct", "train"):
        assert found["accepted"] == world["accepted"]
    assert found["legend"][: len(world["legend"])] == world["legend"]
    assert len(found["legend"]) <= len(world["legend"]) + (what == "new_class")
    if what == "stroke":
        check_stroke(project, doing, [line["kept"] for line in done], folder.parent / "journals")
    return found


def check_stroke(
    project: cw.Project, doing: dict[str, Any], kept: list[dict[str, str]], journals: Path
) -> None:
    """A stroke that was cut off is there or not; all else is as it was."""
    earlier = [each["file"] for each in kept if each["name"] == doing["name"]]
    if not earlier:
        return
    drawn = project.labels(doing["name"])
    expected = np.load(journals / earlier[-1])
    found = np.zeros_like(expected) if drawn is None else drawn
    row, row_stop, column, column_stop = doing["box"]
    outside = np.ones(expected.shape, bool)
    outside[max(row, 0) : row_stop, max(column, 0) : column_stop] = False
    assert (found[outside] == expected[outside]).all()


@pytest.mark.parametrize(("n_kills", "loses_power"), [(12, False), (8, True)], ids=["kernel", "power"])
def test_nothing_that_was_drawn_is_lost(
    folder: Path, processes: Any, n_kills: int, loses_power: bool
) -> None:
    chance = random.Random(SEED + loses_power)
    world, n_lost, doing = empty_world(), 0, set()
    journals = folder.parent / "journals"
    journals.mkdir()
    for kill in range(n_kills):
        journal, disk = journals / f"{kill}.jsonl", journals / f"disk-{kill}"
        arguments = (
            folder,
            journal,
            world,
            4 * chance.randrange(10**6) + kill % 4,
            disk if loses_power else None,
        )
        process = processes.Process(target=work, args=arguments)
        process.start()
        wait_for(journal, chance.randrange(12), process)
        time.sleep(chance.random() * 0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        lines = read_journal(journal)
        assert not any("failed" in line for line in lines), lines[-1]
        doing.add(lines[-1].get("what", "between"))
        if loses_power:
            n_lost += len(lose_power(folder, disk, chance))
        world = check(folder, lines, world)
    bench = cw.Workbench.reopen(folder)  # and a person can go on
    assert world_of(bench.project) == world
    bench.close()
    assert world["labels"]
    assert len(doing) > 2
    assert (n_lost > 0) == loses_power  # else this test would prove nothing
