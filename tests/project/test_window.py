"""The first window holds a project, the next are told whose it is; a killed one holds nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import corewidgets as cw
from corewidgets.project.window import user

HOLDER = """
import sys, corewidgets as cw
project = cw.Project(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_window_is_told_who_was_first(scans, monkeypatch):
    made = cw.Project.create(scans / "hole.corewidgets", scans)
    folder = made.folder
    assert made.others == cw.Project(folder).others == ""  # one process is one window
    del made
    environment = {**__import__("os").environ, "JUPYTERHUB_USER": "ada"}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=environment,
    ) as holder:  # fmt: skip
        assert holder.stdout.readline() == "open\n"
        second = cw.Project(folder)
        assert second.others.startswith("The project is open in another window too (ada on ")
        holder.kill()
        holder.wait()
    assert cw.Project(folder).others == ""


def test_a_user_has_a_name_on_every_system(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert user() == "ada"
    monkeypatch.delenv("JUPYTERHUB_USER")
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 123_456_789)
    pwd = pytest.importorskip("pwd")
    with pytest.raises(KeyError):
        pwd.getpwuid(123_456_789)
    assert user() == "unknown"
