"""The cells of a Parquet file as texts, read only where they are no more than those of a table of a core."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from corewidgets.cores.workbook import Grid, LargeTableError, cell_text

__all__ = ["parquet_grid"]

_MOST_CELLS = 2**23
_MOST_BYTES = 2**28
_TEXTS = {"string", "large_string"}


def parquet_grid(path: Path) -> Grid:
    """Return the names of the columns of a Parquet file, and its rows.

    Raises
    ------
    LargeTableError
        It has more cells or bytes than are read; a kilobyte can hold a billion equal values.
    Exception
        What pyarrow raises for broken bytes.
    """
    parquet: Any = importlib.import_module("pyarrow.parquet")
    with parquet.ParquetFile(path) as file:
        groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
        texts = [field.name for field in file.schema_arrow if str(field.type) in _TEXTS]
    chunks = [group.column(k) for group in groups for k in range(group.num_columns)]
    n_cells = sum(chunk.num_values for chunk in chunks)
    _check_size(n_cells, sum(chunk.total_uncompressed_size for chunk in chunks))
    found = parquet.read_table(path, read_dictionary=texts, partitioning=None)
    _check_size(n_cells, sum(map(_n_bytes, found.itercolumns())))
    table = found.to_pandas()
    rows = [[cell_text(cell) for cell in row] for row in table.itertuples(index=False)]
    return [[str(name) for name in table.columns], *rows]


def _check_size(n_cells: int, n_bytes: int) -> None:
    """Raise where these are more than those of a table of a core."""
    if n_cells > _MOST_CELLS or n_bytes > _MOST_BYTES:
        raise LargeTableError(
            f"it has {n_cells:,} cells in {n_bytes:,} bytes, but at most {_MOST_CELLS:,} in {_MOST_BYTES:,} "
            "are read; write the columns of the table alone"
        )


def _n_bytes(column: Any) -> int:
    """Return the bytes of a column whose texts are kept once, as they will be in each of its rows."""
    if str(getattr(column.type, "value_type", "")) not in _TEXTS or not hasattr(column.type, "index_type"):
        return int(column.nbytes)
    compute: Any = importlib.import_module("pyarrow.compute")
    lengths = (compute.take(compute.binary_length(each.dictionary), each.indices) for each in column.chunks)
    return sum(compute.sum(each).as_py() or 0 for each in lengths)
