"""Each tool opens what a user has: the name of a file, an image of Pillow, a folder of one photograph."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

TOOLS = (cw.Labeler, cw.Overlay, cw.FeatureExplorer, cw.Trainer, cw.Workbench)
IMAGE = np.random.default_rng(5).integers(0, 256, (60, 40, 3), np.uint8)


@pytest.fixture
def photograph(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a workbench without a file keeps its session here
    (tmp_path / "scans").mkdir()
    Image.fromarray(IMAGE).save(tmp_path / "scans" / "R1.png")
    return tmp_path / "scans" / "R1.png"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_opens_a_file_a_folder_and_what_other_libraries_hold(tool, photograph):
    xarray = pytest.importorskip("xarray")
    for source in (str(photograph), photograph.parent, str(photograph.with_name("*.png")), [photograph]):
        section = tool(source).section
        assert (section.image == IMAGE).all()
        assert (section.name, section.path, section.top) == ("R1", photograph, None)
    arrays = [xarray.DataArray(IMAGE, dims=("y", "x", "band")),
              xarray.DataArray(np.moveaxis(IMAGE, -1, 0), dims=("band", "y", "x"))]  # fmt: skip
    for source in (Image.fromarray(IMAGE), IMAGE, *arrays):
        assert (tool(source).section.image == IMAGE).all()


def test_classes_may_be_missing(photograph):
    assert cw.Workbench(photograph).legend.names == ("Class 1", "Class 2")
    assert cw.Workbench(str(photograph), ["Matrix", "Clast"]).legend.names == ("Matrix", "Clast")


@pytest.mark.parametrize("tool", TOOLS[:4])
def test_a_tool_of_one_photograph_says_which_a_run_has(tool, run):
    with pytest.raises(ValueError, match="but there are 4: lane-1, lane-2, lane-3, broken"):
        tool(run)


@pytest.mark.parametrize("tool", TOOLS[:4])
def test_a_tool_of_one_photograph_says_which_there_are(tool, photograph):
    Image.fromarray(IMAGE).save(photograph.with_name("R2.png"))
    message = (
        "One photograph is shown here, but there are 2: R1, R2. Give one of them; cw.Workbench opens them"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        tool(photograph.parent)
    with pytest.raises(FileNotFoundError, match=r"There is no file 'R9\.png'; check the name"):
        tool("R9.png")
