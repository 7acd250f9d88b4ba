#!/usr/bin/env bash
# What action.yml runs: TALOS_GPU is the program, PYTHON an interpreter. Inputs come as REVIEW_* variables, the event as
# the file that GitHub names; neither is ever text of this script.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
talos_gpu=$1 python=$2
report=$RUNNER_TEMP/talos-gpu-report parts=$RUNNER_TEMP/talos-gpu-parts
outdir=${CDK8S_OUTDIR:-dist}
whole="review.html in the artifact talos-gpu-report"
rm -rf "$report" "$parts"
mkdir -p "$report" "$parts"
export NO_COLOR=1
statuses=()

run() { # TITLE COMMAND...: a group of the log; how the command ended is remembered
    local status=0
    echo "::group::$1"
    "${@:2}" || status=$?
    echo "::endgroup::"
    statuses+=("$status")
}

quietly() { # COMMAND...: nothing that it prints is a command to the runner
    local token status=0
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$token"
    "$@" 2>&1 || status=$?
    echo "::$token::"
    return "$status"
}

lines() { # OPTION TEXT: words+=(OPTION LINE) for each line that is not empty; without OPTION the line alone
    local line
    while IFS= read -r line; do
        [ -z "$line" ] || words+=(${1:+"$1"} "$line")
    done <<<"$2"
}

lint() {
    local words=(--set "$REVIEW_SET" --fail-on "$REVIEW_FAIL_ON" --format github)
    words+=(--report "markdown=$parts/lint.md" --report "sarif=$report/lint.sarif")
    [ -z "$REVIEW_TALOS" ] || words+=(--talos "$REVIEW_TALOS")
    [ -z "$REVIEW_KUBERNETES" ] || words+=(--kubernetes "$REVIEW_KUBERNETES")
    [ -z "$REVIEW_BASELINE" ] || words+=(--baseline "$REVIEW_BASELINE")
    lines --gpu "$REVIEW_GPU"
    words+=(--)
    lines "" "$REVIEW_PATH"
    "$talos_gpu" lint "${words[@]}"
}

check() {
    "$talos_gpu" synth --check --full --format github --report "markdown=$parts/check.md"
}

impact() {
    local words=(--format github --whole "$whole")
    [ "$REVIEW_IMPACT_FAIL_ON" = never ] || words+=(--fail-on "$REVIEW_IMPACT_FAIL_ON")
    words+=(--report "markdown=$parts/review.md" --report "json=$report/review.json")
    words+=(--report "html=$report/review.html")
    "$talos_gpu" impact "${words[@]}" -- "$base" HEAD
}

declared() { # whether there is, or was, anything that a review could be of
    [ -e profiles ] || [ -e "$outdir" ] ||
        git cat-file -e "$base:./profiles" 2>/dev/null || git cat-file -e "$base:./$outdir" 2>/dev/null
}

run "talos-gpu lint" lint
! compgen -G "profiles/*.y*ml" >/dev/null || run "talos-gpu synth --check" check
if base=$("$python" "$here/base.py" 2>"$parts/no-base"); then
    if declared; then
        run "talos-gpu diff" quietly "$talos_gpu" diff -- "$base" HEAD
        run "talos-gpu impact" impact
    fi
else
    echo "::notice title=talos-gpu::$(cat "$parts/no-base")"
    { echo "### talos-gpu: no review of what changes" && echo && cat "$parts/no-base"; } >"$parts/review.md"
fi

# A dist/ that is out of date comes first: the review is made of it.
order=(review check lint)
[[ " ${statuses[*]} " != *" 3 "* ]] || order=(check review lint)
sections=()
for name in "${order[@]}"; do
    [ ! -s "$parts/$name.md" ] || sections+=("$parts/$name.md")
done
if [ "${#sections[@]}" -eq 0 ]; then
    echo "### talos-gpu could not look: the job's log says why" >"$parts/none.md"
    sections=("$parts/none.md")
fi
"$talos_gpu" comment --whole "$whole" -- "${sections[@]}" >"$report/comment.md"
cat "$report/comment.md" >>"$GITHUB_STEP_SUMMARY"
echo "report=$report" >>"$GITHUB_OUTPUT"

# Several at once count as talos-gpu itself counts them; what is none of its exit codes, such as a kill, comes first.
for status in "${statuses[@]}"; do
    [[ " 0 1 2 3 4 70 " == *" $status "* ]] || exit "$status"
done
for status in 70 4 2 1 3; do
    [[ " ${statuses[*]} " != *" $status "* ]] || exit "$status"
done
