"""Color profiles of photographs: what their values mean, brought to sRGB.

A telephone writes Display P3, a camera Adobe RGB, a scanner a profile of its own. The same rock then has
other values in each file, though every viewer shows the same picture. So that a model sees what a viewer
shows, values are converted to sRGB with LittleCMS, relative to the white of the profile.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

__all__ = ["ToSrgb", "to_srgb_of"]

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_N_STEPS = 9
_SAME = 2  # of 255: makers round the curve and the primaries of sRGB differently


class ToSrgb:
    """Converts values with a profile to sRGB.

    Parameters
    ----------
    transform : object
        Of Pillow's `ImageCms`.
    mode : {"RGB", "L", "CMYK"}
        What the profile is of.
    """

    def __init__(self, transform: Any, mode: str) -> None:
        self._transform = transform
        self.mode = mode

    def __call__(self, samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Convert pixels.

        Parameters
        ----------
        samples : ndarray of uint8, (n_rows, n_columns, 1, 3 or 4)
            As many samples per pixel as the mode has; grey is repeated for a profile of RGB.

        Returns
        -------
        ndarray of uint8, (n_rows, n_columns, 3)
        """
        n_rows, n_columns, n_samples = samples.shape
        if self.mode == "RGB" and n_samples == 1:
            samples = np.repeat(samples, 3, axis=2)
        image = Image.frombytes(self.mode, (n_columns, n_rows), samples.tobytes())
        converted = ImageCms.applyTransform(image, self._transform)
        return np.asarray(converted)


def to_srgb_of(profile: bytes) -> ToSrgb | None:
    """Return what converts the values of a profile to sRGB; None where they are sRGB already.

    Profiles that move no color by more than 2 of 255 are taken as sRGB, so that its pixels stay as they are.

    Parameters
    ----------
    profile : bytes
        An ICC profile, as files embed it.

    Raises
    ------
    ValueError
        The profile is damaged, or of colors other than RGB, grey and CMYK.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space not in _MODES:
            raise ValueError(f"it is of the color space {space}")
        mode = _MODES[space]
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    except (OSError, TypeError, ImageCms.PyCMSError) as error:
        raise ValueError(str(error) or "it is damaged") from error
    convert = ToSrgb(transform, mode)
    return None if _changes_nothing(convert) else convert


def _changes_nothing(convert: ToSrgb) -> bool:
    """Tell whether a lattice of colors stays where it is."""
    if convert.mode == "CMYK":
        return False
    steps = np.linspace(0, 255, _N_STEPS).astype(np.uint8)
    if convert.mode == "L":
        colors = np.arange(256, dtype=np.uint8)[None, :, None]
    else:
        colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    return int(np.abs(convert(colors).astype(int) - colors).max()) <= _SAME
