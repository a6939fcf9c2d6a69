#!/usr/bin/env bash
# Make a release from main: release.sh 0.2.0
# Checks that version, changelog, citation and conda recipe agree, runs the checks, builds sdist and wheel, and sets the tag. Nothing
# is pushed or uploaded: the last lines say how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "$1" >&2
    exit 1
}

version=${1:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "usage: scripts/release.sh VERSION, such as 0.2.0"
tag=v$version

[[ -z $(git status --porcelain) ]] || fail "There are changes that are not committed; commit them first."
[[ $(git branch --show-current) == main ]] || fail "Releases are made from main; this is $(git branch --show-current)."
! git rev-parse -q --verify "refs/tags/$tag" >/dev/null || fail "There is a tag $tag already; choose the next version."
grep -qx "__version__ = \"$version\"" corewidgets/__init__.py || fail "corewidgets/__init__.py has another version than $version."
grep -qx "version: $version" CITATION.cff || fail "CITATION.cff has another version than $version."
grep -qF "\"COREWIDGETS_VERSION\", default=\"$version\"" conda/recipe.yaml || fail "conda/recipe.yaml has another version than $version."
grep -Eq "^## \[$version\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md ||
    fail "CHANGELOG.md has no heading '## [$version] - $(date +%F)'; give that name to what stands under Unreleased."

if [[ ${CHECKS:-yes} == yes ]]; then
    make check test test-slow docs wheel-test recipe-test
fi
rm -rf dist
make sdist wheel
git tag --annotate "$tag" --message "corewidgets $version"

cat <<TEXT
Made dist/ and the tag $tag. To publish:
  git push origin main $tag
  python -m twine upload dist/*
  COREWIDGETS_VERSION=$version rattler-build build --recipe conda/recipe.yaml --channel conda-forge
Then begin the next version: its number with .dev0 (such as 0.3.0.dev0) in corewidgets/__init__.py, CITATION.cff and
conda/recipe.yaml, and a heading "## [Unreleased]" in CHANGELOG.md.
TEXT
