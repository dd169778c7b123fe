#!/bin/sh
# Puts the fonts named in sources.toml into this folder; does nothing when they are there.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cache=${TONGBAN_CACHE:-$here/../../target/cache}

# value KEY SECTION-NUMBER: the KEY of [package] (0) or of the n-th [[file]].
value() {
    awk -v key="$1" -v want="$2" '
        /^\[package\]/ { at = 0 } /^\[\[file\]\]/ { at++ }
        at == want && $1 == key { sub(/^[^=]*= *"/, ""); sub(/".*$/, ""); print; exit }
    ' "$here/sources.toml"
}
matches() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }

files=$(grep -c '^\[\[file\]\]' "$here/sources.toml")
complete() {
    n=1
    while [ "$n" -le "$files" ]; do
        matches "$here/$(value target "$n")" "$(value sha256 "$n")" || return 1
        n=$((n + 1))
    done
}
complete && exit 0

mkdir -p "$cache"
tgz=$cache/$(value tgz 0)
if ! matches "$tgz" "$(value sha256 0)"; then
    command -v npm >/dev/null || { echo "fonts: npm is needed (apt-get install npm)" >&2; exit 1; }
    echo "fonts: fetching $(value name 0) $(value version 0)" >&2
    (cd "$cache" && npm pack --silent "$(value name 0)@$(value version 0)" >/dev/null)
    matches "$tgz" "$(value sha256 0)" || { echo "fonts: $tgz has a wrong checksum" >&2; exit 1; }
fi

work=$(mktemp -d "$cache/fonts.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
n=1
while [ "$n" -le "$files" ]; do
    member=$(value member "$n")
    tar -xzf "$tgz" -C "$work" "$member"
    matches "$work/$member" "$(value sha256 "$n")" || {
        echo "fonts: $member has a wrong checksum" >&2
        exit 1
    }
    mv "$work/$member" "$here/$(value target "$n")"
    n=$((n + 1))
done
complete
