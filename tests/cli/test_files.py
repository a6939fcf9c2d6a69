"""Files of the commands: where they can be written, and the bar that shows how far they are."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import time
from pathlib import Path

import pytest

import corewidgets as cw
from corewidgets.cli import files
from corewidgets.features.cache import cache

from .calls import QUICK, fails, segment, train


def test_no_permission_is_told_before_the_work(call, sample, monkeypatch):
    opened = os.open

    def refuse(path, *arguments, **options):
        if Path(path).name.startswith(".corewidgets-"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(cw, "read_section", lambda *_, **__: pytest.fail("the photograph was read first"))
    assert fails(call(*train()), "'m.skops' cannot be written: there is no permission to write in the folder")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("options", "is_shown"), [([], True), (["--quiet"], False)])
def test_a_bar_on_a_terminal_unless_quiet(call, monkeypatch, options, is_shown):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert call(*segment(), *options)[0] == 0
    assert ("Classifying" in terminal.getvalue()) == is_shown
    assert bool(re.search("[1-9][0-9]?% ", terminal.getvalue())) == is_shown


def test_where_there_is_no_terminal_a_line_tells_now_and_then_how_far_the_work_is(monkeypatch, capsys):
    monkeypatch.setattr(files, "LINE_SECONDS", 0.05)
    with files.progress_bar(argparse.Namespace(quiet=False), "Scoring") as show:
        show(3, 12)
        time.sleep(0.4)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert set(lines) == {"Scoring: 25% after 0 s"}
    with files.progress_bar(argparse.Namespace(quiet=True), "Scoring") as show:
        show(3, 12)
        time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_a_training_moves_the_bar(call, monkeypatch):
    cache.clear()  # nothing is told of what is remembered
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert call(*train("--no-scores", *QUICK))[0] == 0
    assert len(set(re.findall("Training +([0-9]+)%", terminal.getvalue())) - {"0", "100"}) > 2


def test_where_there_is_no_terminal_a_line_tells_how_far_a_training_is(call, monkeypatch):
    fit = cw.PixelClassifier.fit

    def slow(*given, progress):
        progress(250, 1000)
        time.sleep(0.4)
        return fit(*given, progress=progress)

    monkeypatch.setattr(files, "LINE_SECONDS", 0.05)
    monkeypatch.setattr(cw.PixelClassifier, "fit", slow)
    code, _, error = call(*train("--no-scores", *QUICK))
    assert code == 0
    assert "Training: 25% after 0 s" in error
