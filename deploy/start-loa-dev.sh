#!/usr/bin/env bash
# start-loa-dev.sh: how the development container starts. The gateway runs verbosely, and a change
# of the layer's TypeScript is live soon after it is saved. On SIGTERM it ends within 10 s.
#
# LOA_RELOADER says how: `entr` starts the gateway again, see dev/entr.sh.
#
# Exit status: 0 after SIGTERM; 2 if a variable is missing or cannot be used.
set -uo pipefail
# shellcheck source=deploy/supervise.sh
. "${LOA_HOME:-/opt/loa}/supervise.sh"

# The recovery engine would replace what a developer is just trying out.
export BEAUVOIR_DEV_MODE=${BEAUVOIR_DEV_MODE:-1}

reloader=${LOA_RELOADER:-entr}
if [ "$reloader" != entr ]; then
    say "start: LOA_RELOADER is '$reloader'; it can be: entr" >&2
    exit 2
fi
# shellcheck source=deploy/dev/entr.sh
. "$home/dev/entr.sh"
gateway_options=(--verbose)

require_token
trap 'finish 0' TERM INT
report starting
start_health
recover || say "start: recovery failed; starting all the same, so that somebody can look" >&2
load
watch
follow
