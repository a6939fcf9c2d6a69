"""Strokes, classes, locks, undo and redo in any order, against plain arrays that are kept whole."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from labels.test_edits import painted
from PIL import Image
from scipy import ndimage
from widgets.conftest import Hand

from corewidgets.cores.section import read_section
from corewidgets.labels.edits import paint_polygon, paint_stroke
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.widgets import Labeler

from .profile import steps

SHAPE = (11, 9)
POINTS = st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 10)), min_size=1, max_size=4)
NAMES = st.sampled_from(["Matrix", "Clast", "Void", "Chert", "Melt", "Chert (deleted)", " Mud ", ""])
COLORS = st.sampled_from(["#FF0000", "#00FF00", "#123456"])
PLACES = st.integers(0, 30)


@dataclass(frozen=True)
class Known:
    """A class on the list, as a user sees it, and the code that its labels have."""

    code: int
    name: str
    color: str
    is_rock: bool


@dataclass(frozen=True, eq=False)
class State:
    """Labels, and the list of classes from the top."""

    labels: np.ndarray
    listed: tuple[Known, ...]

    def is_like(self, other):
        return self.listed == other.listed and np.array_equal(self.labels, other.labels)


def listed(legend):
    return tuple(
        Known(code, legend.name(code), legend.colors[code - 1], legend.name(code) not in legend.not_rock)
        for code in legend.order
    )


class Labels(RuleBasedStateMachine):
    """A labeler, and beside it every state that it ever had, to be gone back to by undo."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        Image.fromarray(np.full((*SHAPE, 3), 90, np.uint8)).save(self.folder / "core.png")
        self.open(classes=["Matrix", "Clast", "Void"])
        self.now = State(np.zeros(SHAPE, np.uint8), listed(self.labeler.legend))
        self.done, self.undone = [], []
        self.color_of = {}

    def open(self, **options):
        self.labeler = Labeler(read_section(self.folder / "core.png"), **options)
        self.hand = Hand(self.labeler.stage)

    def teardown(self):
        self.labeler.flush_labels()
        self.labeler.close()
        shutil.rmtree(self.folder)

    # --- the plain model

    def become(self, state):
        """Take a state over, where it is another one."""
        if state.is_like(self.now):
            return
        self.done.append(self.now)
        self.undone = []
        self.now = state

    def at(self, place):
        """Return a class on the list."""
        return self.now.listed[place % len(self.now.listed)]

    def changed(self, code, **values):
        self.become(
            replace(
                self.now,
                listed=tuple(replace(one, **values) if one.code == code else one for one in self.now.listed),
            )
        )

    def with_back(self, *codes):
        """Return the list, deleted classes of these codes at its end."""
        legend, on_list = self.labeler.legend, {one.code for one in self.now.listed}
        every = listed(Legend(legend.names, legend.colors, not_rock=legend.not_rock))
        return (*self.now.listed, *(one for one in every if one.code in {*codes} - on_list))

    # --- what a user does

    @initialize(places=st.lists(PLACES, max_size=2))
    def lock(self, places):
        for place in places:
            self.toggle_lock(place)

    @rule(
        mode=st.sampled_from(["paint", "erase", "polygon"]),
        points=POINTS,
        size=st.integers(1, 7),
        place=PLACES,
    )
    def paint(self, mode, points, size, place):
        code = place % len(self.labeler.legend) + 1  # also one that was deleted while the kernel was busy
        back = self.now.listed if mode == "erase" else self.with_back(code)
        self.stroke(mode, points, size, code)
        self.become(replace(self.now, listed=back))
        written = 0 if mode == "erase" else code
        if mode == "polygon":
            mask = painted(paint_polygon(points, written, SHAPE), SHAPE)
        else:
            mask = painted(paint_stroke(points, size, written, SHAPE), SHAPE)
        self.painted(mask, written)

    @rule(
        row=st.integers(0, SHAPE[0] - 1),
        column=st.integers(0, SHAPE[1] - 1),
        place=PLACES,
        agree=st.booleans(),
    )
    def fill(self, row, column, place, agree):
        code = self.at(place).code
        labels = self.now.labels
        self.stroke("fill", [(row, column)], 0, code)
        if self.labeler.question.text:
            assert labels[row, column] == 0
            if not agree:
                return
            self.labeler.question.agree.click()
        parts, _ = ndimage.label(labels == labels[row, column])
        self.painted(parts == parts[row, column], code)

    def stroke(self, mode, points, size, code):
        buffer = np.array(points, np.float32).tobytes()
        self.hand.say("stroke", [buffer], client="test", id=0, mode=mode, size=size, code=code)

    def painted(self, mask, code):
        free = mask & ~np.isin(self.now.labels, [*self.labeler.palette.protected])
        self.become(replace(self.now, labels=np.where(free, np.uint8(code), self.now.labels)))

    @rule()
    def undo(self):
        self.labeler.undo()
        if self.done:
            self.undone.append(self.now)
            self.now = self.done.pop()

    @rule()
    def redo(self):
        self.labeler.redo()
        if self.undone:
            self.done.append(self.now)
            self.now = self.undone.pop()

    @rule(place=PLACES)
    def toggle_lock(self, place):
        self.labeler.palette.toggle_protected(self.at(place).code)

    @rule(name=NAMES, color=st.none() | COLORS)
    def add(self, name, color):
        legend = self.labeler.legend
        if not name.strip() or name.strip() in {one.name for one in self.now.listed}:
            with pytest.raises(ValueError, match=r"empty; give it one|occurs twice; rename one"):
                self.labeler.palette.add(name, color)
            return
        self.labeler.palette.add(name, color)
        added = listed(self.labeler.legend)[-1]
        assert added.name == name.strip()
        assert self.labeler.selected_class == added.name
        if name.strip() in legend:
            assert added.code == legend.code(name.strip()), "a class that comes back has its code"
        else:
            assert added.code == len(legend) + 1, "a code that had a meaning is given to no other class"
            assert color or added.color not in legend.colors
        assert color in {None, added.color}
        self.color_of.pop(added.code, None)
        self.become(replace(self.now, listed=(*self.now.listed, added)))

    @rule(place=PLACES, name=NAMES)
    def rename(self, place, name):
        one = self.at(place)
        if not name.strip() or name.strip() in {other.name for other in self.now.listed} - {one.name}:
            with pytest.raises(ValueError, match=r"empty; give it one|occurs twice; rename one"):
                self.labeler.palette.rename(one.code, name)
            return
        self.labeler.palette.rename(one.code, name)
        self.changed(one.code, name=name.strip())

    @rule(place=PLACES, color=COLORS)
    def recolor(self, place, color):
        self.labeler.palette.recolor(self.at(place).code, color)
        self.changed(self.at(place).code, color=color)

    @rule(place=PLACES)
    def toggle_rock(self, place):
        one = self.at(place)
        self.labeler.palette.toggle_rock(one.code)
        self.changed(one.code, is_rock=not one.is_rock)

    @rule(place=PLACES, steps=st.integers(-3, 3))
    def move(self, place, steps):
        one = self.at(place)
        self.labeler.palette.move(one.code, steps)
        others = [other for other in self.now.listed if other != one]
        to = min(max(self.now.listed.index(one) + steps, 0), len(others))
        self.become(replace(self.now, listed=(*others[:to], one, *others[to:])))

    @rule(place=PLACES, agree=st.booleans())
    def delete(self, place, agree):
        one = self.at(place)
        if len(self.now.listed) == 1 or (one.code in self.labeler.palette.protected):
            with pytest.raises(ValueError, match=r"is the only class; add|is protected; unlock it"):
                self.delete_now(one.name, agree=True)
            return
        if not self.delete_now(one.name, agree):
            return
        labels = np.where(self.now.labels == one.code, np.uint8(0), self.now.labels)
        self.become(State(labels, tuple(other for other in self.now.listed if other != one)))

    def delete_now(self, name, agree):
        """Delete a class, and answer where it is asked; return whether it was to be."""
        has_labels = (self.labeler.labels == self.labeler.legend.code(name)).any()
        self.labeler.delete_class(name)
        assert bool(self.labeler.question.text) == has_labels
        if has_labels and agree:
            self.labeler.question.agree.click()
        elif has_labels:
            self.labeler.question.refuse.click()
        return agree or not has_labels

    @rule(codes=st.lists(PLACES, min_size=1, max_size=4), seed=st.integers(0, 3))
    def set_labels(self, codes, seed):
        codes = [code % (len(self.labeler.legend) + 1) for code in codes]
        labels = np.random.default_rng(seed).choice(codes, SHAPE).astype(np.uint8)
        back = self.with_back(*np.unique(labels).tolist())
        self.labeler.labels = labels
        self.become(State(labels, back))

    @rule(place=PLACES)
    def select(self, place):
        self.labeler.selected_class = self.at(place).name
        assert self.labeler.code == self.at(place).code

    # --- files

    @rule(ending=st.sampled_from(["png", "h5", "tif", "geojson"]))
    def save_and_read_back(self, ending):
        copy = self.folder / f"copy.{ending}"
        self.labeler.write_labels(copy)
        labels, legend = read_labels(copy, shape=SHAPE)
        np.testing.assert_array_equal(labels, self.now.labels)
        assert listed(legend) == self.now.listed
        self.labeler.read_labels(copy)

    @precondition(lambda self: (self.folder / "core.labels.png").exists())
    @rule()
    def open_again(self):
        self.labeler.flush_labels()
        self.labeler.close()
        self.open()
        self.done, self.undone = [], []

    # --- what always holds

    @invariant()
    def what_is_there_is_what_the_model_says(self):
        labeler = self.labeler
        np.testing.assert_array_equal(labeler.labels, self.now.labels)
        assert listed(labeler.legend) == self.now.listed
        assert labeler.palette.legend == labeler.legend
        assert labeler.selected_class == labeler.legend.name(labeler.code)
        assert labeler.code in labeler.legend.order
        assert labeler._bar.undo.disabled == (not self.done)
        assert labeler._bar.redo.disabled == (not self.undone)
        assert {*np.unique(labeler.labels)} - {0} <= {*labeler.legend.order}, "labels of no class on the list"

    @invariant()
    def what_the_file_will_hold_is_what_is_there(self):
        self.labeler.flush_labels()
        if (self.folder / "core.labels.png").exists():
            labels, legend = read_labels(self.folder / "core.labels.png", shape=SHAPE)
            np.testing.assert_array_equal(labels, self.now.labels)
            assert listed(legend) == self.now.listed

    @invariant()
    def no_code_is_lost(self):
        legend = self.labeler.legend
        assert {one.code for one in self.now.listed} <= {*legend.codes}
        highest = max([len(legend), *self.color_of])
        assert highest == len(legend), "a code that had a meaning is gone"
        self.color_of = dict(zip(legend.codes, legend.colors, strict=True))


TestLabels = Labels.TestCase
TestLabels.settings = steps(4, 30)
