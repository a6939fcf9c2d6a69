"""The table of a core in place of photographs: lanes of a box, their labels, and second photographs."""

from __future__ import annotations

import csv
import json
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main

from .calls import QUICK, fails, is_usage

GAP = 8  # pixels between the lanes


@pytest.fixture
def box(sample, tmp_path, monkeypatch, capsys):
    """Two boxes of two lanes each in two lights, their table, and the call of a command there."""
    monkeypatch.chdir(tmp_path)
    lanes = []
    for number in range(2):
        parts = [sample.section.image[rows] for rows in _rows(number)]
        gap = np.zeros((len(parts[0]), GAP, 3), np.uint8)
        photograph = np.hstack([parts[0], gap, parts[1]])
        Image.fromarray(photograph).save(f"box{number}.png")
        Image.fromarray(255 - photograph).save(f"box{number}-uv.png")
        for lane, rows in enumerate(_rows(number)):
            name, left = f"{number}-{lane}", lane * (sample.section.n_columns + GAP)
            crop = (0, len(gap), left, left + sample.section.n_columns)
            top = 100 + 2 * number + lane
            file, second = tmp_path / f"box{number}.png", tmp_path / f"box{number}-uv.png"
            drawn = tmp_path / f"{name}.png" if number == 0 else None
            if drawn is not None:
                cw.write_labels(drawn, sample.labels[rows], sample.legend)
            lanes.append(cw.Lane(file, top, top + 1, name, crop, 0, second, drawn))
    cw.Core(lanes).write_csv("hole.csv")

    def run(*arguments):
        capsys.readouterr()
        return (main([*arguments, "--quiet"]), *capsys.readouterr())

    return run


def _rows(number):
    return [slice(120 * (2 * number + lane), 120 * (2 * number + lane + 1)) for lane in range(2)]


TRAIN = ("train", "--core", "hole.csv", "--out", "m.skops", "--no-scores", *QUICK)


def test_labelled_lanes_of_a_table_are_learned_from_in_both_lights(box):
    code, output, error = box(*TRAIN)
    assert (code, error) == (0, "")
    assert "2 photographs" in output
    assert cw.load_model("m.skops").image_names_ == ("image", "second")


def test_second_photographs_that_are_not_learned_from_are_not_even_read(box, tmp_path):
    for number in range(2):
        (tmp_path / f"box{number}-uv.png").write_bytes(b"no photograph")
    code, _, error = box(*TRAIN, "--no-second")
    assert (code, error) == (0, "")
    model = cw.load_model("m.skops")
    assert model.image_names_ == ("image",)
    code, _, error = box("segment", "1-1", "--core", "hole.csv", "--model", "m.skops", "--out", "map.png")
    assert (code, error) == (0, "")
    with warnings.catch_warnings(action="error"):
        (section,) = cw.Core([cw.read_core("hole.csv")["1-1"].showing(["image"])]).sections()
    segmentation, _ = cw.read_labels("map.png")
    np.testing.assert_array_equal(segmentation, model.predict(section))


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("hole.csv", ("train", "--core", "hole.csv", "--out")),
        ("hole.csv", ("evaluate", "--core", "hole.csv", "--json")),
        ("box0-uv.png", ("evaluate", "--core", "hole.csv", "--confusion")),
        ("box1.png", ("train", "--core", "hole.csv", "--no-second", "--out")),
        ("box1-uv.png", ("evaluate", "--core", "hole.csv", "--no-second", "--confusion")),
        ("box1.png", ("segment", "1-1", "--core", "hole.csv", "--model", "{model}", "--out")),
        ("box0-uv.png", ("segment", "1-1", "--core", "hole.csv", "--model", "{model}", "--out")),
        ("box1.png", ("segment-core", "hole.csv", "--model", "{model}", "--out", "out", "--figure")),
        ("0-0.png", ("segment-core", "hole.csv", "--model", "{model}", "--out", "out", "--figure")),
    ],
)
def test_no_table_and_nothing_that_it_names_is_written_over(box, hole, written, command):
    before = Path(written).read_bytes()
    result = box(*(word.format(model=hole / "model.skops") for word in command), written)
    assert fails(result, f"'{written}' is named twice; choose another file to write to")
    assert Path(written).read_bytes() == before


def test_a_section_is_segmented_with_the_second_photograph_that_its_model_learned_from(box):
    box(*TRAIN)
    code, _, error = box("segment", "1-0", "--core", "hole.csv", "--model", "m.skops", "--out", "map.png")
    assert (code, error) == (0, "")
    expected = cw.load_model("m.skops").predict(cw.read_core("hole.csv")["1-0"].read())
    np.testing.assert_array_equal(cw.read_labels("map.png")[0], expected)
    result = box("segment", "1-7", "--core", "hole.csv", "--model", "m.skops", "--out", "map.png")
    assert fails(result, "no section '1-7'; near it: .*With --core, IMAGE is the name of a section in the")
    result = box("segment", "box1.png", "--model", "m.skops", "--out", "map.png", "--rotate", "0")
    assert fails(result, "has no second; give it with --core and a table with the column second_file")
    assert "others" not in result[2]


def test_lanes_without_a_second_photograph_are_named_with_the_option_that_leaves_all_out(box, tmp_path):
    table = (tmp_path / "hole.csv").read_text().splitlines()
    table[2] = table[2].replace("box0-uv.png", "")
    (tmp_path / "hole.csv").write_text("\n".join(table))
    assert fails(box(*TRAIN), "1 of 2 labelled sections have no second photograph: 0-1.* --no-second")
    assert box(*TRAIN, "--no-second")[0] == 0


def test_labels_that_the_tools_keep_beside_a_photograph_are_those_of_its_lane(box, sample, tmp_path):
    lanes = cw.read_core("hole.csv")
    plain = [cw.Lane(lane.file, lane.top, lane.base, lane.name, lane.crop) for lane in lanes]
    cw.Core(plain).write_csv("plain.csv")
    command = ["train", "--core", "plain.csv", "--out", "m.skops", "--no-scores", *QUICK]
    assert fails(
        box(*command), "No section of 'plain.csv' is labelled. Name label files in the column labels_file"
    )
    beside = cw.read_core("plain.csv")["1-0"].read().file_beside(".labels.png")
    cw.write_labels(beside, sample.labels[_rows(1)[0]], sample.legend)
    code, output, error = box(*command)
    assert (code, error) == (0, "")
    assert "1 photograph," in output


def test_labels_of_another_size_name_the_section(box, sample):
    cw.write_labels("0-1.png", sample.labels[:50], sample.legend)
    assert fails(box(*TRAIN), r"The labels '.*0-1\.png' of the section 0-1: .*50 rows|\(50, 160\)")


def test_lanes_are_evaluated_by_photograph_with_the_photographs_of_the_model(box):
    box(*TRAIN, "--no-second")
    table = ["--core", "hole.csv", "--protocols", "regions", "--folds", "2"]
    code, output, error = box("evaluate", *table, "--model", "m.skops", "--json", "s.json")
    assert (code, error) == (0, "")
    assert "whole regions" in output
    result = box("evaluate", *table, "--model", "m.skops", "--no-second")
    assert is_usage(result, "--model contains its own recipe; leave out --second")


def test_what_does_not_go_with_a_table(box):
    assert is_usage(box(*TRAIN, "box0.png", "0-0.png"), "give either photographs with their labels or --core")
    assert is_usage(
        box(*TRAIN, "--top", "1"), "--top is for photographs given by name, but the table of --core has"
    )
    assert is_usage(box("train", "--out", "m.skops"), "or the table of a core: --core hole.csv")


@pytest.mark.slow
def test_a_report_compares_lanes_with_lanes(box, sample, tmp_path):
    pytest.importorskip("distributed")
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    core = cw.read_core("hole.csv")
    lanes = [lane.showing(["image"]) for lane in core]
    model.fit([lane.read() for lane in lanes[:2]], [sample.labels[rows] for rows in _rows(0)])
    cw.save_model("m.skops", model, legend=sample.legend)
    with in_this_process() as client:
        cw.segment_core(core, model, out="run", processes=cw.Processes(client))
    by_hand = cw.measure_drift(model, [lane.read() for lane in lanes[:2]], core)
    moved = replace(core.lanes[1], top=core.lanes[1].top - 0.5, base=core.lanes[1].base - 0.5)
    cw.Core([core.lanes[0], moved]).write_csv("over.csv")  # trained on with --largest-overlap 0.5
    _write_elevations("hole.csv", "elevations.csv", 500)
    elevations = ["elevations.csv", "--collar", "500"]
    for training in (["box0.png"], ["hole.csv"], ["0-0", "0-1"], ["over.csv"], elevations):
        code, output, error = box(
            "report", "run", "--out", "r.html", "--model", "m.skops", "--training", *training
        )
        assert (code, error) == (0, "")
        assert f"{len(by_hand.flagged)} of 4 photographs differ" in output
    assert len(by_hand.flagged) < 4
    told = ["report", "run", "--out", "r.html", "--model", "m.skops", "--training"]
    code, _, error = box(*told, "elevations.csv")
    assert code == 1
    assert re.search("these are elevations, not depths.* --collar 4", error)
    assert is_usage(box(*told, "box0.png", "--collar", "500"), "--collar does nothing without a table in")


def _write_elevations(table, to, collar):
    """Write a table of depths as one of elevations."""
    with Path(table).open(newline="") as file:
        rows = list(csv.DictReader(file))
    with Path(to).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {name: collar - float(row[name]) for name in ("top", "base")})


def test_a_run_of_before_that_noted_second_photographs_of_no_use_is_not_done_again(box, sample, tmp_path):
    pytest.importorskip("distributed")
    model = cw.PixelClassifier(cw.Hypercolumns((), lab=True), max_training_pixels=500, regularizer=None)
    model.fit(sample.section, sample.labels)
    core = cw.read_core("hole.csv")
    with in_this_process() as client:
        here = cw.Processes(client)
        cw.segment_core(core, model, legend=sample.legend, out="run", processes=here)
        for record in (tmp_path / "run" / "sections").glob("*.json"):
            values = json.loads(record.read_text())
            assert len(values["image"]) == 64
            record.write_text(json.dumps(values | {"image": f"{values['image']} {64 * 'a'}"}))
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "sections").glob("*.png")}
        cw.segment_core(core, model, legend=sample.legend, out="run", processes=here)
    assert {path: path.stat().st_mtime_ns for path in before} == before
