"""The conda recipe needs what pyproject.toml says, and a release is refused until all agrees."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

import corewidgets as cw

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RECIPE = (ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8")
OF_A_VERSION = ("corewidgets/__init__.py", "CITATION.cff", "conda/recipe.yaml")
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
"""What conda-forge calls a package otherwise than the index of Python's packages does."""


def listed(part: str) -> set[str]:
    """Return the lines of a list of the recipe, as name and bounds without spaces."""
    found = re.search(rf"^ *{part}:\n((?: +- .*\n)+)", RECIPE, flags=re.MULTILINE)
    return {line.strip(" -").replace(" ", "") for line in found[1].splitlines()}


def test_the_recipe_needs_what_the_project_needs() -> None:
    needed = set()
    for requirement in PROJECT["dependencies"]:
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        needed.add(f"{CONDA_NAMES.get(name, name)}{bounds}")
    python = f"python{PROJECT['requires-python']}"
    assert listed("run") == needed | {python}
    assert python in listed("host")
    assert 'get("COREWIDGETS_VERSION", default="' + cw.__version__ + '")' in RECIPE
    scripts = {f"{name}={place}" for name, place in PROJECT["scripts"].items()}
    assert listed("entry_points") == scripts


def test_between_releases_the_version_is_that_of_the_next_one() -> None:
    """A file that the code of today writes must not say that a release wrote it."""
    headings = re.findall(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    version = Version(cw.__version__)
    if headings[0] == "Unreleased":
        assert version.is_devrelease
        assert version > Version(headings[1])
    else:
        assert cw.__version__ == headings[0]


def test_the_citation_has_the_version() -> None:
    assert f"\nversion: {cw.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_address_of_the_project_stands_in_all_files_that_name_it_or_in_none() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = re.search(r"^repository-code: (\S+)$", citation, re.MULTILINE)
    packaged = re.search(r"^  repository: (\S+)$", RECIPE, re.MULTILINE)
    named = {PROJECT.get("urls", {}).get("Repository"), cited and cited[1], packaged and packaged[1]}
    assert len(named) == 1, named


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with what a release looks at, whose `make` does nothing."""
    for name in ("scripts/release.sh", *OF_A_VERSION):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, target)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    (tmp_path / ".gitignore").write_text("dist\n")
    (tmp_path / "Makefile").write_text(
        "check test test-slow docs wheel-test recipe-test:\n\t@echo $@ >> dist-log\n"
        "sdist wheel:\n\t@mkdir -p dist; touch dist/$@\n"
    )
    (tmp_path / ".gitignore").write_text("dist\ndist-log\n")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    return subprocess.run(
        ["git", *name, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "GIT_COMMITTER_NAME": "nobody",
        "GIT_COMMITTER_EMAIL": "nobody@example.org",
    }
    return subprocess.run(
        ["bash", "scripts/release.sh", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_release_is_refused_until_all_agrees_and_then_tagged(clone: Path) -> None:
    version = "9.9.9"
    assert "usage: scripts/release.sh VERSION" in release(clone).stderr
    assert "usage: scripts/release.sh VERSION" in release(clone, "9.9.9.dev0").stderr
    for name in OF_A_VERSION:
        assert f"{name} has another version than 9.9.9" in release(clone, version).stderr
        text = (clone / name).read_text(encoding="utf-8")
        (clone / name).write_text(text.replace(cw.__version__, version), encoding="utf-8")
        assert "not committed" in release(clone, version).stderr
        commit(clone)
    assert "CHANGELOG.md has no heading" in release(clone, version).stderr
    (clone / "CHANGELOG.md").write_text(f"# Changelog\n\n## [{version}] - 2026-01-31\n")
    assert "not committed" in release(clone, version).stderr
    commit(clone)
    git(clone, "switch", "-q", "-c", "other")
    assert "Releases are made from main; this is other" in release(clone, version).stderr
    git(clone, "switch", "-q", "main")
    assert git(clone, "tag") == ""
    done = release(clone, version)
    assert done.returncode == 0, done.stderr
    made = (clone / "dist-log").read_text().split()
    assert made == ["check", "test", "test-slow", "docs", "wheel-test", "recipe-test"]
    assert sorted(path.name for path in (clone / "dist").iterdir()) == ["sdist", "wheel"]
    assert git(clone, "tag").split() == [f"v{version}"]
    assert f"git push origin main v{version}" in done.stdout
    assert f"There is a tag v{version} already" in release(clone, version).stderr
