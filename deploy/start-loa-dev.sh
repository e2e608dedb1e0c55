#!/usr/bin/env bash
# start-loa-dev.sh: how the development container starts. The gateway runs verbosely, and a change
# of the layer's TypeScript is live soon after it is saved. On SIGTERM it ends within 10 s.
#
# LOA_RELOADER says how: `handover`, the default, has a warmed gateway load the change and take over,
# see dev/reload.mjs; `entr` starts the gateway again, see dev/entr.sh.
#
# Exit status: 0 after SIGTERM; 2 if a variable is missing or cannot be used.
set -uo pipefail
# shellcheck source=deploy/supervise.sh
. "${LOA_HOME:-/opt/loa}/supervise.sh"

# The recovery engine would replace what a developer is just trying out.
export BEAUVOIR_DEV_MODE=${BEAUVOIR_DEV_MODE:-1}

reloader=${LOA_RELOADER:-handover}
case $reloader in
    handover | entr) ;;
    *)
        say "start: LOA_RELOADER is '$reloader'; it can be: handover, entr" >&2
        exit 2
        ;;
esac

require_token
trap 'finish 0' TERM INT
report starting
if [ "$reloader" = entr ]; then start_health; fi
recover || say "start: recovery failed; starting all the same, so that somebody can look" >&2

if [ "$reloader" = handover ]; then
    rm -rf "$run"
    # Globs are new in this Node.
    exec node --disable-warning=ExperimentalWarning "$home/dev/reloader.mjs"
fi

# shellcheck source=deploy/dev/entr.sh
. "$home/dev/entr.sh"
gateway_options=(--verbose)
load
watch
follow
