"""A scripted person who labels a photograph with one tool, and the seconds that the gestures take.

Seconds are those of the keystroke-level model: S. K. Card, T. P. Moran and A. Newell, The keystroke-level
model for user performance time with interactive systems, Communications of the ACM 23 (1980), 396-410.  A
press or a release of a button is from D. Kieras, Using the keystroke-level model to estimate execution times,
University of Michigan (2001).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage
from skimage.draw import polygon2mask
from skimage.measure import approximate_polygon, find_contours

import corewidgets as cw
from benchmarks.accuracy.strokes import stroke_from
from corewidgets.geology.outline import Click, Growth, grow
from corewidgets.geology.widths import resized

KEY, POINT, BUTTON, DECIDE = 0.28, 1.1, 0.1, 1.35  # seconds: K, P, B and M of the model
LINE, CENTIMETER = 0.9, 0.16  # seconds: a straight line drawn with the mouse, and each centimeter of it
PIXELS_A_CENTIMETER = 38.0  # of a screen of 96 dots an inch, the photograph at its own size

SPILT = 0.1  # share of an outline outside of its clast that a person puts up with
LEAST = 0.3  # share of its clast that an outline must hold to be worth keeping
OFF = 2.0  # pixels by which the sides of a polygon may be off
DRAGGED = 1.0  # centimeters of a drag that sets the reach
SMALLEST = 150  # pixels of a clast that somebody labels
WIDTHS = np.geomspace(0.4, 2.5, 15)
RESIZED = 1.1  # by which an arrow key makes a proposal wider or narrower
PRESSES = 6  # of an arrow key, until a person gives a proposal up


class Act(NamedTuple):
    """What a person did: the pixels labelled, if any, their class, the gestures and the seconds for it."""

    mask: np.ndarray | None
    code: int
    gestures: int
    seconds: float


@dataclass
class Scene:
    """What is labelled.

    Parameters
    ----------
    section : CoreSection
        The photograph.
    known : ndarray of uint8
        The class of each pixel where the person may label; 0 where not.
    clasts : frozenset of int
        Classes that are whole clasts; all others are labelled by strokes, whatever the tool.
    features : ndarray
        Of `outline_features`.
    """

    section: cw.CoreSection
    known: np.ndarray
    clasts: frozenset[int]
    features: np.ndarray
    labels: np.ndarray = field(init=False)
    refused: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.labels = np.zeros_like(self.known)

    def piece(self, row: int, column: int) -> np.ndarray:
        """Return the connected pixels of one class that a place lies in."""
        numbered, _ = ndimage.label(self.known == self.known[row, column])
        return np.asarray(numbered == numbered[row, column])

    def keep(self, act: Act) -> None:
        """Label what an act says, never over other labels."""
        self.labels[act.mask & (self.labels == 0)] = act.code


def act_at(scene: Scene, tool: str, row: int, column: int, rng: np.random.Generator) -> Act:
    """Return what a person does with a tool about the clast at a place."""
    piece = scene.piece(row, column)
    code = int(scene.known[row, column])
    named = DECIDE + KEY  # what it is, and the key of its class
    if tool == "polygon" and code in scene.clasts:
        return _polygon(piece, code, named)
    if tool in ("click", "proposal") and code in scene.clasts:
        click = Click(np.array([row]), np.array([column]))
        growth = grow(scene.section.image, [click], features=scene.features)
        if (found := _outlined(growth, piece)) is not None:
            mask, dragged = found
            drag = (LINE + CENTIMETER * DRAGGED) if dragged else 0.0
            return Act(mask, code, 1 + dragged, named + POINT + 2 * BUTTON + drag)
        named += POINT + 2 * BUTTON + KEY  # it was looked at, and given up with Esc
    mask, length = stroke_from(piece, (row, column), rng)
    drawn = LINE + CENTIMETER * length / PIXELS_A_CENTIMETER
    return Act(mask, code, 1, named + POINT + 2 * BUTTON + drawn)


def judge(scene: Scene, proposal: Any) -> Act:
    """Return what a person does about a proposal.

    It is taken as the class that it mostly is: by Enter, or by the key of that class.  An outline that spills
    over is resized by the arrow keys first, and refused where that does not help.
    """
    mask = np.zeros(scene.known.shape, bool)
    mask[proposal.box] = proposal.mask
    code, spilt = _mostly(mask, scene.known)
    if code and spilt <= SPILT:
        return Act(mask, code, 1, DECIDE + KEY)
    resized = _resized(scene, proposal)
    if resized is None:
        scene.refused.append((proposal.row, proposal.column))
        return Act(None, 0, 1, DECIDE + KEY)
    mask, presses = resized
    return Act(mask, _mostly(mask, scene.known)[0], 2, 2 * DECIDE + (presses + 1) * KEY)


def _mostly(mask: np.ndarray, known: np.ndarray) -> tuple[int, float]:
    """Return the commonest class of some pixels, and the share of all others."""
    counts = np.bincount(known[mask], minlength=256)
    code = int(counts.argmax())
    return code, 1 - counts[code] / max(counts.sum(), 1)


def _resized(scene: Scene, proposal: Any) -> tuple[np.ndarray, int] | None:
    """Return the outline after the fewest presses of an arrow key that make it good, and their number."""
    row, column = proposal.row, proposal.column
    growth = grow(scene.section.image, [Click(np.array([row]), np.array([column]))], features=scene.features)
    piece, code = scene.piece(row, column), int(scene.known[row, column])
    least = LEAST * np.count_nonzero(piece) if code in scene.clasts else 1
    shown = np.zeros(scene.known.shape, bool)
    shown[proposal.box] = proposal.mask
    outlines = [(by, shown[growth.box], proposal.width) for by in (1 / RESIZED, RESIZED)]
    for presses in range(1, PRESSES + 1):
        outlines = [(by, *resized(growth, inside, width, by)) for by, inside, width in outlines]
        for _, inside, _ in outlines:
            mask = np.zeros(scene.known.shape, bool)
            mask[growth.box] = inside
            mostly, spilt = _mostly(mask, scene.known)
            if mostly == code and spilt <= SPILT and np.count_nonzero(mask & piece) >= least:
                return mask, presses
    return None


def _outlined(growth: Growth, piece: np.ndarray) -> tuple[np.ndarray, bool] | None:
    """Return the outline that is kept, and whether its reach was set by a drag; None where none is good."""
    inside = piece[growth.box]
    whole = np.count_nonzero(piece)

    def judged(width: float) -> tuple[float, np.ndarray]:
        mask = growth.mask(growth.wider(width))
        held = np.count_nonzero(mask & inside)
        good = held >= (1 - SPILT) * np.count_nonzero(mask) and held >= LEAST * whole
        return (held / whole if good else 0.0), mask

    share, mask = judged(1.0)
    dragged = not share
    if dragged:
        share, mask = max((judged(width) for width in WIDTHS), key=lambda one: one[0])
    if not share:
        return None
    found = np.zeros(piece.shape, bool)
    found[growth.box] = mask
    return found, dragged


def _polygon(piece: np.ndarray, code: int, named: float) -> Act:
    """Return the piece as a polygon of as few corners as keep near its edge."""
    padded = np.pad(piece, 1)
    contour = max(find_contours(padded.astype(float), 0.5), key=len) - 1
    corners = approximate_polygon(contour, OFF)[:-1]
    mask = polygon2mask(piece.shape, corners)
    n = len(corners)
    return Act(mask, code, n, named + n * (POINT + 2 * BUTTON) + KEY)
