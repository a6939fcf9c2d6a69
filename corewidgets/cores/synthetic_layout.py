"""How laboratories pack core into boxes, and what they photograph them on."""

from __future__ import annotations

from typing import NamedTuple


class Layout(NamedTuple):
    """How a laboratory packs and photographs core; lengths in millimetres."""

    material: str
    colors: tuple[tuple[int, ...], ...]
    divider: tuple[str, tuple[int, ...]] | None  # another material than that of the walls
    floor: tuple[int, ...] | None  # another color than that of the walls
    thickness: tuple[float, float]  # of dividers
    n_lanes: tuple[int, int]
    table: tuple[str, tuple[tuple[int, ...], ...]]
    slabbed: float  # probability
    header: str  # where: "above" in the frame, "board" of white, "none"


LAYOUTS: dict[str, Layout] = {
    "wood": Layout(
        "wood",
        ((176, 136, 88), (150, 118, 84), (196, 164, 116)),
        None,
        None,
        (8, 18),
        (1, 8),
        ("concrete", ((128, 126, 122), (92, 84, 74), (150, 142, 128))),
        0.2,
        "board",
    ),
    "foam": Layout(
        "cardboard",
        ((182, 154, 116), (205, 200, 190)),
        ("foam", (232, 232, 228)),
        None,
        (10, 30),
        (2, 7),
        ("cloth", ((16, 16, 18), (26, 26, 30))),
        0.8,
        "above",
    ),
    "plastic": Layout(
        "plastic",
        ((44, 78, 148), (214, 184, 52), (118, 124, 130), (40, 40, 44), (70, 120, 84)),
        None,
        None,
        (6, 14),
        (2, 7),
        ("concrete", ((140, 138, 132), (88, 86, 84), (70, 82, 62))),
        0.15,
        "board",
    ),
    "cardboard": Layout(
        "cardboard",
        ((186, 176, 152), (160, 138, 104), (206, 198, 182)),
        None,
        (172, 160, 138),
        (5, 12),
        (1, 4),
        ("cloth", ((62, 70, 92), (48, 48, 52), (92, 96, 100))),
        0.6,
        "none",
    ),
    "frame": Layout(
        "cloth",
        ((20, 20, 22),),
        None,
        None,
        (14, 34),
        (3, 8),
        ("cloth", ((14, 14, 16),)),
        0.9,
        "above",
    ),
}
