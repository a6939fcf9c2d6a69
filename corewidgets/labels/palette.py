"""Colors for classes that nobody gave one."""

import colorsys
from collections.abc import Iterator, Sequence
from itertools import count

__all__ = ["PALETTE", "PALETTE_OF_0_1", "default_colors"]

# Chosen to look most different (CIEDE2000) from each other and from greys, as most rock is, for normal sight
# and for people who lack one kind of cone (simulated after Machado, Oliveira and Fernandes 2009). By how much
# they differ at least is in the table of docs/conventions.md.
PALETTE = (
    *("#FF5AB4", "#FFFF00", "#5A1E00", "#5A7800", "#3C005A", "#3CFFFF", "#1E5A96", "#96B4FF"),
    *("#963C5A", "#F0B45A", "#B400FF", "#FF003C", "#1E9678", "#B4F0B4", "#0000D2", "#B478F0"),
    *("#78B478", "#F07800", "#3CD2B4", "#B45A5A", "#D296D2", "#1E5A1E", "#FFD200", "#965AB4"),
)

PALETTE_OF_0_1 = (
    *("#E13C1E", "#0078F0", "#F0D200", "#00A54B", "#E100E1", "#0000F0", "#A5004B", "#B47800"),
    *("#00FFD2", "#005A00", "#FF87A5", "#87FF0F", "#C3A5FF", "#0FE1FF", "#783C00", "#FFA578"),
    *("#009696", "#785A96", "#788700", "#5AB4FF", "#004B96", "#A5C378", "#695A00", "#96000F"),
)
"""The default colors of version 0.1: labels that it wrote without a legend have them."""


def default_colors(palette: Sequence[str] = PALETTE) -> Iterator[str]:
    """Yield colors that all differ: those of a palette, then hues a golden angle apart."""
    seen = set(palette)
    yield from palette
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
