#!/usr/bin/env bash
# Create a virtual environment that has pip: create-venv.sh PYTHON FOLDER
# On a Debian or Ubuntu where we may install packages, brings what Python itself lacks there.
set -euo pipefail

python=${1:?usage: create-venv.sh PYTHON FOLDER}
folder=${2:?usage: create-venv.sh PYTHON FOLDER}
here=$(dirname "${BASH_SOURCE[0]}")

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

if [[ -e $folder && ! -e $folder/pyvenv.cfg ]]; then
    fail "'$folder' exists and is no virtual environment; choose another folder with: make VENV=.venv"
fi

if ! command -v "$python" >/dev/null; then
    [[ $python == python3 ]] || fail "There is no '$python' on the PATH; choose another with: make PYTHON=python3.12"
    "$here/install-system-packages.sh" python3 || fail "Install Python 3.11, 3.12 or 3.13 and run make again."
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
    3.11 | 3.12 | 3.13) ;;
    *) fail "Python 3.11, 3.12 or 3.13 is needed, but '$python' is Python $version; choose another with: make PYTHON=python3.12" ;;
esac

# Debian and Ubuntu ship Python without the part that puts pip into a new environment.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$here/install-system-packages.sh" "python$version-venv" ||
        fail "'$python' cannot create virtual environments (no module ensurepip); install its venv package and run make again."
fi

echo "Creating $folder with Python $version ($(command -v "$python"))."
# Half an environment would look like a whole one to the next make.
trap 'rm -rf -- "$folder"' ERR INT TERM
"$python" -m venv --clear "$folder"
