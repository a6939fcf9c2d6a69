"""A kernel is killed, or a computer loses its power, at any moment: nothing that was drawn is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
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
    world, n_lost, doing = empty_world(), 0, []
    journals = folder.parent / "journals"
    journals.mkdir()
    for kill in range(n_kills):
        journal, disk = journals / f"{kill}.jsonl", journals / f"disk-{kill}"
        seed = 4 * chance.randrange(10**6) + kill % 4
        ends = chance.randrange(12), chance.randrange(12)
        process = processes.Process(target=work, args=(folder, journal, world, seed, disk, ends))
        process.start()
        process.join(120)
        lines = read_journal(journal)
        assert process.exitcode == -signal.SIGKILL, lines[-1:]
        doing.append(lines[-1]["what"])
        if loses_power:
            n_lost += len(lose_power(folder, disk, chance))
        world = check(folder, lines, world)
    bench = cw.Workbench.reopen(folder)  # and a person can go on
    assert world_of(bench.project) == world
    bench.close()
    assert world["labels"]
    assert len(set(doing)) > 3, doing
    assert (n_lost > 0) == loses_power  # else this test would prove nothing
