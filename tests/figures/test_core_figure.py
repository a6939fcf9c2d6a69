"""A figure shows itself in a notebook, needs no screen, and is written whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from corewidgets.figures.core_figure import save_figure
from corewidgets.figures.sections import plot_photograph

from .example import SECTION, pixels, poster


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("PDF", b"%PDF"), ("svg", b"<?xml"), ("jpg", b"\xff\xd8")]
)
def test_a_figure_is_written_in_the_format_of_its_suffix(tmp_path, suffix, start):
    path = tmp_path / f"poster.{suffix}"
    save_figure(plot_photograph(SECTION), path, dpi=50)
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_a_drawing_has_the_same_bytes_where_an_axis_lies_a_last_bit_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    written = []
    for step in (0, 1):
        figure = Figure(figsize=(2, 2))
        for left in (0.1, 0.6):
            figure.add_axes((np.nextafter(left, 1) if step else left, 0.1, 0.3, 0.8)).plot([0, 1], [0, 2])
        save_figure(figure, tmp_path / "lines.svg")
        written.append((tmp_path / "lines.svg").read_text())
    assert written[0] == written[1]
    assert 'id="clip2"' in written[0]
    assert written[0].count('clip-path="url(#clip1)"') == written[0].count('clip-path="url(#clip2)"') > 0


def test_a_saved_poster_has_the_colors_of_the_legend(tmp_path):
    save_figure(poster(), tmp_path / "poster.png", dpi=100)
    with Image.open(tmp_path / "poster.png") as image:
        colors = {color for _, color in image.convert("RGB").getcolors(maxcolors=2**24)}
    assert {(252, 102, 33), (44, 255, 254), (77, 77, 77), (200, 0, 0)} <= colors


@pytest.mark.parametrize("name", ["poster", "poster.xyz"])
def test_an_unknown_format_is_refused(tmp_path, name):
    with pytest.raises(
        ValueError, match=r"A figure cannot be written as .*poster.*; end its name in .png, .pdf"
    ):
        save_figure(plot_photograph(SECTION), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "poster.png"
    path.write_bytes(b"old")
    figure = plot_photograph(SECTION)

    def fail(*args, **settings):
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        save_figure(figure, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_figures_show_themselves_in_a_notebook_without_any_setting():
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(plot_photograph(SECTION))
    assert data["image/png"].startswith(b"\x89PNG")


def test_drawing_needs_no_screen_no_main_thread_and_no_pyplot():
    code = (
        "import sys, numpy as np\n"
        "from corewidgets.figures.sections import plot_photograph\n"
        "plot_photograph(np.zeros((20, 10, 3), np.uint8)).canvas.draw()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    done = []
    thread = threading.Thread(target=lambda: done.append(pixels(poster())))
    thread.start()
    thread.join()
    assert np.array_equal(done[0], pixels(poster()))
