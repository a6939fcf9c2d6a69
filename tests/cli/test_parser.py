"""The parser teaches by example, and shows how where it was used wrongly."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import corewidgets as cw

from .calls import is_usage

COMMANDS = ("demo", "open", "train", "segment", "segment-core", "report", "evaluate", "features")


def test_help_lists_the_commands_and_the_exit_codes(call):
    code, output, _ = call("--help")
    assert code == 0
    assert all(re.search(rf"\n    {command}\s", output) for command in COMMANDS)
    assert "130 interrupted" in output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_teaches_by_example(call, command):
    code, output, _ = call(command, "--help")
    assert code == 0
    assert re.search(rf"examples?:\n  corewidgets {command} ", output)
    assert max(map(len, output.splitlines())) <= 100


def test_version(call):
    assert call("--version")[:2] == (0, f"corewidgets {cw.__version__}\n")


def test_help_loads_no_heavy_library():
    code = (
        "import sys; from corewidgets.cli import main; main(['train', '--help'])\n"
        "heavy = {'jax', 'flax', 'sklearn', 'skimage', 'matplotlib', 'numba', 'numpy', 'h5py', 'skops'}\n"
        "sys.exit(f'loaded: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["train", "{core}", "{labels}"], "the following arguments are required: --out"),
        (
            ["train", "{core}", "--out", "m.skops"],
            "each IMAGE needs its LABELS after it, but there is an odd",
        ),
        (
            ["train", "{core}", "{labels}", "{core}", "--out", "m"],
            "odd number of files: .*core.png .*labels.png",
        ),
        (
            ["train", "{core}", "{labels}", "--out", "m", "--smoothing", "8;9"],
            "'8;9' is not a list of numbers separated",
        ),
        (["train", "{core}", "{labels}", "--out", "m", "--max-training-pixels", "few"], "nor 'all'"),
        (
            ["train", *["{core}", "{labels}"] * 2, "--out", "m", "--top", "1", "--base", "2", "--base", "3"],
            "--top must be given once for each photograph, .* but it is given 1 times for 2",
        ),
        (
            ["segment", "{core}", "--model", "{model}", "--out", "m.png", "--top", "1", "--top", "2"],
            "--top must be given once for each photograph",
        ),
        (
            ["segment", "{core}", "--model", "{model}", "--out", "m.png", "--mode", "fast"],
            "invalid choice: 'fast'",
        ),
        (
            ["evaluate", "{core}", "{labels}", "--model", "{model}", "--lab", "--lab-smoothing", "3"],
            "--model contains its own recipe; leave out --lab, --lab-smoothing",
        ),
        (["demo", "--out", "d", "--size", "300"], "'300' is not ROWSxCOLUMNS, such as 1800x360"),
        (["features", "{core}", "--out", "f.png"], "the following arguments are required: NAME"),
    ],
)
def test_wrong_usage_shows_how(call, tmp_path, arguments, text):
    assert is_usage(call(*arguments), text)
    assert not list(tmp_path.iterdir())
