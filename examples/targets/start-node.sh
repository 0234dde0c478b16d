#!/usr/bin/env bash
# PORT=9001 bash start-node.sh NAME: installs NAME/package.json into $LAB/NAME once, then runs it on 127.0.0.1.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
name="${1:?a target}"
: "${PORT:?set PORT}"
export PORT
home="${LAB:-${TMPDIR:-/tmp}/wirecheck-targets}/$name"
if ! cmp -s "$here/$name/package.json" "$home/installed.json"; then
  rm -rf "$home"
  mkdir -p "$home"
  cp "$here/$name/package.json" "$home/package.json"
  (cd "$home" && npm install --no-audit --no-fund --loglevel=error >npm.log 2>&1) || { cat "$home/npm.log" >&2; exit 1; }
  cp "$here/$name/package.json" "$home/installed.json"
fi
[ "${INSTALL_ONLY:-}" ] && exit 0
# node resolves imports from where a file lies, so the launcher is copied next to node_modules
(cd "$here/$name" && find . -type f ! -name package.json ! -name profile.yaml -exec cp --parents {} "$home/" \;)
rm -rf "$home/srv/.cache" # what CAP compiled before
cd "$home"
exec $(node -p 'require("./package.json").wirecheck.start.replaceAll("$PORT", process.env.PORT)')
