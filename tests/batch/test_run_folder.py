"""Who may write to the folder of a run, and what it never touches."""

from __future__ import annotations

import dataclasses
import json
import shutil
from contextlib import suppress

import pytest
from file_calls import FileCalls, Killed
from PIL import Image

import corewidgets as cw
from corewidgets.batch.run_folder import RunFolder

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
