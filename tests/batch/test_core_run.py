"""What is read of a run, from records that are written by hand here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.batch.core_run import CoreRun, run_table
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord
from corewidgets.origin import file_digest

LEGEND = cw.Legend(["Lava", "Ash", "Void"], not_rock=["Void"])


@pytest.fixture
def hole(tmp_path):
    for name, grey in (("a", 10), ("b", 20), ("c", 30)):
        Image.new("RGB", (4, 8), (grey,) * 3).save(tmp_path / f"{name}.png")
    return cw.Core(
        [
            cw.Lane(tmp_path / "a.png", 10.0, 11.0),
            cw.Lane(tmp_path / "b.png", 11.0, 11.5),
            cw.Lane(tmp_path / "c.png", 11.5, 12.0),
        ],
        "Hole",
    )


def done(name, shape, counts, **more):
    n_rows, n_columns = shape
    return SectionRecord(
        name, DONE, "settings", "place", n_rows=n_rows, n_columns=n_columns, counts=counts, **more
    )


@pytest.fixture
def run(hole, tmp_path):
    records = {
        "a": done(
            "a", (100, 20), {"1": 1000, "2": 500, "3": 500}, uncertainty=0.25, seconds=2.0, warning="W"
        ),
        "b": SectionRecord("b", FAILED, "settings", "place", error="it is no picture"),
    }
    about = {"settings": {"probabilities": False, "uncertainty": None}}
    return CoreRun(tmp_path, hole, LEGEND, run_table(hole, LEGEND, records), about)


def test_a_row_says_what_became_of_a_section(run):
    assert list(run.table["state"]) == ["done", "failed", "waiting"]
    assert list(run.table["error"]) == ["", "it is no picture", ""]
    first = run.table.iloc[0]
    assert (first["n_rows"], first["n_columns"], first["seconds"], first["warning"]) == (100, 20, 2.0, "W")
    assert (first["not_rock"], first["uncertainty"]) == (0.25, 0.25)
    assert first["Lava share"] == pytest.approx(2 / 3)
    assert first["Ash share"] == pytest.approx(1 / 3)
    assert "Void share" not in run.table  # no rock
    for index in (1, 2):
        row = run.table.iloc[index]
        assert (row["n_rows"], row["n_columns"]) == (0, 0)
        assert all(math.isnan(row[name]) for name in ("not_rock", "Lava share", "uncertainty", "seconds"))


def test_sections_by_what_became_of_them(run):
    assert run.done_names == [lane.name for lane in run.done] == ["a"]
    assert run.done.name == "Hole"
    assert run.failed == {"b": "it is no picture"}
    assert repr(run).endswith("3 sections: 1 done, 1 failed, 1 waiting)")


def test_a_run_of_which_nothing_is_done_has_no_core_that_is(hole, tmp_path):
    empty = CoreRun(tmp_path, hole, LEGEND, run_table(hole, LEGEND, {}), {})
    assert empty.done_names == []
    assert empty.shares() == {}
    with pytest.raises(ValueError, match=r"No section of the run in '.*' is done; the column error of its"):
        empty.done  # noqa: B018


def test_shares_are_of_the_area_of_rock_in_square_metres(hole, tmp_path):
    """Section a is 1 m by 0.2 m, c is 0.5 m by 0.25 m of which half is no rock."""
    records = {
        "a": done("a", (100, 20), {"1": 2000}),
        "c": done("c", (80, 40), {"2": 1600, "3": 1600}),
    }
    shares = CoreRun(tmp_path, hole, LEGEND, run_table(hole, LEGEND, records), {}).shares()
    assert list(shares) == ["Lava", "Ash"]
    lava, ash = 1.0 * 0.2, 0.5 * 0.25 / 2
    assert shares == pytest.approx({"Lava": lava / (lava + ash), "Ash": ash / (lava + ash)})


def test_a_photograph_that_changed_is_told_and_one_that_is_gone_is_not(hole, tmp_path):
    image = file_digest(hole["a"].file)
    records = {name: done(name, (8, 4), {"1": 32}, image=image) for name in ("a", "b")}
    run = CoreRun(tmp_path, hole, LEGEND, run_table(hole, LEGEND, records), {})
    assert run.replaced == ["b"]  # its record has the digest of a
    hole["b"].file.unlink()
    assert run.replaced == []


def test_only_maps_that_are_there_can_be_read(run):
    with pytest.raises(ValueError, match=r"Section 'b' is not segmented: it is failed. it is no picture"):
        run.segmentation("b")
    with pytest.raises(ValueError, match=r"Section 'c' is not segmented: it is waiting"):
        run.segmentation("c")
    with pytest.raises(KeyError, match="The core has no section 'z'"):
        run.segmentation("z")
    for kind in ("uncertainty", "probabilities"):
        with pytest.raises(ValueError, match=f"did not keep {kind}; ask segment_core for it, in another fol"):
            getattr(run, kind)("a")


def test_a_folder_without_a_run_is_none(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"it has no run.json. Give the folder that segment_core"):
        cw.read_run(tmp_path)


@pytest.mark.slow
def test_what_is_kept_is_read_in_the_order_of_the_legend(segment, model, monkeypatch):
    """Uncertainty in steps of a byte; probabilities of all classes, 0 of those that the model has not."""
    run = segment(kept=cw.Kept(probabilities=True, uncertainty="margin"))
    again = cw.read_run(run.folder)
    probabilities, uncertainty = again.probabilities("single"), again.uncertainty("single")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # a section may have more than Pillow opens
    np.testing.assert_array_equal(again.uncertainty("single"), uncertainty)
    assert probabilities.shape == (60, 160, len(again.legend))
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=5e-3)
    np.testing.assert_allclose(uncertainty * 255, np.rint(uncertainty * 255), atol=1e-4)
    two = np.partition(probabilities, -2, axis=-1)[..., -2:]
    np.testing.assert_allclose(uncertainty, 1 - (two[..., 1] - two[..., 0]), atol=6e-3)
    known = model.classes_ - 1
    assert (probabilities.argmax(axis=-1) + 1 == again.segmentation("single")).mean() > 0.999
    assert set(np.flatnonzero(probabilities.any(axis=(0, 1)))) <= set(known)
