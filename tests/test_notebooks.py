"""Every notebook runs without a network and by public names only, and is stored without outputs.

Some that show tools are run in JupyterLab, too: `tests/browser/test_notebooks.py`.
"""

from __future__ import annotations

import ast
import base64
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import corewidgets as cw

NOTEBOOKS = sorted(Path(__file__).parents[1].joinpath("notebooks").glob("*.ipynb"))
WRITING = [path for path in NOTEBOOKS if path.stem[0] in "267"]
OF_A_RUN = r"out/run/(run\.json|sections\.parquet|sections/.*\.json)"
MOST_CODE_CELLS = 25
MOST_BYTES = 60_000

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook in a folder of its own; an error in a cell is raised."""
    notebook = read(path)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def printed(notebook: nbformat.NotebookNode) -> str:
    return "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


def test_there_are_notebooks() -> None:
    assert [path.name[0] for path in NOTEBOOKS] == ["1", "2", "3", "4", "5", "6", "7", "8"]


@every_notebook
def test_it_is_short_and_stored_without_outputs(path: Path) -> None:
    cells = code_cells(path)
    assert 0 < len(cells) <= MOST_CODE_CELLS
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    assert path.stat().st_size < MOST_BYTES
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.splitlines()[0].endswith("?")  # its question


@every_notebook
def test_it_uses_public_names_only(path: Path) -> None:
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("corewidgets"), cell.source
            elif isinstance(node, ast.Import):
                for name in node.names:
                    assert not name.name.startswith("corewidgets") or name.asname == "cw", cell.source
            elif isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_"), cell.source
                if isinstance(node.value, ast.Name) and node.value.id == "cw":
                    assert node.attr in cw.__all__, cell.source


@every_notebook
def test_its_links_lead_somewhere(path: Path) -> None:
    for cell in read(path).cells:
        for part in cell.source.split("](")[1:]:
            target = part.partition(")")[0]
            assert target.startswith("https://") or (path.parent / target).is_file(), target


def pictures_of(notebook: nbformat.NotebookNode) -> dict[str, bytes]:
    """Return the pictures that a notebook shows, figures and the last pictures of tools, by their place."""
    return {
        f"cell {number}, output {place}": base64.b64decode(output.data["image/png"])
        for number, cell in enumerate(notebook.cells)
        for place, output in enumerate(cell.get("outputs", []))
        if "image/png" in output.get("data", {})
    }


def outputs_of(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Run a notebook; return what it wrote, by name without the parts that are drawn at random.

    What a project or a run keeps for itself, such as how long a photograph took, is no output. Of a
    notebook that writes no files, the pictures that it shows are returned.
    """
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    notebook = run(path, folder)
    if path.stem.startswith("5"):
        assert "A MADE CORE TAKES THE PLACE OF THE PUBLISHED SECTION" in printed(notebook)
    found = {}
    for file in filter(Path.is_file, folder.rglob("*")):
        parts = file.relative_to(folder).parts
        named = "/".join(part for part in parts if not part.startswith("tmp"))
        own = ".corewidgets/" in named and "/exports/" not in named
        if named and not own and not re.fullmatch(OF_A_RUN, named):
            found[named] = file.read_bytes()
    shutil.rmtree(folder)  # the second run has the same place: a report names it
    return found if path in WRITING else found | pictures_of(notebook)


@pytest.mark.slow
@every_notebook
def test_it_runs_without_a_network_and_makes_the_same_bytes_each_time(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COREWIDGETS_DATA", str(tmp_path / "none"))  # not there, so nothing is fetched either
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # what files say of the time when they were made
    first, again = (outputs_of(path, tmp_path / "work", monkeypatch) for _ in range(2))
    assert len(first) >= (2 if path in WRITING else 1)
    assert first.keys() == again.keys()
    assert [name for name in sorted(first) if first[name] != again[name]] == []


@pytest.mark.slow
@pytest.mark.usefixtures("chicxulub")
def test_the_published_section_is_used_where_it_is_there(tmp_path: Path) -> None:
    if "COREWIDGETS_LONG_TESTS" not in os.environ:
        pytest.skip("takes minutes on the real section; set COREWIDGETS_LONG_TESTS to run it")
    published = next(path for path in NOTEBOOKS if path.stem.endswith("published-section"))
    text = printed(run(published, tmp_path))
    assert "This is the published section." in text
    assert "in 14 classes" in text
    assert "random 5 % of the pixels held out: weighted F1 0.98" in text
    assert "published    whole regions: weighted F1 0.6" in text
    assert "recommended  whole regions: weighted F1 0.7" in text
