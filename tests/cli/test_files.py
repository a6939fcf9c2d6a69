"""Files of the commands: where they can be written, and the bar that shows how far they are."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

import corewidgets as cw

from .calls import fails, segment, train


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
