#!/usr/bin/env bash
# Install those of the named Debian packages that are missing: install-system-packages.sh PACKAGE...
# Exits with 1 and says what to do where it cannot.
set -euo pipefail

has() {
    # A browser may be anywhere: the tests start the one that CHROMIUM names.
    [[ $1 == chromium && -x ${CHROMIUM:-} ]] && return
    command -v "$1" >/dev/null && return
    [[ $(dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null) == "install ok installed" ]]
}

missing=()
for package in "$@"; do
    has "$package" || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}. This machine has no apt-get; install it with your own package manager." >&2
    exit 1
fi

as_root=()
if ((EUID != 0)); then
    if ! sudo -n true 2>/dev/null; then
        echo "Missing: ${missing[*]}. Install it with: sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi

# apt keeps its own log; it is shown only where something went wrong.
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1
}

echo "Installing ${missing[*]} with apt-get."
if ! { apt_get update && apt_get install --yes --no-install-recommends "${missing[@]}"; }; then
    cat "$log" >&2
    echo "apt-get could not install ${missing[*]}." >&2
    exit 1
fi
