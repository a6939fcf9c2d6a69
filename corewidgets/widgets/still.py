"""The picture of a tool that a notebook keeps, so that it is seen where no kernel runs."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.labels.legend import Legend

__all__ = ["still"]

_LONGEST = 640  # pixels
_OPACITY = 0.55  # of classes over the photograph


def still(
    image: NDArray[np.uint8], codes: NDArray[np.uint8] | None = None, legend: Legend | None = None
) -> bytes:
    """Draw a photograph with its labels or its map as a small PNG.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
    codes : ndarray of uint8, (n_rows, n_columns), optional
        Codes, 0 = unlabelled.
    legend : Legend, optional
        Colors of the codes; by default those of classes without a name.

    Returns
    -------
    bytes
        PNG: the photograph at no more than 640 pixels each way, and beside it the same under the classes.
    """
    step = -(-max(image.shape[:2]) // _LONGEST)
    photograph = np.array(Image.fromarray(image).reduce(step)) if step > 1 else image
    panels = [photograph]
    if codes is not None and codes.any():
        small = codes[step // 2 :: step, step // 2 :: step][: photograph.shape[0], : photograph.shape[1]]
        colors = (legend or Legend.of_codes(255)).rgb()
        under = photograph[: small.shape[0], : small.shape[1]].astype(float)
        shown = np.where(small[..., None] > 0, (1 - _OPACITY) * under + _OPACITY * colors[small], under)
        panels.append(np.zeros_like(photograph))
        panels[1][: small.shape[0], : small.shape[1]] = shown.round()
    content = io.BytesIO()
    gap = np.full((photograph.shape[0], 4, 3), 255, np.uint8)
    Image.fromarray(np.hstack([panels[0], *(part for panel in panels[1:] for part in (gap, panel))])).save(
        content, format="PNG", optimize=True
    )
    return content.getvalue()
