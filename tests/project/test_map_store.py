"""What was done to clasts is kept with the project, and made again to the next map."""

from __future__ import annotations

import json

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.light import Light

from .conftest import SHAPE


@pytest.fixture
def mapped(project):
    """Return a project whose R1 has depths and a map with two clasts."""
    project.legend = cw.Legend(["Matrix", "Chert", "Melt"])
    project.set_depths("R1", 10.0, 10.0 + SHAPE[0] / 1000)  # pixels of 1 mm
    project.write_map("R1", two_clasts())
    return project


def two_clasts(move=0):
    codes = np.ones(SHAPE, np.uint8)
    codes[2 + move : 8 + move, 2:9] = 2
    codes[12 + move : 18 + move, 4:12] = 2
    return codes


def test_edits_are_kept_and_made_again_to_the_next_map(mapped):
    table = mapped.clasts("R1")
    assert [round(row["area_mm2"]) for row in table.rows()] == [42, 48]
    table.set_class([table.at(5, 5)], "Melt")
    table.delete([table.at(15, 6)])
    mapped.write_clasts("R1", table)
    again = cw.Project(mapped.folder)
    assert [(row["class"], row["edited"]) for row in again.clasts("R1").rows()] == [("Melt", True)]
    again.write_map("R1", two_clasts(move=1))
    moved = again.clasts("R1")
    assert [(row["class"], row["row"]) for row in moved.rows()] == [("Melt", 5.5)]
    assert moved.unapplied == []
    kept = json.loads((mapped.folder / "clasts" / "R1.json").read_text(encoding="utf-8"))
    assert kept["map"] == table.map_digest != moved.map_digest
    assert [edit["kind"] for edit in kept["edits"]] == ["class", "delete"]


def test_classes_that_were_renamed_since(mapped):
    table = mapped.clasts("R1")
    table.set_class([table.at(5, 5)], "Melt")
    mapped.write_clasts("R1", table)
    mapped.legend = mapped.legend.rename("Melt", "Glass")
    found = mapped.clasts("R1")
    assert (found.unapplied, found.row(found.at(5, 5))["class"]) == ([], "Glass")


def test_what_another_window_did_is_left_as_it_is(mapped):
    other = cw.Project(mapped.folder)
    mine, theirs = mapped.clasts("R1"), other.clasts("R1")
    theirs.delete([theirs.at(5, 5)])
    other.write_clasts("R1", theirs)
    mine.delete([mine.at(15, 6)])
    with pytest.raises(
        OSError, match=r"'R1\.json' was changed by another window or program since it was read"
    ):
        mapped.write_clasts("R1", mine)
    assert len(mapped.clasts("R1").edits) == 1


def test_no_map_has_no_clasts_and_a_damaged_file_is_told(mapped):
    assert mapped.clasts("R2") is None
    mapped.write_clasts("R1", mapped.clasts("R1"))
    (mapped.folder / "clasts" / "R1.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"R1\.json' was edited or is damaged"):
        mapped.clasts("R1")
    with pytest.raises(KeyError, match="The project has no photograph 'R9'"):
        mapped.write_clasts("R9", None)


def test_what_light_was_corrected_is_kept_with_the_map(mapped):
    assert mapped.lights("R1") == {}
    light = Light((1.2, 1.0, 0.8), 1.1)
    mapped.write_map("R1", two_clasts(), lights={"image": light})
    assert cw.Project(mapped.folder).lights("R1") == {"image": light}
    mapped.write_map("R1", two_clasts())
    assert cw.Project(mapped.folder).lights("R1") == {}
