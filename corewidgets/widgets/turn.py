"""Who may touch widgets: one thread at a time.

Callbacks of widgets do not all come in one thread. Since version 7 ipykernel may handle the messages of a
page in threads beside that of the cells (its subshells), and which one gets a message is not for us to
choose. Whoever draws, handles a message or delivers a result takes the turn first.
"""

from __future__ import annotations

import threading

__all__ = ["TURN"]

TURN = threading.RLock()
"""Held while widgets are touched; never while a thread waits for another that may want it."""
