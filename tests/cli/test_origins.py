"""Every option that names a file is known as one that is read or one that is written."""

from __future__ import annotations

import argparse
from pathlib import Path

from corewidgets.cli.origins import OUTPUTS, files_read, outputs_of
from corewidgets.cli.parser import make_parser

READ = {
    *("paths", "image", "core", "model", "legend", "labels", "scores", "training", "folder", "sources"),
    *("las_header", "runs", "pieces", "file", "photographs", "project"),
}


def options():
    """Yield all options of all commands."""
    (commands,) = (each for each in make_parser()._actions if isinstance(each, argparse._SubParsersAction))
    for command in commands.choices.values():
        yield from command._actions


def test_each_file_of_each_command_is_read_or_written():
    files = {option.dest for option in options() if option.type is Path}
    assert files == (READ | set(OUTPUTS)) & files
    assert set(OUTPUTS) <= files


def test_files_of_lists_and_of_a_run_are_read(tmp_path):
    for name in ("a.png", "run.json", "sections.parquet"):
        (tmp_path / name).touch()
    args = argparse.Namespace(paths=[tmp_path / "a.png"], out=tmp_path / "b.png", folder=tmp_path, seed=3)
    assert [path.name for path in files_read(args)] == ["a.png", "run.json", "sections.parquet"]
    assert outputs_of(args) == {"out": tmp_path / "b.png"}
