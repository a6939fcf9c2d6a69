"""An Excel file of sheets that are given as rows."""

from __future__ import annotations

from typing import Any

import pytest


def excel_book(**sheets: list[list[Any]]) -> Any:
    """Return a workbook of openpyxl; the test is skipped where that is missing."""
    openpyxl = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made
