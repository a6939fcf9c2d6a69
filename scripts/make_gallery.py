"""Run the code of docs/gallery.md, which writes the pictures of that page: ``make gallery``."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "gallery.md"
PICTURES = PAGE.parent / "images"


def run(folder: Path) -> list[Path]:
    """Run the code of the page in a folder, and return the pictures that it wrote there."""
    (folder / "images").mkdir()
    names: dict[str, Any] = {}
    before = Path.cwd()
    os.chdir(folder)
    try:
        for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
            exec(compile(code, str(PAGE), "exec"), names)  # our own page
    finally:
        os.chdir(before)
    return sorted((folder / "images").iterdir())


def main() -> None:
    """Write the pictures of the page."""
    with tempfile.TemporaryDirectory() as folder:
        for picture in run(Path(folder)):
            (PICTURES / picture.name).write_bytes(picture.read_bytes())
            sys.stdout.write(f"docs/images/{picture.name}\n")


if __name__ == "__main__":
    main()
