"""A run over a core: what it leaves, that it goes on where it ended, and that it says what is wrong."""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

pytest.importorskip("distributed")

ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}


def result_files(folder):
    """Return the bytes of all results by name; records without their times."""
    contents = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name in {".lock", "run.json", "sections.parquet"}:
            continue
        content = path.read_bytes()
        if path.suffix == ".json":
            content = {key: value for key, value in json.loads(content).items() if key != "seconds"}
        contents[str(path.relative_to(folder))] = content
    return contents


def written(run):
    """Return when each file of a run was last written."""
    return {path: path.stat().st_mtime_ns for path in (run.folder / "sections").iterdir()}


# What a run leaves


def test_each_section_is_what_the_classifier_makes_of_it(segment, core, model):
    run = segment(kept=cw.Kept(probabilities=True, uncertainty="entropy"))
    assert run.failed == {}
    assert [lane.name for lane in run.done] == ["box-1", "box-2", "box-3", "box-4", "single"]
    for section, segmentation in zip(core.sections(), run.segmentations(), strict=True):
        expected, probabilities, uncertainty = model.predict(
            section, return_probabilities=True, return_uncertainty="entropy"
        )
        np.testing.assert_array_equal(segmentation, expected)
        kept = run.probabilities(section.name)
        np.testing.assert_array_equal(kept[..., model.classes_ - 1], probabilities.astype(np.float16))
        others = np.setdiff1d(run.legend.codes, model.classes_)
        assert not kept[..., others - 1].any()
        np.testing.assert_allclose(run.uncertainty(section.name), uncertainty, atol=0.5 / 255 + 1e-6)


@pytest.mark.slow
def test_whole_and_distributed_over_processes_are_the_same_bits(sample, tmp_path, monkeypatch):
    for name in ENVIRONMENT:  # another cluster of this process leaves Dask's own values behind
        monkeypatch.delenv(name, raising=False)
    recommended = cw.PixelClassifier(max_training_pixels=500).fit(sample.section, sample.labels)
    cw.save_model(tmp_path / "model.skops", recommended, legend=sample.legend)
    for name, rows in (("upper", slice(0, 200)), ("lower", slice(200, 400))):
        Image.fromarray(sample.section.image[rows]).save(tmp_path / f"{name}.png")
    core = cw.Core([cw.Lane(tmp_path / "upper.png", 1, 2), cw.Lane(tmp_path / "lower.png", 2, 3)])
    told = []  # what the processes find in their environment

    def ask(client):
        told.extend(client.run(lambda: {name: os.environ.get(name) for name in ENVIRONMENT}).values())

    run = cw.segment_core(
        core, tmp_path / "model.skops", out=tmp_path / "out",
        kept=cw.Kept(probabilities=True), processes=cw.Processes(n_workers=2, connect=ask),
    )  # fmt: skip
    assert told == [ENVIRONMENT] * 2
    for section in core.sections():
        whole, probabilities = recommended.predict(section, return_probabilities=True)
        np.testing.assert_array_equal(run.segmentation(section.name), whole)
        kept = run.probabilities(section.name)[..., recommended.classes_ - 1]
        np.testing.assert_array_equal(kept, probabilities.astype(np.float16))


def test_the_maps_hold_the_legend_and_so_does_the_run(segment, model):
    run = segment()
    assert run.legend == model.legend_
    labels, legend = cw.read_labels(run.folder / "sections" / "box-1.png")
    assert legend == model.legend_
    assert labels.shape == (60, 160)
    assert run.segmentation("box-3").shape == (160, 60)


def test_the_table_says_what_each_section_consists_of(segment, core, model):
    run = segment()
    row = run.table.set_index("name").loc["box-1"]
    segmentation, _, uncertainty = model.predict(
        next(core.sections()), return_probabilities=True, return_uncertainty="entropy"
    )
    rock = np.isin(segmentation, run.legend.rock_codes)
    assert row["not_rock"] == pytest.approx(1 - rock.mean())
    assert row["Matrix share"] == pytest.approx((segmentation[rock] == run.legend.code("Matrix")).mean())
    assert row["uncertainty"] == pytest.approx(uncertainty.mean(), rel=1e-5)
    assert (row["state"], row["n_rows"], row["n_columns"]) == ("done", 60, 160)
    assert "Void share" not in run.table
    shares = run.table[[f"{name} share" for name in run.legend.names if f"{name} share" in run.table]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_a_run_says_the_time_that_files_are_to_say(segment, monkeypatch):
    # a log of it tells this day; made again on another one it has the same bytes
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    about = segment().about
    assert about["started"] == about["finished"] == "2023-11-14T22:13:20+00:00"


def test_the_table_is_kept_as_parquet_and_the_run_can_be_read_again(segment, core):
    pandas = pytest.importorskip("pandas")
    run = segment(kept=cw.Kept(scores={"regions": 0.5}))
    again = cw.read_run(run.folder)
    pandas.testing.assert_frame_equal(again.table, run.table)
    pandas.testing.assert_frame_equal(pandas.read_parquet(run.folder / "sections.parquet"), run.table)
    assert again.core == core
    assert again.about["scores"] == {"regions": 0.5}
    assert again.about["model"]["recipe"]["features"][0] == {"kind": "lab"}
    assert again.about["settings"]["versions"]["corewidgets"] == cw.__version__
    assert again.about["finished"] >= again.about["started"]
    assert repr(again).endswith("5 sections: 5 done)")


def test_a_log_and_clasts_are_a_line_each(segment):
    run = segment()
    log = cw.depth_log(run.done, run.segmentations(), run.legend, interval=0.02, name=run.core.name)
    assert log.table["core_loss"].max() == 1
    assert cw.measure_clasts(run.done, run.segmentations(), run.legend).table is not None
    whole = cw.depth_log(run.done, run.segmentations(), run.legend, interval=1.5, top=10, base=11.5)
    assert run.shares()["Matrix"] == pytest.approx(float(whole.table["Matrix"].iloc[0]), abs=0.02)


def test_the_folder_can_be_moved_with_its_photographs(segment, core, tmp_path):
    expected = segment(out=tmp_path / "run").segmentation("single")
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("run", "photographs"):
        (tmp_path / name).rename(moved / name)
    again = cw.read_run(moved / "run")
    assert again.done["single"].read().shape == (60, 160)
    np.testing.assert_array_equal(again.segmentation("single"), expected)


def test_progress_counts_sections_and_the_client_is_shown(segment, client):
    calls, clients = [], []
    segment(
        progress=lambda done, total: calls.append((done, total)),
        processes=cw.Processes(client, connect=clients.append),
    )
    assert calls[-1] == (5, 5)
    assert all(total == 5 for _, total in calls)
    assert clients == [client]


def test_a_photograph_is_read_once_for_all_its_lanes(segment, monkeypatch):
    from corewidgets.batch import section_worker

    read = []
    original = section_worker.read_photograph
    monkeypatch.setattr(
        section_worker, "read_photograph", lambda path: read.append(path.name) or original(path)
    )
    segment()
    assert sorted(read) == ["box.png", "single.png"]


# Going on


def test_what_is_done_is_not_done_again(segment):
    before = written(segment())
    assert written(segment()) == before


def test_a_changed_photograph_and_a_new_crop_are_done_again_and_depths_are_not(segment, core, sample):
    first = segment()
    before = written(first)
    Image.fromarray(sample.section.image[300:360]).save(core["single"].file)
    lanes = {lane.name: lane for lane in core}
    lanes["box-1"] = dataclasses.replace(lanes["box-1"], crop=(0, 50, 0, 160))
    lanes["box-2"] = dataclasses.replace(lanes["box-2"], base=10.11)
    run = segment(cw.Core(lanes.values(), "A hole"))
    after = written(run)
    assert {path.name for path in after if after[path] != before[path]} == {
        *("single.png", "single.json", "box-1.png", "box-1.json")
    }
    assert run.segmentation("box-1").shape == (50, 160)
    assert run.table.set_index("name").loc["box-2", "base"] == 10.11


def test_a_map_that_was_lost_is_made_again_and_one_that_was_corrected_by_hand_is_kept(segment):
    run = segment()
    files = result_files(run.folder)
    corrected = run.segmentation("box-2").copy()
    corrected[:5] = 1
    cw.write_labels(run.folder / "sections" / "box-2.png", corrected, run.legend)
    (run.folder / "sections" / "box-1.png").unlink()
    segment()
    assert result_files(run.folder)["sections/box-1.png"] == files["sections/box-1.png"]
    np.testing.assert_array_equal(run.segmentation("box-2"), corrected)


def test_a_core_may_grow(segment, core):
    before = written(segment(cw.Core(core.lanes[:2], "A hole")))
    run = segment()
    after = written(run)
    assert {path: after[path] for path in before} == before
    assert len(run.done_names) == 5


@pytest.mark.parametrize(
    ("kept", "text"),
    [(cw.Kept(uncertainty="margin"), "uncertainty"), (cw.Kept(probabilities=True), "probabilities")],
)
def test_another_run_is_not_replaced_unless_asked(segment, kept, text):
    run = segment()
    files = result_files(run.folder)
    with pytest.raises(
        ValueError, match=rf"has a run that differs in: {text}\. Choose another folder, or ov"
    ):
        segment(kept=kept)
    assert result_files(run.folder) == files
    again = segment(kept=kept, overwrite=True)
    assert again.about["settings"][text]
    assert len(again.done_names) == 5


def test_the_digest_of_a_model_is_that_of_what_it_computes(sample, model, tmp_path):
    from corewidgets.batch.settings import model_digest

    recipe = cw.Hypercolumns((), lab=True)
    forest = cw.PixelClassifier(recipe, preset="published", max_training_pixels=100)
    forest.fit(sample.section, sample.labels)
    for fitted in (model, forest):
        cw.save_model(tmp_path / "model.skops", fitted)
        assert model_digest(cw.load_model(tmp_path / "model.skops")) == model_digest(fitted)
    other = cw.PixelClassifier(recipe, preset="published", max_training_pixels=100, random_state=1)
    assert model_digest(other.fit(sample.section, sample.labels)) != model_digest(forest)
    forest.set_params(n_jobs=1)
    assert model_digest(forest.set_params(mode="refined")) != model_digest(other)


# What goes wrong


def test_a_broken_photograph_is_reported_and_the_others_finish(segment, core, tmp_path, sample):
    whole = tmp_path / "whole.jpg"
    Image.fromarray(sample.section.image).save(whole)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:2000])
    (tmp_path / "text.png").write_text("no picture")
    broken = [
        cw.Lane(tmp_path / "cut.jpg", 20, 21),
        cw.Lane(tmp_path / "text.png", 21, 22),
        cw.Lane(tmp_path / "gone.png", 22, 23),
        cw.Lane(core["single"].file, 23, 24, "beyond", crop=(0, 61, 0, 160)),
    ]
    run = segment(cw.Core([*core, *broken]))
    assert list(run.failed) == ["cut", "text", "gone", "beyond"]
    assert "cut.jpg' cannot be decoded" in run.failed["cut"]
    assert "is neither JPEG, PNG nor TIFF" in run.failed["text"]
    assert "gone.png" in run.failed["gone"]
    assert "reaches beyond" in run.failed["beyond"]
    assert len(run.done_names) == 5
    with pytest.raises(
        ValueError, match=r"'cut' is not segmented: it is failed\. '.*cut.jpg' cannot be decoded"
    ):
        run.segmentation("cut")
    whole.rename(tmp_path / "cut.jpg")
    assert "cut" not in segment(cw.Core([*core, *broken])).failed


def test_an_error_that_passes_is_tried_again(segment, monkeypatch):
    from corewidgets.batch import section_worker

    original, calls = section_worker.photograph_digest, []

    def flaky(path):
        calls.append(path)
        if len(calls) == 1:
            raise TimeoutError(110, "Connection timed out")
        return original(path)

    monkeypatch.setattr(section_worker, "photograph_digest", flaky)
    assert segment().failed == {}
    assert len(calls) == 1 + 2 * 3  # of each: before it is read, after it, and when its lanes are done


def test_an_error_that_stays_fails_the_sections_of_its_photograph(segment, client, monkeypatch):
    from corewidgets.batch import section_worker

    original = section_worker.photograph_digest

    def digest(path):
        if path.name == "box.png":
            raise TimeoutError(110, "Connection timed out")
        return original(path)

    monkeypatch.setattr(section_worker, "photograph_digest", digest)
    run = segment(processes=cw.Processes(client, retries=0))
    assert run.done_names == ["single"]
    assert run.failed["box-1"] == "TimeoutError: [Errno 110] Connection timed out"


def test_a_run_that_was_cut_short_can_be_read(segment, core):
    run = segment()
    (run.folder / "sections" / "box-2.json").unlink()
    (run.folder / "sections" / "box-3.json").write_text('{"name": "box-3"')
    again = cw.read_run(run.folder)
    assert list(again.table["state"]) == ["done", "waiting", "waiting", "done", "done"]
    assert [lane.name for lane in again.done] == ["box-1", "box-4", "single"]
    with pytest.raises(ValueError, match="'box-2' is not segmented: it is waiting"):
        again.segmentation("box-2")


def test_wrong_use_is_said_before_anything_is_made(segment, core, model, tmp_path):
    out = tmp_path / "out"
    lane = dataclasses.replace(core["single"], name="a/b")
    for options, text in (
        ({"core": cw.Core([lane])}, "The section 'a/b' needs another name, since files are named after it"),
        (
            {"legend": cw.Legend(["A", "B"])},
            r"The model knows code \d+, but the legend ends with code 2 \(B",
        ),
    ):
        with pytest.raises(ValueError, match=text):
            segment(**options)
    with pytest.raises(FileNotFoundError, match="There is no model file"):
        segment(model=tmp_path / "none.skops")
    assert not out.exists()
    with pytest.raises(FileNotFoundError, match=r"There is no run in '.*out': it has no run\.json"):
        cw.read_run(out)


def test_what_was_not_kept_cannot_be_read(segment):
    run = segment()
    with pytest.raises(ValueError, match="did not keep uncertainty; ask segment_core for it"):
        run.uncertainty("box-1")
    with pytest.raises(KeyError, match="The core has no section 'box-9'; near it: box-"):
        run.segmentation("box-9")


@pytest.mark.slow
def test_no_scheduler_answers(core, model, tmp_path):
    with pytest.raises(ConnectionError, match=r"No Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        cw.segment_core(core, model, out=tmp_path / "out", processes=cw.Processes("tcp://127.0.0.1:9"))


def test_a_photograph_that_was_replaced_since_is_named(segment, core, sample):
    run = segment()
    assert run.replaced == []
    box = core["box-1"].file
    Image.fromarray(sample.section.image[:240, ::-1]).save(box)
    assert run.replaced == ["box-1", "box-2", "box-3", "box-4"]
    assert segment().replaced == []
    box.unlink()
    assert run.replaced == []


def test_maps_know_their_photograph(segment, core):
    run = segment()
    for section in core.sections():
        path = run.folder / "sections" / f"{section.name}.png"
        cw.read_labels(path, photograph=section.digest)
        with pytest.raises(cw.OtherPhotographError):
            cw.read_labels(path, photograph="0" * 64)
