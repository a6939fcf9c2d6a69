"""Build the conda package of the sdist in ``dist/`` by ``conda/recipe.yaml``, and look at what came out.

Without an option no index of conda is asked: the packages that the recipe is built with (Python, pip,
hatchling) are stand-ins for those of an environment that pip makes. The tests of the recipe, which need all
dependencies as conda packages, are not run then; the demo is, with the files of the package and what is
installed here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from rattler_build import RenderedVariant, Stage0Recipe, ToolConfiguration, assemble_package

RECIPE = Path(__file__).parents[1] / "conda" / "recipe.yaml"


def stand_ins(folder: Path) -> str:
    """Make a channel with a Python that installs into the prefix where it lies, and names without content."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "hatchling>=1.26"], check=True)
    there = folder / "python" / "bin" / "python"
    there.parent.mkdir(parents=True)
    there.write_text(f'#!/bin/sh\nPIP_PREFIX="$PREFIX" exec "{python}" "$@"\n', encoding="utf-8")
    there.chmod(0o755)
    (folder / "nothing").mkdir()
    version = ".".join(map(str, sys.version_info[:3]))
    packages = {}
    for name, number, files in (
        ("python", version, folder / "python"),
        ("pip", "25.0", folder / "nothing"),
        ("hatchling", "1.27.0", folder / "nothing"),
    ):
        target = folder / "linux-64"
        made = Path(assemble_package(name, number, "linux-64", "0", target, files_dir=files).path)
        told = {"name": name, "version": number, "build": "0", "build_number": 0, "depends": []}
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        packages[made.name] = told | {"subdir": "linux-64", "sha256": digest, "size": made.stat().st_size}
    for subdir, listed in (("linux-64", packages), ("noarch", {})):
        index = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": listed}
        (folder / subdir).mkdir(exist_ok=True)
        (folder / subdir / "repodata.json").write_text(json.dumps(index), encoding="utf-8")
    return folder.as_uri()


def build(recipe: RenderedVariant, folder: Path, channel: str | None) -> Path:
    """Build the package; its tests run where there are packages to run them with."""
    config = ToolConfiguration(test_strategy="native" if channel else "skip")
    channels = [channel or stand_ins(folder / "channel")]
    result = recipe.run_build(config, output_dir=folder / "out", channels=channels)
    return Path(result.packages[0])


def unpacked(package: Path, folder: Path) -> Path:
    """Unpack a package, and return where its files are."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    for part in folder.glob("*.tar.zst"):
        subprocess.run(["tar", "--zstd", "-xf", part, "-C", folder], check=True)
    return folder


def check(recipe: RenderedVariant, files: Path) -> None:
    """Compare the package with its recipe, and run the demo with its files.

    Raises
    ------
    SystemExit
        Something is not there.
    """
    about = json.loads((files / "info" / "index.json").read_text(encoding="utf-8"))
    if about["depends"] != [str(one) for one in recipe.recipe.requirements.run]:
        raise SystemExit(f"The package needs {about['depends']}, which is not what the recipe says.")
    for name in ("corewidgets/__init__.py", "corewidgets/_weights/LICENSE"):
        if not (files / "site-packages" / name).is_file():
            raise SystemExit(f"The package lacks '{name}'.")
    environment = {**os.environ, "PYTHONPATH": str(files / "site-packages")}
    program = f"import corewidgets; assert corewidgets.__file__.startswith({str(files.resolve())!r})"
    for command in (["-c", program], ["-m", "corewidgets", "demo", "--size", "480x160", "--out", "demo-out"]):
        subprocess.run([sys.executable, *command], check=True, cwd=files, env=environment)


def main() -> None:
    """Build and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channel", help="such as conda-forge: its packages, and the recipe's own tests")
    args = parser.parse_args()
    (recipe,) = Stage0Recipe.from_file(RECIPE).render()
    with tempfile.TemporaryDirectory() as folder:
        package = build(recipe, Path(folder), args.channel)
        check(recipe, unpacked(package, Path(folder) / "files"))
        size = package.stat().st_size / 1e6
        print(f"The recipe builds {package.name}, {size:.0f} MB, and the demo runs with it.")


if __name__ == "__main__":
    main()
