"""The time, as files keep it."""

from __future__ import annotations

from datetime import datetime

__all__ = ["now"]


def now() -> str:
    """Return the time to the second, with the zone, as "2026-11-25T14:03:07+01:00"."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
