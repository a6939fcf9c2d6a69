"""Cut what a view shows out of a photograph or a map of codes, and encode it for the browser.

A picture is never larger than the view on the screen. It is sent as the text of a `data:` address, which the
browser forgets with the picture; bytes would stay in its memory until the page is closed.
"""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from corewidgets.widgets.stage.viewport import Box, Span, Viewport

Pixels = npt.NDArray[np.uint8]

_STRIP_ROWS = 2048
_LOSSLESS_PIXELS = 40_000  # pictures below this are sent as they are: single pixels are large on the screen
_JPEG_QUALITY = 92


@dataclass(frozen=True)
class Picture:
    """An encoded cut.

    Parameters
    ----------
    url : bytes
        `data:` address of a PNG or JPEG file.
    box : Box
        Where it belongs on the canvas.
    smooth : bool
        Whether the browser shall interpolate when it enlarges; otherwise pixels stay squares.
    """

    url: bytes
    box: Box
    smooth: bool


class Pyramid:
    """A photograph and its halves, quarters, ..., each made when a view first needs it.

    Parameters
    ----------
    image : array, shape (n_rows, n_columns, 3), uint8
        The photograph; it is read and never written.
    """

    def __init__(self, image: Pixels) -> None:
        self._levels = [image]

    def level(self, number: int) -> Pixels:
        """Return the image, `number` times halved; sides are rounded up."""
        while len(self._levels) <= number:
            self._levels.append(_halved(self._levels[-1]))
        return self._levels[number]

    def cut(self, viewport: Viewport) -> Pixels:
        """Return what the view shows, in the resolution that it needs, before it is turned."""
        rows, columns = viewport.spans()
        if viewport.scale >= 1:
            return self._levels[0][rows.first : rows.stop, columns.first : columns.stop]
        number = max(0, math.floor(-math.log2(viewport.scale)))
        while number and min(self._levels[0].shape[:2]) >> number < 2:
            number -= 1  # too thin to halve
        return _resampled(self.level(number), rows, columns, 2**number)


def _halved(image: Pixels) -> Pixels:
    """Return the image at half the size, in strips so that a large one is not held twice."""
    n_rows, n_columns = image.shape[:2]
    half = np.empty((-(-n_rows // 2), -(-n_columns // 2), 3), np.uint8)
    for row in range(0, n_rows, _STRIP_ROWS):
        strip = np.asarray(Image.fromarray(image[row : row + _STRIP_ROWS]).reduce(2))
        half[row // 2 : row // 2 + strip.shape[0]] = strip
    return half


def _resampled(image: Pixels, rows: Span, columns: Span, factor: int) -> Pixels:
    """Return the part between the spans' edges, averaged down to their sizes; `factor` is done so far."""
    n_rows, n_columns = image.shape[:2]
    top, bottom = rows.start / factor, min(rows.end / factor, n_rows)
    left, right = columns.start / factor, min(columns.end / factor, n_columns)
    first_row, first_column = max(math.floor(top) - 2, 0), max(math.floor(left) - 2, 0)
    part = image[first_row : math.ceil(bottom) + 2, first_column : math.ceil(right) + 2]
    box = (left - first_column, top - first_row, right - first_column, bottom - first_row)
    resized = Image.fromarray(np.ascontiguousarray(part)).resize(
        (columns.size, rows.size), Image.Resampling.BILINEAR, box=box
    )
    return np.asarray(resized)


def photograph_picture(pyramid: Pyramid, viewport: Viewport) -> Picture:
    """Return what the view shows of a photograph."""
    pixels = _turned(pyramid.cut(viewport), viewport)
    small = pixels.shape[0] * pixels.shape[1] <= _LOSSLESS_PIXELS
    url = _encoded(Image.fromarray(pixels), "PNG" if small else "JPEG")
    return Picture(url, viewport.place(*viewport.spans()), smooth=1 < viewport.scale < 2)


def codes_picture(codes: Pixels, palette: Pixels, viewport: Viewport) -> Picture:
    """Return what the view shows of a map of codes.

    Parameters
    ----------
    codes : array, shape (n_rows, n_columns), uint8
    palette : array, shape (n_codes, 4), uint8
        Red, green, blue and opacity of each code. Codes past its end are not shown.
    """
    image = Image.fromarray(_turned(_sampled_codes(codes, viewport), viewport))
    table = np.zeros((256, 4), np.uint8)
    table[: len(palette)] = palette
    image.putpalette(table[:, :3].tobytes())
    url = _encoded(image, "PNG", transparency=table[:, 3].tobytes())
    return Picture(url, viewport.place(*viewport.spans()), smooth=False)


def rgba_picture(image: Pixels, viewport: Viewport) -> Picture:
    """Return what the view shows of colors of shape (n_rows, n_columns, 4), uint8."""
    url = _encoded(Image.fromarray(_turned(_sampled(image, viewport), viewport)), "PNG")
    return Picture(url, viewport.place(*viewport.spans()), smooth=False)


def _sampled(values: Pixels, viewport: Viewport) -> Pixels:
    """Return the values under the middles of the screen's pixels; codes cannot be averaged."""
    rows, columns = viewport.spans()
    if viewport.scale >= 1:
        return values[rows.first : rows.stop, columns.first : columns.stop]
    return values[np.ix_(_positions(rows, len(values)), _positions(columns, values.shape[1]))]


def _sampled_codes(codes: Pixels, viewport: Viewport) -> Pixels:
    """Return codes as `_sampled` does, but look at four places of each pixel: thin lines stay lines."""
    if viewport.scale >= 1:
        return _sampled(codes, viewport)
    (n_rows, n_columns), (rows, columns) = codes.shape, viewport.spans()
    found = np.zeros((rows.size, columns.size), np.uint8)
    for across in (0.25, 0.75):
        for down in (0.25, 0.75):
            places = np.ix_(_positions(rows, n_rows, down), _positions(columns, n_columns, across))
            found = np.where(found, found, codes[places])
    return found


def _positions(span: Span, size: int, share: float = 0.5) -> npt.NDArray[np.intp]:
    """Return the pixel that lies at a share of each of the screen's pixels."""
    step = (span.end - span.start) / span.size
    positions = np.floor(span.start + (np.arange(span.size) + share) * step).astype(np.intp)
    return np.minimum(positions, size - 1)


def _turned(pixels: Pixels, viewport: Viewport) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, viewport.rotation // 90))


def _encoded(image: Image.Image, kind: str, **options: bytes) -> bytes:
    file = io.BytesIO()
    if kind == "JPEG":
        image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    else:
        image.save(file, "PNG", compress_level=1, **options)
    return b"data:image/" + kind.lower().encode() + b";base64," + base64.b64encode(file.getvalue())
