"""What lies around a box, drawn where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores import synthetic_scene as scenery


@pytest.fixture
def scene():
    return np.zeros((120, 400, 6), np.float32)


@pytest.mark.parametrize("kind", ["wood", "cardboard", "foam", "plastic", "cloth", "concrete"])
def test_a_material_has_its_color_and_only_foam_glows(kind):
    sheet = scenery.material(np.random.default_rng(0), (60, 240), kind, (180, 150, 120))
    np.testing.assert_allclose(sheet[..., :3].mean(axis=(0, 1)), (180, 150, 120), atol=4)
    assert (sheet[..., 5].mean() > 60) == (kind == "foam")


def test_wood_is_smooth_along_its_grain():
    sheet = scenery.material(np.random.default_rng(0), (60, 240), "wood", (180, 150, 120))[..., 0]
    assert np.abs(np.diff(sheet, axis=1)).mean() < 0.5 * np.abs(np.diff(sheet, axis=0)).mean()


def test_text_is_written_inside_its_place_in_its_colors(scene):
    scenery.write(scene, (20, 60, 50, 350), ["BOX 12", "45.00 M"], (0, 0, 0), (240, 240, 240))
    inside = scene[20:60, 50:350, 0]
    assert (inside > 230).mean() > 0.5
    assert (inside < 60).sum() > 100
    assert not scene[:20].any()


@pytest.mark.parametrize("upright", [False, True])
def test_a_ruler_has_a_mark_each_centimetre(upright):
    scene = np.zeros((240, 240, 6), np.float32)
    place = (0, 240, 100, 110) if upright else (100, 110, 0, 240)
    scenery.draw_ruler(scene, place, 2.0, upright=upright, inks=((255, 255, 255), (0, 0, 0)))
    edge = scene[:, 100, 0] if upright else scene[100, :, 0]
    assert (np.flatnonzero(np.diff(edge) < 0) + 1).tolist() == list(range(20, 240, 20))


def test_a_bar_changes_each_five_centimetres(scene):
    scenery.draw_bar(scene, (10, 20, 0, 400), 1.0, upright=False)
    assert (np.flatnonzero(np.diff(scene[15, :, 0])) + 1).tolist() == list(range(50, 400, 50))


def test_a_card_has_24_colors_and_a_logo_its_ring(scene):
    scenery.draw_card(scene, (0, 80, 0, 120))
    assert len(np.unique(scene[:80, :120, :3].reshape(-1, 3), axis=0)) == 25
    scenery.draw_logo(np.random.default_rng(0), scene, (20, 100, 200, 280))
    assert scene[60, 205, :3].any()
    assert not scene[22, 202, :3].any()


def test_a_header_says_where_it_is():
    for seed in range(6):
        sheet = np.zeros((80, 600, 6), np.float32)
        places = scenery.draw_header(np.random.default_rng(seed), sheet, 12.0, framed=bool(seed % 2))
        seen = np.zeros((80, 600), bool)
        for top, bottom, left, right in places:
            seen[top:bottom, left:right] = True
        assert not (sheet[..., :3].any(axis=2) & ~seen).any()
