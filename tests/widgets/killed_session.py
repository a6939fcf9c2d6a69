"""A session on a project that is killed while it writes, and a disk that loses what was not flushed to it.

The session says in a journal what it is about to do, and what the project holds after it. Who started it
compares that with the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import corewidgets as cw
from corewidgets.scoring.settings import Settings
from tests.widgets.conftest import Hand

FEATURES = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
RECIPE = cw.PixelClassifier(FEATURES, max_training_pixels=200, regularizer=None).recipe
SETTINGS = Settings(RECIPE, score=False)
World = dict[str, Any]


def empty_world() -> World:
    """Return what a project holds at first."""
    return {"labels": {}, "maps": {}, "depths": {}, "accepted": [], "legend": ["Matrix", "Clast"]}


def digest(codes: np.ndarray | None) -> str:
    """Return what tells arrays apart; nothing drawn is like no file."""
    return "" if codes is None or not codes.any() else hashlib.sha256(codes.tobytes()).hexdigest()[:16]


def world_of(project: cw.Project) -> World:
    """Return what a project holds, read from the disk."""
    states = {name: project.state(name) for name in project.names}
    drawn = {name: digest(project.labels(name)) for name in states}
    return {
        "labels": {name: value for name, value in drawn.items() if value},
        "maps": {name: digest(project.map(name)) for name, state in states.items() if state.corrected},
        "depths": {name: [state.top, state.base] for name, state in states.items() if state.top is not None},
        "accepted": sorted(name for name, state in states.items() if state.accepted),
        "legend": list(project.legend.names),
    }


class Journal:
    """Lines that are there whatever becomes of the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def say(self, **content: Any) -> None:
        """Write a line."""
        os.write(self._file, (json.dumps(content) + "\n").encode())


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Return the lines that were written to their end."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


class Session:
    """A person at a workbench.

    Parameters
    ----------
    folder : pathlib.Path
        The project.
    journal : pathlib.Path
    world : dict
        What the project holds.
    seed : int
        Every fourth trains too, which takes a new process seconds.
    disk : WatchedDisk
        Is told what number of thing is begun.
    """

    def __init__(self, folder: Path, journal: Path, world: World, seed: int, disk: WatchedDisk) -> None:
        self._trains, self._disk = seed % 4 == 0, disk
        self.journal, self.world = Journal(journal), world
        self.random = random.Random(seed)
        self.bench: Any = cw.Workbench.reopen(folder)
        self.kept = journal.parent

    def go_on(self) -> None:
        """Do one thing after the other."""
        actions: list[tuple[Callable[[], None], int]] = [
            (self.stroke, 8), (self.other_photograph, 3), (self.correct, 2), (self.depths, 2),
            (self.accept, 1), (self.new_class, 1), (self.train, 2 * self._trains),
        ]  # fmt: skip
        number = 0
        while True:
            act = self.random.choices([each for each, _ in actions], [often for _, often in actions])[0]
            name = self.bench.section.name
            self.journal.say(begins=number, what=act.__name__, name=name, box=self._choose_box())
            self._disk.begin(number)
            act()
            number += 1
            np.save(self.kept / f"{name}.{number}.npy", self.bench.labels)
            self.journal.say(done=number, world=self.world, kept={**self._kept(name, number)})

    def _kept(self, name: str, number: int) -> dict[str, str]:
        return {"name": name, "file": f"{name}.{number}.npy"}

    def _choose_box(self) -> list[int]:
        """Choose where the next stroke goes, and return the rows and columns that it may change."""
        n_rows, n_columns = self.bench.section.shape
        row, column = self.random.randrange(10, n_rows - 10), self.random.randrange(10, n_columns - 30)
        self._from, self._to = (row, column), (row, column + 15)
        return [row - 9, row + 10, column - 9, column + 25]

    def stroke(self) -> None:
        """Draw, or take away."""
        bench, name = self.bench, self.bench.section.name
        bench.labeler.selected_class = self.random.choice(bench.legend.names)
        mode = self.random.choice(["paint", "paint", "paint", "erase"])
        Hand(bench.labeler.stage).stroke(mode, self._from, self._to, size=8)
        self._note("labels", name, digest(bench.labels))

    def other_photograph(self) -> None:
        """Page through."""
        self.bench.open_photograph(self.random.choice(self.bench.project.names))

    def correct(self) -> None:
        """Correct a map by hand."""
        name, shape = self.bench.section.name, self.bench.section.shape
        codes = np.random.default_rng(self.random.randrange(10**6)).integers(1, 3, shape, np.uint8)
        self.bench.project.correct_map(name, codes)
        self._note("maps", name, digest(codes))

    def depths(self) -> None:
        """Type depths."""
        name, top = self.bench.section.name, float(self.random.randrange(1000))
        self.bench.project.set_depths(name, top, top + 1)
        self._note("depths", name, [top, top + 1])

    def accept(self) -> None:
        """Accept the map."""
        name = self.bench.section.name
        self.bench.project.accept(name)
        self.world["accepted"] = sorted({*self.world["accepted"], name})

    def new_class(self) -> None:
        """Add a class, up to five."""
        legend = self.bench.legend
        if len(legend) < 5:
            self.bench.labeler.legend = legend.add(f"Class {len(legend) + 1}")
            self.world["legend"] = list(self.bench.legend.names)

    def train(self) -> None:
        """Train, where that is possible, and map all photographs."""
        if len(np.unique(self.bench.labels[self.bench.labels > 0])) > 1:
            before = self._accepted_by_hand()
            self.bench.trainer.train()
            self.bench.wait(60)
            self.world["accepted"] = before

    def _accepted_by_hand(self) -> list[str]:
        """Return what stays accepted: maps that the model makes anew are not."""
        return [name for name in self.world["accepted"] if name in self.world["maps"]]

    def _note(self, what: str, name: str, value: Any) -> None:
        if value:
            self.world[what][name] = value
        else:
            self.world[what].pop(name, None)


def work(folder: Path, journal: Path, world: World, seed: int, disk: Path, ends: tuple[int, int]) -> None:
    """Go on with a project until the disk kills this process."""
    watched = WatchedDisk(folder, disk, ends)
    try:
        Session(folder, journal, world, seed, watched).go_on()
    except BaseException as error:
        Journal(journal).say(failed=f"{type(error).__name__}: {error}")
        raise


# --- a disk ----------------------------------------------------------------------------------------


class WatchedDisk:
    """Notes what is flushed to the disk, and what a file held before another took its place.

    It kills the process just before a flush or a change of a name, or just after: what is on the disk is
    different at these moments only, and they are the same ones each time.

    Parameters
    ----------
    folder : pathlib.Path
        Only what is below it counts.
    kept : pathlib.Path
        A folder elsewhere.
    ends : tuple of int
        Number of the thing that is done then, and of the moment from its beginning on, both from 0.
    """

    def __init__(self, folder: Path, kept: Path, ends: tuple[int, int]) -> None:
        kept.mkdir(parents=True)
        self._folder, self._kept, self._number = os.path.realpath(folder), kept, 0
        (self._last, self._moments), self._counts = ends, False
        self._journal = Journal(kept / "journal")
        self._journal.say(there=[path.stat().st_ino for path in folder.rglob("*")])
        self._real = os.fsync, os.replace, os.mkdir
        os.fsync, os.replace, os.mkdir = self._fsync, self._replace, self._mkdir  # type: ignore[assignment]

    def begin(self, number: int) -> None:
        """Hear that a thing is begun."""
        self._counts = number >= self._last

    def _moment(self) -> None:
        if not self._counts:
            return
        if self._moments == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._moments -= 1

    def _concerns(self, path: Any) -> bool:
        return os.path.realpath(path).startswith(self._folder)

    def _fsync(self, descriptor: int) -> None:
        self._moment()
        self._real[0](descriptor)
        self._journal.say(flushed=os.fstat(descriptor).st_ino)
        self._moment()

    def _replace(self, source: Any, target: Any, **options: Any) -> None:
        if not self._concerns(target):
            self._real[1](source, target, **options)
            return
        before, self._number = None, self._number + 1
        if os.path.exists(target):
            before = str(self._kept / str(self._number))
            shutil.copyfile(target, before)
        self._moment()
        self._journal.say(replaced=os.path.realpath(target), before=before)
        self._real[1](source, target, **options)
        self._moment()

    def _mkdir(self, path: Any, *args: Any, **options: Any) -> None:
        self._real[2](path, *args, **options)
        if self._concerns(path):
            self._journal.say(made=os.path.realpath(path))


def lose_power(folder: Path, kept: Path, chance: random.Random) -> list[str]:
    """Leave of a folder what a disk may hold that lost its power; return what was lost.

    Bytes that were not flushed are lost from some place on; of names that were not flushed, some are as they
    were before.
    """
    pending, safe = _not_flushed(folder, kept)
    lost = []
    for changes in pending.values():
        for change in reversed(changes[chance.randint(0, len(changes)) :]):
            lost += [f"name {_take_back(change).name}"]
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_ino not in safe and path.stat().st_size:
            lost.append(f"bytes of {path.name}")
            os.truncate(path, chance.randrange(path.stat().st_size))
    return lost


def _not_flushed(folder: Path, kept: Path) -> tuple[dict[str, list[Any]], set[int]]:
    """Return by folder what happened to names in it since it was flushed, and the files that were flushed."""
    lines = read_journal(kept / "journal")
    safe = set(lines[0]["there"])
    pending: dict[str, list[Any]] = {}
    places = {path.stat().st_ino: str(path) for path in [folder, *folder.rglob("*")] if path.is_dir()}
    for line in lines:
        if "flushed" in line:
            safe.add(line["flushed"])
            pending.pop(places.get(line["flushed"], ""), None)
        elif "replaced" in line or "made" in line:
            pending.setdefault(os.path.dirname(line.get("replaced") or line["made"]), []).append(line)
    return pending, safe


def _take_back(change: dict[str, Any]) -> Path:
    """Give a name what it was before, and return it."""
    path = Path(change.get("replaced") or change["made"])
    if "made" in change:
        shutil.rmtree(path, ignore_errors=True)
    elif change["before"] is None:
        path.unlink(missing_ok=True)
    else:
        shutil.copyfile(change["before"], path)
    return path
