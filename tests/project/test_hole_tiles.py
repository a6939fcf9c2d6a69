"""Pictures of a hole by depth: what lies where, what is read, and how much is sent."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.project import hole_tiles
from corewidgets.project.depth_tiles import Tile, tiles_in_view
from corewidgets.project.hole_tiles import HoleTiles

SHAPE = (600, 60)
COLORS = ((200, 60, 40), (50, 160, 70), (40, 80, 190))


@pytest.fixture
def hole(tmp_path):
    """Return a hole of three photographs of one color each, a gap below the first, a map of the second."""
    for number, color in enumerate(COLORS, 1):
        image = np.full((*SHAPE, 3), color, np.uint8)
        image[:300] //= 2  # the upper half is darker
        Image.fromarray(image).save(tmp_path / f"R{number}.png")
    project = cw.Project.create(
        tmp_path / "hole.corewidgets", tmp_path, legend=cw.Legend(["Matrix", "Clast"])
    )
    for number, top in ((1, 10.0), (2, 11.0), (3, 11.6)):
        project.set_depths(f"R{number}", top, top + 0.6)
    codes = np.ones(SHAPE, np.uint8)
    codes[:150] = 2
    codes[300:, :15] = 2
    project.write_map("R2", codes)
    return cw.Hole(project)


def row_of(depth, tile):
    return int((depth - tile.top) / tile.row_length)


def picture(tiles, track, tile):
    return np.asarray(Image.open(io.BytesIO(tiles.picture(track, tile))).convert("RGB")).astype(int)


@pytest.fixture
def tiles(hole):
    return HoleTiles(hole)


def test_photographs_lie_at_their_depths(tiles):
    (tile,) = {one for one in tiles_in_view(10, 12.2, 100) if one.top <= 10.1 < one.base}
    shown = picture(tiles, "photograph", tile)
    assert shown.shape[0] == 256
    for depth, color in ((10.1, np.array(COLORS[0]) // 2), (10.5, COLORS[0]), (10.8, (42, 42, 42)),
                         (11.2, np.array(COLORS[1]) // 2), (11.55, COLORS[1])):  # fmt: skip
        if tile.top <= depth < tile.base:
            middle = shown[row_of(depth, tile), shown.shape[1] // 2]
            np.testing.assert_allclose(middle, color, atol=12)
    assert tiles.tracks == ["photograph", "map", "log"]
    assert tiles.width == pytest.approx(0.06, rel=0.02)


def test_a_map_and_the_shares_of_its_classes(tiles):
    (tile,) = {one for one in tiles_in_view(11, 11.6, 500) if one.top <= 11.5 < one.base}
    matrix, clast = tiles.hole.project.legend.rgb()[1:].tolist()
    shown, log = picture(tiles, "map", tile), picture(tiles, "log", tile)
    row = row_of(11.5, tile)
    np.testing.assert_array_equal(shown[row, shown.shape[1] // 8], clast)
    np.testing.assert_array_equal(shown[row, shown.shape[1] // 2], matrix)
    share = (log[row] == clast).all(axis=1).mean()
    assert share == pytest.approx(0.25, abs=0.02)
    assert (log[row] == matrix).all(axis=1).sum() + share * 128 == pytest.approx(128)
    nothing = Image.open(io.BytesIO(tiles.picture("map", Tile(tile.level, tile.index))))
    assert nothing.info["transparency"] == 0
    assert tiles.picture("map", Tile(tile.level, 0)) == b""


def test_a_map_is_as_wide_as_its_photograph(hole, tmp_path):
    """However its small picture is made: this photograph is wider than others for its length."""
    Image.fromarray(np.full((600, 300, 3), 200, np.uint8)).save(tmp_path / "R2.png")
    project = hole.project
    project.correct_map("R2", np.full((600, 300), 2, np.uint8))
    tiles = HoleTiles(hole)
    (tile,) = {one for one in tiles_in_view(10, 12.2, 100) if one.top <= 11.5 < one.base}
    row = row_of(11.5, tile)
    photograph, shown = picture(tiles, "photograph", tile)[row], picture(tiles, "map", tile)[row]
    clast = hole.project.legend.rgb()[2].tolist()
    widths = (photograph[:, 0] > 120).sum(), (shown == clast).all(axis=1).sum()
    assert abs(int(widths[0]) - int(widths[1])) <= 2
    assert widths[0] > 60


def test_a_new_map_is_seen_when_the_old_one_is_forgotten(tiles):
    (tile,) = {one for one in tiles_in_view(11, 11.6, 500) if one.top <= 11.5 < one.base}
    before = picture(tiles, "log", tile)
    tiles.hole.project.correct_map("R2", np.full(SHAPE, 2, np.uint8))
    np.testing.assert_array_equal(picture(tiles, "log", tile), before)
    tiles.forget("R2")
    clast = tiles.hole.project.legend.rgb()[2].tolist()
    assert (picture(tiles, "log", tile)[row_of(11.5, tile)] == clast).all()


def test_a_map_of_other_pixels_is_not_shown(hole, tmp_path):
    """Near by, from afar and in the shares, whether it was shown before or not."""
    shown = HoleTiles(hole)
    tiles = [next(one for one in tiles_in_view(11, 11.6, height) if one.top <= 11.5 < one.base)
             for height in (300, 3000)]  # fmt: skip
    assert all(picture(shown, track, tile).any() for track in ("map", "log") for tile in tiles)
    near = picture(shown, "photograph", tiles[1])
    content = (tmp_path / "R2.png").read_bytes()
    Image.fromarray(np.full((*SHAPE, 3), 255, np.uint8)).save(tmp_path / "R2.png")
    for of in (shown, HoleTiles(hole)):
        assert not any(picture(of, track, tile).any() for track in ("map", "log") for tile in tiles)
        assert hole.project.replaced == ["R2"]
    assert picture(shown, "photograph", tiles[1]).max() > near.max()
    (tmp_path / "R2.png").write_bytes(content)
    assert all(picture(shown, track, tile).any() for track in ("map", "log") for tile in tiles)


def test_far_off_only_small_pictures_are_read_and_near_by_single_pixels_are_there(tiles, monkeypatch):
    read = []
    original = cw.SectionEntry.read

    def reading(self):
        read.append(self.name)
        return original(self)

    for name in tiles.hole.project.names:
        tiles.hole.project.small_pictures(name)
    monkeypatch.setattr(cw.SectionEntry, "read", reading)
    for tile in tiles_in_view(10, 12.2, 560):
        tiles.picture("photograph", tile)
    assert read == []
    for tile in tiles_in_view(10.299, 10.301, 560):
        shown = picture(tiles, "photograph", tile)
        assert tiles.columns(tile, "photograph") > SHAPE[1]
    assert read == ["R1"]
    tile = next(one for one in tiles_in_view(10.29, 10.31, 200) if one.top <= 10.3 < one.base)
    shown = picture(tiles, "photograph", tile)[:, 40, 0]
    edge = row_of(10.3, tile)
    assert shown[max(edge - 6, 0)] < 110 < shown[min(edge + 6, 255)]


def test_a_photograph_that_cannot_be_read_is_told_and_the_others_are_shown(hole, tmp_path):
    (tmp_path / "R1.png").write_bytes(b"no picture")
    tiles = HoleTiles(hole)
    (tile,) = {one for one in tiles_in_view(10, 12.2, 100) if one.top <= 11.5 < one.base}
    np.testing.assert_allclose(picture(tiles, "photograph", tile)[row_of(11.5, tile), 36], COLORS[1], atol=12)
    assert "R1" in hole.project.problems


def test_a_second_photograph_has_a_track(hole, tmp_path):
    noise = np.random.default_rng(0).integers(60, 200, (*SHAPE, 1), np.uint8)
    Image.fromarray(np.tile(noise, 3)).save(tmp_path / "R1.png")
    Image.fromarray(noise // np.array([4, 4, 1], np.uint8)).save(tmp_path / "uv.png")  # blue
    project = hole.project
    table = project.folder / "photographs.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[1] = ",".join([*lines[1].split(",")[:6], "../uv.png"])
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tiles = HoleTiles(cw.Hole(cw.Project(project.folder)))
    assert tiles.tracks == ["photograph", "second", "map", "log"]
    for top, base in ((10, 10.6), (10.299, 10.301)):  # from the small picture, and from the photograph
        tile = next(one for one in tiles_in_view(top, base, 100) if one.top <= 10.3 < one.base)
        red, _, blue = picture(tiles, "second", tile)[row_of(10.3, tile)].mean(axis=0)
        assert blue > 3 * red
    assert (project.folder / "thumbnails" / "R1.second.jpg").exists()


def test_opening_1400_photographs_sends_less_than_three_screens(monkeypatch):
    """Counted from the sizes of the pictures of the tiles in view; a screen is 900 x 560."""
    tiles = HoleTiles.__new__(HoleTiles)
    tiles.width = 0.08
    wanted = tiles_in_view(600, 600 + 1400 * 0.62, 560)
    for tracks in (["photograph", "map", "log"], ["photograph", "second", "map", "log"]):
        sent = sum(tiles.columns(tile, track) * 256 for tile in wanted for track in tracks)
        assert sent < 3 * 900 * 560
    assert hole_tiles.TRACKS == ("photograph", "second", "map", "log")
