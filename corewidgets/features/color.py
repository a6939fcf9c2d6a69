"""Color as people see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from corewidgets.features.sources import Source, Window

_XYZ_OF_RGB = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]],
    np.float32,
)
_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)


def srgb_to_lab(color: Any, xp: Any = jnp) -> Any:
    """Return CIE 1976 L*a*b* of sRGB bytes (IEC 61966-2-1, white point D65, 2 degree observer).

    Parameters
    ----------
    color : jax.Array or numpy.ndarray
        ``(..., 3)`` uint8.
    xp : module
        What computes it: `jax.numpy`, in a compiled function, or `numpy`.
    """
    srgb = color.astype(xp.float32) / 255.0
    linear = xp.where(srgb > 0.04045, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92)
    exact = {} if xp is np else {"precision": "highest"}
    xyz = xp.einsum("ij,...j->...i", _XYZ_OF_RGB, linear, **exact) / _WHITE
    f = xp.where(xyz > 0.008856, xp.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    lab = (116.0 * f[..., 1] - 16.0, 500.0 * (f[..., 0] - f[..., 1]), 200.0 * (f[..., 1] - f[..., 2]))
    return xp.stack(lab, axis=-1)


_jitted_lab = jax.jit(srgb_to_lab)


@dataclass(frozen=True)
class Lab(Source):
    """CIE L*a*b* color of a pixel."""

    kind: ClassVar[str] = "lab"

    @property
    def name(self) -> str:
        """``"lab"``."""
        return "lab"

    @property
    def n_channels(self) -> int:
        """L*, a* and b*."""
        return 3

    def compute(self, window: Window) -> np.ndarray:
        """Return the color of each pixel."""
        return np.asarray(_jitted_lab(window.pixels))
