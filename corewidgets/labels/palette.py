"""Colors for classes that nobody gave one."""

import colorsys
from collections.abc import Iterator
from itertools import count

__all__ = ["PALETTE", "default_colors"]

# Chosen one by one to look most different (CIEDE2000) from those before and from greys, as most rock is.
PALETTE = (
    *("#E13C1E", "#0078F0", "#F0D200", "#00A54B", "#E100E1", "#0000F0", "#A5004B", "#B47800"),
    *("#00FFD2", "#005A00", "#FF87A5", "#87FF0F", "#C3A5FF", "#0FE1FF", "#783C00", "#FFA578"),
    *("#009696", "#785A96", "#788700", "#5AB4FF", "#004B96", "#A5C378", "#695A00", "#96000F"),
)


def default_colors() -> Iterator[str]:
    """Yield colors that all differ: those of `PALETTE`, then hues a golden angle apart."""
    seen = set(PALETTE)
    yield from PALETTE
    for step in count():
        hue, saturation, value = (
            step * 0.381966 % 1,
            (1.0, 0.75, 0.9)[step % 3],
            (1.0, 0.85, 0.6)[step // 3 % 3],
        )
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
        color = f"#{red:02X}{green:02X}{blue:02X}"
        if color not in seen:
            seen.add(color)
            yield color
