"""The command line fails in one line, and leaves nothing half done."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

from .calls import evaluate, fails, segment, train


@pytest.mark.parametrize("module", ["corewidgets", "corewidgets.cli"])
def test_the_module_is_a_program(module):
    command = [sys.executable, "-m", module]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"corewidgets {cw.__version__}\n")
    done = subprocess.run(
        [*command, "segment", "no.jpg", "--model", "m", "--out", "x.png"], capture_output=True
    )
    assert done.returncode == 1
    assert done.stderr == b"corewidgets: error: There is no file 'no.jpg'; check the name and the folder.\n"


@pytest.fixture
def bad(tmp_path, sample):
    """Make bad files in the folder where commands run."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "notes.txt").write_text("breccia")
    small = np.zeros((10, 20), np.uint8)
    cw.write_labels(tmp_path / "small.png", small)
    nothing = np.zeros_like(sample.labels)
    cw.write_labels(tmp_path / "nothing.png", nothing)
    one = nothing.copy()
    one[5:9] = 3
    cw.write_labels(tmp_path / "one.png", one)
    (tmp_path / "broken.skops").write_bytes(b"no model")
    (tmp_path / "broken.csv").write_text("name;color\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (train(image="no.jpg"), r"There is no file 'no.jpg'; check the name"),
        (train(image="broken.png"), "'broken.png' cannot be decoded"),
        (train(image="notes.txt"), "'notes.txt' is not a photograph"),
        (train(image="."), "'.' is a folder; name the photograph in it"),
        (train(labels="no.png"), "There is no file 'no.png'"),
        (train(labels="broken.png"), "'broken.png' cannot be decoded"),
        (train(labels="notes.txt"), "Labels are not read or written as '.txt'"),
        (
            train(labels="small.png"),
            r"The labels '.+' of the photograph '.+core\.png': "
            r".*labels have shape \(10, 20\) but the image has 480 rows and 160 columns",
        ),
        (
            train(labels="nothing.png"),
            "There is nothing to learn from: every pixel is 0",
        ),
        (
            train(labels="one.png"),
            "every labelled pixel has code 3. Paint at least two",
        ),
        (evaluate(labels="one.png"), "Only one class is labelled"),
        (train("--layers", "pool1,conv9_9"), "VGG-16 has no layer 'conv9_9'; choose from conv1_1"),
        (
            train("--preset", "published", "--layers", ""),
            "There is nothing to compute: name at least one layer",
        ),
        (train("--smoothing", "-1"), "needs a standard deviation above 0 pixels, but it is -1.0"),
        (
            train("--top", "2", "--base", "1"),
            r"The base of a section must lie below its top, but top is 2.0 m and base is 1.0 m",
        ),
        (train("--top", "2"), "base is missing; give both"),
        (train("--weights", "no.h5"), "There is no weights file no.h5"),
        (train("--legend", "no.csv"), "There is no file 'no.csv'"),
        (train("--legend", "broken.csv"), "'broken.csv' must have the columns value, name and color"),
        (
            train(out="no/m.skops"),
            "the folder '.*no' does not exist; create it",
        ),
        (train(out="."), "'.' cannot be written: it is a folder"),
        (
            train(out="{labels}"),
            "labels.png' is named twice; choose another file",
        ),
        (
            segment(model="no.skops"),
            "There is no model file 'no.skops'",
        ),
        (
            segment(model="broken.skops"),
            "'broken.skops' is not a model file",
        ),
        (segment(image="no.jpg"), "There is no file 'no.jpg'"),
        (
            segment(out="map.bmp"),
            r"A map cannot be .* end its name in .png",
        ),
        (
            segment(out="no/map.png"),
            "does not exist; create it first",
        ),
        (
            segment("--figure", "f.txt"),
            "A picture cannot be written as 'f.txt'; end its name in .png, .pdf",
        ),
        (segment("--figure", "map.png"), "'map.png' is named twice"),
        (
            segment(out="core.labels.png"),
            "'core.labels.png' is the name of labels that were drawn on a photograph, .* choose another name",
        ),
        (segment("--probabilities", "p.png"), "An array of probabilities cannot be written as 'p.png'"),
        (segment("--uncertainty", "u.txt"), "An uncertainty cannot be written as 'u.txt'"),
        (segment("--top", "2", "--base", "1"), "The base of a section must lie below its top"),
        (
            ["evaluate", "{core}", "{labels}", "--protocols", "luck"],
            "There is no protocol 'luck'; choose from",
        ),
        (evaluate("--folds", "1"), "n_splits must be 2 or more"),
        (evaluate("--share", "2"), "between 0 and 1, but is 2.0"),
        (evaluate("--confusion", "c"), "A picture cannot be written as 'c'"),
        (evaluate("--json", "no/s.json"), "does not exist; create it first"),
        (["features", "no.jpg", "pool1/1", "--out", "f.png"], "There is no file 'no.jpg'"),
        (["features", "{core}", "pool1/1", "--out", "f"], "A picture cannot be written as 'f'"),
        (["demo", "--out", "d", "--size", "3x3"], "too small|at least"),
    ],
)
def test_bad_input_is_one_clear_line(call, bad, arguments, text):
    before = {path.name for path in bad.iterdir()}
    assert fails(call(*arguments), text)
    assert {path.name for path in bad.iterdir()} - {"d"} == before


def test_an_unreadable_file_is_named(call, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "core.png")

    monkeypatch.setattr(cw, "read_section", refuse)
    assert fails(call(*train()), r"error: 'core.png': Permission denied\.$")


def test_debug_shows_where_an_error_arose(call):
    code, _, error = call("segment", "no.jpg", "--model", "{model}", "--out", "map.png", "--debug")
    assert code == 1
    assert "Traceback" in error
    assert error.splitlines()[-1].startswith("corewidgets: error: There is no file 'no.jpg'")


def test_little_memory_is_told(call, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(cw, "read_section", fail)
    assert fails(call(*train()), "There is not enough memory.")


def test_errors_of_the_program_itself_are_not_hidden(call, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(cw, "read_section", fail)
    with pytest.raises(ZeroDivisionError):
        call(*train())


def test_interruption_is_130(call, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cw, "read_section", interrupt)
    assert call(*train()) == (130, "", "corewidgets: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_a_closed_pipe_is_no_error(tmp_path):
    code = (
        "import os, sys; from corewidgets.cli import main; import corewidgets as cw\n"
        "reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1)\n"
        "cw.read_section = lambda *_, **__: print('x', flush=True)\n"
        "sys.exit(main(['features', 'core.png', 'pool1/1', '--out', 'f.png']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


def test_warnings_are_a_line_each(call, sample):
    image = np.dstack([sample.section.image, np.full(sample.section.shape, 255, np.uint8)])
    image[0, 0, 3] = 0
    Image.fromarray(image).save("transparent.png")
    code, _, error = call("segment", "transparent.png", "--model", "{model}", "--out", "map.png")
    assert code == 0
    assert re.fullmatch(r"corewidgets: warning: .*transparent.*\n", error)


def test_warnings_of_other_libraries_are_for_debugging(call, monkeypatch, sample):
    def read(*_, **__):
        for _ in range(3):
            warnings.warn_explicit("old spelling", UserWarning, "elsewhere.py", 1)
        return sample.section

    monkeypatch.setattr(cw, "read_section", read)
    assert call(*segment())[2] == ""
    assert call(*segment(), "--debug")[2] == "corewidgets: warning: old spelling\n"
