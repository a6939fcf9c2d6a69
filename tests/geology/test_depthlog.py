"""Proportions by depth: exact where they can be, with their errors, readable by other software."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corewidgets as cw
from corewidgets.cores.core import Core, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.section import CoreSection
from corewidgets.geology.depthlog import depth_log
from corewidgets.labels.legend import Legend

pandas = pytest.importorskip("pandas")
lasio = pytest.importorskip("lasio")

LEGEND = Legend(["Matrix", "Carb-White", "Void"], not_rock=["Void"])


def section_of(segmentation, top, base, name="piece"):
    return CoreSection(np.zeros((*segmentation.shape, 3), np.uint8), top, base, name=name)


def layers(*codes, thickness=10, width=8):
    """A segmentation of layers."""
    return np.repeat(np.array(codes, np.uint8), thickness)[:, None] * np.ones(width, np.uint8)


def log_of(segmentation, top=1.0, base=2.0, legend=LEGEND, **settings):
    return depth_log(section_of(segmentation, top, base), segmentation, legend, **settings)


# ------------------------------------------------------------------------------------------------ proportions


def test_layers_are_found_at_their_depths():
    log = log_of(layers(*[1, 2] * 5), interval=0.1)
    assert log.table["top"].tolist() == [round(1 + 0.1 * k, 9) for k in range(10)]
    assert log.table["Matrix"].tolist() == [1, 0] * 5
    assert log.table["Carb-White"].tolist() == [0, 1] * 5
    assert log.table["Matrix error"].tolist() == [0] * 10
    assert log.table["rock_area_mm2"].to_numpy() == pytest.approx(np.full(10, 100 * 80))
    assert repr(log) == "DepthLog(10 intervals of 0.1 m, 1.0 to 2.0 m)"


def test_rows_between_intervals_are_shared():
    log = log_of(layers(1, 2, thickness=1), top=0.0, base=0.2, interval=0.15)
    assert log.table["Matrix"].to_numpy() == pytest.approx([0.1 / 0.15, 0.0])
    assert log.table["core_loss"].to_numpy() == pytest.approx([0, 0])  # beyond the base nothing is missing


def test_what_is_no_rock_is_left_out_but_reported():
    segmentation = layers(1, 1)
    segmentation[:, :2] = 3
    segmentation[10:, 2:5] = 2
    log = log_of(segmentation, interval=0.5)
    assert log.table["not_rock"].to_numpy() == pytest.approx([0.25, 0.25])
    assert log.table["Matrix"].to_numpy() == pytest.approx([1.0, 0.5])
    assert "Void" not in log.table.columns


def test_without_rock_there_are_no_shares():
    table = log_of(layers(3, 1), interval=0.5).table
    assert table["not_rock"].tolist() == [1, 0]
    assert table[["Matrix", "Matrix error"]].isna().to_numpy().tolist() == [[True, True], [False, False]]


def test_sections_are_joined_over_depth_with_gaps():
    pieces = [(layers(2), 3.0, 4.0), (layers(1), 1.0, 2.0), (layers(1), 4.0, 4.25)]
    sections = (section_of(codes, top, base) for codes, top, base in pieces)
    log = depth_log(sections, (codes for codes, _, _ in pieces), LEGEND, interval=0.5)
    assert (log.top, log.base) == (1.0, 4.25)
    assert log.table["core_loss"].tolist() == [0, 0, 1, 1, 0, 0, 0]
    assert log.table["Matrix"].tolist()[:2] == [1, 1]
    assert log.table["Matrix"].isna().tolist() == [False, False, True, True, False, False, False]
    assert log.table["Carb-White"].tolist()[4:] == [1, 1, 0]


def test_a_log_can_reach_beyond_its_sections():
    log = log_of(layers(1), top=1.1, base=1.6, interval=0.5)
    assert log.table["core_loss"].tolist() == [0, 0]
    codes = layers(1)
    log = depth_log(section_of(codes, 1.1, 1.6), codes, LEGEND, interval=0.5, top=0.0, base=2.5)
    assert log.table["core_loss"].to_numpy() == pytest.approx([1, 1, 0.2, 0.8, 1])
    log = depth_log(section_of(codes, 1.1, 1.6), codes, LEGEND, interval=0.1, top=1.2, base=1.4)
    assert log.table["top"].tolist() == [1.2, 1.3]
    assert log.table["core_loss"].tolist() == [0, 0]


def test_a_core_needs_no_photographs(tmp_path):
    core = Core([Lane(tmp_path / "a.png", 1.0, 2.0), Lane(tmp_path / "b.png", 2.0, 3.0)])
    log = depth_log(core, [layers(1), layers(2)], LEGEND, interval=1.0)
    assert log.table["Matrix"].tolist() == [1, 0]


def test_sections_count_by_their_area():
    wide, narrow = layers(1, width=30), layers(2, width=10)
    sections = [section_of(wide, 1.0, 1.5), section_of(narrow, 1.5, 2.0)]
    log = depth_log(sections, [wide, narrow], LEGEND, interval=1.0)
    assert log.table["Matrix"].tolist() == pytest.approx([0.75])


@given(
    st.integers(1, 60),
    st.integers(1, 12),
    st.sampled_from([0.05, 0.1, 0.3, 1 / 3, 2.0]),
    st.floats(-2, 900),
    st.floats(0.05, 3),
    st.integers(0, 2**32 - 1),
)
def test_nothing_is_lost_or_doubled(n_rows, n_columns, interval, top, length, seed):
    codes = np.random.default_rng(seed).integers(1, 4, (n_rows, n_columns)).astype(np.uint8)
    table = log_of(codes, top, top + length, interval=interval).table
    pixel = (1000 * length / n_rows) ** 2
    assert table["rock_area_mm2"].sum() == pytest.approx(pixel * np.count_nonzero(codes < 3), rel=1e-4)
    matrix = (table["Matrix"].fillna(0) * table["rock_area_mm2"]).sum()
    assert matrix == pytest.approx(pixel * np.count_nonzero(codes == 1), rel=1e-4, abs=1e-3 * pixel)
    with_rock = table[table["rock_area_mm2"] > 0]
    assert (with_rock["Matrix"] + with_rock["Carb-White"]).to_numpy() == pytest.approx(1)
    assert table[["core_loss"]].to_numpy() == pytest.approx(0, abs=1e-4)
    assert (np.diff(table["top"]) > 0).all()


def test_the_made_core_has_the_proportions_of_its_truth(sample):
    legend = sample.legend.mark_not_rock("Void", "Liner")
    log = depth_log(sample.section, sample.truth, legend, interval=0.12)
    assert len(log.table) == 2
    (first, _) = log.table.to_dict("records")
    rows = sample.section.depth(np.arange(480)) < first["base"]
    rock = sample.truth[rows][np.isin(sample.truth[rows], legend.rock_codes)]
    for name in log.rock_names:
        assert first[name] == pytest.approx(np.mean(rock == legend.code(name)), abs=0.003)
    assert first["not_rock"] == pytest.approx(1 - rock.size / sample.truth[rows].size, abs=0.003)


# ----------------------------------------------------------------------------------------------------- errors


def test_the_error_is_the_spread_between_faces():
    """Noise that is smaller than a block: the shares of many faces spread as their errors say."""
    rng = np.random.default_rng(3)
    shares, errors = [], []
    for _ in range(60):
        grains = rng.choice(np.array([1, 2], np.uint8), (20, 20), p=[0.7, 0.3])
        codes = np.kron(grains, np.ones((4, 4), np.uint8))
        log = log_of(codes, 0.0, 0.08, interval=0.08)
        shares.append(log.table["Carb-White"].iloc[0])
        errors.append(log.table["Carb-White error"].iloc[0])
    assert np.mean(shares) == pytest.approx(0.3, abs=0.01)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(shares), rel=0.25)
    assert np.std(shares) == pytest.approx(np.sqrt(0.3 * 0.7 / 400), rel=0.25)


def test_probabilities_add_the_doubt_of_the_classifier():
    codes = layers(1)
    sure, unsure = np.zeros((2, 10, 8, 3))
    sure[..., 0] = 1
    unsure[...] = (0.8, 0.2, 0.0)
    section = section_of(codes, 1.0, 2.0)
    log = depth_log(section, codes, LEGEND, interval=1.0, probabilities=sure)
    assert log.table["Matrix error"].tolist() == [0]
    log = depth_log(section, codes, LEGEND, interval=1.0, probabilities=unsure)
    assert log.table["Matrix error"].tolist() == pytest.approx([np.sqrt(0.16 / 20)])  # 4 by 5 blocks
    several = depth_log([section], [codes], LEGEND, interval=1.0, probabilities=iter([unsure]))
    assert several.table.equals(log.table)


def test_probabilities_of_a_model_that_lacks_classes_of_the_legend():
    codes = layers(1, 2)
    section = section_of(codes, 1.0, 3.0)
    known = np.random.default_rng(0).dirichlet([1, 1], codes.shape)
    full = np.insert(known, 2, 0.0, axis=-1)
    expected = depth_log(section, codes, LEGEND, interval=1.0, probabilities=full)
    log = depth_log(section, codes, LEGEND, interval=1.0, probabilities=known, classes=[1, 2])
    assert log.table.equals(expected.table)
    log = depth_log(section, codes, LEGEND, interval=1.0, probabilities=known[..., ::-1], classes=[2, 1])
    assert log.table.equals(expected.table)
    with pytest.raises(
        ValueError, match="classes must be different codes of the legend, 1 to 3, but they are"
    ):
        depth_log(section, codes, LEGEND, probabilities=known, classes=[1, 4])


def test_of_a_class_that_the_model_does_not_know_no_share_is_given():
    log = log_of(layers(1, 3), interval=0.5, classes=[1, 3])
    assert log.table["Matrix"].tolist() == pytest.approx([1, np.nan], nan_ok=True)
    assert log.table[["Carb-White", "Carb-White error"]].isna().all(axis=None)
    painted = log_of(layers(1, 2), interval=0.5, classes=[1, 3])  # a map that was corrected by hand
    assert painted.table["Carb-White"].tolist() == [0, 1]


# ------------------------------------------------------------------------------------------------------ files


def test_the_csv_is_read_back(tmp_path):
    log = log_of(layers(1, 3, 2), top=698.41, base=699.02, interval=0.1)
    log.write_csv(tmp_path / "log.csv")
    read = pandas.read_csv(tmp_path / "log.csv")
    pandas.testing.assert_frame_equal(read, log.table, check_dtype=False)
    assert read["top"].tolist()[:2] == [698.4, 698.5]


# ---------------------------------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_of(layers(1), interval=0), "interval must be a positive number of metres, but it is 0."),
        (
            lambda: log_of(layers(4)),
            "holds code 4, but the legend ends with code 3 (Void); add",
        ),
        (
            lambda: log_of(layers(1), legend=LEGEND.mark_not_rock(*LEGEND.names)),
            "Every class of the legend is marked as not rock; leave at least one unmarked.",
        ),
        (
            lambda: log_of(layers(1), legend=Legend(["base"])),
            "A class cannot be called 'base', which is a column of the log; rename it.",
        ),
        (
            lambda: depth_log(section_of(layers(1), None, None), layers(1), LEGEND),
            "The depth of section 'piece' is unknown; give it top= and base= in metres.",
        ),
        (
            lambda: depth_log(section_of(layers(1), 1, 2), layers(1, 2), LEGEND),
            "segmentation has shape (20, 8) but section 'piece' has 10 rows and 8 columns; segment",
        ),
        (
            lambda: depth_log([section_of(layers(1), 1, 2)] * 2, [layers(1)], LEGEND),
            "There must be as many segmentations (and probabilities) as sections, but one ended after 1;",
        ),
        (lambda: depth_log([], [], LEGEND), "There are no sections to measure; give at least one."),
        (
            lambda: depth_log(section_of(layers(1), 1, 2), layers(1), LEGEND, top=3.0),
            "The base of a log must lie below its top, but top is 3.0 m and base 2.0 m; exchange them.",
        ),
        (
            lambda: depth_log(
                section_of(layers(1), 1, 2), layers(1), LEGEND, probabilities=np.zeros((10, 8, 2))
            ),
            "probabilities have shape (10, 8, 2), but (10, 8, 3) is expected; give one for each class",
        ),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_the_public_name_is_there():
    assert cw.depth_log is depth_log


# --------------------------------------------------------------------------------------------------- in feet


def log_in_feet():
    """A log of layers of a foot each, from 100 to 110 ft."""
    scale = DepthScale("ft", "below sea floor")
    lane = Lane("a.png", 30.48, 33.528)
    return depth_log(Core([lane], "hole", scale), [layers(*[1, 2] * 5)], LEGEND, interval=1)


def test_intervals_of_a_core_in_feet_are_of_feet_and_areas_stay_right(tmp_path):
    log = log_in_feet()
    assert log.table["Matrix"].tolist() == [1, 0] * 5
    assert log.table["rock_area_mm2"].to_numpy() == pytest.approx(304.8**2 * 8 / 10)
    assert repr(log) == "DepthLog(10 intervals of 1.0 ft, 100.0 to 110.0 ft)"
    cut = depth_log(
        Core([Lane("a.png", 30.48, 33.528)], "", DepthScale("ft")),
        [layers(*[1, 2] * 5)],
        LEGEND,
        interval=1,
        top=102,
        base=104,
    )
    assert cut.table["Matrix"].tolist() == [1, 0]


def test_a_log_in_feet_is_written_in_feet_with_units(tmp_path):
    log = log_in_feet()
    log.write_csv(tmp_path / "log.csv")
    table = pandas.read_csv(tmp_path / "log.csv")
    assert list(table)[:6] == [
        "top (ft)",
        "base (ft)",
        "core_loss (V/V)",
        "not_rock (V/V)",
        "rock_area (mm2)",
        "Matrix (V/V)",
    ]
    assert table["top (ft)"].tolist() == [100 + k for k in range(10)]
    log.write_las(tmp_path / "log.las")
    las = lasio.read(tmp_path / "log.las")
    assert [las.well[name].unit for name in ("STRT", "STOP", "STEP")] == ["FT"] * 3
    assert (las.well.STRT.value, las.well.STOP.value, las.well.STEP.value) == (100, 109, 1)
    assert las.curves.DEPT.unit == "FT"
    assert las.curves.DEPT.descr.endswith("below sea floor")
    assert las["DEPT"].tolist() == [100 + k for k in range(10)]


def test_units_in_the_table_of_a_log_in_metres_on_request(tmp_path):
    log = log_of(layers(*[1, 2] * 5))
    log.write_csv(tmp_path / "plain.csv")
    log.write_csv(tmp_path / "units.csv", units=True)
    plain, units = (pandas.read_csv(tmp_path / f"{name}.csv") for name in ("plain", "units"))
    assert list(plain)[:2] == ["top", "base"]
    assert list(units)[:2] == ["top (m)", "base (m)"]
    np.testing.assert_array_equal(plain.to_numpy(), units.to_numpy())
