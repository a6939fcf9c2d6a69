"""What is written is read back, legend and all; files of other programs are read; bad ones are told."""

from __future__ import annotations

import json
import os
import re
import struct
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from corewidgets.labels.arrays import regions
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.formats import LABEL_FORMATS
from corewidgets.labels.legend import Legend

ENDINGS = [*(ending for one in LABEL_FORMATS for ending in one.endings), ".PNG", ".NPY"]
USUAL = [one.endings[0] for one in LABEL_FORMATS]
# each HDF5 file is read by a process of its own
SLOW_HDF5 = [pytest.param(ending, marks=[pytest.mark.slow] * (ending == ".h5")) for ending in USUAL]
NAMED = [one.endings[0] for one in LABEL_FORMATS if one.keeps_names]
NAMES = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)
    .map(str.strip)
    .filter(bool)
)
SHAPES = npst.array_shapes(min_dims=2, max_dims=2, max_side=9)
LEGEND = Legend(["Matrix", "Impact-Dark", "Карбонат"])
LABELS = np.array([[0, 1, 1, 0], [3, 3, 1, 0], [3, 0, 0, 3]], np.uint8)


@st.composite
def labels_and_legends(draw):
    legend = draw(st.none() | st.builds(Legend, st.lists(NAMES, min_size=1, max_size=9, unique=True)))
    highest = 255 if legend is None else len(legend)
    return draw(npst.arrays(np.uint8, SHAPES, elements=st.integers(0, highest))), legend


@pytest.mark.parametrize("ending", SLOW_HDF5)
@settings(max_examples=50)  # each waits for the disk
@given(labels_and_legends())
def test_what_is_written_is_read_back(tmp_path_factory, ending, labels_and_legend):
    labels, legend = labels_and_legend
    path = tmp_path_factory.mktemp("labels") / f"labels{ending}"
    write_labels(path, labels, legend)
    read, read_legend = read_labels(path, shape=labels.shape)
    assert read.dtype == np.uint8
    assert (read == labels).all()
    assert read_legend == (None if ending.lower() == ".npy" else legend)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("ending", NAMED)
def test_the_longest_legend_is_kept(tmp_path, ending):
    legend = Legend([f"{code} {'🪨' * 200}" for code in range(255)])
    labels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    write_labels(tmp_path / f"labels{ending}", labels, legend)
    read, read_legend = read_labels(tmp_path / f"labels{ending}")
    assert (read == labels).all()
    assert read_legend == legend


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_list_of_whole_numbers_is_written(tmp_path, ending):
    write_labels(tmp_path / f"labels{ending}", LABELS.astype(float).tolist(), LEGEND)
    assert (read_labels(tmp_path / f"labels{ending}")[0] == LABELS).all()


# The formats as other programs see them


def test_a_png_is_a_picture_in_the_colors_of_the_legend(tmp_path):
    write_labels(tmp_path / "labels.png", LABELS, LEGEND)
    with Image.open(tmp_path / "labels.png") as image:
        assert image.mode == "P"
        assert (np.asarray(image) == LABELS).all()
        rgba = np.asarray(image.convert("RGBA"))
    assert (rgba[..., :3] == LEGEND.rgb()[LABELS]).all()
    assert (rgba[..., 3] == np.where(LABELS == 0, 0, 255)).all()


def test_hdf5_is_what_ilastik_exports(tmp_path):
    write_labels(tmp_path / "labels.h5", LABELS, LEGEND)
    with h5py.File(tmp_path / "labels.h5") as file:
        assert list(file) == ["exported_data"]
        data = file["exported_data"]
        assert (data.shape, data.dtype) == ((3, 4, 1), np.uint8)
        assert json.loads(data.attrs["axistags"]) == {
            "axes": [
                {"key": "y", "typeFlags": 2, "resolution": 0, "description": ""},
                {"key": "x", "typeFlags": 2, "resolution": 0, "description": ""},
                {"key": "c", "typeFlags": 1, "resolution": 0, "description": ""},
            ]
        }


def test_a_tiff_is_grey_and_compressed(tmp_path):
    write_labels(tmp_path / "labels.tif", LABELS, LEGEND)
    with Image.open(tmp_path / "labels.tif") as image:
        assert (image.mode, image.info["compression"]) == ("L", "tiff_adobe_deflate")
        assert (np.asarray(image) == LABELS).all()


def test_npy_is_numpy_s(tmp_path):
    write_labels(tmp_path / "labels.npy", LABELS)
    assert (np.load(tmp_path / "labels.npy") == LABELS).all()


# What other programs write


@pytest.mark.parametrize("kind", ["L", "P", "I;16"])
def test_a_png_of_another_program(tmp_path, kind):
    image = Image.fromarray(LABELS.astype(np.uint16) if kind == "I;16" else LABELS)
    if kind == "P":
        image.putpalette([10, 20, 30] * 4)
    image.save(tmp_path / "labels.png")
    read, legend = read_labels(tmp_path / "labels.png")
    assert (read == LABELS).all()
    assert legend is None


def test_a_black_and_white_png_has_one_class(tmp_path):
    Image.fromarray(LABELS > 0).save(tmp_path / "labels.png")
    assert (read_labels(tmp_path / "labels.png")[0] == (LABELS > 0)).all()


def write_hdf5(path, axes, shape, name="exported_data", kind=np.uint8):
    data = LABELS if axes.index("y") < axes.index("x") else LABELS.T
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset(name, data=data.reshape(shape).astype(kind))
        dataset.attrs["axistags"] = json.dumps({"axes": [{"key": axis} for axis in axes]})


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ("yx", (3, 4)),
        ("yxc", (3, 4, 1)),
        ("cyx", (1, 3, 4)),
        ("xyc", (4, 3, 1)),
        ("xcy", (4, 1, 3)),
        ("tzyxc", (1, 1, 3, 4, 1)),
        ("zxty", (1, 4, 1, 3)),
    ],
)
def test_hdf5_with_axes_in_any_order(tmp_path, axes, shape):
    write_hdf5(tmp_path / "labels.h5", axes, shape, kind=np.uint32)
    assert (read_labels(tmp_path / "labels.h5")[0] == LABELS).all()


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1)])
def test_hdf5_without_axes_under_another_name(tmp_path, shape):
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["volume/labels"] = LABELS.reshape(shape)
    assert (read_labels(tmp_path / "labels.h5")[0] == LABELS).all()


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits"])
def test_a_tiff_of_another_program(tmp_path, compression):
    Image.fromarray(LABELS).save(
        tmp_path / "labels.tif", compression=compression, description="drawn by hand"
    )
    read, legend = read_labels(tmp_path / "labels.tif")
    assert (read == LABELS).all()
    assert legend is None


def test_arrays_in_the_other_order_of_memory(tmp_path):
    np.save(tmp_path / "labels.npy", np.asfortranarray(LABELS.astype(">i8")))
    assert (read_labels(tmp_path / "labels.npy")[0] == LABELS).all()


def test_the_published_labels():
    folder = os.environ.get("COREWIDGETS_DATA")
    if not folder:
        pytest.skip("COREWIDGETS_DATA is not set; let it name the folder that contains chicxulub-72-2/")
    section = Path(folder, "chicxulub-72-2")
    legend = Legend.read_csv(section / "classes.csv")
    labels, _ = read_labels(section / "labels-ilastik.h5", shape=(2693, 396), legend=legend)
    assert (labels > 0).sum() == 259_499
    assert regions(labels).max() == 95


# Legends


def test_a_given_legend_sets_the_codes_of_named_classes(tmp_path):
    other = Legend(["Карбонат", "Chert", "Matrix"])
    for ending in NAMED:
        write_labels(tmp_path / f"labels{ending}", LABELS, LEGEND)
        read, legend = read_labels(tmp_path / f"labels{ending}", legend=other)
        assert (read == np.array([0, 3, 0, 1])[LABELS]).all()
        assert legend is other


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_given_legend_leaves_codes_without_names(tmp_path, ending):
    write_labels(tmp_path / f"labels{ending}", LABELS)
    read, legend = read_labels(tmp_path / f"labels{ending}", legend=LEGEND)
    assert (read == LABELS).all()
    assert legend is LEGEND


def test_a_given_legend_without_a_class_of_the_file(tmp_path):
    write_labels(tmp_path / "labels.png", LABELS, LEGEND)
    with pytest.raises(
        ValueError,
        match=r"^'.*labels\.png': The legend has no class 'Карбонат'; choose from Matrix, Chert\.$",
    ):
        read_labels(tmp_path / "labels.png", legend=Legend(["Matrix", "Chert"]))


SHORT = (
    "labels hold code 3, but the legend ends with code 2 (Chert); add a class to the legend, or erase "
    "these labels."
)


def test_a_legend_that_lacks_a_code(tmp_path):
    short = Legend(["Matrix", "Chert"])
    for ending in ENDINGS:
        with pytest.raises(ValueError, match=f"^{re.escape(SHORT)}$"):
            write_labels(tmp_path / f"labels{ending}", LABELS, short)
    assert list(tmp_path.iterdir()) == []
    write_labels(tmp_path / "labels.npy", LABELS)
    with pytest.raises(ValueError, match=rf"^'.*labels\.npy': {re.escape(SHORT)}$"):
        read_labels(tmp_path / "labels.npy", legend=short)


# Bad files


@pytest.mark.parametrize("ending", ENDINGS)
def test_labels_of_another_size(tmp_path, ending):
    path = tmp_path / f"labels{ending}"
    write_labels(path, LABELS)
    message = (
        f"'{path}': labels have shape (3, 4) but the image has 12 rows and 20 columns; draw them on this "
        "section."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_labels(path, shape=(12, 20))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_missing_file_and_a_folder(tmp_path, ending):
    path = tmp_path / f"labels{ending}"
    with pytest.raises(
        FileNotFoundError, match=f"^There is no file '{path}'; check the name and the folder\\.$"
    ):
        read_labels(path)
    path.mkdir()
    with pytest.raises(
        IsADirectoryError, match=f"^'{path}' is a folder; name the file of the labels in it\\.$"
    ):
        read_labels(path)


def test_an_unknown_ending(tmp_path):
    path = tmp_path / "labels.bmp"
    message = (
        f"Labels are not read or written as '.bmp' ('{path}'); choose from .png, .h5, .ome.tif, "
        ".ome.tiff, .tif, .tiff, .npy, .coco.json, .labelme.json, .geojson, .json, .zip."
    )
    for use in (lambda: read_labels(path), lambda: write_labels(path, LABELS)):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            use()


@pytest.mark.filterwarnings("ignore:.*[Tt]runcated:UserWarning")
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 0.95])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_is_cut_short(tmp_path, ending, share):
    path = tmp_path / f"labels{ending}"
    write_labels(path, np.random.default_rng(0).integers(0, 4, (60, 50)))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(
        ValueError, match=f"^'{re.escape(str(path))}' cannot be decoded .*copy it again from its"
    ):
        read_labels(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_of_another_kind(tmp_path, ending):
    path = tmp_path / f"labels{ending}"
    path.write_bytes(b"value,name\n1,Matrix\n" * 50)
    with pytest.raises(
        ValueError, match="it is damaged, cut short or of another format than its ending says"
    ):
        read_labels(path)


@pytest.mark.parametrize("ending", [".png", ".tif", ".h5"])
def test_a_size_that_the_bytes_cannot_hold_is_refused_before_decoding(tmp_path, ending):
    path = tmp_path / f"labels{ending}"
    if ending == ".h5":
        with h5py.File(path, "w") as file:  # never written, so that it takes no place
            file.create_dataset("exported_data", shape=(100_000, 100_000), dtype=np.uint8, chunks=True)
    elif ending == ".tif":
        write_labels(path, LABELS)
        with tifffile.TiffFile(path, mode="r+") as file:
            file.pages[0].tags["ImageLength"].overwrite(300_000_000)
    else:
        write_labels(path, LABELS)
        content = bytearray(path.read_bytes())
        content[16:24] = struct.pack(">II", 20_000, 20_000)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
        path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"cannot be decoded \((\d+ rows and \d+ columns in \d+ bytes|\d+ values)\)"
    ):
        read_labels(path)


def test_pickled_objects_are_refused(tmp_path):
    np.save(tmp_path / "labels.npy", np.array([[{}]], dtype=object))
    with pytest.raises(ValueError, match="Object arrays cannot be loaded when allow_pickle=False"):
        read_labels(tmp_path / "labels.npy")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_a_png_in_colors(tmp_path, mode):
    path = tmp_path / "labels.png"
    Image.new(mode, (4, 3)).save(path)
    message = (
        f"'{path}' is a picture in colors ({mode}), which need a legend to become codes; give the legend "
        "that it was painted with (legend=..., or --legend FILE)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_labels(path)


def test_a_tiff_in_colors_or_with_pages(tmp_path):
    path = tmp_path / "labels.tif"
    tifffile.imwrite(path, np.zeros((4, 4, 3), np.uint8), photometric="rgb")
    with pytest.raises(
        ValueError,
        match=r"is a picture in colors \(RGB\), which need a legend to become codes; give the",
    ):
        read_labels(path)
    tifffile.imwrite(path, np.zeros((2, 4, 4), np.uint8), photometric="minisblack")
    with pytest.raises(ValueError, match="has 2 pages, but labels are one; save them as a file of their own"):
        read_labels(path)


def test_hdf5_with_probabilities_or_without_labels(tmp_path):
    path = tmp_path / "labels.h5"
    with h5py.File(path, "w") as file:
        file["exported_data"] = np.zeros((4, 5, 14), np.float32)
    with pytest.raises(ValueError, match="holds 14 values along c, but labels are one code per pixel"):
        read_labels(path)
    with h5py.File(path, "w") as file:
        file["exported_data"] = np.zeros((4, 5, 1, 1), np.uint8)
    with pytest.raises(
        ValueError, match=r"of shape \(4, 5, 1, 1\) with the axes unknown, but labels need y and x"
    ):
        read_labels(path)
    with h5py.File(path, "w") as file:
        file["a"], file["b/c"] = LABELS, LABELS
    with pytest.raises(ValueError, match="has no dataset 'exported_data' but 'a', 'b/c'; export labels from"):
        read_labels(path)


def test_values_that_are_no_codes(tmp_path):
    np.save(tmp_path / "labels.npy", np.array([[0.0, 0.5]]))
    with pytest.raises(ValueError, match=r"but there is 0\.5 at row 0, column 1\.$"):
        read_labels(tmp_path / "labels.npy")


def test_a_damaged_legend(tmp_path):
    write_labels(tmp_path / "labels.h5", LABELS, LEGEND)
    with h5py.File(tmp_path / "labels.h5", "r+") as file:
        file["exported_data"].attrs["corewidgets_legend"] = "{}"
    with pytest.raises(
        ValueError, match=r"^The legend in '.*labels\.h5' is damaged \(.*\); write the labels again"
    ):
        read_labels(tmp_path / "labels.h5")


def test_polygons_name_their_file(tmp_path):
    path = tmp_path / "core.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(ValueError, match=f"^'{path}': These polygons do not say how large their image is"):
        read_labels(path)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "labels.png"
    write_labels(path, LABELS, LEGEND)
    before = path.read_bytes()

    def fail(image, file, **_):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="No space left"):
        write_labels(path, LABELS + 1)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", SLOW_HDF5)
@settings(max_examples=50)
@given(changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1))
def test_broken_bytes_are_read_or_refused(tmp_path_factory, ending, changes):
    path = tmp_path_factory.mktemp("broken") / f"labels{ending}"
    write_labels(path, LABELS, LEGEND)
    content = bytearray(path.read_bytes())
    for position, value in changes:
        content[position % len(content)] = value
    path.write_bytes(content)
    try:
        labels, _ = read_labels(path)
    except (ValueError, TypeError):
        return  # any other error fails the test
    assert (labels.dtype, labels.ndim) == (np.uint8, 2)


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_of_few_bits_is_read_as_the_codes_that_were_written(tmp_path, bits):
    codes = np.arange(2**bits, dtype=np.uint8).reshape(2, -1).repeat(4, axis=0)
    rows = [bytes(packed) for packed in _packed(codes, bits)]
    data = b"".join(b"\0" + row for row in rows)
    header = struct.pack(">IIBBBBB", codes.shape[1], codes.shape[0], bits, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    (tmp_path / "few.png").write_bytes(png)
    found, legend = read_labels(tmp_path / "few.png")
    assert np.array_equal(found, codes)
    assert legend is None


def _packed(codes, bits):
    """Yield the bytes of each row, several codes in a byte, the first in the highest bits."""
    n_each = 8 // bits
    for row in codes:
        padded = np.pad(row, (0, -len(row) % n_each)).reshape(-1, n_each)
        shifts = bits * np.arange(n_each)[::-1]
        yield (padded.astype(int) << shifts).sum(axis=1).astype(np.uint8)


# Labels of a photograph that was turned


@pytest.mark.parametrize("ending", USUAL)
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_labels_turn_with_the_photograph(tmp_path, ending, rotation):
    path = tmp_path / f"labels{ending}"
    write_labels(path, LABELS, None if ending == ".npy" else LEGEND)
    expected = np.asarray(Image.fromarray(LABELS).rotate(-rotation, expand=True))
    labels, _ = read_labels(path, shape=expected.shape, rotation=rotation)
    assert labels.tolist() == expected.tolist()
    assert read_labels(path, rotation=rotation)[0].tolist() == expected.tolist()


def test_labels_drawn_on_the_turned_photograph_stay(tmp_path):
    write_labels(tmp_path / "labels.png", LABELS, LEGEND)
    labels, _ = read_labels(tmp_path / "labels.png", shape=LABELS.shape, rotation=90)
    assert (labels == LABELS).all()
    with pytest.raises(
        ValueError, match=r"labels have shape \(3, 4\) but the image has 9 rows and 5 columns"
    ):
        read_labels(tmp_path / "labels.png", shape=(5, 9), rotation=90)
    with pytest.raises(
        ValueError, match=r"^rotation must be 0, 90, 180 or 270 degrees clockwise, but it is 45\.$"
    ):
        read_labels(tmp_path / "labels.png", rotation=45)
