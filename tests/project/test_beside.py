"""Labels beside a photograph: those that were drawn on it, under each name that they may have."""

from __future__ import annotations

from pathlib import Path

import pytest

import corewidgets as cw
from corewidgets.cores.opening import open_entries
from corewidgets.project.beside import labels_beside

from .test_project import striped


def test_without_labels_there_are_none_and_the_folder_is_not_listed(scans, monkeypatch):
    """Once for each of 1,400 photographs would be two million names."""
    entries = open_entries(scans)
    monkeypatch.setattr(Path, "iterdir", lambda folder: pytest.fail(f"{folder} is listed"))
    assert [labels_beside(entry) for entry in entries] == [None] * 3


def test_labels_of_another_photograph_are_not_taken_over_and_those_of_before_are(scans):
    section = cw.read_section(scans / "R1.png")
    (scans / "R1.tif").write_bytes((scans / "R1.png").read_bytes())  # so that R1.png has a name of its own
    cw.write_labels(scans / "R1.labels.png", striped(1), cw.Legend(["A", "B"]), photograph=section.digest)
    cw.write_labels(scans / "R2.labels.png", striped(1), cw.Legend(["A", "B"]), photograph=section.digest)
    project = cw.Project.create(scans / "hole.corewidgets", [scans / f"R{n}.png" for n in (1, 2, 3)])
    assert project.labelled == ["R1"]
    (note,) = project.notes
    assert note.startswith("R2: the labels beside the photograph are not imported.")
    assert "drawn on another photograph" in note
