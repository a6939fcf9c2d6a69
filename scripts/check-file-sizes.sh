#!/usr/bin/env bash
# Fail if a tracked file outside weights/ is larger than 1 MB: a clone should stay quick to fetch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

limit=1000000
if [[ ! -e .git ]]; then
    echo "Not a git checkout: no tracked files to check."
    exit 0
fi

too_large=$(
    git ls-files -z -- . ':(exclude)weights' | while IFS= read -r -d '' path; do
        [[ -f $path ]] || continue
        bytes=$(wc -c <"$path")
        if ((bytes > limit)); then
            printf '  %s: %d bytes\n' "$path" "$bytes"
        fi
    done
)
if [[ -n $too_large ]]; then
    printf 'Tracked files may have %d bytes at most, except in weights/; make these smaller or leave them out:\n%s\n' "$limit" "$too_large" >&2
    exit 1
fi
echo "No tracked file outside weights/ is larger than 1 MB."
