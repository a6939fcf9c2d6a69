"""A whole core, section by section, on the processes of a Dask cluster."""

from corewidgets.batch.core_run import CoreRun, read_run
from corewidgets.batch.options import Kept, Processes
from corewidgets.batch.segment import segment_core

__all__ = ["CoreRun", "Kept", "Processes", "read_run", "segment_core"]
