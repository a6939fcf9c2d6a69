"""Who may write to the folder of a run, and what it never touches."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
from contextlib import suppress

import numpy as np
import pytest
from file_calls import FileCalls, Killed
from PIL import Image

import corewidgets as cw
from corewidgets.batch.run_folder import OutputError, RunFolder, explained, write_json
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_shape import LaneShape

pytest.importorskip("distributed")

OTHERS = (
    ".env-20240101.bak",
    ".notes-20251231.txt",
    ".git-keep",
    ".core-database-abcdefgh.sqlite",
    ".corewidgets-temporary-0123abcd.png",
    ".corewidgets-00000000000000000000000000000000-0123abcd.png",
    "sections/.backup-20240101.png",
    "sections/.box-1-20240101.png",
)


def put(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("precious")


def test_hidden_files_of_others_are_left(segment, tmp_path):
    out = tmp_path / "out"
    put(out, OTHERS)
    segment()
    segment()
    assert [name for name in OTHERS if not (out / name).exists()] == []


def test_what_this_run_had_begun_to_write_is_removed(segment):
    run = segment()
    mark = run.about["id"]
    begun = [f".corewidgets-{mark}-0123abcd.json", f"sections/.corewidgets-{mark}-fedc9876.png"]
    others = [f"sections/.corewidgets-{mark}-holiday.png", f"sections/.corewidgets-{mark}-0123abcd.png.bak"]
    put(run.folder, begun + others)
    assert segment().about["id"] == mark
    assert [name for name in begun if (run.folder / name).exists()] == []
    assert [name for name in others if not (run.folder / name).exists()] == []


def test_what_was_begun_before_the_run_was_known_is_removed(tmp_path):
    folder = RunFolder(tmp_path / "out")
    folder.path.mkdir()
    with FileCalls(folder.path, 2, "killed after"), suppress(Killed):
        folder.write_about({"id": "never known"})
    shutil.rmtree(folder.path / "tmp")
    (left,) = folder.path.iterdir()
    assert left.name.startswith(".corewidgets-")
    folder.remove_leftovers("ab12")
    assert not list(folder.path.iterdir())


KINDS = ("sections/single.png", "sections/single.json", "uncertainty/single.png", "probabilities/single.h5")


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_a_run_would_replace_where_there_was_none_is_kept(segment, tmp_path, name):
    put(tmp_path / "out", [name])
    with pytest.raises(ValueError, match=r"already exists, but '.*out' has no run\. Choose another folder"):
        segment()
    assert (tmp_path / "out" / name).read_text() == "precious"


def test_a_link_with_the_mark_is_left(segment, tmp_path):
    run = segment()
    (tmp_path / "mine.png").write_text("precious")
    link = run.folder / f".corewidgets-{run.about['id']}-0123abcd.png"
    link.symlink_to(tmp_path / "mine.png")
    segment()
    assert link.is_symlink()
    assert (tmp_path / "mine.png").read_text() == "precious"


def another_hole(core, sample, tmp_path, names=None):
    """Return a core of the same names, from other photographs."""
    folder = tmp_path / "another"
    folder.mkdir()
    Image.fromarray(sample.section.image[:240, ::-1]).save(folder / "box.png")
    Image.fromarray(sample.section.image[240:300, ::-1]).save(folder / "single.png")
    lanes = [dataclasses.replace(lane, file=folder / lane.file.name) for lane in core]
    return cw.Core(lanes, "B hole")


def maps(run):
    return {path.name: path.read_bytes() for path in (run.folder / "sections").iterdir()}


def test_another_hole_does_not_replace_the_first_unless_asked(segment, core, sample, tmp_path):
    run = segment()
    before = maps(run)
    other = another_hole(core, sample, tmp_path)
    with pytest.raises(
        ValueError,
        match=r"has a map of the section 'box-1' from the photograph '.*photographs/box\.png', but now that "
        r"is '.*another/box\.png'\. Choose another folder, or overwrite the run \(overwrite=True, --ov",
    ):
        segment(other)
    assert maps(run) == before
    assert cw.read_run(run.folder).core == core
    replaced = segment(other, overwrite=True)
    assert replaced.failed == {}
    assert maps(replaced)["box-1.png"] != before["box-1.png"]


def test_a_hole_without_a_section_of_the_first_is_another(segment, core):
    segment()
    lanes = [dataclasses.replace(lane, name=f"B-{lane.name}") for lane in core]
    with pytest.raises(
        ValueError, match=r"has a run of the core 'A hole', none of whose sections is in the core 'B hole'\."
    ):
        segment(cw.Core(lanes, "B hole"))


def test_photographs_that_were_moved_are_the_same(segment, core, tmp_path):
    before = maps(segment())
    moved = tmp_path / "moved"
    core.lanes[0].file.parent.rename(moved)
    lanes = [dataclasses.replace(lane, file=moved / lane.file.name) for lane in core]
    assert maps(segment(cw.Core(lanes, "A hole"))) == before


def test_a_section_that_failed_may_get_another_photograph(segment, core, tmp_path):
    wrong = dataclasses.replace(core["single"], file=tmp_path / "single.jpg")
    assert "single.jpg" in segment(cw.Core([*core.lanes[:4], wrong], "A hole")).failed["single"]
    assert segment().failed == {}


def test_files_that_no_run_wrote_are_not_replaced(segment, tmp_path):
    mine = tmp_path / "out" / "sections" / "box-3.png"
    put(tmp_path / "out", ["sections/box-3.png"])
    with pytest.raises(ValueError, match=r"'.*box-3\.png' already exists, but '.*out' has no run\. Choose"):
        segment()
    assert mine.read_text() == "precious"
    assert not (tmp_path / "out" / "run.json").exists()


def test_a_run_of_a_version_without_a_mark_gets_one(segment):
    run = segment()
    about = json.loads((run.folder / "run.json").read_text())
    del about["id"]
    (run.folder / "run.json").write_text(json.dumps(about))
    assert len(segment().about["id"]) == 32


# The folder alone


def test_the_files_of_a_section_lie_in_a_folder_of_their_kind(tmp_path):
    folder = RunFolder(tmp_path)
    files = ["sections/a.png", "sections/a.json", "uncertainty/a.png", "probabilities/a.h5"]
    assert [path.relative_to(tmp_path).as_posix() for path in folder.files("a")] == files
    assert (folder.about.name, folder.table.name) == ("run.json", "sections.parquet")


@pytest.mark.parametrize(("kept", "made"), [((), ()), (("uncertainty",), ("uncertainty",))])
def test_folders_are_made_for_what_is_kept(tmp_path, kept, made):
    for _ in range(2):
        RunFolder(tmp_path / "a" / "out").create(
            probabilities="probabilities" in kept, uncertainty="uncertainty" in kept
        )
    assert sorted(path.name for path in (tmp_path / "a" / "out").iterdir()) == sorted(("sections", *made))


def test_a_corrected_map_gets_a_place_where_nothing_is(tmp_path):
    folder = RunFolder(tmp_path)
    (tmp_path / "corrected").mkdir()
    assert folder.corrected("a").name == "a-1.png"
    (tmp_path / "corrected" / "a-1.png").symlink_to("nowhere")
    assert folder.corrected("a").name == "a-2.png"
    assert folder.corrected("x" * 200).name == f"{'x' * 48}-1.png"


def test_long_names_that_begin_alike_have_records_of_their_own(tmp_path):
    folder = RunFolder(tmp_path)
    names = ["x" * 300, "x" * 301, "\udc80" + "x" * 300]
    places = [folder.record_instead(name) for name in names]
    assert len({*places}) == 3
    assert places[0].parent.name == "sections"
    assert [len(place.name) for place in places] == [48 + 1 + 16 + 5] * 3


@pytest.mark.parametrize("kind", ["png", "json"])
def test_files_that_cannot_be_written_are_named_beforehand(tmp_path, kind):
    folder = RunFolder(tmp_path)
    folder.create(probabilities=False, uncertainty=False)
    folder.check_files("a")
    path = tmp_path / "sections" / f"a.{kind}"
    path.write_text("")
    folder.check_files("a")
    path.unlink()
    path.mkdir()
    with pytest.raises(
        ValueError, match=rf"a\.{kind}' is a folder, where a file of the section belongs; move"
    ):
        folder.check_files("a")
    with pytest.raises(
        ValueError, match=r"^The name of the section is too long for a file: 'x+\.json' has 305"
    ):
        folder.check_files("x" * 300)


def test_a_protected_file_is_named_beforehand(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path)
    folder.create(probabilities=False, uncertainty=False)
    folder.segmentation("a").write_text("")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # the tests may run as root
    with pytest.raises(ValueError, match=r"a\.png' is write-protected; move it away, or make it writable"):
        folder.check_files("a")


def test_another_error_of_the_disk_is_none_of_the_section(tmp_path):
    folder = RunFolder(tmp_path)
    (tmp_path / "sections").write_text("")
    with pytest.raises(NotADirectoryError):
        folder.check_files("a")


def test_two_runs_do_not_share_a_folder(tmp_path):
    one, other = RunFolder(tmp_path), RunFolder(tmp_path)
    with one.locked(), pytest.raises(BlockingIOError, match="Another run is writing to"), other.locked():
        raise AssertionError("two at once")
    with other.locked():
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"file' cannot be written \("), RunFolder(tmp_path / "file").locked():
        pass


def test_what_run_json_says_is_read_as_it_was_written(tmp_path):
    folder = RunFolder(tmp_path)
    assert folder.read_about() is None
    assert RunFolder(tmp_path / "no" / "folder").read_about() is None
    folder.about.mkdir()
    with pytest.raises(IsADirectoryError, match=r"run.json' cannot be read \(Is a directory\); correct that"):
        folder.read_about()


def test_numbers_of_numpy_and_paths_are_written_as_plain_values(tmp_path):
    write_json(tmp_path / "a.json", {"n": np.int64(3), "row": np.arange(2), "path": tmp_path})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 3, "row": [0, 1], "path": str(tmp_path)}
    assert (tmp_path / "a.json").read_text().endswith("}\n")


def test_a_core_is_described_as_seen_from_the_folder(tmp_path):
    folder = RunFolder(tmp_path / "out")
    folder.path.mkdir()
    corners = ((40, 10), (44, 210), (4, 212), (0, 12))
    lanes = [
        cw.Lane(tmp_path / "box.png", 1.0, 2.0, "a", crop=(0, 5, 2, 9), rotation=90),
        cw.Lane(tmp_path / "one.png", 2.0, 3.0, "b", second_file=tmp_path / "two.png"),
        cw.Lane(tmp_path / "box.png", 3.0, 4.0, "c", shape=LaneShape(corners, [(0.5, 3.25)])),
    ]
    core = cw.Core(lanes, "A hole", DepthScale("ft", "sea floor"))
    described = json.loads(json.dumps(folder.describe_core(core)))
    assert [row["file"] for row in described["sections"]] == ["../box.png", "../one.png", "../box.png"]
    assert folder.core_of(described) == core
    assert folder.core_of({**described, "unit": None, "datum": None}).scale == DepthScale()
    twice = {**described, "sections": described["sections"][:1] * 2}
    with pytest.raises(ValueError, match=r"run\.json' was edited or is damaged: core cannot be read"):
        folder.core_of(twice)


def test_an_error_on_writing_says_what_it_means_for_the_run(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        pytest.raises(
            OutputError, match=r"No space left on device\); free some space.*finished sections are kept"
        ) as told,
        explained(tmp_path),
        explained(tmp_path),
    ):
        raise full
    assert told.value.errno == errno.ENOSPC
    assert told.value.__cause__ is full
    with pytest.raises(OutputError, match=r"\(no words\)"), explained(tmp_path):
        raise OSError("no words")
