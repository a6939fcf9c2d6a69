"""A table as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["text_table"]


def text_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line per row, with the first column aligned to the left and the others to the right.

    Examples
    --------
    >>> print(*text_table([["class", "pixels"], ["Matrix", "12,000"], ["Chert", "7"]]), sep=chr(10))
    class   pixels
    Matrix  12,000
    Chert        7
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
