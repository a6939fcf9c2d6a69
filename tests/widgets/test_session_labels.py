"""Which labels are shown does not depend on times of files, and both are kept where both changed."""

from __future__ import annotations

import itertools
import json
import os
import zipfile

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.session import open_session
from corewidgets.widgets.session_labels import codes_agree

CLASSES = ["A", "B"]
TIMES = [(1e9, 2e9), (2e9, 1e9), (1e9, 1e9)]  # of the labels file and of the session


@pytest.fixture
def section(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "core.png")
    return cw.read_section(tmp_path / "core.png")


def rows(section, first, last, code=1):
    labels = np.zeros(section.shape, np.uint8)
    labels[first:last] = code
    return labels


def saved(section, labels):
    bench = cw.Workbench(section, CLASSES)
    bench.labels = labels
    bench.save()
    return bench


def set_times(folder, times):
    for name, when in zip(("core.labels.png", "core.session.zip"), times, strict=True):
        os.utime(folder / name, (when, when))


def forget(session):
    """Make a session one of version 0.1, which did not know the file of the labels."""
    with zipfile.ZipFile(session) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["session.json"])
    del about["labels_file"]
    with zipfile.ZipFile(session, "w") as archive:
        for name, content in (parts | {"session.json": json.dumps(about)}).items():
            archive.writestr(name, content)


@pytest.mark.parametrize("times", TIMES)
def test_strokes_after_the_session_was_saved_are_shown(section, tmp_path, times):
    bench = saved(section, rows(section, 0, 10))
    later = rows(section, 0, 20)
    bench.labels = later
    bench.close()
    set_times(tmp_path, times)
    again = cw.Workbench(section)
    assert np.array_equal(again.labels, later)
    assert not again.messages.text


@pytest.mark.parametrize("times", TIMES)
def test_a_file_that_was_foreign_when_the_session_was_saved_does_not_win(section, tmp_path, times):
    bench = saved(section, rows(section, 0, 10))
    cw.write_labels(tmp_path / "core.labels.png", rows(section, 50, 60, 2), bench.legend)
    drawn = rows(section, 0, 20)
    bench.labels = drawn
    bench.save()
    bench.close()
    set_times(tmp_path, times)
    again = cw.Workbench(section)
    assert np.array_equal(again.labels, drawn)
    assert "These are the labels of the session, which differ from those in core.lab" in again.messages.text


@pytest.mark.parametrize(("times", "known"), itertools.product(TIMES, [True, False]))
def test_where_both_changed_both_are_kept_and_it_is_said(section, tmp_path, times, known):
    drawn, theirs = rows(section, 0, 10), rows(section, 50, 60, 2)
    saved(section, drawn).close()
    cw.write_labels(tmp_path / "core.labels.png", theirs, cw.Legend(CLASSES))
    if not known:
        forget(tmp_path / "core.session.zip")
    set_times(tmp_path, times)
    again = cw.Workbench(section)
    assert np.array_equal(again.labels, theirs)
    why = "was written after the session was saved" if known else "or the session is newer is not known"
    assert why in again.messages.text
    (kept,) = tmp_path.glob("core.labels.2*.png")
    assert kept.name in again.messages.text
    assert np.array_equal(cw.read_labels(kept)[0], drawn)


@pytest.mark.parametrize("times", TIMES)
def test_reopened_it_says_whether_the_file_changed_since(section, tmp_path, times):
    saved(section, rows(section, 0, 10)).close()
    session = tmp_path / "core.session.zip"
    set_times(tmp_path, times)
    assert not cw.Workbench.reopen(session).messages.text
    cw.write_labels(tmp_path / "core.labels.png", rows(section, 5, 9), cw.Legend(CLASSES))
    set_times(tmp_path, times)
    assert "core.labels.png were painted later" in cw.Workbench.reopen(session).messages.text
    forget(session)
    assert "core.labels.png differ" in cw.Workbench.reopen(session).messages.text


def test_a_session_knows_the_file_of_the_labels(section, tmp_path):
    saved(section, rows(section, 0, 10)).close()
    session = tmp_path / "core.session.zip"
    assert len(open_session(session).labels_file) == 64
    forget(session)
    assert open_session(session).labels_file is None


@pytest.mark.parametrize("keeps_time", [True, False])
def test_a_session_that_another_program_replaced_is_kept(section, tmp_path, keeps_time):
    bench = saved(section, rows(section, 0, 10))
    session = tmp_path / "core.session.zip"
    before, times = session.read_bytes(), session.stat()
    content = before[:-1] + bytes([before[-1] ^ 1])  # as large as ours
    with session.open("r+b") as file:  # in place: the same file for the system
        file.write(content)
    if keeps_time:
        os.utime(session, ns=(times.st_atime_ns, times.st_mtime_ns))
    bench.save()
    (kept,) = tmp_path.glob("core.session.2*.zip")
    assert kept.read_bytes() == content


def test_a_model_is_not_shown_with_labels_that_number_the_classes_otherwise(section, tmp_path, shown_errors):
    bench = saved(section, rows(section, 0, 10) + rows(section, 20, 30, 2))
    model = cw.PixelClassifier(cw.Hypercolumns((), lab=True), max_training_pixels=50, regularizer=None)
    bench.trainer.model = model.fit(section, bench.labels)
    bench.save()
    bench.close()
    cw.write_labels(tmp_path / "core.labels.png", bench.labels, cw.Legend(["B", "A"]))
    again = cw.Workbench(section)
    assert "have other codes for some classes" in str(shown_errors.pop())
    assert again.model is None
    assert again.legend.names == ("B", "A")
    (kept,) = tmp_path.glob("core.labels.2*.png")
    assert cw.read_labels(kept)[1] == cw.Legend(CLASSES)


def test_renamed_and_new_classes_agree_and_moved_ones_do_not():
    legend = cw.Legend(["A", "B"])
    for other, agree in (
        (["A", "B", "C"], True),
        (["A", "Mud"], True),
        (["B", "A"], False),
        (["C", "A"], False),
    ):
        assert codes_agree(legend, cw.Legend(other)) is agree


@pytest.mark.parametrize("name", ["core.png", "core.labels.png"])
def test_a_session_takes_the_place_of_no_other_file(section, tmp_path, name):
    bench = saved(section, rows(section, 0, 10))
    before = (tmp_path / name).read_bytes()
    with pytest.raises(ValueError, match=rf"{name}' is not a session, and .* such as '.*\.session\.zip'"):
        bench.save(tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    bench.save(tmp_path / "session")  # a name without an ending is one
    bench.save(tmp_path / "session")
    assert np.array_equal(open_session(tmp_path / "session").labels, bench.labels)
