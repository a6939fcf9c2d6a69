"""A trait for large arrays."""

from __future__ import annotations

from typing import Any

from traitlets import Instance

from corewidgets.widgets.turn import TURN

__all__ = ["ArrayTrait"]


class ArrayTrait(Instance[Any]):
    """A trait that tells arrays apart by identity: to compare their pixels takes long for large ones.

    Whoever sets it takes the turn: a cell does not come between a stroke and its undo. What it uses of
    traitlets is private there; pyproject.toml bounds the versions.
    """

    def set(self, obj: Any, value: Any) -> None:
        """Set the value of an object and tell its observers, unless it is the same array."""
        with TURN:
            new = self._validate(obj, value)
            old = obj._trait_values.get(self.name)
            obj._trait_values[self.name] = new
            if new is not old:
                obj._notify_trait(self.name, old, new)
