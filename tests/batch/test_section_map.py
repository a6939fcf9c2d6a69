"""Maps that somebody corrected: kept, read by their colors, and of one mind with the record."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import corewidgets as cw
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_map import agreeing, count_codes, read_map, set_aside
from corewidgets.batch.section_record import SectionRecord
from corewidgets.origin import file_digest

pytest.importorskip("distributed")

GRANITE = 1  # any class of rock that is none of the map's largest


def correct(run, name="box-1"):
    """Set a corner of a map to a class, as write_labels writes it; return the codes."""
    codes = run.segmentation(name).copy()
    codes[:20, :30] = GRANITE
    cw.write_labels(run.folder / "sections" / f"{name}.png", codes, run.legend)
    return codes


def save_as_editors_do(run, codes, legend_left, name="box-1"):
    """Save colors of the legend as an indexed picture whose palette has an order of its own."""
    picture = Image.fromarray(run.legend.rgb()[codes])
    n_colors = len(np.unique(codes))
    indexed = picture.quantize(colors=n_colors, dither=Image.Dither.NONE)
    texts = PngInfo()
    if legend_left:
        texts.add_text("corewidgets_legend", json.dumps(run.legend.to_dict()))
    indexed.save(run.folder / "sections" / f"{name}.png", pnginfo=texts)
    assert not np.array_equal(np.asarray(indexed), codes)


def shares(run, codes):
    """Return the shares of rock that codes say."""
    rock = np.isin(codes, run.legend.rock_codes)
    return {run.legend.name(code): (codes[rock] == code).mean() for code in run.legend.rock_codes}


def row(run, name="box-1"):
    return run.table.set_index("name").loc[name]


def test_the_shares_are_those_of_the_corrected_map_before_and_after_the_next_run(segment):
    run = segment()
    codes = correct(run)
    expected = shares(run, codes)
    assert row(run)[f"{run.legend.name(GRANITE)} share"] != pytest.approx(expected[run.legend.name(GRANITE)])
    for again in (cw.read_run(run.folder), segment(), cw.read_run(run.folder)):
        np.testing.assert_array_equal(again.segmentation("box-1"), codes)
        for name, share in expected.items():
            assert row(again)[f"{name} share"] == pytest.approx(share)
        assert row(again)["warning"] == (
            "The map was changed after the run wrote it; the shares are those of the map as it is now."
        )
        assert row(again, "box-2")["warning"] == ""
    record = json.loads((run.folder / "sections" / "box-1.json").read_text())
    assert record["counts"] == {str(code): int((codes == code).sum()) for code in np.unique(codes)}
    assert record["corrected"]


def test_a_map_saved_by_an_editor_may_be_larger_than_the_picture_library_opens(tmp_path, monkeypatch):
    legend = cw.Legend(["Mud", "Sand", "Void"])
    codes = np.repeat(np.array([[1, 3, 2]], np.uint8), 40, axis=0)
    path = tmp_path / "map.png"
    Image.fromarray(legend.rgb()[codes]).quantize(colors=3, dither=Image.Dither.NONE).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    np.testing.assert_array_equal(read_map(path, codes.shape, legend), codes)


@pytest.mark.parametrize("legend_left", [False, True])
def test_a_map_saved_by_an_editor_is_read_by_its_colors(segment, legend_left):
    run = segment()
    codes = run.segmentation("box-1").copy()
    codes[:20, :30] = GRANITE
    save_as_editors_do(run, codes, legend_left)
    for again in (cw.read_run(run.folder), segment()):
        np.testing.assert_array_equal(again.segmentation("box-1"), codes)
        for name, share in shares(run, codes).items():
            assert row(again)[f"{name} share"] == pytest.approx(share)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_map_saved_in_full_color_is_read_too(segment, mode):
    run = segment()
    codes = run.segmentation("box-1").copy()
    codes[:20, :30] = GRANITE
    Image.fromarray(run.legend.rgb()[codes]).convert(mode).save(run.folder / "sections" / "box-1.png")
    again = segment()
    assert again.failed == {}
    np.testing.assert_array_equal(again.segmentation("box-1"), codes)


@pytest.mark.parametrize("alpha", [255, 128])
def test_a_color_of_no_class_is_named(segment, alpha):
    run = segment()
    path = run.folder / "sections" / "box-1.png"
    picture = np.array(Image.fromarray(run.legend.rgb()[run.segmentation("box-1")]).convert("RGBA"))
    picture[:2, :3] = (1, 2, 3, alpha)
    Image.fromarray(picture).save(path)
    text = "#010203" if alpha == 255 else "#010203 (50% opaque)"
    why = segment().failed["box-1"]
    assert (
        f"box-1.png' has 6 pixels of the color {text}, which is that of no class of the legend; paint" in why
    )
    assert "delete the map, and start the run again" in why


@pytest.mark.parametrize("ground", [(0, 0, 0, 255), (0, 0, 0, 0)])
def test_what_is_erased_in_a_map_is_no_unlabelled_rock(segment, ground):
    run = segment()
    path = run.folder / "sections" / "box-1.png"
    picture = np.array(Image.fromarray(run.legend.rgb()[run.segmentation("box-1")]).convert("RGBA"))
    picture[:2, :3] = ground
    Image.fromarray(picture).save(path)
    assert "which is that of no class of the legend" in segment().failed["box-1"]


def test_a_map_of_another_size_is_refused_and_the_record_says_how_to_go_on(segment):
    run = segment()
    path = run.folder / "sections" / "box-1.png"
    original = path.read_bytes()
    with Image.open(path) as image:
        image.resize((80, 30), Image.Resampling.NEAREST).save(path)
    small = path.read_bytes()
    for again in (cw.read_run(run.folder), segment(), segment()):
        assert "The map was changed after the run wrote it, and cannot be used" in again.failed["box-1"]
        assert "30" in again.failed["box-1"]
        assert "delete the map" in again.failed["box-1"]
        assert "box-1" not in again.done_names
    assert path.read_bytes() == small
    path.write_bytes(original)
    assert segment().failed == {}
    path.write_bytes(small)
    assert list(segment().failed) == ["box-1"]
    path.unlink()
    assert segment().failed == {}
    assert path.read_bytes() == original


def test_a_map_that_is_damaged_is_named(segment):
    run = segment()
    path = run.folder / "sections" / "box-1.png"
    path.write_bytes(path.read_bytes()[:60])
    assert "cannot be decoded" in segment().failed["box-1"]


def test_a_map_that_changes_after_the_run_was_read_is_checked_too(segment):
    run = segment()
    path = run.folder / "sections" / "box-1.png"
    with Image.open(path) as image:
        image.resize((80, 30), Image.Resampling.NEAREST).save(path)
    with pytest.raises(ValueError, match=r"30"):
        run.segmentation("box-1")


def test_a_map_that_is_gone_is_waiting(segment):
    run = segment()
    (run.folder / "sections" / "box-1.png").unlink()
    assert row(cw.read_run(run.folder))["state"] == "waiting"


def test_a_corrected_map_is_kept_when_its_section_is_done_anew(segment, core):
    run = segment()
    codes = correct(run)
    corrected = (run.folder / "sections" / "box-1.png").read_bytes()
    segment()
    lanes = [dataclasses.replace(core["box-1"], crop=(0, 50, 0, 160)), *core.lanes[1:]]
    again = segment(cw.Core(lanes, "A hole"))
    assert again.segmentation("box-1").shape == (50, 160)
    assert (run.folder / "corrected" / "box-1-1.png").read_bytes() == corrected
    assert [path.name for path in (run.folder / "corrected").iterdir()] == ["box-1-1.png"]
    np.testing.assert_array_equal(cw.read_labels(run.folder / "corrected" / "box-1-1.png")[0], codes)


def test_a_map_that_the_run_made_is_replaced_without_a_copy(segment, core):
    run = segment()
    lanes = [dataclasses.replace(core["box-1"], crop=(0, 50, 0, 160)), *core.lanes[1:]]
    segment(cw.Core(lanes, "A hole"))
    (run.folder / "sections" / "box-2.json").unlink()  # killed before it was written
    segment(cw.Core(lanes, "A hole"))
    assert not (run.folder / "corrected").exists()


def test_a_corrected_map_outlives_the_loss_of_its_photograph(segment, core, tmp_path):
    codes = correct(segment())
    photograph = core.lanes[0].file
    photograph.rename(tmp_path / "away.png")
    assert "box.png" in segment().failed["box-1"]
    (tmp_path / "away.png").rename(photograph)
    np.testing.assert_array_equal(segment().segmentation("box-1"), codes)


def test_a_record_without_a_digest_is_held_against_its_map(segment):
    run = segment()
    for path in (run.folder / "sections").glob("*.json"):
        record = json.loads(path.read_text())
        del record["map"], record["corrected"]
        path.write_text(json.dumps(record))
    codes = correct(run)
    again = cw.read_run(run.folder)
    assert [name for name in again.done_names if row(again, name)["warning"]] == ["box-1"]
    granite = run.legend.name(GRANITE)
    assert row(again)[f"{granite} share"] == pytest.approx(shares(run, codes)[granite])


# One map, without a run

LEGEND = cw.Legend(["Granite", "Matrix"], ["#FF0000", "#00FF00"])
CODES = np.array([[1, 1, 2], [2, 1, 2]], np.uint8)


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path)
    folder.create(probabilities=False, uncertainty=False)
    cw.write_labels(folder.segmentation("lane"), CODES, LEGEND)
    return folder


@pytest.fixture
def record(folder):
    digest = file_digest(folder.segmentation("lane"))
    return SectionRecord(
        "lane", "done", "", "", n_rows=2, n_columns=3, counts=count_codes(CODES), map=digest, warning="Seen."
    )


def changed_map(folder):
    cw.write_labels(folder.segmentation("lane"), np.ones_like(CODES), LEGEND)


def test_codes_are_counted_with_those_at_both_ends():
    codes = np.array([[0, 255, 255]], np.uint8)
    assert count_codes(codes) == {"0": 1, "255": 2}


def test_a_record_of_the_map_that_is_there_stays_or_is_done_again(folder, record):
    assert agreeing(folder, record, LEGEND) == record
    failed = dataclasses.replace(record, state="failed", error="The map was changed")
    assert agreeing(folder, failed, LEGEND) == record
    folder.segmentation("lane").unlink()
    assert agreeing(folder, record, LEGEND) is None


def test_a_changed_map_is_told_once(folder, record):
    changed_map(folder)
    told = agreeing(folder, record, LEGEND)
    assert (told.state, told.error, told.counts, told.corrected) == ("done", "", {"1": 6}, True)
    assert told.map == file_digest(folder.segmentation("lane"))
    assert re.fullmatch(r"Seen\. The map was changed after the run wrote it; the shares .*", told.warning)
    cw.write_labels(folder.segmentation("lane"), CODES, LEGEND)
    assert agreeing(folder, told, LEGEND).warning == told.warning
    silent = dataclasses.replace(record, warning="", map="another")
    assert agreeing(folder, silent, LEGEND).warning.startswith("The map was changed")


def test_a_record_of_a_version_without_digests_gets_one(folder, record):
    old = dataclasses.replace(record, map="")
    assert agreeing(folder, old, LEGEND) == record
    other = dataclasses.replace(old, counts={"1": 6})
    assert agreeing(folder, other, LEGEND).corrected
    assert agreeing(folder, dataclasses.replace(record, map="another"), LEGEND).corrected


@pytest.mark.parametrize(("shape", "content"), [((3, 2), None), ((2, 3), b"no picture")])
def test_a_map_that_cannot_be_used_says_why(folder, record, shape, content):
    cw.write_labels(folder.segmentation("lane"), np.ones(shape, np.uint8), LEGEND)
    if content:
        folder.segmentation("lane").write_bytes(content)
    told = agreeing(folder, record, LEGEND)
    assert told.state == "failed"
    assert "cannot be used: '" in told.error
    assert told.counts == record.counts
    with pytest.raises(ValueError, match=r"lane\.png'"):
        read_map(folder.segmentation("lane"), (2, 3), LEGEND)


def test_a_map_is_read_by_colors_where_they_and_the_codes_disagree(folder):
    path = folder.segmentation("lane")
    assert (read_map(path, (2, 3), LEGEND) == CODES).all()
    Image.fromarray(LEGEND.rgb()[CODES]).save(path)
    assert (read_map(path, (2, 3), LEGEND) == CODES).all()
    other_order = Image.fromarray(3 - CODES).convert("P")
    other_order.putpalette([0, 0, 0, 0, 255, 0, 255, 0, 0])
    other_order.save(path)
    assert (read_map(path, (2, 3), LEGEND) == CODES).all()
    Image.fromarray(CODES).save(path)
    assert (read_map(path, (2, 3), LEGEND) == CODES).all()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_map(path, (2, 3), LEGEND)


def test_a_map_with_a_legend_of_its_own_is_read_by_the_names_in_it(folder):
    path = folder.segmentation("lane")
    cw.write_labels(path, CODES, cw.Legend(["Granite", "Matrix"], ["#0000FF", "#00FFFF"]))
    assert (read_map(path, (2, 3), LEGEND) == CODES).all()
    cw.write_labels(path, 3 - CODES, cw.Legend(["Matrix", "Granite"], ["#00FF00", "#FF0000"]))
    assert (read_map(path, (2, 3), LEGEND) == CODES).all()


def test_a_legend_that_an_editor_left_beside_another_order_is_not_believed(folder):
    texts = PngInfo()
    texts.add_text("corewidgets_legend", json.dumps(LEGEND.to_dict()))
    other_order = Image.fromarray(3 - CODES).convert("P")
    other_order.putpalette([0, 0, 0, 0, 255, 0, 255, 0, 0])
    other_order.save(folder.segmentation("lane"), pnginfo=texts)
    assert (read_map(folder.segmentation("lane"), (2, 3), LEGEND) == CODES).all()


@pytest.mark.parametrize("ground", [(0, 0, 0, 255), (255, 0, 0, 0)])
def test_what_is_erased_is_of_no_class(folder, ground):
    picture = np.array(Image.fromarray(LEGEND.rgb()[CODES]).convert("RGBA"))
    picture[0, 0] = ground
    Image.fromarray(picture).save(folder.segmentation("lane"))
    with pytest.raises(ValueError, match="that of no class of the legend"):
        read_map(folder.segmentation("lane"), (2, 3), LEGEND)


def kept(folder):
    return sorted(path.name for path in folder.path.glob("corrected/*"))


def test_what_the_run_itself_made_is_not_kept(folder, record):
    set_aside(folder, record, "gone", CODES)
    set_aside(folder, record, "lane", np.ones_like(CODES))
    set_aside(folder, None, "lane", CODES)  # it was killed before it wrote the record
    assert kept(folder) == []
    assert folder.segmentation("lane").exists()


@pytest.mark.parametrize("whose", ["corrected", "of another map", "without a record", "no picture"])
def test_what_the_run_did_not_make_is_kept(folder, record, whose):
    path = folder.segmentation("lane")
    if whose == "no picture":
        path.write_bytes(b"precious")
    content = path.read_bytes()
    records = {
        "corrected": dataclasses.replace(record, corrected=True),
        "of another map": dataclasses.replace(record, map="another"),
    }
    set_aside(folder, records.get(whose), "lane", np.ones_like(CODES))
    assert kept(folder) == ["lane-1.png"]
    assert (folder.path / "corrected" / "lane-1.png").read_bytes() == content
    assert not path.exists()
    cw.write_labels(path, CODES, LEGEND)
    set_aside(folder, None, "lane", np.ones_like(CODES))
    assert kept(folder) == ["lane-1.png", "lane-2.png"]
