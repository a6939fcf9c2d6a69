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


TRAIN = ("train", "{core}", "{labels}", "--out", "m")
SEGMENT = ("segment", "{core}", "--model", "{model}", "--out", "m.png")
SEGMENT_CORE = ("segment-core", "hole.csv", "--model", "{model}", "--out", "run")
REPORT = ("report", "run", "--out", "r.html")


@pytest.mark.parametrize(
    ("arguments", "option", "needed"),
    [
        (
            (*TRAIN, "--top", "9012", "--base", "9013", "--unit", "ft"),
            "unit",
            r"--core \(--top and --base are in",
        ),
        ((*TRAIN, "--no-second"), "second", "--core"),
        (("evaluate", "{core}", "{labels}", "--largest-overlap", "1"), "largest-overlap", "--core"),
        ((*SEGMENT, "--collar", "12"), "collar", "--core"),
        ((*SEGMENT, "--hatched"), "hatched", "--figure"),
        ((*SEGMENT_CORE, "--csv", "log.csv", "--hatched"), "hatched", "--figure"),
        ((*SEGMENT_CORE, "--csv-units"), "csv-units", "--csv"),
        ((*SEGMENT_CORE, "--las-item", "COMP=Acme"), "las-item", "--las"),
        ((*SEGMENT_CORE, "--interval", "0.5"), "interval", "--csv or --las or --figure"),
        ((*SEGMENT_CORE, "--runs", "runs.csv", "--pieces", "pieces.csv"), "runs", "--recovery"),
        ((*REPORT, "--pieces", "pieces.csv"), "pieces", "the drill runs, --runs or --run-length"),
        ((*REPORT, "--model", "{model}"), "model", "--training"),
        ((*REPORT, "--rotate", "90"), "rotate", "--training"),
    ],
)
def test_an_option_that_would_do_nothing_is_told(call, tmp_path, arguments, option, needed):
    assert is_usage(call(*arguments), f"--{option} does nothing without {needed}")
    assert not list(tmp_path.iterdir())


def test_workers_are_of_this_machine_alone(call):
    result = call(*SEGMENT_CORE, "--scheduler", "tcp://10.0.0.1:8786", "--workers", "4")
    assert is_usage(result, "give either --scheduler or --workers")


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "much"])
@pytest.mark.parametrize("option", ["--interval", "--run-length"])
def test_a_length_that_is_none_is_told_before_the_work(call, option, text):
    assert is_usage(call(*SEGMENT_CORE, f"{option}={text}"), f"{option}: '{text}' is not a number above 0")
