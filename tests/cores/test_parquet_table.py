"""Parquet files that are small, and would take gigabytes of memory."""

from __future__ import annotations

import pytest

from corewidgets.cores.parquet_table import parquet_grid
from corewidgets.cores.workbook import LargeTableError

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def write(path, table):
    parquet.write_table(pa.table(table), path, compression="zstd")
    return path


def test_numbers_texts_and_gaps(tmp_path):
    table = {"file": ["a.jpg", "b.jpg", None], "top": [1.0, 2.5, None], "n": [1, 2, 3]}
    assert parquet_grid(write(tmp_path / "core.parquet", table)) == [
        ["file", "top", "n"],
        ["a.jpg", "1.0", "1"],
        ["b.jpg", "2.5", "2"],
        ["", "", "3"],
    ]


def test_millions_of_equal_values_are_refused(tmp_path):
    path = write(tmp_path / "core.parquet", {name: pa.nulls(3_000_000, pa.int8()) for name in "abc"})
    assert path.stat().st_size < 2**16
    with pytest.raises(LargeTableError, match=r"^it has 9,000,000 cells in \d[\d,]+ bytes, but at most "):
        parquet_grid(path)


def test_a_long_text_in_many_rows_is_refused(tmp_path):
    texts = pa.DictionaryArray.from_arrays(pa.array([0, None] * 2000, pa.int32()), ["x" * 200_000])
    path = write(tmp_path / "core.parquet", {"file": texts})
    assert path.stat().st_size < 2**16
    with pytest.raises(LargeTableError, match=r"^it has 4,000 cells in 400,000,000 bytes, but at most "):
        parquet_grid(path)
