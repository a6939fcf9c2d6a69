"""Photographs and labels of the command line: depths, rotations, bits."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

from .calls import QUICK, fails, is_usage, segment, train


def test_a_lying_core_and_its_labels_are_turned(call, sample, lying):
    arguments = ["--no-scores", *QUICK]
    assert call(*train(*arguments))[0] == 0
    assert call(*segment(model="m.skops"))[0] == 0
    turned = train("--rotate", "90", *arguments, image="lying.png", labels="drawn.png", out="turned.skops")
    code, _, error = call(*turned)
    assert (code, error) == (0, "")
    again = segment("--rotate", "90", image="lying.png", model="turned.skops", out="turned.png")
    code, _, error = call(*again)
    assert (code, error) == (0, "")
    assert (cw.read_labels("turned.png")[0] == cw.read_labels("map.png")[0]).all()


def test_labels_that_the_tools_keep_for_the_turned_photograph_stay(call, sample, lying):
    beside = cw.read_section("lying.png", rotation=90).file_beside(".labels.png")
    cw.write_labels(beside, sample.labels, sample.legend)
    upside_down = cw.read_section("lying.png", rotation=270).file_beside(".labels.png")
    cw.write_labels(upside_down, np.rot90(sample.labels, 2).copy(), sample.legend)
    Image.fromarray(np.rot90(sample.section.image, 2).copy()).save("standing.png")
    standing = cw.read_section("standing.png", rotation=180).file_beside(".labels.png")
    cw.write_labels(standing, sample.labels, sample.legend)
    assert standing.name == "standing.turned-180.labels.png"
    pairs = ["lying.png", str(beside), "lying.png", str(upside_down), "standing.png", str(standing)]
    turns = ["--rotate", "90", "--rotate", "270", "--rotate", "180"]
    assert call("train", *pairs, *turns, "--out", "m.skops", "--no-scores", *QUICK)[0] == 0
    classes = cw.load_model("m.skops").training_summary_["classes"]
    for code, row in classes.items():
        assert row["n_labelled_pixels"] == 3 * (sample.labels == code).sum()
    assert (
        call(*train("--no-scores", "--rotate", "180", *QUICK, image="standing.png", labels=str(standing)))[0]
        == 0
    )
    assert call(*segment("--rotate", "180", image="standing.png", model="m.skops"))[0] == 0


def test_a_lying_core_is_asked_about(call, lying):
    code, _, error = call(*segment(image="lying.png"))
    assert code == 0
    assert re.fullmatch(
        r"corewidgets: warning: 'lying.png' is more than twice .* rotate it: --rotate 90 where .*\n", error
    )
    assert call(*segment("--rotate", "0", image="lying.png"))[2] == ""


def test_rotations_are_one_or_one_for_each(call, lying):
    pairs = ["lying.png", "drawn.png"] * 3
    turns = ["--rotate", "90", "--rotate", "90"]
    text = "--rotate must be given once for all photographs, or once for each .* given 2 times for 3"
    assert is_usage(call("train", *pairs, *turns, "--out", "m.skops"), text)
    assert is_usage(call(*segment("--rotate", "45", image="lying.png")), "invalid choice: 45")


def test_the_bits_of_the_camera(call, sample):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite("wide.tif", sample.section.image.astype(np.uint16) << 4, photometric="rgb")
    code, _, error = call(*segment(image="wide.tif", out="told.png"))
    assert code == 0
    assert "they are read as 12 bits" in error
    assert call(*segment("--bits", "12", image="wide.tif"))[::2] == (0, "")
    assert (cw.read_labels("map.png")[0] == cw.read_labels("told.png")[0]).all()
    assert fails(call(*segment("--bits", "40", image="wide.tif", out="none.png")), "bits must be 8 to 16")


def test_lines_of_geojson_are_drawn_as_wide_as_asked_for(call, sample):
    cw.write_labels("drawn.geojson", sample.labels, sample.legend)
    document = json.loads(Path("drawn.geojson").read_text())
    crack = {"type": "LineString", "coordinates": [[1.5, 1.5], [60.5, 1.5]]}
    name = {"classification": {"name": sample.legend.names[0]}}
    document["features"].append({"type": "Feature", "geometry": crack, "properties": name})
    Path("drawn.geojson").write_text(json.dumps(document))
    arguments = ("train", "{core}", "drawn.geojson", "--out", "m.skops", "--no-scores", *QUICK)
    code, _, error = call(*arguments)
    assert code == 0
    assert "drawn.geojson': left out of the labels: Feature" in error
    assert "a LineString, which has no area; give stroke_width" in error
    n_before = cw.load_model("m.skops").training_summary_["classes"][1]["n_labelled_pixels"]
    code, _, error = call(*arguments, "--stroke-width", "1")
    assert (code, error) == (0, "")
    n_after = cw.load_model("m.skops").training_summary_["classes"][1]["n_labelled_pixels"]
    assert n_after - n_before == 60 - int((sample.labels[1, 1:61] == 1).sum())


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_photograph_that_was_exported_again_does_not_take_the_labels(call, sample, command):
    section = sample.section
    cw.write_labels("mine.png", sample.labels, sample.legend, photograph=section.digest)
    Image.fromarray(section.image).save("core.png")
    out = {"train": ["--out", "m.skops", "--no-scores"], "evaluate": ["--protocols", "random"]}[command]
    arguments = [command, "core.png", "mine.png", *out, *QUICK]
    assert call(*arguments)[::2] == (0, "")
    Image.fromarray(section.image[:, ::-1]).save("core.png")
    Path("m.skops").unlink(missing_ok=True)
    answer = call(*arguments)
    assert fails(answer, "'mine.png' was drawn on another photograph: .* 'core.png'.* --labels-fit; if not")
    assert not Path("m.skops").exists()
    assert call(*arguments, "--labels-fit")[::2] == (0, "")
    Image.fromarray(section.image[:-1]).save("core.png")
    assert fails(call(*arguments, "--labels-fit"), "'mine.png' of the photograph 'core.png'")


def test_a_map_knows_its_photograph(call, sample):
    assert call(*segment())[0] == 0
    with pytest.raises(cw.OtherPhotographError):
        cw.read_labels("map.png", photograph="0" * 64)
    cw.read_labels("map.png", photograph=sample.section.digest)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names that are no text")
def test_a_name_that_is_no_text_is_written_with_an_escape(call, folder):
    name, out = (os.fsdecode(bytes_) for bytes_ in (b"caf\xe9.png", b"caf\xe9-map.png"))
    Path(name).write_bytes((folder / "core.png").read_bytes())
    code, told, error = call(*segment(image=name, out=out))
    assert (code, error) == (0, "")
    assert told.endswith("\nWrote caf\\udce9-map.png.\n")
    plain = cw.load_model(folder / "model.skops").predict(cw.read_section(folder / "core.png"))
    assert (cw.read_labels(out)[0] == plain).all()
