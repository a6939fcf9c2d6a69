"""Commands of the tests, and what is asked of how they end."""

from __future__ import annotations

import re

from PIL import Image

SMALL = ("--max-training-pixels", "200", "--layers", "pool1")
"""The default recipe, with less to compute."""

QUICK = ("--preset", "quick", "--max-training-pixels", "200")
"""For what holds with any recipe."""


def train(*options, image="{core}", labels="{labels}", out="m.skops"):
    return ["train", image, labels, "--out", out, *options]


def segment(*options, image="{core}", model="{model}", out="map.png"):
    return ["segment", image, "--model", model, "--out", out, *options]


def evaluate(*options, labels="{labels}"):
    return ["evaluate", "{core}", labels, *options]


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def fails(result, text):
    """Check for one line that says what is wrong, no traceback, and no file left behind."""
    code, _, error = result
    assert re.search(text, error), error
    assert code == 1
    assert error.startswith("corewidgets: error: ")
    assert error.count("\n") == 1
    return True


def is_usage(result, text):
    code, output, error = result
    assert re.search(text, error), error
    assert code == 2
    assert error.startswith("usage: corewidgets")
    assert output == ""
    return True
