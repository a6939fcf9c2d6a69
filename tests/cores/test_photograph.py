"""Photographs of every kind come out as the same upright 8-bit RGB, and bad files say what is wrong."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image, ImageOps

from corewidgets.cores.photograph import read_photograph

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (7, 5, 3), np.uint8)
WIDE = RNG.integers(0, 65536, (7, 5, 3), np.uint16)
SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6))


def to_8_bits(wide):
    return np.rint(wide / 257).astype(np.uint8)


def grey(plane):
    return np.repeat(plane[..., None], 3, axis=2)


def wide_png(samples, color_type, *chunks):
    """Make a PNG file of 16 bits a sample, which Pillow cannot write; chunks go before the pixels."""
    n_rows, n_columns = samples.shape[:2]
    header = struct.pack(">IIBBBBB", n_columns, n_rows, 16, color_type, 0, 0, 0)
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def lzw_tiff(samples, photometric, *, orientation=1):
    """Make a little-endian TIFF file compressed with LZW, which tifffile alone does not write.

    The codes are all 9 bits long: the table is cleared before it grows.
    """
    n_rows, n_columns, n_samples = samples.shape
    data = samples.astype("<u2").tobytes()
    codes = [code for k in range(0, len(data), 250) for code in (256, *data[k : k + 250])] + [257]
    bits = "".join(f"{code:09b}" for code in codes)
    strip = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    n_tags = 11 if n_samples == 4 else 10
    after = 8 + 2 + 12 * n_tags + 4
    tags = [
        (256, 4, 1, n_columns),
        (257, 4, 1, n_rows),
        (258, 3, n_samples, 16 if n_samples == 1 else after),
        (259, 3, 1, 5),
        (262, 3, 1, photometric),
        (273, 4, 1, after + 2 * n_samples),
        (274, 3, 1, orientation),
        (277, 3, 1, n_samples),
        (278, 4, 1, n_rows),
        (279, 4, 1, len(strip)),
        *([(338, 3, 1, 2)] if n_samples == 4 else []),
    ]
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<IH", 8, n_tags) + directory + struct.pack("<I", 0)
    return head + struct.pack(f"<{n_samples}H", *[16] * n_samples) + strip


@pytest.fixture
def save(tmp_path):
    """Write bytes or a Pillow image to a file and return its path."""

    def save_as(name, content, **options):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path, **options)
        return path

    return save_as


# 8 bits


@pytest.mark.parametrize("name", ["core.png", "core.tif", "core.TIFF", "named-wrongly.jpg"])
def test_rgb_is_kept_as_it_is(save, name):
    form = "TIFF" if "tif" in name.lower() else "PNG"
    read = read_photograph(save(name, Image.fromarray(RGB), format=form))
    assert read.dtype == np.uint8
    assert read.flags.c_contiguous
    assert (read == RGB).all()


def test_a_jpeg_is_decoded_as_pillow_decodes_it(save):
    path = save("core.jpg", Image.fromarray(RGB), quality=90)
    assert (read_photograph(path) == np.asarray(Image.open(path))).all()


@pytest.mark.parametrize("form", ["png", "tif", "jpg"])
def test_grey_is_repeated(save, form):
    path = save(f"core.{form}", Image.fromarray(RGB[..., 0]))
    assert (read_photograph(path) == grey(np.asarray(Image.open(path)))).all()


def test_black_and_white_spans_the_full_range(save):
    bits = RGB[..., 0] > 127
    assert (read_photograph(save("core.png", Image.fromarray(bits))) == grey(bits * np.uint8(255))).all()


@pytest.mark.parametrize("form", ["png", "tif"])
def test_a_palette_is_looked_up(save, form):
    indexed = Image.fromarray(RGB).quantize(16)
    assert (read_photograph(save(f"core.{form}", indexed)) == np.asarray(indexed.convert("RGB"))).all()


def test_opaque_transparency_changes_nothing(save):
    rgba = np.dstack([RGB, np.full(RGB.shape[:2], 255, np.uint8)])
    assert (read_photograph(save("core.png", Image.fromarray(rgba))) == RGB).all()


@pytest.mark.parametrize("form", ["png", "tif"])
def test_transparent_pixels_are_laid_over_white_and_told(save, form):
    alpha = np.full(RGB.shape[:2], 255, np.uint8)
    alpha[0, 0], alpha[0, 1] = 0, 51
    path = save(f"core.{form}", Image.fromarray(np.dstack([RGB, alpha])))
    message = f"^'{re.escape(str(path))}' has 2 transparent pixels; they are drawn over white\\.$"
    with pytest.warns(UserWarning, match=message):
        read = read_photograph(path)
    assert (read[alpha == 255] == RGB[alpha == 255]).all()
    assert read[0, 0].tolist() == [255, 255, 255]
    assert (read[0, 1] == np.rint(0.2 * RGB[0, 1] + 0.8 * 255)).all()


def test_a_single_transparent_pixel(save):
    with pytest.warns(UserWarning, match="has 1 transparent pixels"):
        assert read_photograph(save("core.png", Image.new("RGBA", (1, 1)))).tolist() == [[[255, 255, 255]]]


def test_a_transparent_color_of_a_palette_counts(save):
    indexed = Image.fromarray(RGB).quantize(16)
    clear = np.asarray(indexed) == 3
    path = save("core.png", indexed, transparency=3)
    with pytest.warns(UserWarning, match=f"has {clear.sum()} transparent pixels; they are drawn over white"):
        read = read_photograph(path)
    assert (read[clear] == 255).all()
    assert (read[~clear] == np.asarray(indexed.convert("RGB"))[~clear]).all()


def test_grey_with_transparency(save):
    alpha = np.where(RGB[..., 1] > 127, 255, 0).astype(np.uint8)
    with pytest.warns(UserWarning, match="drawn over white"):
        read = read_photograph(save("core.png", Image.fromarray(np.dstack([RGB[..., 0], alpha]), "LA")))
    assert (read == grey(np.where(alpha == 255, RGB[..., 0], 255))).all()


@pytest.mark.parametrize("form", ["jpg", "tif"])
def test_cmyk_is_converted(save, form):
    flat = np.empty((16, 16, 3), np.uint8)
    flat[...] = (200, 120, 40)
    read = read_photograph(save(f"core.{form}", Image.fromarray(flat).convert("CMYK")))
    assert np.abs(read.astype(int) - flat).max() <= 3


def test_planes_of_a_tiff_are_joined(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate")
    assert (read_photograph(path) == RGB).all()


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff(save, compression):
    path = save("core.tif", Image.fromarray(RGB), compression=compression)
    assert (read_photograph(path) == RGB).all()


# 16 bits


@given(npst.arrays(np.uint16, SHAPES.map(lambda shape: (*shape, 3))))
def test_wide_png_is_rounded(tmp_path_factory, samples):
    path = tmp_path_factory.mktemp("wide") / "core.png"
    path.write_bytes(wide_png(samples, 2))
    assert (read_photograph(path) == to_8_bits(samples)).all()


def test_the_full_range_of_16_bits_is_used(save):
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    read = read_photograph(save("ramp.png", Image.fromarray(ramp)))
    assert (read == grey(to_8_bits(ramp))).all()
    assert read.min() == 0
    assert read.max() == 255


@pytest.mark.parametrize(("color_type", "n_colors"), [(4, 1), (6, 3)])
def test_wide_png_with_transparency(save, color_type, n_colors):
    alpha = np.where(WIDE[..., :1] > 30000, 65535, 0).astype(np.uint16)
    path = save("core.png", wide_png(np.dstack([WIDE[..., :n_colors], alpha]), color_type))
    with pytest.warns(UserWarning, match="drawn over white"):
        read = read_photograph(path)
    expected = np.where(alpha == 0, 255, to_8_bits(np.broadcast_to(WIDE[..., :n_colors], WIDE.shape)))
    assert (read == expected).all()


def test_wide_png_with_a_transparent_color(save):
    path = save("core.png", wide_png(WIDE, 2, (b"tRNS", WIDE[2, 3].astype(">u2").tobytes())))
    with pytest.warns(UserWarning, match="has 1 transparent pixels"):
        read = read_photograph(path)
    expected = to_8_bits(WIDE)
    expected[2, 3] = 255
    assert (read == expected).all()


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planes", [False, True])
def test_wide_tiff_is_rounded(tmp_path, compression, byteorder, planes):
    path = tmp_path / "core.tif"
    samples = np.moveaxis(WIDE, 2, 0) if planes else WIDE
    order = "separate" if planes else "contig"
    tifffile.imwrite(
        path, samples, photometric="rgb", planarconfig=order, compression=compression, byteorder=byteorder
    )
    assert (read_photograph(path) == to_8_bits(WIDE)).all()


def test_wide_grey_tiff(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, WIDE[..., 0], photometric="minisblack")
    assert (read_photograph(path) == grey(to_8_bits(WIDE[..., 0]))).all()
    tifffile.imwrite(path, WIDE[..., 0], photometric="miniswhite")
    assert (read_photograph(path) == grey(to_8_bits(65535 - WIDE[..., 0]))).all()


@pytest.mark.parametrize("n_samples", [1, 3, 4])
def test_wide_tiff_with_lzw(save, n_samples):
    opaque = np.full((*WIDE.shape[:2], 1), 65535, np.uint16)
    samples = np.dstack([WIDE, opaque])[..., :n_samples]
    read = read_photograph(save("core.tif", lzw_tiff(samples, 1 if n_samples == 1 else 2)))
    assert (read == to_8_bits(np.broadcast_to(samples[..., :3], WIDE.shape))).all()


def test_wide_tiff_with_white_as_0_and_lzw(save):
    read = read_photograph(save("core.tif", lzw_tiff(WIDE[..., :1], 0)))
    assert (read == grey(to_8_bits(65535 - WIDE[..., 0]))).all()


def test_wide_tiff_with_transparency(tmp_path):
    path = tmp_path / "core.tif"
    alpha = np.where(WIDE[..., :1] > 30000, 65535, 0).astype(np.uint16)
    tifffile.imwrite(path, np.dstack([WIDE, alpha]), photometric="rgb", extrasamples=["unassalpha"])
    with pytest.warns(UserWarning, match="drawn over white"):
        read = read_photograph(path)
    assert (read == np.where(alpha == 0, 255, to_8_bits(WIDE))).all()


def test_a_fourth_sample_without_meaning_is_left_out(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, np.dstack([WIDE, WIDE[..., :1]]), photometric="rgb", extrasamples=["unspecified"])
    assert (read_photograph(path) == to_8_bits(WIDE)).all()


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["jpg", "png", "tif"])
def test_8_bits_are_turned_upright(save, form, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(f"core.{form}", Image.fromarray(RGB), exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert (read_photograph(path) == expected).all()
    assert expected.shape[0] == (7 if orientation < 5 else 5)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bits_are_turned_upright(save, tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stand_in = io.BytesIO()
    Image.fromarray(to_8_bits(WIDE)).save(stand_in, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(stand_in)))
    tags = [(0x0112, "H", 1, orientation, True)]
    tifffile.imwrite(tmp_path / "plain.tif", WIDE, photometric="rgb", extratags=tags)
    for path in (
        tmp_path / "plain.tif",
        save("lzw.tif", lzw_tiff(WIDE, 2, orientation=orientation)),
        save("core.png", wide_png(WIDE, 2, (b"eXIf", exif.tobytes()[6:]))),
    ):
        assert (read_photograph(path) == expected).all(), path.name


def test_an_orientation_that_does_not_exist_does_nothing(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, WIDE, photometric="rgb", extratags=[(0x0112, "H", 1, 9, True)])
    assert (read_photograph(path) == to_8_bits(WIDE)).all()


# Pages


def test_smaller_copies_are_not_read(tmp_path):
    path = tmp_path / "core.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(RGB[::2, ::2], photometric="rgb", subfiletype=1)
        file.write(RGB, photometric="rgb")
        file.write(RGB[::4, ::4], photometric="rgb", subfiletype=1)
    assert (read_photograph(path) == RGB).all()


def test_two_pages_of_full_size_are_refused(save):
    path = save("core.tif", Image.fromarray(RGB), save_all=True, append_images=[Image.fromarray(RGB)])
    message = f"'{path}' has 2 pages of full size, but a section is one photograph; save each page as a file"
    with pytest.raises(ValueError, match=re.escape(message)):
        read_photograph(path)


# Size


@pytest.mark.parametrize("form", ["png", "tif", "jpg"])
def test_150_megapixels_are_read_without_a_warning(tmp_path, form, monkeypatch):
    """Pillow's limit is lowered, so that a small photograph is as far beyond it as a large one is."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    Image.fromarray(RGB).save(tmp_path / f"core.{form}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_photograph(tmp_path / f"core.{form}").shape == RGB.shape
    assert Image.MAX_IMAGE_PIXELS == 4


def test_an_absurd_size_is_refused_before_decoding(save):
    content = bytearray(wide_png(WIDE, 2))
    content[16:24] = struct.pack(">II", 100_000, 200_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path = save("core.png", bytes(content))
    message = (
        f"'{path}' has 200000 rows and 100000 columns, more than the 400,000,000 pixels that are read at "
        "once; cut it into sections."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_photograph(path)


def test_a_size_that_the_bytes_cannot_hold_is_refused_before_decoding(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, WIDE, photometric="rgb", compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageLength"].overwrite(3_000_000)
    message = f"cannot be decoded (3000000 rows and 5 columns cannot be in {path.stat().st_size} bytes)"
    with pytest.raises(ValueError, match=re.escape(message)):
        read_photograph(path)


def test_many_values_a_pixel_are_no_photograph(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, np.zeros((4, 5, 12), np.uint8), photometric="minisblack", planarconfig="contig")
    with pytest.raises(ValueError, match="holds 12 values per pixel, which is not a photograph; save it"):
        read_photograph(path)


# Bad files


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        read_photograph(tmp_path / "core.jpg")
    assert str(error.value) == f"There is no file '{tmp_path}/core.jpg'; check the name and the folder."


def test_a_folder(tmp_path):
    with pytest.raises(IsADirectoryError) as error:
        read_photograph(tmp_path)
    assert str(error.value) == f"'{tmp_path}' is a folder; name the photograph in it."


def test_another_kind_of_file(save):
    path = save("notes.jpg", b"depth;lithology\n1;breccia\n")
    message = (
        f"'{path}' is not a photograph that can be read: it is neither JPEG, PNG nor TIFF, nor "
        "WebP, JPEG 2000 or BMP; save it as one of them."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_photograph(path)


def test_an_empty_file(save):
    with pytest.raises(ValueError, match=r"is empty; copy it again from its source\.$"):
        read_photograph(save("core.jpg", b""))


def photographs():
    """Bytes of one photograph of each kind, large enough to be cut."""
    pixels = RNG.integers(0, 256, (60, 40, 3), np.uint8)
    for form in ("JPEG", "PNG", "TIFF"):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, form)
        yield form, file.getvalue()
    yield "PNG of 16 bits", wide_png(pixels.astype(np.uint16) * 257, 2)
    yield "LZW TIFF of 16 bits", lzw_tiff(pixels.astype(np.uint16) * 257, 2)
    for compression in (None, "zlib"):
        file = io.BytesIO()
        tifffile.imwrite(file, pixels.astype(np.uint16) * 257, photometric="rgb", compression=compression)
        yield f"TIFF of 16 bits, {compression}", file.getvalue()


@pytest.mark.filterwarnings("ignore:.*[Tt]runcated:UserWarning")
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
@pytest.mark.parametrize(("kind", "content"), photographs(), ids=[kind for kind, _ in photographs()])
def test_a_file_that_is_cut_short(save, kind, content, share):
    path = save("core", content[: int(share * len(content))])
    with pytest.raises(ValueError, match=f"^'{re.escape(str(path))}' cannot be decoded"):
        read_photograph(path)


def test_the_error_for_a_damaged_file(save):
    path = save("core.jpg", next(content for kind, content in photographs() if kind == "JPEG")[:600])
    with pytest.raises(ValueError, match="is damaged, cut short") as error:
        read_photograph(path)
    assert str(error.value).startswith(f"'{path}' cannot be decoded (")
    assert str(error.value).endswith(
        "): it is damaged, cut short or of an unsupported kind; copy it again from its source, or "
        "save it again as RGB."
    )


@pytest.mark.parametrize(
    ("samples", "kind"), [(np.float32([[0.5]]), "32 bits a sample"), (np.uint32([[7]]), "32 bits a sample")]
)
def test_values_that_are_no_photograph(tmp_path, samples, kind):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, samples, photometric="minisblack")
    message = f"'{path}' holds {kind}, which is not a photograph; save it as RGB or grey with 8 or 16 bits."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_photograph(path)


def test_half_floats_are_no_photograph(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, np.float16([[0.5]]), photometric="minisblack")
    with pytest.raises(
        ValueError, match="holds 16-bit samples of the kind MINISBLACK, which is not a photograph"
    ):
        read_photograph(path)


@pytest.mark.filterwarnings("ignore")
@given(
    st.sampled_from(list(photographs())), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1)
)
def test_broken_bytes_are_read_or_refused(tmp_path_factory, photograph, changes):
    content = bytearray(photograph[1])
    for position, value in changes:
        content[position % len(content)] = value
    path = tmp_path_factory.mktemp("broken") / "core"
    path.write_bytes(content)
    try:
        image = read_photograph(path)
    except ValueError:
        return  # any other error fails the test
    assert (image.dtype, image.ndim, image.shape[2]) == (np.uint8, 3, 3)


@pytest.mark.parametrize(("name", "a_pixel"), [("core.webp", 13), ("core.jp2", 20)])
def test_what_takes_more_memory_than_is_free_is_refused_before_it_is_decoded(
    tmp_path, monkeypatch, name, a_pixel
):
    Image.fromarray(np.zeros((300, 200, 3), np.uint8)).save(tmp_path / name)
    for free in (300 * 200 * a_pixel, 0):  # 0 is unknown
        monkeypatch.setattr("corewidgets.cores.photograph.free_bytes", lambda free=free: free)
        assert read_photograph(tmp_path / name).shape == (300, 200, 3)
    monkeypatch.setattr("corewidgets.cores.photograph.free_bytes", lambda: 300 * 200 * a_pixel - 1)
    with pytest.raises(ValueError, match=f"{name}' has 300 rows and 200 columns.*GB.*save it as TIFF"):
        read_photograph(tmp_path / name)


def test_more_pixels_than_are_read_are_told_before_the_memory(tmp_path, monkeypatch):
    Image.fromarray(np.zeros((30, 20, 3), np.uint8)).save(tmp_path / "core.jp2")
    content = bytearray((tmp_path / "core.jp2").read_bytes())
    size = content.index(b"ihdr") + 4
    content[size : size + 8] = struct.pack(">II", 200_000, 100_000)
    (tmp_path / "core.jp2").write_bytes(content)
    monkeypatch.setattr("corewidgets.cores.photograph.free_bytes", lambda: 10**9)
    with pytest.raises(ValueError, match=r"200000 rows and 100000 columns, more than the 400,000,000 pixels"):
        read_photograph(tmp_path / "core.jp2")
