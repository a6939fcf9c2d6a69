"""Tools in one kernel and in two, another program, a failing disk, on one file: what was saved is kept.

A stroke goes on from the labels that its tool had before. Whatever was called saved has to be in the folder,
or something that was made of it; unless another program wrote over it or deleted it.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from file_calls import FAULTS, FileCalls, Killed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.widgets import autosave
from corewidgets.widgets.autosave import Autosave

from .profile import steps

SHAPE = (3, 4)
LEGEND = Legend.of_codes(200)
TOOLS = st.integers(0, 20)


def labels_of(number):
    """Return labels that no other number has."""
    labels = np.ones(SHAPE, np.uint8)
    labels[0, :3] = np.unravel_index(number, (200, 200, 200))
    return labels


def number_in(path):
    """Return the number of the labels in a file, or its bytes, or None where it is empty."""
    content = path.read_bytes()
    if not content:
        return None
    try:
        labels, _ = read_labels(path, shape=SHAPE)
    except ValueError:
        return content
    return int(np.ravel_multi_index(labels[0, :3].astype(int), (200, 200, 200)))


class Tool:
    """A tool of a user: what it shows, and what its line said."""

    def __init__(self, path, kernel):
        self.said, self.kernel, self.shows, self.waits = [], kernel, None, False
        self.tool = Autosave(path, lambda text, well: self.said.append((text, well)), delay=3600)

    @property
    def line(self):
        return self.said[-1]

    @property
    def holds(self):
        """Whether its kernel is the one that may write."""
        return not self.tool._superseded and self.tool._writer._lock.is_locked


class TwoTools(RuleBasedStateMachine):
    """A folder with one photograph's labels, tools and programs that write to it."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp()) / "photographs"
        self.folder.mkdir()
        self.path = self.folder / "core.labels.png"
        self.tools, self.before = [], {}  # what each number was painted on
        self.saved, self.excused = set(), set()
        self.numbers = itertools.count(1)

    def teardown(self):
        for one in self.tools:
            one.tool.close()
        shutil.rmtree(self.folder.parent)

    # --- the plain model

    def found(self):
        """Return what is in each file that is no temporary one."""
        files = [path for path in self.folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        return {path.name: number_in(path) for path in files}

    def with_ancestors(self, number):
        """Return a number and all that it goes on from."""
        chain = set()
        while number is not None and number not in chain:
            chain.add(number)
            number = self.before.get(number)
        return chain

    def of_kernel(self, kernel):
        """Have tools that are opened find those of their own kernel only."""
        autosave._OPEN.pop(self.path, None)
        for one in self.tools:
            if one.kernel == kernel:
                autosave._OPEN[self.path] = one.tool

    def told(self, one):
        """Take what the line of a tool says of its last stroke, and look whether it is so."""
        text, well = one.line
        found = self.found()
        if text.startswith("Saved "):
            assert well
            assert found[self.path.name] == one.shows
        elif one.tool.copy is not None and repr(one.tool.copy.name) in text:
            assert not well
            assert found[one.tool.copy.name] == one.shows, text
        else:
            assert text.startswith("Not saved: "), text
            assert not well
            return
        self.saved.add(one.shows)
        one.waits = False

    # --- what users do

    @rule(kernel=st.integers(0, 1))
    def open(self, kernel):
        self.of_kernel(kernel)
        older = [one for one in self.tools if one.kernel == kernel and one.waits]
        one = Tool(self.path, kernel)
        for other in older:
            if other.waits:
                self.told_on_giving_up(other)
        found = self.found()
        there = found.get(self.path.name)
        if isinstance(there, bytes) or (there is None and self.path.exists()):
            with pytest.raises(ValueError, match="Nothing is saved, so that"):
                one.tool.restore(SHAPE)
            return
        restored = one.tool.restore(SHAPE)
        assert (restored is None) == (there is None)
        one.shows = there
        if restored is not None:
            np.testing.assert_array_equal(restored[0], labels_of(there))
        others = [name for name in found if name.split(".")[2].isdigit() and len(name.split(".")[2]) < 4]
        for name in others:
            assert found[name] is None or name in one.line[0]
        locked = "is open in another notebook" in one.line[0]
        assert locked == any(other.kernel != kernel and other.holds for other in self.tools)
        assert one.line[1] or others or there is None or locked
        self.tools.append(one)

    def told_on_giving_up(self, other):
        """Look at what a tool wrote before it left its file to another one."""
        if other.shows in self.found().values():
            self.saved.add(other.shows)
            other.waits = False
        else:
            assert not other.line[1]

    @rule(kernel=st.integers(0, 1))
    def open_with_other_labels(self, kernel):
        self.of_kernel(kernel)
        older = [one for one in self.tools if one.kernel == kernel and one.waits]
        one = Tool(self.path, kernel)
        for other in older:
            self.told_on_giving_up(other)
        one.tool.start_over()
        self.tools.append(one)

    def paint_something(self, which):
        one = self.tools[which % len(self.tools)]
        number = next(self.numbers)
        self.before[number] = one.shows
        one.shows, one.waits = number, True
        one.tool.schedule(labels_of(number), LEGEND)
        return one

    @precondition(lambda self: self.tools)
    @rule(which=TOOLS)
    def paint(self, which):
        one = self.paint_something(which)
        one.tool.flush()
        self.told(one)
        assert not one.waits, one.line

    @precondition(lambda self: self.tools)
    @rule(which=TOOLS)
    def paint_and_go_on(self, which):
        self.paint_something(which)

    @precondition(lambda self: self.tools)
    @rule(which=TOOLS)
    def wait(self, which):
        one = self.tools[which % len(self.tools)]
        one.tool.flush()
        if one.waits:
            self.told(one)
            assert not one.waits, one.line

    @precondition(lambda self: self.tools)
    @rule(which=TOOLS, number=st.integers(0, 20), fault=st.sampled_from(FAULTS))
    def paint_while_the_disk_fails(self, which, number, fault):
        one = self.paint_something(which)
        with FileCalls(self.folder, number, fault):
            try:
                one.tool.flush()
            except Killed:
                self.end(one)
                return
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        self.told(one)

    @precondition(lambda self: self.tools)
    @rule(which=TOOLS)
    def end_kernel(self, which):
        """Kill it; what waited is not saved."""
        self.end(self.tools[which % len(self.tools)])

    def end(self, one):
        for other in [other for other in self.tools if other.kernel == one.kernel]:
            other.tool.close()
            self.tools.remove(other)

    # --- what other programs do

    def put_away(self, path):
        """A program destroys what a file holds."""
        with suppress(FileNotFoundError):
            self.excused |= {number_in(path)}

    def of(self, which):
        files = sorted(path for path in self.folder.iterdir() if path.name[0] != "." and path.is_file())
        return files[which % len(files)] if files else self.path

    @rule(which=TOOLS)
    def other_program_changes(self, which):
        path = self.of(which)
        self.put_away(path)
        number = next(self.numbers)
        write_labels(path, labels_of(number), LEGEND)
        self.saved.add(number)

    @rule()
    def other_program_writes_something_else(self):
        self.put_away(self.path)
        content = b"no labels %d" % next(self.numbers)
        self.path.write_bytes(content)
        self.saved.add(content)

    @rule(which=TOOLS)
    def other_program_brings_an_older_version(self, which):
        if self.saved:
            numbers = sorted(number for number in self.saved if isinstance(number, int))
            if numbers:
                self.put_away(self.path)
                number = numbers[which % len(numbers)]
                write_labels(self.path, labels_of(number), LEGEND)
                self.excused.discard(number)

    @rule(which=TOOLS)
    def other_program_deletes(self, which):
        path = self.of(which)
        self.put_away(path)
        path.unlink(missing_ok=True)

    @precondition(lambda self: self.path.exists())
    @rule()
    def other_program_touches(self):
        self.path.touch()

    # --- what always holds

    @invariant()
    def what_was_saved_is_kept(self):
        kept = set().union(*map(self.with_ancestors, self.found().values()))
        gone = set().union(*map(self.with_ancestors, self.excused))
        assert not self.saved - kept - gone, f"lost; there are {self.found()}"


TestTwoTools = TwoTools.TestCase
TestTwoTools.settings = steps(10, 30)
