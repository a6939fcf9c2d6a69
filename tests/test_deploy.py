"""The hub of a class asks for a password, and gives notebooks without replacing those of students."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "deploy" / "jupyterhub_config.py"


class Settings(defaultdict):  # type: ignore[type-arg]
    """What JupyterHub calls `c`: whatever is asked for is there."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace)

    def __getattr__(self, name: str) -> Any:
        return self[name]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "notebooks" / "data").mkdir(parents=True)
    (tmp_path / "notebooks" / "1.ipynb").write_text("ours")
    (tmp_path / "notebooks" / "data" / "core.csv").write_text("file,top,base")
    monkeypatch.setenv("CLASS_FOLDER", str(tmp_path / "class"))
    monkeypatch.setenv("CLASS_NOTEBOOKS", str(tmp_path / "notebooks"))

    def run(password: str) -> Settings:
        monkeypatch.setenv("CLASS_PASSWORD", password)
        settings = Settings()
        exec(compile(CONFIG.read_text(), str(CONFIG), "exec"), {"get_config": lambda: settings})
        return settings

    return run


def test_without_a_password_the_hub_does_not_start(configure: Any) -> None:
    with pytest.raises(SystemExit, match="Set CLASS_PASSWORD to a password of 8 characters or more"):
        configure("short")


def test_a_student_gets_the_notebooks_and_keeps_what_was_changed(configure: Any, tmp_path: Path) -> None:
    give = configure("rocks-and-clasts").Spawner.pre_spawn_hook
    anna = SimpleNamespace(user=SimpleNamespace(name="anna"))
    give(anna)
    home = tmp_path / "class" / "homes" / "anna" / "notebooks"
    assert (home / "1.ipynb").read_text() == "ours"
    (home / "1.ipynb").write_text("annas own")
    (home / "data" / "core.csv").unlink()
    give(anna)
    assert (home / "1.ipynb").read_text() == "annas own"
    assert (home / "data" / "core.csv").exists()


def test_a_name_is_that_of_one_folder(configure: Any) -> None:
    # JupyterHub asks whether the pattern matches at the beginning, so that it must say where a name ends
    settings = configure("rocks-and-clasts")
    pattern = re.compile(settings.Authenticator.username_pattern)
    assert all(pattern.match(name) for name in ("anna", "ben-2"))
    assert not any(
        pattern.match(name) for name in ("", "../eve", "a/b", "a/../b", ".hidden", "Anna", "-x", "a" * 40)
    )
    assert settings.SharedPasswordAuthenticator.user_password == "rocks-and-clasts"


def test_the_image_has_what_it_copies() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    for name in re.findall(r"/src/([\w./-]+)", text):
        assert (ROOT / name).exists(), name
    assert text.index("\nUSER 1000\n") < text.index("\nCMD ")  # the hub does not run as root
