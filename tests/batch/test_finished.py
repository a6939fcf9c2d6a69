"""A run with nothing to do starts no cluster; with little to do it hands over that little."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.batch.finished import Finished, photograph_digest
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import SectionRecord, place_of, read_record

pytest.importorskip("distributed")

LEGEND = cw.Legend(["Granite", "Matrix"], ["#FF0000", "#00FF00"])


@pytest.fixture
def handed(monkeypatch):
    """Return the names of the sections that are handed to processes, run by run."""
    from corewidgets.batch import segment as module

    handed = []

    class Dispatch(module.Dispatch):
        def __init__(self, client, worker, photographs, *others):
            handed.append([lane.name for lanes in photographs for lane in lanes])
            super().__init__(client, worker, photographs, *others)

    monkeypatch.setattr(module, "Dispatch", Dispatch)
    return handed


def test_the_same_run_again_starts_nothing_and_reports_all_as_done(segment, monkeypatch):
    first = segment()

    def connected(*_):
        raise AssertionError("a cluster is started for nothing")

    monkeypatch.setattr("corewidgets.batch.segment.connected", connected)
    told = []
    again = segment(progress=lambda *at: told.append(at))
    assert told == [(5, 5)]
    assert again.done_names == first.done_names
    assert again.about["finished"] is not None


def test_what_changed_is_handed_over_with_the_lanes_of_its_photograph(segment, core, handed, tmp_path):
    segment()
    single = core["single"].file
    Image.fromarray(np.asarray(Image.open(single))[::-1].copy()).save(single)
    told = []
    run = segment(progress=lambda *at: told.append(at))
    (run.folder / "sections" / "box-2.json").unlink()
    again = segment()
    assert handed[1:] == [["single"], ["box-1", "box-2", "box-3", "box-4"]]
    assert told == [(4, 5), (5, 5)]
    assert len(again.done_names) == 5


def test_photographs_that_are_gone_and_maps_that_cannot_be_used_are_left_to_the_processes(
    segment, core, handed
):
    run = segment()
    Image.new("P", (3, 3)).save(run.folder / "sections" / "single.png")
    core["box-1"].file.unlink()
    again = segment()
    assert handed[1] == ["box-1", "box-2", "box-3", "box-4", "single"]
    assert "There is no file" in again.failed["box-1"]
    assert "cannot be used" in again.failed["single"]


def test_a_map_that_was_corrected_by_hand_is_counted_anew_without_a_cluster(segment, core, handed):
    run = segment()
    legend = run.legend
    drawn = np.full(run.segmentation("single").shape, 2, np.uint8)
    cw.write_labels(run.folder / "sections" / "single.png", drawn, legend)
    again = segment()
    assert len(handed) == 1
    row = again.table[again.table["name"] == "single"].iloc[0]
    assert row[f"{legend.name(2)} share"] == 1.0


# What is told of one section, from its files alone


@pytest.fixture
def lane(tmp_path):
    """A lane whose photograph is another file than its second one."""
    for name in ("box", "second"):
        (tmp_path / f"{name}.png").write_bytes(name.encode())
    return cw.Lane(tmp_path / "box.png", 1.0, 2.0, "lane", second_file=tmp_path / "second.png")


@pytest.fixture
def image(lane):
    return " ".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in (lane.file, lane.second_file))


@pytest.fixture
def finished(tmp_path):
    folder = RunFolder(tmp_path / "out")
    folder.create(probabilities=True, uncertainty=True)
    return Finished(folder, "digest", LEGEND, probabilities=False, uncertainty=False, looks_at_second=True)


@pytest.fixture
def record(finished, lane, image):
    """The record of the lane, beside its map."""
    path = finished.folder.segmentation("lane")
    cw.write_labels(path, np.ones((2, 3), np.uint8), LEGEND)
    record = SectionRecord(
        "lane", "done", "digest", place_of(lane), image=image, n_rows=2, n_columns=3, counts={"1": 6},
        map=photograph_digest(path),
    )  # fmt: skip
    record.write(finished.folder)
    return record


def test_a_section_is_done_where_record_map_and_photographs_agree(finished, lane, image, record):
    assert finished.record_of(lane, image) == record
    assert finished.all_done([lane, lane])


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": "another"},
        {"place": "another"},
        {"image": "another"},
        {"state": "failed", "counts": None, "n_rows": 0, "n_columns": 0},
    ],
)
def test_a_record_of_something_else_does_not_count(finished, lane, image, record, changes):
    replace(record, **changes).write(finished.folder)
    assert finished.record_of(lane, image) is None
    assert not finished.all_done([lane])


def test_an_edited_record_counts_as_none(finished, lane, image, record):
    replace(record, n_rows=7).write(finished.folder)
    assert finished.kept("lane") is None
    assert finished.record_of(lane, image) is None
    assert not finished.all_done([lane])


def test_a_second_photograph_counts_where_the_model_looks_at_it(finished, lane, image, record):
    first = image.split(" ")[0]
    alone = replace(finished, looks_at_second=False)
    assert finished.record_of(lane, first) is None
    assert alone.record_of(lane, first) == record
    assert alone.record_of(lane, f"{first[:-1]}x") is None
    lane.second_file.write_bytes(b"another")
    assert not finished.all_done([lane])
    lane.second_file.unlink()
    assert not finished.all_done([lane])


@pytest.mark.parametrize("kind", ["uncertainty", "probabilities"])
def test_what_the_run_keeps_must_be_there(finished, lane, image, record, kind):
    keeping = replace(finished, **{kind: True})
    assert keeping.record_of(lane, image) is None
    assert not keeping.all_done([lane])
    getattr(finished.folder, kind)("lane").write_bytes(b"")
    assert keeping.record_of(lane, image) == record
    assert keeping.all_done([lane])


def test_a_map_that_changed_is_counted_anew_and_one_that_is_gone_is_made_anew(finished, lane, image, record):
    path = finished.folder.segmentation("lane")
    cw.write_labels(path, np.full((2, 3), 2, np.uint8), LEGEND)
    told = finished.record_of(lane, image)
    assert told == read_record(finished.folder, "lane")
    assert (told.counts, told.corrected) == ({"2": 6}, True)
    assert finished.all_done([lane])
    cw.write_labels(path, np.ones((3, 3), np.uint8), LEGEND)
    assert finished.record_of(lane, image).state == "failed"
    assert not finished.all_done([lane])
    path.unlink()
    assert finished.record_of(lane, image) is None
    assert not finished.all_done([lane])


def test_all_lanes_of_a_photograph_must_be_done(finished, lane, record):
    assert not finished.all_done([lane, replace(lane, name="other")])
    lane.file.write_bytes(b"another")
    assert not finished.all_done([lane])
    lane.file.unlink()
    assert not finished.all_done([lane])
    with pytest.raises(FileNotFoundError, match=r"^There is no file '.*box.png'; check the name"):
        photograph_digest(lane.file)
