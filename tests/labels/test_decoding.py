"""Errors of readers name the file and the remedy, whatever a library raised."""

from __future__ import annotations

import tokenize
from pathlib import Path

import pytest
from PIL import Image

from corewidgets.labels.decoding import check_size, decoding, legend_text, parse_legend
from corewidgets.labels.legend import Legend


@pytest.mark.parametrize(
    "error",
    [
        tokenize.TokenError("x"),
        SyntaxError("x"),
        KeyError("x"),
        MemoryError("x"),
        RecursionError("x"),
        Image.DecompressionBombError("x"),
    ],
)
def test_what_a_library_raises_becomes_an_error_of_the_file(error):
    with (
        pytest.raises(
            ValueError, match=r"^'a\.png' cannot be decoded \('?x'?\): it is damaged, cut short or"
        ),
        decoding(Path("a.png")),
    ):
        raise error


def test_a_size_that_the_bytes_cannot_hold(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(bytes(10))
    check_size(1000, 100, path)
    with pytest.raises(ValueError, match=r"^1001 rows and 100 columns in 10 bytes$"):
        check_size(1001, 100, path)


def test_a_legend_in_a_file():
    legend = Legend(["Карбонат", "Void"], not_rock=["Void"])
    assert legend_text(legend).isascii()
    assert parse_legend(legend_text(legend), Path("a.png")) == legend
    assert parse_legend(None, Path("a.png")) is None
    for text in ("[]", "{}", "x", "[" * 100_000, '{"classes": [{"code": 1, "name": 5}]}'):
        with pytest.raises(
            ValueError, match=r"^The legend in 'a\.png' is damaged \(.*\); write the labels again"
        ):
            parse_legend(text, Path("a.png"))
