"""Small pictures of clasts that are proposed."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from corewidgets.learning.proposals import Proposal

__all__ = ["thumbnail_of"]

_SIZE = 64  # pixels of the page along the longer side
_MARGIN = 0.25  # of the clast's length, around it


def thumbnail_of(proposal: Proposal, image: npt.NDArray[np.uint8], color: str) -> bytes:
    """Return a clast with its outline in a color "#RRGGBB", as the text of a `data:` address."""
    rows, columns = proposal.box
    margin = int(_MARGIN * max(proposal.mask.shape)) + 2
    top, left = max(0, rows.start - margin), max(0, columns.start - margin)
    part = image[top : rows.stop + margin, left : columns.stop + margin]
    share = _SIZE / max(part.shape[:2])
    small = Image.fromarray(part).resize(
        [max(1, round(share * size)) for size in part.shape[1::-1]], Image.Resampling.BOX
    )
    mask = np.zeros(part.shape[:2], bool)
    inner = mask[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    inner |= proposal.mask
    shrunk = np.asarray(Image.fromarray(mask).resize(small.size, Image.Resampling.NEAREST))
    rim = shrunk & ~ndimage.binary_erosion(shrunk, border_value=0)
    drawn = np.array(small)
    drawn[rim] = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    out = io.BytesIO()
    Image.fromarray(drawn).save(out, "PNG")
    return b"data:image/png;base64," + base64.b64encode(out.getvalue())
