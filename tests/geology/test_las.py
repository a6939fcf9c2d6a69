"""LAS files: read back by another library, with every name kept in letters that LAS has."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pytest
from las_rules import las_problems

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_measures import measure_clasts
from corewidgets.geology.depthlog import depth_log
from corewidgets.labels.legend import Legend

lasio = pytest.importorskip("lasio")
pytest.importorskip("anyascii")

LEGEND = Legend(["Matrix", "Carb-White", "Void"], not_rock=["Void"])


def layers(*codes, thickness=10, width=8):
    """A segmentation of layers."""
    return np.repeat(np.array(codes, np.uint8), thickness)[:, None] * np.ones(width, np.uint8)


def log_of(segmentation, top=1.0, base=2.0, legend=LEGEND, **settings):
    section = CoreSection(np.zeros((*segmentation.shape, 3), np.uint8), top, base, name="piece")
    return depth_log(section, segmentation, legend, **settings)


@pytest.mark.filterwarnings("default")  # welly's own
@pytest.mark.parametrize("scale", [DepthScale(), DepthScale("ft")])
@pytest.mark.parametrize("short", [False, True])
def test_welly_reads_the_same_numbers(tmp_path, scale, short):
    welly = pytest.importorskip("welly")
    core = Core([Lane("a.png", *(scale.to_metres(depth) for depth in (698.4, 699.2)))], "", scale)
    log = depth_log(core, [layers(1, 3, 2, 1)], LEGEND, interval=0.1, name="M0077A")
    names = log.write_las(tmp_path / "log.las", short_names=short, header={"UWI": "42-1"})
    las, well = lasio.read(tmp_path / "log.las"), welly.Well.from_las(str(tmp_path / "log.las"))
    assert (well.name, well.uwi) == ("M0077A", "42-1")
    assert len(las.curves) > 5
    for curve in las.curves[1:]:
        read = well.data[curve.mnemonic]
        np.testing.assert_allclose(read.index, las.index, atol=1e-6)
        np.testing.assert_allclose(np.ravel(read.values), curve.data, atol=1e-6)
    for name, mnemonic in names.items():
        np.testing.assert_allclose(np.ravel(well.data[mnemonic].values), log.table[name], atol=1e-6)


def test_the_las_is_read_back(tmp_path):
    log = log_of(layers(1, 3, 2), top=698.4, base=699.0, interval=0.1, name="M0077A")
    log.write_las(tmp_path / "log.las", header={"COMP": "IODP: Örtchen", "fld": "Chicxulub"})
    las = lasio.read(tmp_path / "log.las")
    assert las.version["VERS"].value == 2.0
    assert las.version["WRAP"].value == "NO"
    depths = (698.4, 698.9, 0.1)
    assert tuple(las.well[k].value for k in ("STRT", "STOP", "STEP")) == pytest.approx(depths)
    assert [las.well[k].unit for k in ("STRT", "STOP", "STEP")] == ["M", "M", "M"]
    assert las.well["NULL"].value == -999.25
    texts = [las.well[k].value for k in ("WELL", "COMP", "FLD")]
    assert las.well["WELL"].descr == "WELL"
    assert texts == ["M0077A", "IODP  Ortchen", "Chicxulub"]
    names = ["DEPT", "CLOSS", "NROCK", "RAREA", "MATRIX", "MATRIX_SE", "CARB_WHITE", "CARB_WHITE_SE"]
    assert las.keys() == names
    units = ["M", "V/V", "V/V", "MM2", "V/V", "V/V", "V/V", "V/V"]
    assert [curve.unit for curve in las.curves] == units
    assert las.curves["CARB_WHITE"].descr == "Carb-White, share of rock"
    assert (np.diff(las["DEPT"]) > 0).all()
    assert las["DEPT"] == pytest.approx(log.table["top"], rel=1e-12)
    for mnemonic, column in zip(names[1:], ["core_loss", "not_rock", "rock_area_mm2"], strict=False):
        assert las[mnemonic] == pytest.approx(log.table[column].to_numpy(), rel=1e-6, abs=1e-6)
    assert las["MATRIX"] == pytest.approx(log.table["Matrix"].to_numpy(), abs=1e-6, nan_ok=True)
    assert np.isnan(las["MATRIX"]).tolist() == [False, False, True, True, False, False]
    raw = lasio.read(tmp_path / "log.las", null_policy="none")
    assert raw["MATRIX"][2] == -999.25


def test_many_classes_are_wrapped_as_las_asks(tmp_path):
    legend = Legend([f"Class number {k}" for k in range(1, 41)])
    codes = np.random.default_rng(0).integers(1, 41, (300, 30)).astype(np.uint8)
    log = log_of(codes, 1000.0, 1003.0, legend, interval=0.25)
    log.table.loc[3, "Class number 7"] = np.nan
    log.write_las(tmp_path / "log.las")
    lines = (tmp_path / "log.las").read_bytes().decode("ascii").split("\n")
    assert max(map(len, lines)) <= 79
    data = lines[next(k for k, line in enumerate(lines) if line.startswith("~A")) + 1 :]
    assert len(data[0].split()) == 1  # the index on a line of its own
    las = lasio.read(tmp_path / "log.las")
    assert las.version["WRAP"].value == "YES"
    assert len(las.curves) == 4 + 80
    for k in (1, 7, 40):
        values = log.table[f"Class number {k}"].to_numpy()
        assert las[f"CLASS_NUMBER_{k}"] == pytest.approx(values, abs=1e-6, nan_ok=True)
    assert las_problems(tmp_path / "log.las") == []


def test_mnemonics_differ(tmp_path):
    legend = Legend(["Kalk", "KALK", "Dept", "Ø", "Grès fin"])
    log = log_of(layers(1, 2, 3, 4, 5), legend=legend, interval=0.2)
    log.write_las(tmp_path / "log.las")
    names = lasio.read(tmp_path / "log.las").keys()
    assert [name for name in names[4:] if not name.endswith("_SE")] == [
        *("KALK", "KALK_2", "DEPT_2", "O", "GRES_FIN"),
    ]
    with pytest.raises(ValueError, match=r"^STEP follows from the log; leave it out of the header\.$"):
        log.write_las(tmp_path / "log.las", header={"STEP": "-1"})


def test_lasio_may_be_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lasio", None)
    with pytest.raises(
        ModuleNotFoundError, match=r"A LAS file needs the package lasio, .*corewidgets\[core\]"
    ):
        log_of(layers(1)).write_las(tmp_path / "log.las")
    assert list(tmp_path.iterdir()) == []


def written(tmp_path, names, well="", **settings):
    """The file of a log of these classes, read back."""
    log = log_of(layers(*range(1, len(names) + 1)), legend=Legend(names), interval=0.25, name=well)
    log.write_las(tmp_path / "log.las", **settings)
    return lasio.read(tmp_path / "log.las")


@pytest.mark.parametrize(
    ("names", "mnemonics", "long_names"),
    [
        (["Глина", "Песчаник"], ["GLINA", "PESCHANIK"], ["Glina", "Peschanik"]),
        (["砂岩", "泥岩"], ["SHAYAN", "NIYAN"], ["ShaYan", "NiYan"]),
        (["Süßwasserkalk", "Fløtt"], ["SUSSWASSERKALK", "FLOTT"], ["Susswasserkalk", "Flott"]),
        (["Schiste", "Gre\u0300s"], ["SCHISTE", "GRES"], ["Schiste", "Gres"]),
        (["Глина", "Glina"], ["GLINA", "GLINA_2"], ["Glina", "Glina"]),
        (["50 \u00b5m", "60 \u03bcm"], ["50_UM", "60_UM"], ["50 um", "60 um"]),
        (["\ue000", "\ue001"], ["U_E000", "U_E001"], ["U+E000", "U+E001"]),
    ],
)
def test_names_of_classes_in_other_scripts(tmp_path, names, mnemonics, long_names):
    las = written(tmp_path, names)
    shares = las.curves[4::2]
    assert [curve.mnemonic for curve in shares] == mnemonics
    assert [curve.descr for curve in shares] == [f"{name}, share of rock" for name in long_names]
    assert las.keys()[5::2] == [f"{mnemonic}_SE" for mnemonic in mnemonics]
    assert las[mnemonics[1]] == pytest.approx([0, 0, 1, 1])


@pytest.mark.parametrize(
    ("well", "latin"),
    [
        ("Скважина 7", "Skvazhina 7"),
        ("井一", "JingYi"),
        ("Straße", "Strasse"),
        ("Puits É", "Puits E"),
        ("\ue000 7", "U+E000 7"),
    ],
)
def test_the_well_is_not_cut(tmp_path, well, latin):
    las = written(tmp_path, ["A", "B"], well)
    assert las.well["WELL"].value == latin
    las = written(tmp_path, ["A", "B"], header={"FLD": well})
    assert las.well["FLD"].value == latin


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (15173210360000, "15173210360000"),
        (123.4, "123.4"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (None, ""),
    ],
)
def test_header_values_that_are_no_text(tmp_path, value, text):
    assert str(written(tmp_path, ["A", "B"], header={"COMP": value}).well["COMP"].value) == text


def test_anyascii_may_be_missing_where_names_are_ascii(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "anyascii", None)
    assert written(tmp_path, ["Clay", "Sand"], "M0077A").well["WELL"].value == "M0077A"
    (tmp_path / "log.las").unlink()
    with pytest.raises(
        ModuleNotFoundError,
        match=r"A name in another script in a LAS file needs the package anyascii, .*corewidgets\[core\]",
    ):
        written(tmp_path, ["Глина", "Sand"])
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------ what others ask


LONG = ["Carbonate, white", "Carbonate, grey", "Carbonate", "Глина", "Глина-2", "A_SE"]


@pytest.mark.parametrize("scale", [DepthScale(), DepthScale("ft", "below sea floor")])
@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("interval", [0.1, 0.25, 1 / 3])
def test_the_rules_of_las_hold_and_numbers_come_back(tmp_path, scale, short, interval):
    codes = np.random.default_rng(1).integers(1, 7, (300, 30)).astype(np.uint8)
    ends = [scale.to_metres(depth) for depth in (100.07, 103.3)]
    core = Core([Lane("a.png", *ends)], "Hole", scale)
    log = depth_log(core, [codes], Legend(LONG), interval=interval)
    names = log.write_las(tmp_path / "log.las", short_names=short, header={"UWI": "42/1", "EGL": 1522.4})
    assert las_problems(tmp_path / "log.las", longest=8 if short else None) == []
    las = lasio.read(tmp_path / "log.las")
    assert las["DEPT"] == pytest.approx([scale.of(top) for top in log.table["top"]], rel=1e-6)
    for name, mnemonic in names.items():
        assert las[mnemonic] == pytest.approx(log.table[name].to_numpy(), abs=1e-6)
    assert las["RAREA"] == pytest.approx(log.table["rock_area_mm2"].to_numpy(), rel=1e-6)
    assert (las.params["EGL"].value, las.params["EGL"].unit) == (1522.4, scale.unit.upper())
    assert las.well["UWI"].value == "42/1"


def test_short_names_are_unlike_each_other_and_tell_errors(tmp_path):
    log = log_of(layers(*range(1, 7)), legend=Legend(LONG), interval=0.5)
    names = log.write_las(tmp_path / "log.las", short_names=True)
    assert list(names.values()) == ["CARBONAT", "CARBON_2", "CARBON_3", "GLINA", "GLINA_2", "A_SE"]
    las = lasio.read(tmp_path / "log.las")
    assert las.keys()[5::2] == ["CARBO_SE", "CAR_SE_2", "CAR_SE_3", "GLINA_SE", "GLI_SE_2", "A_SE_SE"]
    assert las.curves["CARBON_2"].descr == "Carbonate, grey, share of rock"


def test_what_is_written_is_chosen(tmp_path):
    log = log_of(layers(1, 3, 2), top=698.4, base=699.0, interval=0.1)
    log.write_las(tmp_path / "log.las", curves=["shares", "rock_area"])
    assert lasio.read(tmp_path / "log.las").keys() == ["DEPT", "RAREA", "MATRIX", "CARB_WHITE"]
    with pytest.raises(ValueError, match="There is no curve 'share'; choose from shares, errors, core_loss"):
        log.write_las(tmp_path / "log.las", curves=["share"])


def test_sizes_of_clasts_are_a_curve(tmp_path):
    codes = np.ones((100, 40), np.uint8)
    codes[10:20, 10:20] = 2
    codes[60:80, 5:25] = 2
    section = CoreSection(np.zeros((100, 40, 3), np.uint8), 5.0, 5.1, name="piece")
    log = depth_log(section, codes, LEGEND, interval=0.05)
    sized = log.with_clasts(measure_clasts(section, codes, LEGEND))
    diameters = [np.sqrt(4 * area / np.pi) for area in (100, 400)]
    assert sized.table["clast_size_mm"].tolist() == pytest.approx(diameters)
    sized.write_las(tmp_path / "log.las", curves=["clast_size"])
    las = lasio.read(tmp_path / "log.las")
    assert las["CSIZE"] == pytest.approx(diameters, abs=1e-6)
    assert las.curves["CSIZE"].unit == "MM"
    assert las_problems(tmp_path / "log.las") == []
    assert "clast_size_mm" not in log.table


def test_null_is_what_the_user_says_unless_a_curve_has_it(tmp_path):
    log = log_of(layers(1, 3, 2), top=698.4, base=699.0, interval=0.1)
    log.write_las(tmp_path / "log.las", header={"null": -9999})
    assert lasio.read(tmp_path / "log.las", null_policy="none")["MATRIX"][2] == -9999
    assert las_problems(tmp_path / "log.las") == []
    with pytest.raises(ValueError, match="NULL is 1, which is a value of the curve NROCK; choose another"):
        log.write_las(tmp_path / "log.las", header={"NULL": 1})
    with pytest.raises(
        ValueError, match="NULL stands for what is missing and must be a number, but it is 'x'"
    ):
        log.write_las(tmp_path / "log.las", header={"NULL": "x"})


def test_parameters_say_where_a_log_comes_from(tmp_path):
    log = log_of(layers(1, 2))
    log.write_las(
        tmp_path / "log.las", parameters={"MODEL": ("m: Глина.skops", "Model"), "F1REG": (0.67, "F1")}
    )
    params = lasio.read(tmp_path / "log.las").params
    assert (params["MODEL"].value, params["F1REG"].value) == ("m  Glina.skops", 0.67)
    assert las_problems(tmp_path / "log.las") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("STRT.M  698.4 ", "STRT.M  698.45", "STRT 698.45 is not the first depth"),
        ("STEP.M    0.1", "STEP.M    0.2", "depths do not grow by STEP"),
        ("STOP.M  698.9", "STOP.FT 698.9", "STOP has the unit FT, but the index M"),
        ("NULL. -999.25 ", "NULL. none    ", "NULL is no number"),
        ("NROCK        .V/V ", "CLOSS        .V/V ", "CLOSS occurs twice"),
        ("API .  ", "XYZ .  ", "API"),
    ],
)
def test_the_rules_find_what_is_wrong(tmp_path, old, new, problem):
    path = tmp_path / "log.las"
    log_of(layers(1, 3, 2), top=698.4, base=699.0, interval=0.1).write_las(path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert any(problem in found for found in las_problems(path))
