from __future__ import annotations

import atexit
import gc
import os
import time

import numpy as np
import pytest

from corewidgets.cores.section import CoreSection
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import OtherPhotographError
from corewidgets.origin import file_digest
from corewidgets.widgets import autosave as autosave_module
from corewidgets.widgets.autosave import Autosave, labels_path

from .recorded_autosave import LEGEND, labels, recorded, stroke


def section_of(path, part=""):
    return CoreSection(np.zeros((6, 4, 3), np.uint8), path=path, part=part)


@pytest.fixture
def path(tmp_path):
    return labels_path(section_of(tmp_path / "core.jpg"))


@pytest.fixture
def said():
    return []


@pytest.fixture
def autosave(path, said):
    made = Autosave(path, lambda text, well: said.append((text, well)), delay=0.01)
    yield made
    made.close()


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_file_lies_beside_the_photograph(path, tmp_path):
    assert path == tmp_path / "core.labels.png"


def test_what_is_scheduled_is_written_in_the_background_with_its_legend(autosave, path, said):
    autosave.schedule(labels(2), LEGEND)
    wait_for(lambda: said[-1][0].startswith("Saved "))
    found, legend = read_labels(path)
    assert (found == 2).all()
    assert legend == LEGEND
    assert said[0] == ("Saving …", True)
    assert said[-1][0].endswith(" to core.labels.png")


def test_it_is_only_called_saved_once_it_is_on_the_disk(autosave, path, said, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    autosave.schedule(labels(), LEGEND)
    autosave.flush()
    assert said[-1] == ("Not saved: disk full", False)
    assert not path.exists()
    assert list(path.parent.iterdir()) == []


def test_only_the_last_of_quick_strokes_is_written(path, said, monkeypatch):
    autosave = Autosave(path, lambda text, well: said.append((text, well)), delay=60)
    for code in (1, 2, 3):
        autosave.schedule(labels(code), Legend.of_codes(3))
    autosave.flush()
    assert [text for text, _ in said if text.startswith("Saved ")] != []
    assert (read_labels(path)[0] == 3).all()


def test_restoring_gives_back_what_was_saved(autosave, path, said):
    assert autosave.restore((6, 4)) is None
    assert said == [("Strokes are saved to core.labels.png", True)]
    write_labels(path, labels(2), LEGEND)
    found, legend = autosave.restore((6, 4))
    assert (found == 2).all()
    assert legend == LEGEND
    assert said[-1] == ("Restored from core.labels.png", True)


def test_a_file_that_cannot_be_read_is_left_alone(autosave, path):
    path.write_bytes(b"not a picture")
    with pytest.raises(
        ValueError, match=r"Nothing is saved, so that 'core.labels.png' is not changed: move it away"
    ):
        autosave.restore((6, 4))
    autosave.schedule(labels(), LEGEND)
    autosave.flush()
    assert path.read_bytes() == b"not a picture"


def test_a_file_that_somebody_else_changed_is_not_written_over(autosave, path, said):
    autosave.schedule(labels(1), LEGEND)
    autosave.flush()
    write_labels(path, np.arange(24).reshape(6, 4) % 3, LEGEND)
    os.utime(path, (1, 1))
    theirs = path.read_bytes()
    autosave.schedule(labels(2), LEGEND)
    autosave.flush()
    assert path.read_bytes() == theirs
    assert said[-1][0].startswith(
        "Not saved: 'core.labels.png' was changed by something else since it was opened"
    )
    assert not said[-1][1]
    kept = path.with_name("core.labels.2.png")
    assert (read_labels(kept)[0] == 2).all()
    assert said[-1][0].endswith("with the file that you want.")
    autosave.schedule(labels(1), LEGEND)
    autosave.flush()
    assert (read_labels(kept)[0] == 1).all()
    assert not said[-1][1]
    assert path.read_bytes() == theirs
    Autosave(path, lambda text, well: said.append((text, well))).restore((6, 4))
    assert said[-1] == (
        "Restored from core.labels.png; core.labels.2.png beside it has strokes that another tool could not "
        "save here",
        False,
    )


def test_lanes_of_one_box_have_files_of_their_own(tmp_path):
    box = tmp_path / "box 12.png"
    names = [labels_path(section_of(box, part)).name for part in ("", "12-1", "12/2")]
    assert names == ["box 12.labels.png", "box 12.12-1.labels.png", "box 12.12-2~8bb918ba.labels.png"]
    assert labels_path(section_of(None)) is None


def test_its_own_file_is_never_put_aside(autosave, path):
    autosave.start_over()
    for code in (1, 2):
        autosave.schedule(labels(code), LEGEND)
        autosave.flush()
    assert list(path.parent.iterdir()) == [path]


def test_labels_that_were_there_are_kept_under_another_name(autosave, path, said):
    write_labels(path, labels(2), LEGEND)
    autosave.start_over()
    for _ in range(2):
        autosave.schedule(labels(1), LEGEND)
        autosave.flush()
    (kept,) = path.parent.glob("core.labels.2*.png")
    assert (read_labels(kept)[0] == 2).all()
    assert (read_labels(path)[0] == 1).all()
    assert any(text.endswith(f"; earlier labels are kept as {kept.name}") for text, _ in said)


def test_another_file_of_the_same_size_and_time_is_not_written_over(autosave, path, said):
    autosave.schedule(labels(1), LEGEND)
    autosave.flush()
    ours = path.stat()
    other = path.with_name("theirs.png")
    write_labels(other, labels(2), LEGEND)
    assert other.stat().st_size == ours.st_size
    os.utime(other, ns=(ours.st_atime_ns, ours.st_mtime_ns))
    os.replace(other, path)
    autosave.schedule(labels(1), LEGEND)
    autosave.flush()
    assert (read_labels(path)[0] == 2).all()
    assert (read_labels(path.with_name("core.labels.2.png"))[0] == 1).all()
    assert not said[-1][1]


def test_a_file_that_was_only_touched_is_still_ours(autosave, path, said):
    autosave.schedule(labels(1), LEGEND)
    autosave.flush()
    os.utime(path, (1, 1))
    autosave.schedule(labels(2), LEGEND)
    autosave.flush()
    assert said[-1][0].startswith("Saved ")
    assert (read_labels(path)[0] == 2).all()
    assert list(path.parent.iterdir()) == [path]


def test_labels_put_aside_within_one_second_are_all_kept(path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda *_: "20261125-120000")
    for code in (1, 2, 1):
        tool = Autosave(path, lambda *_: None, delay=60)
        tool.start_over()
        tool.schedule(labels(code), LEGEND)
        tool.flush()
    found = {file.name: int(read_labels(file)[0][0, 0]) for file in path.parent.iterdir()}
    assert found == {
        "core.labels.png": 1, "core.labels.20261125-120000.png": 1, "core.labels.20261125-120000-2.png": 2,
    }  # fmt: skip


def test_what_could_not_be_written_is_written_later_without_another_stroke(autosave, path, said, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        autosave.schedule(labels(2), LEGEND)
        autosave.flush()
        assert said[-1] == ("Not saved: disk full", False)
    autosave.flush()
    assert (read_labels(path)[0] == 2).all()
    assert said[-1][1]


def test_a_folder_that_was_moved_is_named_and_strokes_wait_for_it(autosave, path, said):
    moved = path.parent.with_name("moved")
    path.parent.rename(moved)
    autosave.schedule(labels(2), LEGEND)
    autosave.flush()
    assert f"the folder '{path.parent}' is missing. Restore it, and" in said[-1][0]
    assert not said[-1][1]
    moved.rename(path.parent)
    autosave.flush()
    assert (read_labels(path)[0] == 2).all()
    assert said[-1][1]


def test_a_file_that_was_deleted_is_called_so(autosave, path, said):
    write_labels(path, labels(1), LEGEND)
    autosave.restore((6, 4))
    path.unlink()
    autosave.schedule(labels(2), LEGEND)
    autosave.flush()
    assert "'core.labels.png' was deleted or moved since it was opened here" in said[-1][0]
    assert (read_labels(path.with_name("core.labels.2.png"))[0] == 2).all()


def test_labels_of_another_photograph_are_kept_under_another_name(path, said):
    write_labels(path, labels(1), LEGEND, photograph="a" * 64)
    made = Autosave(path, lambda text, well: said.append((text, well)), delay=3600, photograph="b" * 64)
    with pytest.raises(OtherPhotographError):
        made.restore((6, 4))
    made.schedule(labels(2), LEGEND)
    assert made._timer.daemon, "a process would wait for it at its end"
    made.flush()
    made.close()
    assert (read_labels(path, photograph="b" * 64)[0] == 2).all()
    (kept,) = (other for other in path.parent.glob("*.png") if other != path)
    assert (read_labels(kept, photograph="a" * 64)[0] == 1).all()
    assert kept.name in said[-1][0]


def test_what_waits_is_written_when_the_kernel_ends(path, monkeypatch):
    ends = []
    monkeypatch.setattr(atexit, "register", lambda *call: ends.append(call))
    tool, told = recorded(path)
    tool.schedule(labels(2), LEGEND)
    ((end, *given),) = ends
    end(*given)
    assert (read_labels(path)[0] == 2).all()
    n_told = len(told)
    end(*given)
    assert len(told) == n_told, "there is nothing left to write"
    tool.close()
    del tool
    gc.collect()
    end(*given)


def test_where_only_earlier_labels_are_left_they_are_named(path):
    write_labels(path, labels(2), LEGEND)
    tool, told = recorded(path)
    tool.start_over()
    assert told == [("Not saved yet; strokes will be, to core.labels.png", True)]
    stroke(tool, 1)
    tool.close()
    path.unlink()
    (kept,) = path.parent.iterdir()
    path.with_name("core.labels.2.png").touch()  # empty: it has no strokes
    tool, told = recorded(path)
    assert tool.restore((6, 4)) is None
    assert told == [(f"Strokes are saved to core.labels.png; earlier labels are kept as {kept.name}", False)]


def test_the_digest_is_that_of_the_file_as_it_was_read_or_written_here(path):
    tool, _ = recorded(path)
    assert tool.digest is None
    stroke(tool, 1)
    assert tool.digest == file_digest(path)
    before = tool.digest
    write_labels(path, np.arange(24).reshape(6, 4) % 3, LEGEND)
    assert tool.digest == before
    tool.restore((6, 4))
    assert tool.digest == file_digest(path) != before
    tool.close()


@pytest.mark.parametrize("there", ["what was begun", "the same codes of other classes", "no picture"])
def test_a_file_whose_writing_ended_in_an_error_is_ours_only_if_it_holds_what_was_begun(
    path, monkeypatch, there
):
    tool, told = recorded(path)
    stroke(tool, 1)
    with monkeypatch.context() as broken:
        broken.setattr(autosave_module, "digest_of", lambda _: (_ for _ in ()).throw(OSError("disk gone")))
        stroke(tool, 2)
    assert told[-1] == ("Not saved: disk gone", False)
    if there == "the same codes of other classes":
        write_labels(path, labels(2), Legend(["Matrix", "Shale"]))
    elif there == "no picture":
        path.write_bytes(b"no picture")
    before = path.read_bytes()
    stroke(tool, 1)
    is_ours = there == "what was begun"
    assert told[-1][1] == is_ours
    assert (path.read_bytes() == before) != is_ours
    assert path.with_name("core.labels.2.png").exists() != is_ours
    tool.close()


def test_a_stroke_after_the_timer_began_waits_with_the_others(path):
    tool, told = recorded(path)
    tool.schedule(labels(1), LEGEND)
    timer = tool._timer
    tool.schedule(labels(2), LEGEND)
    assert tool._timer is timer
    tool.flush()
    assert tool._timer is None
    assert timer.finished.is_set(), "it would write once more"
    tool.schedule(labels(1), LEGEND)
    assert tool._timer is not None
    tool.close()
    tool.schedule(labels(1), LEGEND)
    tool.flush()
    assert (read_labels(path)[0] == 2).all()
    assert [text.split(" ")[0] for text, _ in told] == ["Saving", "Saving", "Saved", "Saving"]
