"""Compiled programs are kept on disk, so that the next start need not compile them again.

Compiling takes a third of the processor time of a first fit and map.  JAX keeps the programs itself; this
says where, and how many.  They hold for one kind of processor and one version of JAX only: a home directory
that machines of a cluster share has a folder for each.
"""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path
from typing import Any

import jax
import pooch

__all__ = ["keep_compiled_programs"]

_MOST_BYTES = 2**28
"""Those used last stay.  A width of photographs takes half a megabyte."""

_LEAST_SECONDS = 0.1
"""Programs that compile faster are not worth a file."""


def keep_compiled_programs() -> None:
    """Have JAX keep compiled programs in the user's cache folder.

    Where somebody has told JAX where to keep them (``JAX_COMPILATION_CACHE_DIR``), or not to
    (``JAX_ENABLE_COMPILATION_CACHE=false``), it stays so; also where the folder cannot be written.
    """
    config: Any = jax.config
    if config.jax_compilation_cache_dir is not None or not config.jax_enable_compilation_cache:
        return
    folder = Path(pooch.os_cache("corewidgets"), "compiled", _processor())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if not os.access(folder, os.W_OK):
        return
    config.update("jax_compilation_cache_max_size", _MOST_BYTES)
    config.update("jax_persistent_cache_min_compile_time_secs", _LEAST_SECONDS)
    config.update("jax_compilation_cache_dir", str(folder))


def _processor() -> str:
    """Return a name of this kind of processor: programs use its instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        kind = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:  # not Linux
        kind = platform.processor()
    digest = hashlib.blake2b(f"{platform.machine()} {kind} {jax.__version__}".encode(), digest_size=8)
    return digest.hexdigest()
