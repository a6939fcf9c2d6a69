"""What was computed last, kept up to a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from corewidgets.machine import free_bytes


class ActivationCache:
    """The activations computed last, up to a number of bytes; safe to use from several threads.

    Parameters
    ----------
    max_bytes : int
        What the activations held may take together; may be changed at any time.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.n_bytes = 0
        self._entries: OrderedDict[Any, dict[str, np.ndarray]] = OrderedDict()
        self._lock = threading.Lock()
        self._computing = threading.Lock()

    def get(self, key: Any, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return the entry under `key`; one thread at a time computes an entry that is not held."""
        entry = self.find(key)
        if entry is None:
            with self._computing:
                entry = self.find(key)
                if entry is None:
                    entry = compute()
                    self.keep(key, entry)
        return entry

    def find(self, key: Any) -> dict[str, np.ndarray] | None:
        """Return the entry under `key`, if it is held."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def keep(self, key: Any, entry: dict[str, np.ndarray]) -> None:
        """Hold an entry, and forget those unused for longest until the rest fit."""
        with self._lock:
            self.n_bytes -= _n_bytes(self._entries.pop(key, {}))
            self._entries[key] = entry
            self.n_bytes += _n_bytes(entry)
            while self.n_bytes > self.max_bytes:
                self.n_bytes -= _n_bytes(self._entries.popitem(last=False)[1])

    def grow(self, max_bytes: int) -> None:
        """Hold up to `max_bytes`, or as many as before where those were more."""
        with self._lock:
            self.max_bytes = max(self.max_bytes, max_bytes)

    def forget(self, part: Hashable) -> None:
        """Forget the entries in whose keys this stands, such as the digest of an image."""
        with self._lock:
            for key in [key for key in self._entries if isinstance(key, tuple) and part in key]:
                self.n_bytes -= _n_bytes(self._entries.pop(key))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.n_bytes = 0


cache = ActivationCache(512 * 2**20)
"""The activations of the images worked on last: five sections of a million pixels at pool1 and pool2."""

_SHARE, _MOST = 4, 8 * 2**30


def bytes_to_spare() -> int:
    """Return what a program that a person works with may hold of activations: a quarter of what is free.

    It is 0 where the system does not tell, and never more than 8 GiB. Processes that run beside each other,
    as the workers of a core do, keep to the cache's own size.
    """
    return min(free_bytes() // _SHARE, _MOST)


def _n_bytes(entry: dict[str, np.ndarray]) -> int:
    return sum(values.nbytes for values in entry.values())
