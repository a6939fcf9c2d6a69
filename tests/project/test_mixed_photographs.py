"""Photographs of several kinds, sizes and orientations are one hole; depths may overlap or be missing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

SHAPES = {"gray": (300, 60), "jpeg": (200, 100), "tiff": (260, 80), "turned": (240, 90), "unknown": (150, 50)}
DEPTHS = {"gray": (1.0, 1.3), "jpeg": (1.25, 1.45), "tiff": (1.6, 1.86), "turned": (1.86, 2.1)}


def rock(shape, seed):
    """Return shale above, sandstone below, with texture."""
    image = np.full((*shape, 3), 90.0)
    image[shape[0] // 2 :] = 170
    return (image + np.random.default_rng(seed).normal(0, 8, image.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "scans"
    made.mkdir()
    images = {name: rock(shape, seed) for seed, (name, shape) in enumerate(SHAPES.items())}
    Image.fromarray(images["gray"][..., 0]).save(made / "gray.png")
    Image.fromarray(images["jpeg"]).save(made / "jpeg.jpg", quality=95)
    Image.fromarray(images["tiff"]).save(made / "tiff.tif")
    lying = Image.fromarray(np.rot90(images["turned"]).copy())
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: a quarter clockwise makes it upright
    lying.save(made / "turned.jpg", exif=exif, quality=95)
    Image.fromarray(np.dstack([images["unknown"], np.full(SHAPES["unknown"], 255, np.uint8)])).save(
        made / "unknown.png"
    )
    (made / "broken.jpg").write_bytes(b"no picture")
    return made


@pytest.fixture
def project(folder):
    made = cw.Project.create(
        folder.parent / "hole.corewidgets", folder, legend=cw.Legend(["Shale", "Sandstone"])
    )
    for name, depths in DEPTHS.items():
        made.set_depths(name, *depths)
    return made


def test_all_that_can_be_read_open_upright_and_the_other_is_listed(project):
    assert {name: project.read(name).shape for name in SHAPES} == SHAPES
    for name in SHAPES:
        assert project.small_pictures(name)[0]
    with pytest.raises(ValueError, match=r"broken\.jpg"):
        project.read("broken")
    assert list(project.problems) == ["broken"]


@pytest.mark.slow
def test_one_model_maps_all_and_the_hole_is_handed_on(project):
    for name in ("gray", "turned"):
        n_rows, n_columns = SHAPES[name]
        labels = np.zeros((n_rows, n_columns), np.uint8)
        labels[: n_rows // 2], labels[n_rows // 2 :] = 1, 2
        project.write_labels(name, labels)
    features = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    recipe = cw.PixelClassifier(features, max_training_pixels=400, regularizer=None).recipe
    project.settings = cw.Settings(recipe, score=False)
    model = project.train()
    for name, (n_rows, _) in SHAPES.items():
        segmentation = model.predict(project.read(name))
        project.write_map(name, segmentation)
        assert (segmentation[: n_rows // 2 - 15] == 1).mean() > 0.95
        assert (segmentation[n_rows // 2 + 15 :] == 2).mean() > 0.95
    hole = cw.Hole(project)
    assert [gap.top for gap in hole.gaps] == pytest.approx([1.45])
    assert [(first, second) for first, second, _ in hole.overlaps] == [("gray", "jpeg")]
    done = cw.export_project(project, interval=0.1)
    assert {"broken", "unknown"} <= set(done.left_out)
    assert any(path.suffix == ".las" for path in done.files)
