"""Links between the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("", "docs", "docs/decisions", ".github", "notebooks", "weights")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))


def links(document: Path) -> list[str]:
    """Return what a document links to inside of the project, images included."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in links(document):
        path, _, anchor = unquote(link).partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_documents_are_found() -> None:
    assert len(DOCUMENTS) > 15
    assert sum(len(links(document)) for document in DOCUMENTS) > 40


def test_each_page_of_the_docs_is_linked_from_the_readme_or_a_page_that_is() -> None:
    reached, left = set(), [ROOT / "README.md"]
    while left:
        document = left.pop()
        reached.add(document)
        targets = {(document.parent / link.partition("#")[0]).resolve() for link in links(document)}
        left += [path for path in targets if path.suffix == ".md" and path.exists() and path not in reached]
        left += [
            path
            for folder in targets
            if folder.is_dir()
            for path in folder.glob("*.md")
            if path not in reached
        ]
    pages = set((ROOT / "docs").rglob("*.md")) - set((ROOT / "docs" / "site").glob("*.md"))
    assert pages - reached == set()


def test_each_page_is_named_where_a_newcomer_looks() -> None:
    """In README or how-to; a decision in the list of decisions."""
    named = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in (
            ROOT / "README.md",
            ROOT / "docs" / "how-to.md",
            ROOT / "docs" / "decisions" / "README.md",
        )
        for link in links(page)
    }
    pages = {*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")}
    others = {ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff")}
    assert (pages | others) - named == {ROOT / "docs" / "decisions" / "README.md"} - named
