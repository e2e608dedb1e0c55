#!/bin/sh
# run.sh [--verbose]: become the gateway, with what this container does not offer switched off.
set -eu

gateway=$(dirname "$0")

# The gateway would start itself a second time, only to silence a warning of Node's, and the start
# script would lose sight of it.
export CLAWDBOT_NO_RESPAWN=1
# No chat channels, browser, canvas or scheduler of its own: the layer has its own scheduler.
export CLAWDBOT_SKIP_BROWSER_CONTROL_SERVER=1 CLAWDBOT_SKIP_CANVAS_HOST=1
export CLAWDBOT_SKIP_CHANNELS=1 CLAWDBOT_SKIP_CRON=1 CLAWDBOT_SKIP_GMAIL_WATCHER=1
export CLAWDBOT_DISABLE_BONJOUR=1 CLAWDBOT_BRIDGE_ENABLED=0
# Compiled code survives restarts: 0.3 s less for each.
export NODE_COMPILE_CACHE="${CLAWDBOT_STATE_DIR:-/tmp}/compile-cache"

# Below the container's 4 GiB, so that too large a heap is a JavaScript error that names its
# place, and not the kernel's silent end of the process. One that is warmed takes 100 MB and needs
# nearly all of it: not to search it for garbage before saves 0.1 s of a processor's time.
# shellcheck disable=SC2086 # the options are left out when there is nothing to load beforehand
exec node ${LOA_GATEWAY_PRELOAD:+--import "$LOA_GATEWAY_PRELOAD" --initial-old-space-size=128} \
    --disable-warning=ExperimentalWarning --max-old-space-size=3072 \
    "${LOA_GATEWAY_ENTRY:-$gateway/node_modules/clawdbot/dist/entry.js}" gateway --port 18789 "$@"
