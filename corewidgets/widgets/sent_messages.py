"""The kernel's messages to the page wait until they are sent: none is dropped, however many come at once.

A kernel sends over a socket of ZeroMQ, which drops messages without a word while 1,000 of them wait (its
high-water mark). The tools of one photograph are 1,500 messages: of what a quick kernel said to a slow server
some were lost, a picture or the end of an opening, and the page stayed blank or took no more clicks.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

__all__ = ["keep_sent_messages"]

MOST_WAITING = 100_000
"""Messages, as the tools of 60 photographs; where nobody takes them for good, the rest is still dropped."""


def keep_sent_messages() -> None:
    """Let many messages of this process's kernel wait; nothing is done where ipykernel runs none."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    thread = getattr(getattr(shell, "kernel", None), "iopub_thread", None)
    if thread is not None:
        _raise_mark(thread)


@lru_cache(maxsize=1)
def _raise_mark(thread: Any) -> None:
    """Raise the mark of the socket that a thread sends by, in that thread: sockets belong to one."""
    thread.schedule(lambda: setattr(thread.socket, "sndhwm", MOST_WAITING))
