"""Color as people see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from corewidgets.features.sources import Source, Window


def srgb_to_lab(color: jax.Array) -> jax.Array:
    """Return CIE 1976 L*a*b* of sRGB bytes (IEC 61966-2-1, white point D65, 2 degree observer)."""
    srgb = color.astype(jnp.float32) / 255.0
    linear = jnp.where(srgb > 0.04045, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92)
    xyz_of_rgb = jnp.array(
        [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
    )
    xyz = jnp.einsum("ij,...j->...i", xyz_of_rgb, linear, precision="highest") / jnp.array(
        [0.95047, 1.0, 1.08883]
    )
    f = jnp.where(xyz > 0.008856, jnp.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    lab = (116.0 * f[..., 1] - 16.0, 500.0 * (f[..., 0] - f[..., 1]), 200.0 * (f[..., 1] - f[..., 2]))
    return jnp.stack(lab, axis=-1)


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
