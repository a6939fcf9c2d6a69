"""Where a file comes from: kept in it or beside it, and found again; programs still read the file."""

from __future__ import annotations

import json

import lasio
import numpy as np
import pytest
import tifffile
from las_rules import las_problems
from PIL import Image

import corewidgets as cw
from corewidgets.origin import Origin, file_digest, keep_origin, read_origin

ORIGIN = Origin(
    ("segment", "box — 1.jpg", "--out", "map.png"), "..", "map.png",
    {"box — 1.jpg": "ab" * 32}, {"text": "-- > ~A \\ \" &"}, {"numpy": "2.1"}, 1_700_000_000,
)  # fmt: skip
LABELS = np.array([[0, 1], [2, 2]], np.uint8)
LEGEND = cw.Legend(["Matrix", "Clast"])
LAS = """~Version
VERS. 2.0 : CWLS LOG ASCII STANDARD - VERSION 2.0
WRAP. NO : One line per depth step
~Well
STRT.M 0.0 : Start
STOP.M 1.0 : Stop
STEP.M 1.0 : Step
NULL. -999.25 : Null
COMP. : Company
WELL. hole : Well
FLD. : Field
LOC. : Location
SRVC. : Service
DATE. : Date
UWI. : Identifier
API. : Number
~Curves
DEPT.M : Depth
CLAST.V/V : Clast
~Params
{other}~ASCII
0.0 0.5
1.0 0.25
"""


def written(folder, ending):
    """Write a small file of a kind."""
    path = folder / f"file{ending}"
    if ending in {".png", ".tif", ".geojson", ".npy", ".h5"}:
        cw.write_labels(path, LABELS, None if ending == ".npy" else LEGEND)
    elif ending == ".las":
        path.write_text(LAS.format(other="~Other\nA remark.\n"))
    else:
        path.write_text("<!doctype html>\n<p>text</p>\n" if ending == ".html" else "top,base\n0,1\n")
    return path


KINDS = [".png", ".tif", ".las", ".html", ".csv", ".npy", ".h5", ".geojson"]


@pytest.mark.parametrize("ending", KINDS)
def test_what_is_kept_is_found_again_and_replaced_by_what_is_kept_later(tmp_path, ending):
    path = written(tmp_path, ending)
    assert read_origin(path) is None
    keep_origin(path, Origin(("features",), ".", "x", {}))
    keep_origin(path, ORIGIN)
    assert read_origin(path) == ORIGIN


@pytest.mark.parametrize("ending", [".png", ".tif", ".h5", ".geojson"])
def test_labels_are_read_as_before(tmp_path, ending):
    path = written(tmp_path, ending)
    keep_origin(path, ORIGIN)
    labels, legend = cw.read_labels(path, shape=(2, 2))
    np.testing.assert_array_equal(labels, LABELS)
    assert legend == LEGEND


def test_other_programs_read_pictures_as_before(tmp_path):
    png, tiff = written(tmp_path, ".png"), written(tmp_path, ".tif")
    for path in (png, tiff):
        keep_origin(path, ORIGIN)
    with Image.open(png) as image:
        image.load()
        np.testing.assert_array_equal(np.asarray(image), LABELS)
        assert json.loads(image.text["corewidgets_origin"])["command"] == list(ORIGIN.command)
    np.testing.assert_array_equal(tifffile.imread(tiff), LABELS)


@pytest.mark.parametrize("other", ["", "~Other\nA remark.\n"])
def test_a_log_keeps_to_the_rules_and_its_numbers(tmp_path, other):
    path = tmp_path / "log.las"
    path.write_text(LAS.format(other=other))
    keep_origin(path, ORIGIN)
    assert read_origin(path) == ORIGIN
    assert las_problems(path) == []
    assert max(map(len, path.read_text().splitlines())) <= 80
    las = lasio.read(path)
    assert las["CLAST"].tolist() == [0.5, 0.25]
    assert ("A remark." in las.other) == bool(other)


def test_a_model_is_loaded_as_before(tmp_path, sample):
    recipe = cw.Hypercolumns((), lab=True)
    model = cw.PixelClassifier(recipe, max_training_pixels=100, regularizer=None, preset="published")
    path = tmp_path / "model.skops"
    cw.save_model(path, model.fit(sample.section, sample.labels), legend=sample.legend)
    keep_origin(path, ORIGIN)
    assert read_origin(path) == ORIGIN
    loaded = cw.load_model(path)
    np.testing.assert_array_equal(loaded.predict(sample.section), model.predict(sample.section))


def test_a_folder_keeps_it_in_a_file_of_its_own(tmp_path):
    keep_origin(tmp_path, ORIGIN)
    assert [path.name for path in tmp_path.iterdir()] == ["origin.json"]
    assert read_origin(tmp_path) == ORIGIN


def test_a_file_of_another_program_beside_stays(tmp_path):
    path = written(tmp_path, ".csv")
    beside = path.with_name("file.csv.origin.json")
    beside.write_text('{"mine": 1}')
    with pytest.warns(UserWarning, match=r"'.*file\.csv\.origin\.json' was not written by corewidgets"):
        keep_origin(path, ORIGIN)
    assert beside.read_text() == '{"mine": 1}'
    assert read_origin(path) is None


def test_a_file_changed_after_is_told(tmp_path):
    path = written(tmp_path, ".csv")
    keep_origin(path, ORIGIN)
    path.write_text("top,base\n0,2\n")
    with pytest.raises(ValueError, match=r"'.*file\.csv' was changed after 'file\.csv\.origin\.json'"):
        read_origin(path)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"format": 2}', '{"format": "a"}', ORIGIN.to_text().replace('"time":1', '"time":"1"')],
)
def test_what_is_damaged_is_told(text):
    with pytest.raises(ValueError, match="The record of its origin is damaged"):
        Origin.from_text(text)


@pytest.mark.parametrize("ending", [".png", ".tif", ".las", ".html", ".skops"])
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 40, b"PK\x03\x04 and no more", b"\x89PNG\r\n\x1a\n\0\0\0\x09tEXt"]
)
def test_a_file_that_is_none_of_its_kind_says_nothing(tmp_path, ending, content):
    path = tmp_path / f"file{ending}"
    path.write_bytes(content)
    assert read_origin(path) is None


def test_the_digest_of_a_file_is_its_sha_256(tmp_path):
    path = tmp_path / "abc"
    path.write_text("abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
