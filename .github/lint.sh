#!/usr/bin/env bash
# What action.yml runs: TALOS_GPU is the program; inputs come as LINT_* variables, never as text of this script.
set -euo pipefail
talos_gpu=$1
report=$RUNNER_TEMP/talos-gpu-report
mkdir -p "$report"

options=(--set "$LINT_SET" --fail-on "$LINT_FAIL_ON" --format github)
options+=(--report "markdown=$report/comment.md" --report "sarif=$report/lint.sarif")
[ -z "$LINT_TALOS" ] || options+=(--talos "$LINT_TALOS")
[ -z "$LINT_KUBERNETES" ] || options+=(--kubernetes "$LINT_KUBERNETES")
[ -z "$LINT_BASELINE" ] || options+=(--baseline "$LINT_BASELINE")
while IFS= read -r name; do
    [ -z "$name" ] || options+=(--gpu "$name")
done <<<"$LINT_GPU"

paths=()
while IFS= read -r path; do
    [ -z "$path" ] || paths+=("$path")
done <<<"$LINT_PATH"

status=0
"$talos_gpu" lint "${options[@]}" -- "${paths[@]}" || status=$?
if [ -s "$report/comment.md" ]; then
    cat "$report/comment.md" >>"$GITHUB_STEP_SUMMARY"
    echo "report=$report" >>"$GITHUB_OUTPUT"
fi
exit "$status"
