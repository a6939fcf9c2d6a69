"""Values with a color profile come out as sRGB; sRGB itself stays as it is."""

from __future__ import annotations

import io
import re
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from corewidgets.cores.color_profile import to_srgb_of
from corewidgets.cores.photograph import read_photograph

PHOTOGRAPH = np.random.default_rng(0).integers(40, 216, (30, 20, 3), np.uint8)
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71187, 0.0), (0.03134, 0.00009, 0.82491))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def xyz(color):
    return b"XYZ \0\0\0\0" + b"".join(map(fixed, color))


def icc(tags, space):
    """Make a profile of version 2 with some tags."""
    tags = {b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78), **tags}
    tags |= {b"cprt": b"text\0\0\0\0none\0\0\0\0", b"wtpt": xyz((0.9642, 1, 0.8249))}
    table, data, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content
    head = struct.pack(">I4sI4s4s4s", start + len(data), b"none", 0x02100000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + b"".join(map(fixed, (0.9642, 1, 0.8249)))
    return head.ljust(128, b"\0") + table + data


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def rgb_profile(primaries, gamma):
    colors = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(xyz, primaries), strict=True))
    return icc(colors | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve(gamma)), b"RGB ")


def grey_profile(gamma):
    return icc({b"kTRC": curve(gamma)}, b"GRAY")


PROFILES = {
    "Display P3": rgb_profile(DISPLAY_P3, 2.2),
    "Adobe RGB": rgb_profile(ADOBE_RGB, 2.2),
    "ProPhoto RGB": rgb_profile(PROPHOTO, 1.8),
}


def exported(profile):
    """Return the photograph as a program writes it that shows the same colors in another profile."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = Image.fromarray(PHOTOGRAPH)
    return ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target, renderingIntent=1)


@pytest.mark.parametrize("form", ["png", "tif", "webp"])
@pytest.mark.parametrize("name", PROFILES)
def test_the_same_colors_in_another_profile_are_the_same_photograph(tmp_path, name, form):
    path = tmp_path / f"core.{form}"
    options = {"lossless": True} if form == "webp" else {}
    image = exported(PROFILES[name])
    assert np.abs(np.asarray(image).astype(int) - PHOTOGRAPH).max() > 5
    image.save(path, icc_profile=PROFILES[name], **options)
    apart = np.abs(read_photograph(path).astype(int) - PHOTOGRAPH)
    assert apart.max() <= 4  # what 8 bits of the other profile leave
    assert apart.mean() < 0.5


def test_a_part_has_the_colors_of_the_whole(tmp_path):
    path = tmp_path / "core.png"
    exported(PROFILES["Adobe RGB"]).save(path, icc_profile=PROFILES["Adobe RGB"])
    assert (read_photograph(path, crop=(3, 17, 5, 11)) == read_photograph(path)[3:17, 5:11]).all()


@pytest.mark.parametrize("form", ["png", "jpg"])
def test_pixels_of_srgb_stay_as_they_are(tmp_path, form):
    path = tmp_path / f"core.{form}"
    Image.fromarray(PHOTOGRAPH).save(path, icc_profile=SRGB)
    assert to_srgb_of(SRGB) is None
    assert (read_photograph(path) == np.asarray(Image.open(path))).all()


def test_grey_with_a_profile(tmp_path):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "grey.png", icc_profile=grey_profile(1.8))
    read = read_photograph(tmp_path / "grey.png")
    linear = (ramp / 255) ** 1.8
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(read - 255 * srgb[..., None]).max() <= 2
    assert np.abs(255 * srgb - ramp).max() > 10
    Image.fromarray(ramp).save(tmp_path / "rgb.png", icc_profile=PROFILES["ProPhoto RGB"])
    read = read_photograph(tmp_path / "rgb.png").astype(int)
    assert np.abs(read - read[..., :1]).max() <= 1  # grey stays grey
    assert np.abs(read[..., 0] - ramp).max() > 5


def test_sixteen_bits_with_a_profile(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    wide = np.asarray(exported(PROFILES["ProPhoto RGB"])).astype(np.uint16) * 257
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, wide, photometric="rgb", iccprofile=PROFILES["ProPhoto RGB"])
    assert np.abs(read_photograph(path).astype(int) - PHOTOGRAPH).max() <= 4


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (b"no profile at all" * 20, "cannot open profile from string"),
        (grey_profile(1.0), "it is for 1 values per pixel, but there are 3"),
        (ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), "it is of the color space Lab"),
    ],
    ids=["none", "grey", "lab"],  # a profile holds the second in which it was made
)
def test_a_profile_that_cannot_be_used_is_named(tmp_path, profile, reason):
    path = tmp_path / "core.jpg"
    Image.fromarray(PHOTOGRAPH).save(path, icc_profile=profile)
    message = (
        f"The color profile in '{path}' cannot be used ({reason}); its values are taken as sRGB. Save it "
        "again as sRGB if its colors matter."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        read = read_photograph(path)
    assert (read == np.asarray(Image.open(path))).all()
