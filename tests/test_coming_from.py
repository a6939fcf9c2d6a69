"""The page for users of other programs: its code, run on files written as those programs write them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import roifile
import tifffile
from PIL import Image

import corewidgets as cw

PAGE = Path(__file__).parents[1] / "docs" / "coming-from.md"
SHAPE = (40, 30)


def code_of(heading: str) -> str:
    """Return the Python code of the page below a heading, after that of its beginning."""
    text = PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    wanted = [parts[0], next(part for part in parts if part.startswith(heading + "\n"))]
    return "\n".join(
        code for part in wanted for code in re.findall(r"```python\n(.*?)```", part, flags=re.DOTALL)
    )


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", SHAPE[::-1], (90, 80, 70)).save("core.jpg")

    def run(heading: str) -> dict[str, Any]:
        names: dict[str, Any] = {}
        exec(compile(code_of(heading), str(PAGE), "exec"), names)
        return names

    return run


def drawn() -> np.ndarray:
    codes = np.zeros(SHAPE, np.uint8)
    codes[2:9, 3:20], codes[12:20, 5:9], codes[30, 1:29] = 1, 2, 3
    return codes


def test_ilastik(page: Any) -> None:
    tags = [{"key": key, "typeFlags": 2, "resolution": 0, "description": ""} for key in "yx"]
    tags.append({"key": "c", "typeFlags": 1, "resolution": 0, "description": ""})
    with h5py.File("core_Labels.h5", "w") as file:
        data = file.create_dataset("exported_data", data=drawn()[..., None], chunks=(40, 30, 1))
        data.attrs["axistags"] = json.dumps({"axes": tags})
        data.attrs["display_mode"] = b"default"
    np.testing.assert_array_equal(page("ilastik")["labels"], drawn())
    cw.write_labels("back.h5", drawn(), cw.Legend(["a", "b", "c"]))
    with h5py.File("back.h5") as file:
        np.testing.assert_array_equal(np.squeeze(file["exported_data"][()]), drawn())


def annotation(kind: str, places: list[Any], name: str, color: list[int]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": "3b6f9a52-7d0e-4f83-9b1f-0c5b1f6f2a11",
        "geometry": {"type": kind, "coordinates": places},
        "properties": {
            "objectType": "annotation",
            "classification": {"name": name, "color": color},
            "isLocked": False,
            "measurements": {"Area px^2": 119.0},
        },
    }


def test_qupath(page: Any) -> None:
    square = [[[3, 2], [20, 2], [20, 9], [3, 9], [3, 2]]]
    line = [[1.5, 30.5], [28.5, 30.5]]
    features = [
        annotation("Polygon", square, "Matrix", [11, 36, 251]),
        annotation("LineString", line, "Vein", [200, 0, 0]),
    ]
    Path("core.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=2))
    with pytest.warns(UserWarning, match=r"left out of the labels: .*LineString"):
        names = page("QuPath")
    assert names["found"].names == ("Matrix", "Vein")
    assert names["found"].colors[0].upper() == "#0B24FB"
    assert (names["labels"][2:9, 3:20] == 1).all()
    assert (names["labels"][28:33, 3:27] == 2).all()
    assert (names["labels"][36:] == 0).all()


def test_napari(page: Any) -> None:
    tifffile.imwrite(
        "Labels.tif", drawn().astype(np.uint32), compression="zlib", compressionargs={"level": 1}
    )
    names = page("napari")
    np.testing.assert_array_equal(names["labels"], drawn())
    tifffile.imwrite("Labels.tif", drawn().astype(np.int64), compression="zlib")  # a layer made in a script
    np.testing.assert_array_equal(page("napari")["labels"], drawn())


def weka_palette() -> np.ndarray:
    palette = np.zeros((3, 256), np.uint16)
    palette[:, :5] = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 255, 255], [255, 0, 255]]).T * 257
    return palette


def line(name: str, points: list[list[float]]) -> roifile.ImagejRoi:
    made = roifile.ImagejRoi.frompoints(np.array(points))
    made.name, made.roitype = name, roifile.ROI_TYPE.FREELINE
    return made


def test_trainable_weka_segmentation(page: Any) -> None:
    whole = np.where(drawn() > 0, drawn(), 1) - 1  # the first class is 0
    tifffile.imwrite(
        "Classified image.tif", whole.astype(np.uint8), photometric="palette", colormap=weka_palette()
    )
    area = roifile.ImagejRoi.frompoints(np.array([[3, 2], [20, 2], [20, 9], [3, 9]]))
    area.name, area.roitype = "Matrix", roifile.ROI_TYPE.POLYGON
    roifile.roiwrite("RoiSet.zip", [area, line("Vein-1", [[1, 30], [15, 30], [28, 30]])])
    names = page("Trainable Weka Segmentation")
    segmentation, legend = cw.read_labels("map.png")
    np.testing.assert_array_equal(segmentation, whole + 1)
    assert legend.names == ("Matrix", "Clast", "Vein")
    expected = np.zeros(SHAPE, np.uint8)
    expected[2:9, 3:20], expected[29:32, 1:29] = 1, 2
    assert names["found"].names == ("Matrix", "Vein")
    np.testing.assert_array_equal(names["labels"][:, 2:28], expected[:, 2:28])  # but for the rounded ends
