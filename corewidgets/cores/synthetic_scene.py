"""What lies around the core in the photograph of a box: table, walls, header, logo, ruler and color card.

A scene has six channels: three in white light and three in ultraviolet, in which paper and foam glow.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from corewidgets.cores.synthetic_rock import noise

Field = NDArray[np.float32]
Place = tuple[int, int, int, int]  # first row, row after the last, first column, column after the last

_VIOLET = np.array([0.10, 0.08, 0.34], np.float32)
_GLOW = np.array([0.34, 0.42, 0.86], np.float32)
_CARD = (
    *((115, 82, 68), (194, 150, 130), (98, 122, 157), (87, 108, 67), (133, 128, 177), (103, 189, 170)),
    *((214, 126, 44), (80, 91, 166), (193, 90, 99), (94, 60, 108), (157, 188, 64), (224, 163, 46)),
    *((56, 61, 150), (70, 148, 73), (175, 54, 60), (231, 199, 31), (187, 86, 149), (8, 133, 161)),
    *((243, 243, 242), (200, 200, 200), (160, 160, 160), (122, 122, 121), (85, 85, 85), (52, 52, 52)),
)
PAPER = (236, 236, 232)
INK = (24, 24, 30)


def material(rng: np.random.Generator, shape: tuple[int, int], kind: str, color: tuple[int, ...]) -> Field:
    """Return a sheet of a material that lies along the columns.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    kind : {"wood", "cardboard", "foam", "plastic", "cloth", "concrete"}
    color : tuple of int
        In white light.

    Returns
    -------
    ndarray of float32, (n_rows, n_columns, 6)
    """
    if kind == "wood":
        grain = rng.standard_normal(shape, np.float32)
        kernel = max(3, shape[1] // 12)
        grain = np.cumsum(np.pad(grain, ((0, 0), (kernel, 0)), mode="wrap"), axis=1)
        relief = 7 * (grain[:, kernel:] - grain[:, :-kernel]) / np.sqrt(kernel) + 5 * noise(rng, shape, 9)
    elif kind == "concrete":
        relief = 7 * noise(rng, shape, 1.0) + 9 * noise(rng, shape, 14)
    else:
        relief = {"cardboard": 3.0, "foam": 2.5, "plastic": 1.2, "cloth": 2.0}[kind] * noise(rng, shape, 0.6)
        relief += 2.5 * noise(rng, shape, 20)
    white = np.array(color, np.float32) + relief[..., None]
    glows = kind == "foam"
    return np.concatenate([white, 0.8 * white * _GLOW if glows else 0.7 * white * _VIOLET], axis=-1)


def fill(scene: Field, place: Place, color: tuple[int, ...] | Field, *, glows: bool = False) -> None:
    """Paint a rectangle of one color, or with a color for each pixel, in place."""
    white = np.asarray(color, np.float32)
    window = scene[place[0] : place[1], place[2] : place[3]]
    window[..., :3] = white
    window[..., 3:] = 0.85 * white * (_GLOW if glows else 0.8 * _VIOLET)


def write(
    scene: Field, place: Place, lines: list[str], color: tuple[int, ...], background: tuple[int, ...]
) -> None:
    """Write lines of text into a rectangle, as large as fits, in place."""
    height, width = place[1] - place[0], place[3] - place[2]
    if height < 5 or width < 5:
        return
    size = max(5, int(0.72 * height / len(lines)))
    drawing = Image.new("RGB", (width, height), background)
    pen = ImageDraw.Draw(drawing)
    longest = max(lines, key=len)
    while size > 5 and pen.textlength(longest, ImageFont.load_default(size)) > 0.94 * width:
        size -= 1
    for number, line in enumerate(lines):
        at = (0.03 * width, (number + 0.12) * height / len(lines))
        pen.text(at, line, fill=color, font=ImageFont.load_default(size))
    fill(scene, place, np.asarray(drawing, np.float32), glows=sum(background) > 600)


def draw_ruler(
    scene: Field, place: Place, pixel: float, *, upright: bool, inks: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    """Draw a ruler with marks each centimetre, or a bar of black and white fields, in place."""
    paper, ink = inks
    fill(scene, place, paper, glows=sum(paper) > 600)
    row, row_stop, column, column_stop = place
    length, width = (row_stop - row, column_stop - column)[:: 1 if upright else -1]
    for number in range(int(length / (10 * pixel))):
        start, size = int(number * 10 * pixel), max(1, int(0.7 * pixel))
        deep = int(width * (0.6 if number % 10 == 0 else 0.4 if number % 5 == 0 else 0.25))
        if upright:
            fill(scene, (row + start, row + start + size, column, column + deep), ink)
        else:
            fill(scene, (row, row + deep, column + start, column + start + size), ink)
        if number % 10 == 0 and number and width > 14:
            mark = (int(0.35 * width), int(0.9 * width))
            if upright:
                write(
                    scene,
                    (row + start, row + start + mark[0], column + deep, column_stop),
                    [f"{number}"],
                    ink,
                    paper,
                )
            else:
                write(
                    scene,
                    (
                        row + deep,
                        row_stop,
                        column + start + 2,
                        min(column_stop, column + start + 2 + mark[1]),
                    ),
                    [f"{number}"],
                    ink,
                    paper,
                )


def draw_bar(scene: Field, place: Place, pixel: float, *, upright: bool) -> None:
    """Draw a bar of black and white fields of 5 cm, in place."""
    row, row_stop, column, column_stop = place
    step = int(50 * pixel)
    length = row_stop - row if upright else column_stop - column
    for number, start in enumerate(range(0, length, max(step, 4))):
        stop = min(start + step, length)
        color = (235, 235, 235) if number % 2 else (15, 15, 15)
        if upright:
            fill(scene, (row + start, row + stop, column, column_stop), color)
        else:
            fill(scene, (row, row_stop, column + start, column + stop), color)


def draw_card(scene: Field, place: Place) -> None:
    """Draw a card of 24 colors, in place."""
    fill(scene, place, (25, 25, 25))
    height, width = place[1] - place[0], place[3] - place[2]
    n_rows, n_columns = (4, 6) if width > height else (6, 4)
    for number, color in enumerate(_CARD):
        row, column = divmod(number, n_columns)
        top, left = place[0] + row * height / n_rows, place[2] + column * width / n_columns
        gap = 0.1 * height / n_rows
        rows = (int(top + gap), int(top + height / n_rows - gap))
        fill(scene, (*rows, int(left + gap), int(left + width / n_columns - gap)), color)


def draw_logo(rng: np.random.Generator, scene: Field, place: Place) -> None:
    """Draw the mark of a laboratory: a ring around a wedge, in place."""
    rows, columns = np.mgrid[place[0] : place[1], place[2] : place[3]]
    down = (rows - (place[0] + place[1]) / 2) / max(1, place[1] - place[0]) * 2
    right = (columns - (place[2] + place[3]) / 2) / max(1, place[3] - place[2]) * 2
    radius = np.hypot(down, right)
    window = scene[place[0] : place[1], place[2] : place[3]]
    color = rng.uniform(40, 230, 3)
    for shape, shade in (((radius < 0.95) & (radius > 0.7), 1.0), ((radius < 0.6) & (down > right), 0.8)):
        window[shape, :3] = color * shade
        window[shape, 3:] = 0.5 * color * _VIOLET


def draw_header(rng: np.random.Generator, sheet: Field, top: float, *, framed: bool) -> list[Place]:
    """Draw text, and by chance a logo and a color card, onto a sheet in place.

    Parameters
    ----------
    rng : numpy.random.Generator
    sheet : ndarray of float32, (n_rows, n_columns, 6)
    top : float
        A depth to be written.
    framed : bool
        Whether the text stands on the frame itself, otherwise on a white board.

    Returns
    -------
    list of tuple of int
        Where something was drawn.
    """
    number = int(rng.integers(1, 90))
    height, width = sheet.shape[:2]
    lines = [
        f"WELL {rng.integers(10, 99)}-{rng.integers(1, 9)}  CORE {rng.integers(1, 20)}",
        f"BOX {number} OF {number + int(rng.integers(1, 20))}   {top:.2f} M",
    ]
    if framed:
        places = [(0, height, 0, int(0.55 * width))]
        background = tuple(int(value) for value in sheet[0, 0, :3].clip(0, 255))
        write(sheet, places[0], lines, PAPER, background)
    else:
        start = int(rng.uniform(0.02, 0.3) * width)
        places = [(0, height, start, start + int(rng.uniform(0.25, 0.4) * width))]
        write(sheet, places[0], lines, (30, 40, 110), PAPER)
    if rng.random() < 0.5:
        wide = min(int(1.2 * height), int(0.2 * width))
        places.append((0, int(wide / 1.2), int(0.97 * width) - wide, int(0.97 * width)))
        draw_card(sheet, places[-1])
    if framed and rng.random() < 0.7:
        wide = min(height, int(0.18 * width))
        places.append((0, wide, int(0.57 * width), int(0.57 * width) + wide))
        draw_logo(rng, sheet, places[-1])
    return places
