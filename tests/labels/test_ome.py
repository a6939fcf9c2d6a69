"""OME-TIFF: programs that know it read the pixels, their axes and the classes."""

from __future__ import annotations

import numpy as np
import ome_types
import pytest
import tifffile

import corewidgets as cw

from .foreign import LABELS, same, write


@pytest.mark.parametrize("ending", [".ome.tif", ".ome.tiff"])
def test_labels_come_back(tmp_path, ending):
    assert same(write(tmp_path, ending))


def test_the_library_of_ome_reads_size_axes_and_classes(tmp_path):
    path = write(tmp_path, ".ome.tif")
    ome = ome_types.from_tiff(path)
    pixels = ome.images[0].pixels
    assert (pixels.size_y, pixels.size_x, pixels.type.value) == (*LABELS.shape, "uint8")
    (annotation,) = ome.structured_annotations
    pairs = dict(annotation.value)
    assert [pairs[f"class {code}"] for code in (1, 2, 3)] == ["Matrix", "Clast", "Vein 2"]
    np.testing.assert_array_equal(tifffile.imread(path), LABELS)


def test_labels_without_a_legend(tmp_path):
    path = tmp_path / "labels.ome.tif"
    cw.write_labels(path, LABELS)
    labels, legend = cw.read_labels(path)
    np.testing.assert_array_equal(labels, LABELS)
    assert legend is None


def test_names_that_xml_would_misread(tmp_path):
    legend = cw.Legend(["<A & B>", "Ж", 'say "c"'])
    path = tmp_path / "labels.ome.tif"
    cw.write_labels(path, LABELS, legend)
    assert cw.read_labels(path)[1] == legend
