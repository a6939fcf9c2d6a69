#!/usr/bin/env bash
# Create an environment with Voila that sees the packages of another one: create-voila.sh PYTHON FOLDER
# PYTHON is that of the other one. Voila adds itself to the JupyterLab beside it, and shall not change the one that is tested.
set -euo pipefail

python=${1:?usage: create-voila.sh PYTHON FOLDER}
folder=${2:?usage: create-voila.sh PYTHON FOLDER}

"$(dirname "${BASH_SOURCE[0]}")/create-venv.sh" "$python" "$folder"
trap 'rm -rf -- "$folder"' ERR INT TERM
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
beside=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# addsitedir and not the bare path, so that what is installed there in place is seen too
printf 'import site; site.addsitedir(%s)\n' "'$packages'" >"$beside/packages-of-the-project.pth"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "voila>=0.5.8,<0.6"
