#!/usr/bin/env bash
# PORT=9001 bash start-python.sh NAME: installs NAME/requirements.txt into $LAB/NAME once, then runs NAME/server.py on 127.0.0.1.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
name="${1:?a target}"
: "${PORT:?set PORT}"
export PORT PYTHONDONTWRITEBYTECODE=1
home="${LAB:-${TMPDIR:-/tmp}/wirecheck-targets}/$name"
if ! cmp -s "$here/$name/requirements.txt" "$home/installed.txt"; then
  rm -rf "$home"
  mkdir -p "$home"
  "${PYTHON:-python3}" -m venv "$home/venv"
  "$home/venv/bin/pip" install -q --disable-pip-version-check -r "$here/$name/requirements.txt"
  cp "$here/$name/requirements.txt" "$home/installed.txt"
fi
[ "${INSTALL_ONLY:-}" ] && exit 0
exec "$home/venv/bin/python" "$here/$name/server.py"
