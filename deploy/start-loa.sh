#!/usr/bin/env bash
# start-loa.sh: how production starts. Recovery first, then the gateway, with the health server
# beside it. When the gateway ends, so does the container, with its status: the platform starts it
# again. Ends within 10 s of SIGTERM.
set -uo pipefail

home=${LOA_HOME:-/opt/loa}
layer=${LOA_WORKSPACE:-/workspace}/deploy/loa-identity
export LOA_STATUS_FILE=${LOA_STATUS_FILE:-/dev/shm/loa-status.json}

say() { printf '%s %s\n' "$(date +%Y-%m-%dT%H:%M:%S.%3N%:z)" "$*"; }

phase() {
    printf '{"phase":"%s","generation":1,"since":"%s"}\n' "$1" "$(date -u +%FT%TZ)" \
        >"$LOA_STATUS_FILE.new" && mv "$LOA_STATUS_FILE.new" "$LOA_STATUS_FILE"
}

gateway='' stopping=''

# shellcheck disable=SC2329 # the trap calls it
stop() {
    stopping=yes
    phase stopping
    [ -z "$gateway" ] || kill -TERM "$gateway" 2>/dev/null
}
trap stop TERM INT

phase starting
node "$home/health/server.mjs" &
health=$!

# A gateway on a damaged identity would write the damage on: better none than that one.
if ! node "$layer/recover.ts"; then
    say "start: recovery failed, so the gateway is not started"
    kill "$health"
    exit 1
fi
if [ -n "$stopping" ]; then
    kill "$health"
    exit 0
fi

"$home/gateway/run.sh" &
gateway=$!
phase running
# The first wait is interrupted by the trap; the second learns the status.
wait "$gateway"
status=$?
while kill -0 "$gateway" 2>/dev/null; do
    wait "$gateway"
    status=$?
done
phase stopping
kill "$health" 2>/dev/null
[ -n "$stopping" ] && status=0
say "start: the gateway ended, status $status"
exit "$status"
