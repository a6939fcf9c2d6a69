"""One writer of a file: a lock of the operating system, which ends with the process, however that ends."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import filelock
import pooch

__all__ = ["WriterLock"]


class WriterLock:
    """Keeps the other processes of this user from a file, such as the kernel of another notebook.

    The lock lies in the cache of the user, not in the folder of the photographs, which may be synchronized
    or read-only. Who cannot lock there goes on without: the file is compared before each save all the same.

    Parameters
    ----------
    path : pathlib.Path
        The file that is written, which need not be there.
    """

    def __init__(self, path: Path) -> None:
        real = os.path.normcase(os.path.realpath(path))
        name = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
        self._lock = filelock.FileLock(
            Path(pooch.os_cache("corewidgets")) / "locks" / f"{name}.lock", thread_local=False
        )

    def take(self) -> bool:
        """Return whether no other process has the file; from then on it is ours."""
        if self._lock.is_locked:
            return True
        try:
            Path(self._lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except filelock.Timeout:
            return False
        except (OSError, NotImplementedError):
            return True
        return True

    def release(self) -> None:
        """Leave the file to others."""
        self._lock.release(force=True)
