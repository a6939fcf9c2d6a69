#!/usr/bin/env bash
# Build the wheel, install it with its plain dependencies in an environment of its own, and use it as the README
# says, in a folder where the clone is out of sight: check-wheel.sh PYTHON BUILDER
# PYTHON makes the environment; BUILDER is a python that has the package `build`.
set -euo pipefail

python=${1:?usage: check-wheel.sh PYTHON BUILDER}
builder=${2:?usage: check-wheel.sh PYTHON BUILDER}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
builder=$(realpath --no-symlinks "$builder")

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
unset PYTHONPATH

"$builder" -m build --wheel --outdir "$folder" . >"$folder/build.log" 2>&1 || {
    cat "$folder/build.log" >&2
    exit 1
}
scripts/create-venv.sh "$python" "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$folder"/corewidgets-*.whl

# The first example of the README, and a photograph of the name that it uses.
awk '/^```python$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' README.md >"$folder/snippet.py"
grep -q Workbench "$folder/snippet.py"
cd "$folder"
echo "Running the README's notebook example and the demo with $(ls corewidgets-*.whl)."
venv/bin/python - <<'PROGRAM'
from pathlib import Path

import corewidgets as cw
from PIL import Image

if Path("venv").resolve() not in Path(cw.__file__).resolve().parents:
    raise SystemExit(f"'{cw.__file__}' is not the wheel's")
Image.fromarray(cw.sample_core(n_rows=480, n_columns=160).section.image).save("core.jpg")
PROGRAM
venv/bin/python -W error::UserWarning snippet.py
venv/bin/corewidgets demo --size 480x160 --out demo-out >demo.log
test -s demo-out/poster.png
echo "The wheel works: the README's example made its widgets, and the demo left demo-out/poster.png."
