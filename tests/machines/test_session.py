"""Sessions that are saved and opened while calls to the system fail: the last one saved is what is opened."""

from __future__ import annotations

import functools
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from file_calls import FAULTS, FileCalls, Killed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from PIL import Image

import corewidgets as cw
from corewidgets.scoring.settings import Settings
from corewidgets.session import Session, open_session, save_session

from .profile import steps

SHAPE = (12, 16)
CALLS = st.integers(0, 30)


@functools.cache
def model():
    section, labels = pieces(0), np.repeat(np.uint8([[1], [2]]), 6, axis=0) * np.ones(SHAPE, np.uint8)
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    return cw.PixelClassifier(recipe, max_training_pixels=50, regularizer=None).fit(section, labels)


def pixels(number):
    return np.random.default_rng(number).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)


def pieces(number):
    return cw.CoreSection(pixels(number), 1.0, 1.2, name="piece")


def labels_of(number):
    return np.random.default_rng(number).integers(0, 3, SHAPE, dtype=np.uint8)


def is_same(one, other):
    """Return whether two sessions hold the same."""
    both = [one.segmentation is None, other.segmentation is None]
    return (
        np.array_equal(one.labels, other.labels)
        and np.array_equal(one.section.image, other.section.image)
        and (all(both) or (not any(both) and np.array_equal(one.segmentation, other.segmentation)))
        and (one.legend, one.settings, one.outdated) == (other.legend, other.settings, other.outdated)
        and dict(one.view) == dict(other.view)
        and (one.model is None) == (other.model is None)
        and (one.model is None or np.array_equal(*(each.model.predict(one.section) for each in (one, other))))
    )


class Sessions(RuleBasedStateMachine):
    """One session file and its photograph, in a folder that is moved and whose disk fails."""

    def __init__(self):
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder = self.place / "here"
        self.folder.mkdir()
        self.picture = self.write_photograph(0)
        self.saved = self.section = None
        self.number = 0
        self.open_photograph()

    def teardown(self):
        shutil.rmtree(self.place)

    @property
    def path(self):
        return self.folder / "core.session.zip"

    def write_photograph(self, number):
        Image.fromarray(pixels(number)).save(self.folder / "core.png")
        return number

    def open_photograph(self):
        self.section = cw.read_section(self.folder / "core.png", top=1.0, base=1.2, name="piece")

    def make(self, with_model, with_map):
        self.number += 1
        return Session(
            self.section,
            labels_of(self.number),
            cw.Legend(["Matrix", f"Clast {self.number}"], order=[2, 1][: 1 + self.number % 2]),
            model() if with_model else None,
            labels_of(-self.number % 1000) if with_map else None,
            Settings(),
            outdated=bool(self.number % 2),
            view={"number": self.number},
        )

    @rule(with_model=st.booleans(), with_map=st.booleans())
    def save(self, with_model, with_map):
        session = self.make(with_model, with_map)
        save_session(self.path, session)
        self.keep(session)

    def keep(self, session):
        """Take a session for the one that is in the file."""
        self.saved = session
        self.of = next(number for number in range(9) if np.array_equal(self.section.image, pixels(number)))
        with zipfile.ZipFile(self.path) as archive:
            self.is_inside = "photograph.png" in archive.namelist()
        assert self.is_inside or (self.of == self.picture and self.section.path.is_file())

    @rule(with_model=st.booleans(), with_map=st.booleans(), number=CALLS, fault=st.sampled_from(FAULTS))
    def save_while_the_disk_fails(self, with_model, with_map, number, fault):
        session, told = self.make(with_model, with_map), ""
        model()
        with FileCalls(self.folder, number, fault) as calls:
            try:
                save_session(self.path, session)
            except OSError as error:
                told = str(error)
            except Killed:
                told = "killed"
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        if told:
            assert told == "killed" or self.path.name in told or "core.png" in told, calls.failed
        if self.is_there(session):
            self.keep(session)
        else:
            assert told, "nothing was told, but the session is not there"

    def is_there(self, session):
        """Return whether a session is the one in the file; one of another photograph is not."""
        try:
            return is_same(open_session(self.path, self.section), session)
        except FileNotFoundError:
            return False
        except ValueError as error:
            if "was made on another photograph" not in str(error):
                raise
            return False

    @precondition(lambda self: self.saved is not None)
    @rule(number=CALLS, fault=st.sampled_from(("EIO", "EACCES", "killed before", "killed after")))
    def open_while_the_disk_fails(self, number, fault):
        with FileCalls(self.folder, number, fault) as calls:
            try:
                found = open_session(self.path, pieces(self.of))
            except (OSError, ValueError, Killed):
                found = None
        assert calls.failed if found is None else is_same(found, self.saved)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    @rule(number=st.integers(0, 2), opened=st.booleans())
    def photograph_is_replaced(self, number, opened):
        self.picture = self.write_photograph(number)
        if opened:
            self.open_photograph()

    @precondition(lambda self: self.picture is not None)
    @rule()
    def photograph_is_removed(self):
        (self.folder / "core.png").unlink()
        self.picture = None

    @rule()
    def folder_is_moved(self):
        other = self.place / ("there" if self.folder.name == "here" else "here")
        self.folder.rename(other)
        self.folder = other

    @precondition(lambda self: self.saved is not None)
    @rule(share=st.floats(0, 0.99))
    def file_is_cut(self, share):
        whole = self.path.read_bytes()
        self.path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ValueError, match=r"core\.session\.zip' is not a session, or it is damaged"):
            open_session(self.path)
        self.path.write_bytes(whole)

    @invariant()
    def what_was_saved_last_is_opened(self):
        if self.saved is None:
            assert not self.path.exists()
            return
        assert is_same(open_session(self.path, pieces(self.of)), self.saved)
        with pytest.raises(ValueError, match="was made on another photograph"):
            open_session(self.path, pieces(self.of + 1))
        if self.is_inside:
            assert is_same(open_session(self.path), self.saved)
        elif self.picture is None:
            with pytest.raises(FileNotFoundError, match="is missing"):
                open_session(self.path)
        elif self.picture == self.of:
            assert is_same(open_session(self.path), self.saved)
        else:
            with pytest.raises(ValueError, match="is not the photograph that the session"):
                open_session(self.path)


TestSessions = Sessions.TestCase
TestSessions.settings = steps(3, 15)
