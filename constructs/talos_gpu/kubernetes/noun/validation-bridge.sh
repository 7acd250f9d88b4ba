#!/bin/sh
# Tells the GPU operator's pods that driver and toolkit are ready, as long as the kernel module is loaded.
#
# On this Talos release the operator's validator never finds the driver, so nobody writes the two files that its
# pods wait for. The validator deletes them at each of its starts, and a reboot empties /run: hence the loop.
#
# Our files begin with a mark: driver-ready is sourced by its readers, to whom the mark is a comment, and of
# toolkit-ready only the existence counts. What does not begin with the mark is somebody else's and stays.
set -u

: "${DRIVER_READY:?the lines of driver-ready}"
directory=${VALIDATIONS_DIRECTORY:-/run/nvidia/validations}
module=${MODULE_FILE:-/sys/module/nvidia/refcnt}
heartbeat=${HEARTBEAT_FILE:-/tmp/heartbeat}
interval=${INTERVAL_SECONDS:-5}

mark='# talos-gpu validation bridge'
driver_ready=$(printf '%s\n%s' "$mark" "$DRIVER_READY")
sleeper=
said=

say() {
    [ "$said" = "$1" ] || echo "$1"
    said=$1
}

ours() {
    [ -f "$1" ] && IFS= read -r first <"$1" && [ "$first" = "$mark" ]
}

# place FILE TEXT: FILE appears whole or not at all. `ln` fails where somebody else was faster, `mv` would not.
place() {
    temporary=$directory/.${1##*/}.talos-gpu
    printf '%s\n' "$2" >"$temporary" || return 1
    if [ -e "$1" ]; then
        mv -f "$temporary" "$1"
    else
        ln "$temporary" "$1" 2>/dev/null || [ -e "$1" ]
    fi
    placed=$?
    rm -f "$temporary"
    return "$placed"
}

provide() {
    if ours "$directory/driver-ready"; then
        [ "$(cat "$directory/driver-ready")" = "$driver_ready" ] || place "$directory/driver-ready" "$driver_ready"
    else
        # An empty file says nothing to its readers; a filled one may be the validator's.
        [ -s "$directory/driver-ready" ] || place "$directory/driver-ready" "$driver_ready"
    fi || return 1
    [ -e "$directory/toolkit-ready" ] || place "$directory/toolkit-ready" "$mark"
}

withdraw() {
    for name in toolkit-ready driver-ready; do
        if ours "$directory/$name"; then
            rm -f "$directory/$name" || return 1
        fi
    done
}

# The files stay when the bridge stops: its restart must not disturb pods that are just starting.
trap 'kill "$sleeper" 2>/dev/null; exit 0' TERM INT

while :; do
    if [ -e "$module" ]; then
        provide && say "module loaded: readiness files are in place" && touch "$heartbeat"
    else
        withdraw && say "module not loaded: no readiness files of ours" && touch "$heartbeat"
    fi || say "cannot write below $directory; trying again"
    sleep "$interval" &
    sleeper=$!
    wait "$sleeper"
done
