#!/bin/sh
# Puts the fonts named in sources*.toml into this folder; does nothing when they are there.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cache=${TONGBAN_CACHE:-$here/../../target/cache}

# value LIST KEY N: the KEY of [package] (N = 0) or of the n-th [[file]] of a list.
value() {
    awk -v key="$2" -v want="$3" '
        /^\[package\]/ { at = 0 } /^\[\[file\]\]/ { at++ }
        at == want && $1 == key { sub(/^[^=]*= *"/, ""); sub(/".*$/, ""); print; exit }
    ' "$1"
}
matches() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }

# complete LIST: every file of the list is here and has its checksum.
complete() {
    n=1
    while [ "$n" -le "$(grep -c '^\[\[file\]\]' "$1")" ]; do
        matches "$here/$(value "$1" target "$n")" "$(value "$1" sha256 "$n")" || return 1
        n=$((n + 1))
    done
}

# package LIST: the package of the list in the cache, fetched when it is not there.
package() {
    tgz=$cache/$(value "$1" tgz 0)
    matches "$tgz" "$(value "$1" sha256 0)" && return 0
    command -v npm >/dev/null || { echo "fonts: npm is needed (apt-get install npm)" >&2; exit 1; }
    echo "fonts: fetching $(value "$1" name 0) $(value "$1" version 0)" >&2
    (cd "$cache" && npm pack --silent "$(value "$1" name 0)@$(value "$1" version 0)" >/dev/null)
    matches "$tgz" "$(value "$1" sha256 0)" || { echo "fonts: $tgz: wrong checksum" >&2; exit 1; }
}

# install LIST: checked files of the package, moved into place whole.
install() {
    n=1
    while [ "$n" -le "$(grep -c '^\[\[file\]\]' "$1")" ]; do
        member=$(value "$1" member "$n")
        tar -xzf "$tgz" -C "$work" "$member"
        matches "$work/$member" "$(value "$1" sha256 "$n")" || {
            echo "fonts: $member: wrong checksum" >&2
            exit 1
        }
        mv "$work/$member" "$here/$(value "$1" target "$n")"
        n=$((n + 1))
    done
}

mkdir -p "$cache"
work=$(mktemp -d "$here/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
for list in "$here"/sources*.toml; do
    complete "$list" && continue
    package "$list"
    install "$list"
    complete "$list"
done
