"""What the readers of all formats of labels say of a file that they cannot use, and the legend in a file."""

import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from corewidgets.labels.arrays import MAX_PIXELS
from corewidgets.labels.legend import Legend

__all__ = [
    "DAMAGE",
    "LEGEND",
    "check_size",
    "damaged",
    "decoding",
    "legend_text",
    "no_labels",
    "parse_legend",
]

LEGEND = "corewidgets_legend"  # name of the text or attribute that holds the legend
MAX_PIXELS_A_BYTE = 10_000  # black and white PNG has 8,000 where it is even
DAMAGE = (  # what libraries raise for broken bytes
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(EOFError, RuntimeError, MemoryError, struct.error, zlib.error, tokenize.TokenError, zipfile.BadZipFile),
    Image.DecompressionBombError,
)


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn what a library says about a bad file into an error that names the file."""
    try:
        yield
    except DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: BaseException) -> ValueError:
    """Make the error for a file that a library cannot read."""
    return ValueError(
        f"'{path}' cannot be decoded ({error}): it is damaged, cut short or of another format than its "
        "ending says; copy it again from its source."
    )


def no_labels(path: Path, what: str) -> ValueError:
    """Make the error for data that are not labels."""
    return ValueError(
        f"'{path}' holds {what}, but labels are one code per pixel; write them with write_labels, or export "
        "them as such from the program that made them."
    )


def check_size(n_rows: int, n_columns: int, path: Path) -> None:
    """Raise, before decoding, where a file says that it holds more than it can."""
    if n_rows * n_columns > min(MAX_PIXELS, MAX_PIXELS_A_BYTE * path.stat().st_size):
        raise ValueError(f"{n_rows} rows and {n_columns} columns in {path.stat().st_size} bytes")


def parse_legend(text: Any, path: Path) -> Legend | None:
    """Read the legend that a file holds as JSON, None for none."""
    if text is None:
        return None
    try:
        return Legend.from_dict(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"The legend in '{path}' is damaged ({error}); write the labels again.") from error


def legend_text(legend: Legend) -> str:
    """Write a legend as JSON of ASCII characters only."""
    return json.dumps(legend.to_dict())
