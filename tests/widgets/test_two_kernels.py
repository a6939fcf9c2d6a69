"""Two kernels on one file of labels: the second is told, and neither overwrites the other's strokes."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.labels.files import read_labels
from corewidgets.widgets.writer_lock import WriterLock

CLASSES = ["A", "B"]

OTHER = """
import sys
import numpy as np
import corewidgets as cw

labeler = cw.Labeler(cw.read_section(sys.argv[1]), classes=["A", "B"])
print("open", flush=True)
for line in sys.stdin:
    if line == "paint\\n":
        labels = labeler.labels.copy()
        labels[:3] = 2
        labeler.labels = labels
        labeler.flush_labels()
        print(labeler._status.value, flush=True)
    else:
        labeler.close()
        print("closed", flush=True)
"""


@pytest.fixture
def photograph(tmp_path, image):
    path = tmp_path / "core.png"
    Image.fromarray(image).save(path)
    return path


class Kernel:
    """Another process with a labeler on a photograph."""

    def __init__(self, photograph):
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(OTHER), str(photograph)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout.readline() == "open\n"

    def does(self, what):
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def other(photograph):
    kernel = Kernel(photograph)
    yield kernel
    kernel.kill()


def paint(labeler, row):
    labels = labeler.labels.copy()
    labels[row] = 1
    labeler.labels = labels
    labeler.flush_labels()
    return labels


@pytest.mark.slow
def test_the_second_kernel_is_told_and_its_strokes_are_kept_in_a_file_of_their_own(photograph, other):
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    assert "is open in another notebook or program of yours" in labeler._status.value
    assert "cw-bad" in labeler._status.value
    painted = paint(labeler, 50)
    assert "kept in &#39;core.labels.2.png&#39;" in labeler._status.value
    assert "cw-well" in other.does("paint")
    own, _ = read_labels(photograph.with_name("core.labels.png"))
    assert (own[:3] == 2).all()
    assert not (own == 1).any()
    assert np.array_equal(read_labels(photograph.with_name("core.labels.2.png"))[0], painted)


@pytest.mark.slow
@pytest.mark.parametrize("end", ["kill", "close"])
def test_when_the_first_kernel_ends_the_second_saves_to_the_file(photograph, other, end):
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    paint(labeler, 50)
    if end == "kill":
        other.kill()
    else:
        assert other.does("close") == "closed\n"
    painted = paint(labeler, 60)
    assert "cw-well" in labeler._status.value
    assert np.array_equal(read_labels(photograph.with_name("core.labels.png"))[0], painted)
    labeler.close()


@pytest.mark.slow
def test_what_the_first_kernel_painted_is_not_overwritten_after_its_end(photograph, other):
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    other.does("paint")
    other.kill()
    painted = paint(labeler, 50)
    assert "was changed by something else" in labeler._status.value
    assert (read_labels(photograph.with_name("core.labels.png"))[0][:3] == 2).all()
    assert np.array_equal(read_labels(photograph.with_name("core.labels.2.png"))[0], painted)
    labeler.close()


def test_a_cell_run_again_is_no_other_kernel(photograph):
    for row in (10, 20):
        labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
        paint(labeler, row)
        assert "cw-well" in labeler._status.value
    link = photograph.parent.with_name("link")
    link.symlink_to(photograph.parent)
    again = cw.Labeler(cw.read_section(link / "core.png"), classes=CLASSES)
    assert "cw-well" in again._status.value
    again.close()


def test_a_closed_tool_leaves_the_file_to_others_and_takes_it_again(photograph):
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    path = photograph.with_name("core.labels.png")
    assert not WriterLock(path).take()
    labeler.close()
    theirs = WriterLock(path)
    assert theirs.take()
    theirs.release()
    painted = np.full(labeler.labels.shape, 2, np.uint8)
    labeler._autosave.schedule(painted, labeler.legend)
    labeler._autosave.flush()
    assert np.array_equal(read_labels(path)[0], painted)
    assert not theirs.take()
    labeler._autosave.close()
    assert theirs.take()
    theirs.release()


def test_where_nothing_can_be_locked_labels_are_saved_all_the_same(photograph, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "file" / project)
    labeler = cw.Labeler(cw.read_section(photograph), classes=CLASSES)
    painted = paint(labeler, 10)
    assert "cw-well" in labeler._status.value
    assert np.array_equal(read_labels(photograph.with_name("core.labels.png"))[0], painted)
