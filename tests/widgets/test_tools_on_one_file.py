"""Tools and kernels that save to one file of labels: one has it, the others keep copies beside it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.widgets.autosave import Autosave
from corewidgets.widgets.writer_lock import WriterLock

from .recorded_autosave import LEGEND, labels, recorded, stroke


@pytest.fixture
def path(tmp_path):
    return tmp_path / "core.labels.png"


def pair(path):
    """Return a tool that has lost its file to a second one, and what its line said."""
    first, told = recorded(path)
    first.schedule(labels(1), LEGEND)
    second = Autosave(path, lambda *_: None, delay=60)
    second.restore((6, 4))
    return first, second, told


def test_a_second_one_for_the_same_file_takes_over_after_the_first_has_written(path):
    first, told = recorded(path)
    first.schedule(labels(1), LEGEND)
    second = Autosave(path, lambda *_: None, delay=60)
    assert (second.restore((6, 4))[0] == 1).all()
    first.schedule(labels(2), LEGEND)
    first.flush()
    assert (read_labels(path)[0] == 1).all()
    assert (read_labels(path.with_name("core.labels.2.png"))[0] == 2).all()
    assert told[-1][0].startswith("Not saved: 'core.labels.png' is open in another tool since it was opened")
    assert not told[-1][1]
    second.schedule(labels(2), LEGEND)
    second.flush()
    assert (read_labels(path)[0] == 2).all()


def test_the_line_of_a_tool_that_lost_its_file_is_red_at_once_and_stays_so(path):
    first, _second, told = pair(path)
    assert told[-1][0].startswith("'core.labels.png' is open in another tool now; ")
    assert told[-1][0].endswith("Continue in one tool only.")
    n_before = len(told)
    for code in (1, 2):
        first.schedule(labels(code), LEGEND)
        first.flush()
    assert [well for _, well in told[n_before - 1 :]] == [False] * 3


def test_a_tool_that_lost_its_file_does_not_put_it_aside(path):
    write_labels(path, labels(2), LEGEND)
    first = Autosave(path, lambda *_: None, delay=60)
    first.start_over()
    second = Autosave(path, lambda *_: None, delay=60)
    second.restore((6, 4))
    first.schedule(labels(1), LEGEND)
    first.flush()
    assert (read_labels(path)[0] == 2).all()
    second.schedule(np.arange(24).reshape(6, 4).astype(np.uint8) % 3, LEGEND)
    second.flush()
    assert (read_labels(path)[0] == np.arange(24).reshape(6, 4) % 3).all()
    assert {file.name for file in path.parent.iterdir()} == {"core.labels.png", "core.labels.2.png"}


def test_tools_that_lost_their_file_at_the_same_time_have_a_copy_each(path):
    tools = [Autosave(path, lambda *_: None, delay=60) for _ in range(6)]
    barrier = threading.Barrier(len(tools))

    def write(code):
        tools[code - 1].schedule(labels(code), Legend.of_codes(6))
        barrier.wait()
        tools[code - 1].flush()

    with ThreadPoolExecutor(len(tools)) as pool:
        list(pool.map(write, range(1, 7)))
    assert len(list(path.parent.iterdir())) == 6
    assert {int(read_labels(file)[0][0, 0]) for file in path.parent.iterdir()} == {1, 2, 3, 4, 5, 6}


def test_labels_that_are_kept_beside_are_named_where_the_file_itself_is_gone(path):
    first, _second, _ = pair(path)
    first.schedule(labels(2), LEGEND)
    first.flush()
    path.unlink()
    again, said = recorded(path)
    assert again.restore((6, 4)) is None
    assert said[-1] == (
        "Strokes are saved to core.labels.png; core.labels.2.png beside it has strokes that another tool "
        "could not save here",
        False,
    )
    again.start_over()
    assert said[-1] == (
        "Not saved yet; strokes will be, to core.labels.png; core.labels.2.png beside it has strokes that "
        "another tool could not save here",
        False,
    )


def test_no_empty_copy_stays_where_it_cannot_be_written(path, monkeypatch):
    first, _second, told = pair(path)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    first.schedule(labels(2), LEGEND)
    first.flush()
    assert told[-1] == ("Not saved: disk full", False)
    assert list(path.parent.iterdir()) == [path]


def test_a_copy_that_somebody_goes_on_in_is_not_written_over(path):
    older = Autosave(path, lambda *_: None, delay=60)
    newer = Autosave(path, lambda *_: None, delay=60)
    older.schedule(labels(1), LEGEND)
    older.flush()
    copy = path.with_name("core.labels.2.png")
    write_labels(copy, np.arange(24).reshape(6, 4) % 3, LEGEND)
    theirs = copy.read_bytes()
    for code in (2, 1):
        older.schedule(labels(code), LEGEND)
        older.flush()
    assert copy.read_bytes() == theirs
    assert (read_labels(path.with_name("core.labels.3.png"))[0] == 1).all()
    assert older.copy == path.with_name("core.labels.3.png")
    newer.close()


def test_a_file_that_another_kernel_has_is_left_to_it_and_taken_when_it_is_free(path):
    write_labels(path, labels(1), LEGEND)
    theirs = WriterLock(path)
    assert theirs.take()
    tool, told = recorded(path)
    tool.restore((6, 4))
    elsewhere = "is open in another notebook or program of yours; strokes made here are kept in"
    assert told == [
        (
            f"Restored from core.labels.png; {elsewhere} a separate file beside it, until that one is shut "
            "down",
            False,
        )
    ]
    assert tool.copy is None
    stroke(tool, 2)
    copy = path.with_name("core.labels.2.png")
    assert (read_labels(path)[0] == 1).all()
    assert (read_labels(copy)[0] == 2).all()
    assert tool.copy == copy
    assert told[-1] == (
        f"Not saved: 'core.labels.png' {elsewhere} 'core.labels.2.png'. Continue in one only: shut down the "
        "kernel of the other one, and the next strokes are saved here, unless the file was changed there.",
        False,
    )
    theirs.release()
    stroke(tool, 2)
    assert (read_labels(path)[0] == 2).all()
    assert told[-1][1]
    assert tool.copy is None
    assert not theirs.take(), "it is ours now"
    tool.close()
    assert theirs.take(), "who is closed leaves it to others"
    theirs.release()


def test_a_tool_that_was_superseded_keeps_its_hands_off_the_lock_of_the_other(path):
    older, _ = recorded(path)
    newer, _ = recorded(path)
    older.close()
    theirs = WriterLock(path)
    assert not theirs.take()
    newer.release()
    assert theirs.take()
    theirs.release()
    newer.close()


def test_a_tool_says_once_that_it_was_superseded(path):
    older, told = recorded(path)
    newer, _ = recorded(path)
    assert len(told) == 1
    stroke(older, 2)
    n_told = len(told)
    older.give_up()
    assert len(told) == n_told, "the line says already where the strokes are"
    newer.close()
    closed, told = recorded(path.with_name("other.labels.png"))
    closed.close()
    closed.give_up()
    assert told == []
