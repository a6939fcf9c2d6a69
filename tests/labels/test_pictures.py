"""Labels that picture editors saved are the labels that were drawn."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from plain_tiff import BOMBS, plain_tiff, say_huge_tiles

from corewidgets.labels.decoding import LEGEND as KEY
from corewidgets.labels.decoding import legend_text
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Matrix", "Clast"], ["#FF0000", "#00FF00"])
DRAWN = np.zeros((40, 30), np.uint8)
DRAWN[5:15, 5:20] = 1
DRAWN[20:35, 3:28] = 2
COLORS = LEGEND.rgb()[DRAWN]
RGB = Image.fromarray(COLORS)
ON_WHITE = Image.fromarray(np.where(DRAWN[..., None], COLORS, 255).astype(np.uint8))

EDITORS = {
    "quantized": lambda: RGB.quantize(3),
    "adaptive": lambda: RGB.convert("P", palette=Image.Palette.ADAPTIVE, colors=3),
    "web": lambda: RGB.convert("P"),
    "on white": lambda: ON_WHITE.quantize(3),
    "RGB": lambda: RGB,
    "RGBA": lambda: Image.fromarray(np.dstack([COLORS, 255 * (DRAWN > 0).astype(np.uint8)])),
    "codes": lambda: Image.fromarray(DRAWN),
}  # fmt: skip


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("editor", EDITORS)
def test_what_an_editor_saved_is_what_was_drawn(tmp_path, editor, ending):
    EDITORS[editor]().save(tmp_path / f"labels{ending}")
    labels, legend = read_labels(tmp_path / f"labels{ending}", shape=DRAWN.shape, legend=LEGEND)
    assert (labels == DRAWN).all()
    assert legend is LEGEND


@pytest.mark.parametrize("editor", ["quantized", "web", "RGB", "RGBA"])
def test_an_editor_that_keeps_the_legend_of_the_file(tmp_path, editor):
    texts = PngInfo()
    texts.add_text(KEY, legend_text(LEGEND))
    EDITORS[editor]().save(tmp_path / "labels.png", pnginfo=texts)
    labels, legend = read_labels(tmp_path / "labels.png")
    assert (labels == DRAWN).all()
    assert legend == LEGEND
    other = Legend(["Clast", "Matrix"])
    assert (read_labels(tmp_path / "labels.png", legend=other)[0] == np.array([0, 2, 1])[DRAWN]).all()


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_smooth_edges_are_named(tmp_path, ending):
    RGB.resize((60, 80), Image.Resampling.BILINEAR).save(tmp_path / f"labels{ending}")
    with pytest.raises(
        ValueError, match=r"pixels of the color #.*, and \d+ other such colors; paint with the"
    ):
        read_labels(tmp_path / f"labels{ending}", legend=LEGEND)


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_a_mask_is_one_class(tmp_path, ending):
    path = tmp_path / f"mask{ending}"
    Image.fromarray((DRAWN > 0).astype(np.uint8) * 255).save(path)
    assert (read_labels(path, legend=Legend(["Clast"]))[0] == (DRAWN > 0)).all()
    with pytest.warns(UserWarning, match="is read as a mask: 255 is code 1"):
        assert (read_labels(path)[0] == (DRAWN > 0)).all()
    with pytest.raises(ValueError, match="which of the 2 classes of the legend it shows"):
        read_labels(path, legend=LEGEND)


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_our_own_files_of_code_255_are_no_masks(tmp_path, ending):
    labels = (DRAWN > 0).astype(np.uint8) * 255
    write_labels(tmp_path / f"own{ending}", labels)
    assert (read_labels(tmp_path / f"own{ending}")[0] == labels).all()


def test_a_tiff_of_before_without_a_legend_is_no_mask(tmp_path):
    labels = (DRAWN > 0).astype(np.uint8) * 255
    tifffile.imwrite(
        tmp_path / "old.tif", labels, photometric="minisblack", compression="zlib", metadata=None
    )
    assert (read_labels(tmp_path / "old.tif")[0] == labels).all()


def test_a_tiff_compressed_with_loss_is_refused(tmp_path):
    Image.fromarray(DRAWN).save(tmp_path / "lossy.tif", compression="jpeg")
    with pytest.raises(
        ValueError, match="is compressed as JPEG, which alters codes and colors; export it again"
    ):
        read_labels(tmp_path / "lossy.tif")


def test_a_tiff_of_many_values_a_pixel_is_refused(tmp_path):
    tifffile.imwrite(
        tmp_path / "many.tif", np.zeros((4, 5, 7), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    with pytest.raises(
        ValueError, match="holds 7 values per pixel, but labels are one code per pixel; write them"
    ):
        read_labels(tmp_path / "many.tif")


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_colors_that_a_picture_may_have_need_not_hold_all_classes(tmp_path, ending):
    path = tmp_path / f"labels{ending}"
    for editor in ("quantized", "RGB"):
        EDITORS[editor]().save(path)
        labels, legend = read_labels(path, colors=LEGEND)
        assert (labels == DRAWN).all()
        assert legend is LEGEND
    Image.fromarray(DRAWN * 40).save(path)
    labels, legend = read_labels(path, colors=LEGEND)
    assert (labels == DRAWN * 40).all()
    assert legend is None
    strange = Image.fromarray(DRAWN * 40)
    strange.putpalette(bytes(np.random.default_rng(0).integers(0, 256, 768, dtype=np.uint8)))
    strange.save(path)
    with pytest.warns(UserWarning, match="are none of the legend's"):
        assert (read_labels(path, colors=LEGEND)[0] == DRAWN * 40).all()
    other = Legend(["Void"])
    write_labels(path, DRAWN, LEGEND)
    labels, legend = read_labels(path, colors=other)
    assert (labels == DRAWN).all()
    assert legend == LEGEND


@pytest.mark.parametrize("compression", BOMBS)
def test_a_strip_that_unpacks_to_much_more_than_its_pixels_is_damage(tmp_path, compression):
    path = tmp_path / "labels.tif"
    path.write_bytes(plain_tiff((30, 40), compression, BOMBS[compression]))
    with pytest.raises(ValueError, match=r"a strip or tile unpacks to more than the 1,200 bytes of its"):
        read_labels(path)


def test_tiles_far_larger_than_the_page_are_damage(tmp_path):
    path = tmp_path / "labels.tif"
    tifffile.imwrite(path, np.ones((30, 40), np.uint8), photometric="minisblack", tile=(16, 16))
    say_huge_tiles(path)
    with pytest.raises(
        ValueError, match=r"cannot be decoded \(it has tiles of 60000 rows and 60000 columns\)"
    ):
        read_labels(path)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_labels_may_have_more_pixels_than_the_picture_library_opens(tmp_path, monkeypatch, compression):
    path = tmp_path / "labels.tif"
    Image.fromarray(np.full((30, 40), 2, np.uint8)).save(path, compression=compression)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert (read_labels(path)[0] == 2).all()
    assert Image.MAX_IMAGE_PIXELS == 100
