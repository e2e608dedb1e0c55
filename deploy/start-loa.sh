#!/usr/bin/env bash
# start-loa.sh: how production starts. The saved identity state, if the platform keeps one, then
# recovery, then the gateway, with the health server beside it. When the gateway ends, so does the
# container, with its status, and the platform starts it again. On SIGTERM it ends within 10 s, with
# status 0.
#
# Exit status: the gateway's; 0 after SIGTERM; 1 if recovery failed; 2 if there is no token.
set -uo pipefail
# shellcheck source=deploy/supervise.sh
. "${LOA_HOME:-/opt/loa}/supervise.sh"

require_token
trap 'finish 0' TERM INT
report starting
start_health

[ -z "${LOA_IDENTITY_BACKUP:-}" ] || restore
# Recovery fails where identity or log are damaged in a way that it must not decide about. A gateway
# that starts all the same would write to both, over what somebody has to look at first.
if ! recover; then
    say "start: recovery failed, so the gateway is not started" >&2
    finish 1
fi

start_gateway
while :; do
    wait -n -p ended "$gateway" "$health"
    status=$?
    [ "${ended:-}" = "$health" ] || break
    revive_health
done
say "start: $(how_ended "$status")" >&2
finish "$status"
