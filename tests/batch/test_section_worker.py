"""Photographs that are replaced while a run goes on: told by their bytes, and never mixed."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

pytest.importorskip("distributed")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path, image):
    """Write a photograph whose size and time of change are always the same."""
    Image.fromarray(image).save(path)
    os.utime(path, ns=(10**18, 10**18))


def test_other_pixels_of_the_same_size_and_time_are_mapped_anew(segment, sample, model, tmp_path):
    path = tmp_path / "p.tif"
    first, second = sample.section.image[:60], sample.section.image[300:360]
    core = cw.Core([cw.Lane(path, 0, 1)])
    write(path, first)
    size = path.stat().st_size
    segment(core)
    write(path, second)
    assert path.stat().st_size == size
    run = segment(core)
    np.testing.assert_array_equal(run.segmentation("p"), model.predict(cw.CoreSection(second, 0, 1)))
    assert run.table["image"][0] == sha256(path)


@pytest.mark.parametrize("when", ["while it is read", "after its first lane"])
def test_a_photograph_replaced_in_mid_run_is_mapped_as_it_is_then(
    segment, core, sample, model, monkeypatch, when
):
    from corewidgets.batch import section_worker

    path, other = core["box-1"].file, sample.section.image[:240, ::-1]
    read, write_labels, replaced = section_worker.read_photograph, section_worker.write_labels, []

    def replace():
        if not replaced:
            replaced.append(sha256(path))
            Image.fromarray(other).save(path)

    def reading(file):
        pixels = read(file)
        if file == path and when == "while it is read":
            replace()
        return pixels

    def writing(file, *args, **kwargs):
        write_labels(file, *args, **kwargs)
        if file.name == "box-1.png" and when == "after its first lane":
            replace()

    monkeypatch.setattr(section_worker, "read_photograph", reading)
    monkeypatch.setattr(section_worker, "write_labels", writing)
    run = segment()
    assert replaced
    assert replaced != [sha256(path)]
    assert run.failed == {}
    for section in list(core.sections())[:4]:
        np.testing.assert_array_equal(run.segmentation(section.name), model.predict(section))
    assert set(run.table["image"][:4]) == {sha256(path)}


def test_a_photograph_that_never_rests_is_named(segment, core, sample, monkeypatch):
    from corewidgets.batch import section_worker

    read, number = section_worker.read_photograph, []

    def reading(file):
        pixels = read(file)
        if file == core["box-1"].file:
            number.append(1)
            Image.fromarray(np.roll(sample.section.image[:240], len(number), axis=0)).save(file)
        return pixels

    monkeypatch.setattr(section_worker, "read_photograph", reading)
    run = segment()
    assert run.done_names == ["single"]
    assert "box.png' changed while it was read; start the run again when" in run.failed["box-1"]


def test_a_worker_of_other_versions_is_an_error_that_the_command_line_knows(segment, monkeypatch):
    from corewidgets.batch import section_worker

    installed = section_worker.installed_versions
    monkeypatch.setattr(section_worker, "installed_versions", lambda: {**installed(), "numpy": "1.0"})
    with pytest.raises(
        ConnectionError, match=r"has numpy 1\.0, but the run was started with .*; install the"
    ):
        segment()
