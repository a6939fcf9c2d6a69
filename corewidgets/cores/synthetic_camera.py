"""A camera that looks at a flat scene a little askew: turned, tilted, through a lens that bends lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

Field = NDArray[np.float64]

_STEPS = 12  # of the fixed point that undoes the lens; each gains a digit or more


@dataclass(frozen=True)
class Camera:
    """Where each point of a flat scene is seen.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of scene and photograph.
    turn : float
        Degrees, clockwise.
    keystone : tuple of float
        How much the scale grows from the middle of the photograph to its lower and to its right side, as a
        share: 0.03 for three percent.
    barrel : float
        How far the lens draws the corners towards the middle, as a share of their distance.

    Examples
    --------
    >>> camera = Camera((200, 300), turn=3.0, keystone=(0.03, 0.0), barrel=0.01)
    >>> points = np.array([[10.0, 20.0], [150.0, 280.0]])
    >>> bool(np.allclose(camera.to_scene(camera.to_photograph(points)), points, atol=1e-6))
    True
    """

    shape: tuple[int, int]
    turn: float = 0.0
    keystone: tuple[float, float] = (0.0, 0.0)
    barrel: float = 0.0

    def to_photograph(self, points: ArrayLike) -> Field:
        """Return where points of the scene, rows and columns ``(n, 2)``, are seen."""
        bent = self._project(self._centered(points), self._matrix())
        seen = bent
        for _ in range(_STEPS):
            seen = bent / self._bend(seen)
        return seen * self._reach + self._middle

    def to_scene(self, points: ArrayLike) -> Field:
        """Return what points of the photograph, rows and columns ``(n, 2)``, show of the scene."""
        seen = self._centered(points)
        return (
            self._project(seen * self._bend(seen), np.asarray(np.linalg.inv(self._matrix()), float))
            * self._reach
            + self._middle
        )

    def photograph(self, scene: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is seen of a scene ``(n_rows, n_columns, n_channels)``."""
        grid = np.indices(self.shape).reshape(2, -1).T
        where = self.to_scene(grid).T.reshape(2, *self.shape)
        channels = [
            ndimage.map_coordinates(scene[..., channel], where, order=1, mode="nearest")
            for channel in range(scene.shape[2])
        ]
        return np.stack(channels, axis=-1)

    @property
    def _middle(self) -> Field:
        return (np.array(self.shape) - 1) / 2

    @property
    def _reach(self) -> float:
        return float(np.hypot(*self._middle))

    def _centered(self, points: ArrayLike) -> Field:
        return (np.asarray(points, float) - self._middle) / self._reach

    def _matrix(self) -> Field:
        """Return the homography from scene to photograph: points are (row, column, 1)."""
        angle = np.radians(self.turn)
        turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]])
        tilt = np.eye(3)
        tilt[2, :2] = -np.array(self.keystone)
        return tilt @ turn

    @staticmethod
    def _project(points: Field, matrix: Field) -> Field:
        rows, columns = points.T  # a product of matrices this narrow is slow
        row, column, depth = (one[0] * rows + one[1] * columns + one[2] for one in matrix)
        return np.stack([row / depth, column / depth], axis=-1)

    def _bend(self, points: Field) -> Field:
        return np.asarray(1 + self.barrel * (points**2).sum(axis=1, keepdims=True))
