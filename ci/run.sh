#!/usr/bin/env bash
# What the GitHub Action runs, and what any other pipeline may run: judge, write reports, tell the
# pipeline. Ends with wirecheck's own status. Settings come as WIRECHECK_* variables, so that no
# value of a user is ever read as shell.
set -euo pipefail

report_dir=${WIRECHECK_REPORT_DIR:-wirecheck-report}
arguments=(run --report-dir "$report_dir" --format "${WIRECHECK_FORMATS:-json,junit,html,markdown}" --quiet)
for name in profile baseline jsonrpc odata sse jobs timeout; do
  variable=WIRECHECK_${name^^}
  if [ -n "${!variable:-}" ]; then arguments+=("--$name" "${!variable}"); fi
done
if [ "${WIRECHECK_ALLOW_WRITES:-false}" = true ]; then arguments+=(--allow-writes); fi
while IFS= read -r name; do
  if [ -n "$name" ]; then arguments+=(--class "$name"); fi
done <<<"${WIRECHECK_CLASSES:-}"
if [ -n "${WIRECHECK_URL:-}" ]; then arguments+=("$WIRECHECK_URL"); fi

# A report of an earlier run must not be told as this one's.
rm -f "$report_dir/report.json" "$report_dir/report.md"

status=0
wirecheck "${arguments[@]}" || status=$?

if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$report_dir/report.md" ]; then
  cat "$report_dir/report.md" >>"$GITHUB_STEP_SUMMARY"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  {
    echo "status=$status"
    echo "report-dir=$report_dir"
  } >>"$GITHUB_OUTPUT"
fi
exit "$status"
