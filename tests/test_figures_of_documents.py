"""Figures of README and docs are those of docs/figures.json, which the benchmarks write."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import figures

ROOT = Path(__file__).parents[1]
TEXTS = {path: path.read_text(encoding="utf-8") for path in figures.DOCUMENTS}


def kept_names() -> dict[str, set[str]]:
    """Return the patterns of the names that each benchmark keeps, by its command."""
    kept: dict[str, set[str]] = {}
    for path in [*(ROOT / "benchmarks").glob("*.py"), ROOT / "benchmarks/accuracy/__main__.py"]:
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"\bkeep(?:_timing)?\(\s*f?\"([^\"]+)\"", text)
        if names:
            module = path.stem if path.stem != "__main__" else "accuracy"
            kept[module] = {re.sub(r"\\{[^}]*\}", ".*", re.escape(name)) for name in names}
    return kept


def test_each_figure_of_a_document_is_that_of_the_file() -> None:
    known = figures.read_figures()
    for path, text in TEXTS.items():
        assert figures.filled(text, known) == text, f"{path.name}: run make figures"


def test_each_figure_is_described_and_quoted() -> None:
    known = figures.read_figures()
    for name, figure in known.items():
        assert set(figure) == {"what", "unit", "value", "by", "measured", "machine", "load"}, name
        assert figure["what"], name
        if figure["value"] is None:
            continue  # nobody has measured it yet
        assert figure["load"], name
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", figure["measured"]), name
    assert {name for text in TEXTS.values() for name in figures.names_in(text)} == set(known)


def test_scores_agree_with_the_page_on_accuracy() -> None:
    known = figures.read_figures()
    page = TEXTS[ROOT / "docs" / "accuracy.md"]
    rows = re.findall(r"^regions +(\S+) +5 (\S+) ± \S+ (\S+) ±", page, flags=re.MULTILINE)
    table = {method: (float(weighted), float(macro)) for method, weighted, macro in rows}
    for method in ("ours", "ours-0.1", "published", "convpaint", "filters", "skimage"):
        shown = tuple(known[f"regions.{method}.{average}"]["value"] for average in ("weighted", "macro"))
        assert shown == table[method]


def test_a_benchmark_keeps_each_figure_and_no_other() -> None:
    known, kept = figures.read_figures(), kept_names()
    matched = set()
    for name, figure in known.items():
        module = re.fullmatch(r"python -m benchmarks[ .](\w+)", figure["by"])[1]
        patterns = {f"{pattern}(\\.wall|\\.cpu)?" for pattern in kept[module]}
        hits = {pattern for pattern in patterns if re.fullmatch(pattern, name)}
        assert hits, f"no benchmark keeps {name}"
        matched |= hits
    for module in set(kept) - {"timing", "figures"}:
        for pattern in kept[module]:
            assert f"{pattern}(\\.wall|\\.cpu)?" in matched, f"docs/figures.json lacks {pattern} of {module}"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "figures.json"
    file.write_text(json.dumps({"start.again": {"what": "again", "unit": "s", "value": 2.2}}))
    monkeypatch.setattr(figures, "FIGURES", file)
    monkeypatch.delenv("COREWIDGETS_KEEP_FIGURES", raising=False)
    return file


def test_a_kept_figure_has_its_machine_and_reaches_the_document(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.keep("start.again", 3.0)
    assert figures.read_figures()["start.again"]["value"] == 2.2  # nobody has begun
    monkeypatch.setenv("COREWIDGETS_KEEP_FIGURES", "0.5")
    figures.keep("start.again", 1.87654)
    figure = figures.read_figures()["start.again"]
    assert (figure["what"], figure["value"], figure["load"]) == ("again", 1.877, "0.5")
    assert "cores" in figure["machine"]
    assert len(written.read_text().splitlines()) == 3
    text = "again **2.2<!--=start.again-->** s, some 2<!--=start.again--> s"
    assert figures.filled(text, figures.read_figures()) == (
        "again **1.9<!--=start.again-->** s, some 2<!--=start.again--> s"
    )


def test_a_figure_that_nobody_describes_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COREWIDGETS_KEEP_FIGURES", "0.5")
    with pytest.raises(ValueError, match=r"no figure 'start.agian'; describe it there"):
        figures.keep("start.agian", 1.0)
    with pytest.raises(ValueError, match=r"no figure 'start.agian'"):
        figures.filled("2<!--=start.agian-->", figures.read_figures())


@pytest.mark.parametrize(
    ("value", "like", "shown"),
    [
        (14.8, "15", "15"),
        (9.44, "9.4", "9.4"),
        (0.7771, "0.78", "0.78"),
        (388_730, "437,000", "389,000"),
        (98_700, "437,000", "99,000"),
        (1234.0, "1130", "1,230"),
        (0.99612, "0.996", "0.996"),
        (1.0, "0", "1"),
        (93.61, "—", "94"),
        (None, "—", "—"),
        (None, "94", "—"),
    ],
)
def test_a_number_is_rounded_as_the_one_that_stands_there(value: float | None, like: str, shown: str) -> None:
    assert figures.rounded(value, like) == shown
