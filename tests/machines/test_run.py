"""A run whose table, photographs and maps are changed, and that is killed at any moment, ends as a fresh one.

Sections are segmented in this thread, so that each call that writes a file can be the last one.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from file_calls import FAULTS, FileCalls, Killed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from PIL import Image

import corewidgets as cw
from corewidgets.batch import segment
from corewidgets.batch.cluster import Connection
from corewidgets.batch.dispatch import Dispatch
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import read_record

from .profile import steps

pytest.importorskip("distributed")

SHAPE = (12, 16)
LEGEND = cw.Legend(["Matrix", "Clast", "Void"])
NAMES, PHOTOGRAPHS = ["S0", "S1", "S2", "S3"], ["A.png", "B.png", "C.png"]
PLACES = [(None, 0), (None, 180), ((0, 6, 0, 16), 0), ((0, 12, 4, 16), 180)]  # of one width: few programs
OF_USERS = [
    "notes.txt", ".env-20240101.bak", "sections/.backup-20240101.png", "sections/S3.png",
    "corrected/S0-1.png", "uncertainty/.S0.png-abcdefgh.tmp",
]  # fmt: skip
SECTIONS, PIECES = st.integers(0, 20), st.sampled_from(PLACES)
KEPT = cw.Kept(uncertainty="entropy")


def pixels(number):
    return np.random.default_rng(number).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)


@functools.cache
def model(number):
    labels = np.random.default_rng(100 + number).integers(1, 4, SHAPE, dtype=np.uint8)
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    made = cw.PixelClassifier(recipe, max_training_pixels=50, regularizer=None)
    return made.fit(cw.CoreSection(pixels(0)), labels)


class InThisThread(Dispatch):
    """Segments photograph after photograph where it is called."""

    def run(self):
        for number, lanes in enumerate(self._photographs):
            error = None
            try:
                self._worker.segment(lanes)
            except Exception as raised:  # noqa: BLE001  (as Dask hands it on)
                error = raised
            self._lanes[number], self._futures[number] = lanes, None
            self._take(SimpleNamespace(key=number, exception=functools.partial(lambda one: one, error)))


def segment_here(core, number, out, **options):
    """Call `segment_core` without other processes."""
    nothing = contextlib.nullcontext
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "connected", lambda *_: nothing(Connection(None, 1)))
        patch.setattr(segment, "installed", lambda *_: nothing())
        patch.setattr(segment, "Dispatch", InThisThread)
        return cw.segment_core(core, model(number), out=out, legend=LEGEND, kept=KEPT, **options)


def results_of(folder, name):
    """Return all that a run keeps of a section, but for how long it took and what it was called."""
    run = RunFolder(Path(folder))
    record = asdict(read_record(run, name))
    told = {key: value for key, value in record.items() if key not in {"name", "seconds"}}
    return told, run.segmentation(name).read_bytes(), run.uncertainty(name).read_bytes()


@functools.cache
def fresh(number, place, of_model):
    """Return what a run makes of a photograph in an empty folder, and after that its settings."""
    with tempfile.TemporaryDirectory() as made:
        Image.fromarray(pixels(number)).save(Path(made, "A.png"))
        lane = cw.Lane(Path(made, "A.png"), 0.0, 1.0, "S0", *place)
        run = segment_here(cw.Core([lane]), of_model, Path(made, "out"))
        return *results_of(Path(made, "out"), "S0"), run.about["settings"]


@dataclass(frozen=True)
class Row:
    """A section of the table."""

    photograph: str
    place: tuple
    top: float


class Runs(RuleBasedStateMachine):
    """The folder of a run, the table and the photographs that it is of, and what users keep there."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.out = self.folder / "out"
        (self.out / "sections").mkdir(parents=True)
        self.shown = dict.fromkeys(PHOTOGRAPHS)  # what each photograph shows, None for none
        for number, name in enumerate(PHOTOGRAPHS):
            self.write_photograph(name, number)
        self.rows = {"S0": Row("A.png", PLACES[0], 0.0)}
        self.model = 0
        self.settled = {}  # what each map is known to be of
        self.precious = set()  # bytes that users wrote
        self.corrected = {}  # bytes of maps that were corrected by hand, and what they are of

    def teardown(self):
        shutil.rmtree(self.folder)

    def write_photograph(self, name, number):
        Image.fromarray(pixels(number)).save(self.folder / name)
        self.shown[name] = number

    def core(self):
        return cw.Core(
            [
                cw.Lane(self.folder / row.photograph, row.top, row.top + 1, name, *row.place)
                for name, row in self.rows.items()
            ],
            "Hole",
        )

    def mapped_from(self, name):
        """Return what the map of a section is to be of."""
        row = self.rows[name]
        return self.shown[row.photograph], row.place, self.model

    # --- the table and the photographs

    @rule(which=SECTIONS, photograph=SECTIONS, place=PIECES)
    def add(self, which, photograph, place):
        name = NAMES[which % len(NAMES)]
        if name not in self.rows:
            photograph = PHOTOGRAPHS[photograph % len(PHOTOGRAPHS)]
            self.rows[name] = Row(photograph, place, 10.0 * NAMES.index(name))

    def any_of(self, which):
        return list(self.rows)[which % len(self.rows)]

    @precondition(lambda self: len(self.rows) > 1)
    @rule(which=SECTIONS)
    def remove(self, which):
        del self.rows[self.any_of(which)]

    @rule(which=SECTIONS, place=PIECES)
    def cut_otherwise(self, which, place):
        name = self.any_of(which)
        self.rows[name] = replace(self.rows[name], place=place)

    @rule(which=SECTIONS, photograph=SECTIONS)
    def take_another_photograph(self, which, photograph):
        name = self.any_of(which)
        self.rows[name] = replace(self.rows[name], photograph=PHOTOGRAPHS[photograph % len(PHOTOGRAPHS)])

    @rule(which=SECTIONS, shift=st.integers(0, 5))
    def correct_the_depth(self, which, shift):
        name = self.any_of(which)
        self.rows[name] = replace(self.rows[name], top=10.0 * NAMES.index(name) + shift)

    @rule(which=SECTIONS, other=SECTIONS)
    def exchange_names(self, which, other):
        one, two = self.any_of(which), self.any_of(other)
        first, second = self.rows[one], self.rows[two]
        self.rows[one] = replace(second, top=first.top)
        self.rows[two] = replace(first, top=second.top)

    @rule(which=SECTIONS, number=st.integers(0, 5))
    def replace_photograph(self, which, number):
        self.write_photograph(PHOTOGRAPHS[which % len(PHOTOGRAPHS)], number)

    @rule(which=SECTIONS)
    def lose_photograph(self, which):
        name = PHOTOGRAPHS[which % len(PHOTOGRAPHS)]
        (self.folder / name).unlink(missing_ok=True)
        self.shown[name] = None

    @rule(number=st.integers(0, 1))
    def train_anew(self, number):
        self.model = number

    # --- what users do in the folder

    def map_of(self, which):
        """Return a section, its map as bytes where a run or a user made one, and where that is."""
        name = self.any_of(which)
        path = RunFolder(self.out).segmentation(name)
        found = path.read_bytes() if path.exists() else b"precious"
        return name, None if found.startswith(b"precious") else found, path

    @rule(which=SECTIONS, number=st.integers(0, 99))
    def keep_a_file_there(self, which, number):
        path = self.out / OF_USERS[which % len(OF_USERS)]
        if path.parent.exists() and not path.exists():
            path.write_bytes(b"precious %d" % number)
            self.precious.add(path.read_bytes())

    @rule(which=SECTIONS, code=st.integers(1, 3))
    def correct_a_map(self, which, code):
        name, before, path = self.map_of(which)
        if before is None or name not in self.settled:
            return
        codes, _ = cw.read_labels(path)
        if (codes[:2] == code).all():
            return
        codes[:2] = code
        cw.write_labels(path, codes, LEGEND)
        self.precious.discard(before)
        self.precious.add(path.read_bytes())
        self.corrected[name] = (path.read_bytes(), self.settled[name])

    @rule(which=SECTIONS)
    def delete_a_record(self, which):
        name = self.any_of(which)
        RunFolder(self.out).record(name).unlink(missing_ok=True)
        self.corrected.pop(name, None)
        self.settled.pop(name, None)

    @rule(which=SECTIONS)
    def delete_a_map(self, which):
        _, before, path = self.map_of(which)
        if before is not None:
            path.unlink()
            self.precious.discard(before)

    # --- runs

    def files(self):
        found = [path for path in self.out.rglob("*") if path.is_file() and path.name != ".lock"]
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in found}

    @rule()
    def run(self):
        self.run_once(overwrite=False)

    @rule()
    def run_over(self):
        self.run_once(overwrite=True)

    @rule(number=st.integers(0, 99), fault=st.sampled_from(FAULTS), overwrite=st.booleans())
    def run_while_the_disk_fails(self, number, fault, overwrite):
        model(self.model)
        begun = RunFolder(self.out).read_about()
        self.settled = {}
        found = told = None
        with FileCalls(self.out, number, fault) as calls:
            try:
                found = segment_here(self.core(), self.model, self.out, overwrite=overwrite)
            except (OSError, ValueError) as error:
                told = error
            except Killed:
                told = "killed"
        shutil.rmtree(self.out / "tmp")
        if found is not None:
            self.check(found, before=None, faulty=bool(calls.failed))
        elif told != "killed" and not calls.failed:
            self.check_refusal(str(told), begun, overwrite)

    @rule(which=SECTIONS, number=st.integers(0, 5), after=st.integers(1, 3))
    def run_while_a_photograph_is_replaced(self, which, number, after):
        name = PHOTOGRAPHS[which % len(PHOTOGRAPHS)]

        def replaced(n_done, _):
            if n_done == after:
                self.write_photograph(name, number)

        self.settled = {}
        segment_here(self.core(), self.model, self.out, overwrite=True, progress=replaced)
        self.run_once(overwrite=True)

    def run_once(self, *, overwrite):
        before, begun = self.files(), RunFolder(self.out).read_about()
        try:
            found = segment_here(self.core(), self.model, self.out, overwrite=overwrite)
        except ValueError as error:
            self.check_refusal(str(error), begun, overwrite)
            assert self.files() == before
            found = segment_here(self.core(), self.model, self.out, overwrite=True)
        else:
            assert overwrite or begun is None or not self.differs(begun)
        self.check(found, before, faulty=False)

    def check_refusal(self, told, begun, overwrite):
        """A run refuses nothing without a reason."""
        assert not overwrite, told
        assert "overwrite=True" in told
        if "has no run" in told:
            assert begun is None
        elif "a run that differs" in told:
            assert self.differs(begun)
        else:
            assert begun is not None

    def differs(self, begun):
        """Return whether a run in the folder was begun with another model."""
        return begun["settings"] != fresh(0, PLACES[0], self.model)[-1]

    def check(self, found, before, *, faulty):
        """The run is one of the table as it is now, as if it were the first."""
        depths = {lane.name: (lane.top, lane.base) for lane in found.core}
        assert depths == {name: (row.top, row.top + 1) for name, row in self.rows.items()}
        for name, row in self.rows.items():
            wanted = self.mapped_from(name)
            map_before = (before or {}).get(f"sections/{name}.png", b"")
            if name in found.failed:
                gone = self.shown[row.photograph] is None
                foreign = map_before.startswith(b"precious") and "cannot be used" in found.failed[name]
                assert faulty or gone or foreign, found.failed
                continue
            assert self.shown[row.photograph] is not None, "a section without a photograph is done"
            told, *files = results_of(self.out, name)
            by_hand, of = self.corrected.get(name, (b"", None))
            if by_hand == files[0]:
                assert of == wanted, "the correction of another map"
                assert told["corrected"]
            else:
                assert before is None or by_hand != map_before or of != wanted, "a correction was not kept"
                assert [told, *files] == [*fresh(*wanted)[:-1]]
                self.corrected.pop(name, None)
            self.settled[name] = wanted
        if not faulty:
            hidden = {path.name for path in self.out.rglob(".*") if path.read_bytes() not in self.precious}
            assert hidden <= {".lock"}, "temporary files are left"

    # --- what always holds

    @invariant()
    def what_users_made_is_kept(self):
        assert self.precious <= {*self.files().values()}


TestRuns = Runs.TestCase
TestRuns.settings = steps(6, 25)
