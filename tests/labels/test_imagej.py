"""Regions of ImageJ: outlines with the names of the classes, holes included."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
import roifile
from PIL import Image, ImageDraw

import corewidgets as cw

from .foreign import LABELS, LEGEND, same, write


def test_labels_come_back(tmp_path):
    assert same(write(tmp_path, ".zip"))


def test_the_reader_of_rois_sees_the_same_pixels(tmp_path):
    drawn = np.zeros_like(LABELS)
    for roi in roifile.roiread(write(tmp_path, ".zip")):
        inside = np.zeros(LABELS.shape, bool)
        for ring in roi.coordinates(multi=True):
            inside ^= filled(ring)
        drawn[inside] = roi.group
        assert roi.name.startswith(LEGEND.name(roi.group) + " ")
    np.testing.assert_array_equal(drawn, LABELS)


def filled(ring, scale=8):
    """Draw a ring at a larger scale, and look at the centers of pixels."""
    image = Image.new("1", (LABELS.shape[1] * scale, LABELS.shape[0] * scale))
    ImageDraw.Draw(image).polygon([tuple(corner) for corner in (np.asarray(ring) * scale).tolist()], fill=1)
    return np.asarray(image)[scale // 2 :: scale, scale // 2 :: scale]


def foreign(folder, *rois):
    path = folder / "RoiSet.zip"
    roifile.roiwrite(path, rois)
    return path


def roi(name, points, kind="POLYGON"):
    made = roifile.ImagejRoi.frompoints(np.array(points))
    made.name, made.roitype = name, roifile.ROI_TYPE[kind]
    return made


def test_regions_of_imagej_need_the_size_of_the_image_and_are_called_by_their_names(tmp_path):
    path = foreign(
        tmp_path,
        roi("Clast-1", [[1, 2], [5, 2], [5, 4], [1, 4]]),
        roi("Matrix", [[6, 0], [9, 0], [9, 9], [6, 9]]),
    )
    with pytest.raises(ValueError, match=r"RoiSet\.zip' does not say how large its image is; give shape="):
        cw.read_labels(path)
    labels, legend = cw.read_labels(path, shape=(10, 10))
    assert legend.names == ("Clast", "Matrix")
    assert np.argwhere(labels == 1).min(axis=0).tolist() == [2, 1]
    assert (labels == 1).sum() == 8
    assert (labels == 2).sum() == 27


def test_regions_without_a_name_or_an_area_are_left_out(tmp_path):
    square = [[1, 2], [5, 2], [5, 4], [1, 4]]
    path = foreign(tmp_path, roi("0001-0003", square), roi("Line", square[:2], "LINE"), roi("Clast", square))
    with pytest.warns(UserWarning, match="2 of 3 regions have no area or no name"):
        labels, _ = cw.read_labels(path, shape=(10, 10))
    assert (labels == 1).sum() == 8


def test_an_archive_that_is_none(tmp_path):
    path = tmp_path / "labels.zip"
    path.write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(ValueError, match=r"labels\.zip' cannot be decoded"):
        cw.read_labels(path, shape=(10, 10))


def test_outlines_that_unpack_to_gigabytes_are_refused(tmp_path):
    path = tmp_path / "labels.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"{number}.roi", bytes(2**25))
    with pytest.raises(ValueError, match=r"it unpacks to 301,989,888 bytes, more than the 268,435,456 "):
        cw.read_labels(path, shape=(10, 10))


def test_lines_and_points_are_strokes_of_the_width_that_is_asked_for(tmp_path):
    path = foreign(
        tmp_path,
        roi("Crack-1", [[2, 4], [5, 4], [8, 4]], "FREELINE"),
        roi("Crack-2", [[2.5, 8.5], [8.5, 8.5]], "POLYLINE"),  # within pixels, as the magnified image shows
        roi("Clast", [[1, 1], [9, 1]], "POINT"),
    )
    labels, legend = cw.read_labels(path, shape=(10, 10), stroke_width=1)
    expected = np.zeros((10, 10), np.uint8)
    expected[4, 2:9] = expected[8, 2:9] = 1
    expected[1, [1, 9]] = 2
    assert legend.names == ("Crack", "Clast")
    np.testing.assert_array_equal(labels, expected)
    wide, _ = cw.read_labels(path, shape=(10, 10), stroke_width=3)
    assert (wide[3:6, 3:8] == 1).all()
