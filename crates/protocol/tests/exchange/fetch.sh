#!/usr/bin/env bash
# Fetches the second XML Schema validator of the tests (xmlschema) by checksum into target/cache; prints where.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
to=$PWD/target/cache/xmlschema-4.3.2
if [ ! -d "$to" ]; then
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  cat > "$work/requirements.txt" <<'R'
elementpath==5.1.4 --hash=sha256:5ec8d7bb44b16c98414a6a95e20cb150f3cbfc3cac65edc14773288c7a937376
xmlschema==4.3.2 --hash=sha256:cf5c970a30f6ebcb3da35260e694704cc0b6794d8ace46125bb2a95e38ed9307
R
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --target "$work/out" -r "$work/requirements.txt" >&2
  mkdir -p target/cache
  mv "$work/out" "$to" 2>/dev/null || [ -d "$to" ]
fi
echo "$to"
