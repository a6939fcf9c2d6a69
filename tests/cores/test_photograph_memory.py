"""What memory it takes to read a photograph: measured as the peak of a process that does nothing else."""

from __future__ import annotations

import struct
import subprocess
import sys
import textwrap
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

import corewidgets as cw

N_ROWS, N_COLUMNS = 6000, 3000
EDGE = 20_000
READ = """
    import resource, sys
    import numpy, tifffile
    from PIL import Image
    from corewidgets.cores.photograph import read_photograph
    Image.init()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    crop = tuple(map(int, sys.argv[2:])) or None
    image = read_photograph(sys.argv[1], crop=crop)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
RUN = """
    import resource, subprocess, sys
    subprocess.run([sys.executable, "-m", "corewidgets", *sys.argv[1:]], check=True)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def printed_last(script, *arguments):
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def even_png(path, n_rows, n_columns, bits):
    """Write a PNG file of one color, row by row."""
    header = struct.pack(">IIBBBBB", n_columns, n_rows, bits, 2, 0, 0, 0)
    row, deflate = b"\0" + bytes([150, 110, 80] * (bits // 8)) * n_columns, zlib.compressobj(1)
    pixels = b"".join(deflate.compress(row) for _ in range(n_rows)) + deflate.flush()
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")):
            check = struct.pack(">I", zlib.crc32(kind + data))
            file.write(struct.pack(">I", len(data)) + kind + data + check)


def written(path, bits):
    if path.suffix == ".png":
        even_png(path, N_ROWS, N_COLUMNS, bits)
    elif path.suffix == ".jpg":
        Image.new("RGB", (N_COLUMNS, N_ROWS), (150, 110, 80)).save(path)
    else:
        tifffile.imwrite(
            path, np.full((N_ROWS, N_COLUMNS, 3), 150, np.uint8), photometric="rgb", compression="zlib",
            rowsperstrip=64,
        )  # fmt: skip
    return path


@pytest.mark.parametrize(
    ("name", "bits", "whole", "most"),
    [
        ("core.jpg", 8, True, 8.5),  # 7 and the strips that are at work
        ("core.png", 16, True, 9.5),
        ("core.png", 8, False, 4.5),
        ("core.tif", 8, False, 0.5),
    ],
)
def test_it_takes_no_more_bytes_a_pixel_than_it_says(tmp_path, name, bits, whole, most):
    path = written(tmp_path / name, bits)
    crop = () if whole else (0, N_ROWS, 1000, 1050)
    assert printed_last(READ, path, *crop) < most * N_ROWS * N_COLUMNS


@pytest.mark.slow
def test_a_lane_of_the_largest_photograph_is_segmented_in_4_gb(tmp_path, sample):
    even_png(tmp_path / "box.png", EDGE, EDGE, 8)
    lane = cw.Lane(tmp_path / "box.png", 10.0, 11.0, "lane", crop=(0, EDGE, 5000, 5064))
    cw.Core([lane]).write_csv(tmp_path / "core.csv")
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    model.fit(sample.section, sample.labels)
    cw.save_model(tmp_path / "model.skops", model, legend=sample.legend)
    peak = printed_last(
        RUN, "segment-core", tmp_path / "core.csv", "--model", tmp_path / "model.skops",
        "--out", tmp_path / "out", "--workers", "1",
    )  # fmt: skip
    assert cw.read_labels(tmp_path / "out" / "sections" / "lane.png")[0].shape == (EDGE, 64)
    assert peak < 4e9
