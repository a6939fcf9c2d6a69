"""One table says which label files there are; all that names formats follows it."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

from corewidgets.cli.files import LABELS
from corewidgets.labels import files, formats
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.formats import LABEL_FORMATS, LabelFormat, describe_formats, format_of
from corewidgets.labels.legend import Legend

ENDINGS = [ending for one in LABEL_FORMATS for ending in one.endings]


def test_each_ending_has_one_format():
    assert len(set(ENDINGS)) == len(ENDINGS)
    assert all(format_of(f"a.b{ending.upper()}").endings.count(ending) == 1 for ending in ENDINGS)
    assert tuple(ENDINGS) == LABELS
    assert {".png", ".h5", ".tif", ".tiff", ".npy", ".geojson", ".json"} < set(ENDINGS)


def test_a_format_says_truly_whether_it_keeps_names(tmp_path):
    for one in LABEL_FORMATS:
        path = tmp_path / f"labels{one.endings[0]}"
        write_labels(path, [[0, 1], [2, 2]], Legend(["Matrix", "Clast"]))
        assert (read_labels(path)[1] is not None) == one.keeps_names


def test_the_documented_table_is_that_of_the_formats():
    rows = re.findall(r"^ *(\.[\w.]+(?:, \.[\w.]+)*) {2,}(.+)$", read_labels.__doc__, re.MULTILINE)
    assert rows == [(", ".join(one.endings), one.holds) for one in LABEL_FORMATS]


def test_formats_are_listed_in_words():
    assert describe_formats() == (
        ".png (indexed), .h5 (ilastik), .ome.tif (OME), .tif, .npy, .coco.json (COCO), "
        ".labelme.json (labelme), .geojson (QuPath) or .zip (ImageJ)"
    )


def test_the_table_imports_no_library():
    code = "import sys, corewidgets.labels.formats; assert not {'numpy', 'PIL', 'h5py'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_line_in_the_table_is_a_format_everywhere(tmp_path, monkeypatch):
    def read_text(path, shape, legend, separator=None):
        return np.loadtxt(path, np.uint8, ndmin=2, delimiter=separator), None, None

    monkeypatch.setattr(files, "read_text", read_text, raising=False)
    monkeypatch.setattr(
        files, "write_text", lambda path, labels, *_: np.savetxt(path, labels, "%d"), raising=False
    )
    form = LabelFormat((".txt", ".asc"), "numbers", "files:read_text", "files:write_text", note="a grid")
    monkeypatch.setattr(formats, "LABEL_FORMATS", (*LABEL_FORMATS, form))
    write_labels(tmp_path / "labels.txt", [[0, 1], [2, 2]])
    assert read_labels(tmp_path / "labels.txt", stroke_width=3)[0].tolist() == [[0, 1], [2, 2]]
    assert describe_formats().endswith(", .zip (ImageJ) or .txt (a grid)")
    with pytest.raises(ValueError, match=r"choose from .png, .*, .zip, .txt, .asc\.$"):
        read_labels(tmp_path / "labels.bmp")
