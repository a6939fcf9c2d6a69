"""A whole core, section by section, on the processes of a Dask cluster."""

from corewidgets.batch.core_run import CoreRun, read_run
from corewidgets.batch.segment import segment_core

__all__ = ["CoreRun", "read_run", "segment_core"]
