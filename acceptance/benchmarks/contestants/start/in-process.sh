#!/bin/sh
# in-process.sh [--bare]: the gateway, which SIGUSR1 tells at each save to start again inside its
# own process. It obeys only if its settings allow that (commands.restart).
#
# --bare is all of that, and it serves the old code for ever. Without it:
# - the gateway keeps the plugins that it has loaded while its settings for plugins are the same, so
#   one of them changes with each save: our plugin is allowed once more;
# - it keeps the settings themselves for 0.2 s, so that is switched off;
# - jiti keeps every module that it has loaded, so that is switched off too.
set -eu

layer=${LOA_WORKSPACE:-/workspace}/deploy/loa-identity
settings=$(mktemp -d)/clawdbot.json

node -e 'const fs = require("fs"), it = JSON.parse(fs.readFileSync(process.argv[1]));
    it.commands = { restart: true };
    fs.writeFileSync(process.argv[2], JSON.stringify(it))' "$CLAWDBOT_CONFIG_PATH" "$settings"
export CLAWDBOT_CONFIG_PATH="$settings"
if [ "${1:-}" = --bare ]; then
    refresh() { :; }
else
    export JITI_MODULE_CACHE=false CLAWDBOT_DISABLE_CONFIG_CACHE=1
    # node would take longer to start than the gateway to start again.
    refresh() { sed -i 's/"allow":\[\("[^"]*"\)/"allow":[\1,\1/' "$settings"; }
fi

/opt/loa/gateway/run.sh --verbose &
gateway=$!
trap 'kill "$gateway"; wait "$gateway"; exit' TERM

mkfifo "$settings.saves"
find "$layer" -name '*.ts' | entr -n -p sh -c "echo >'$settings.saves'" >/dev/null 2>&1 &
while read -r _; do
    refresh
    kill -USR1 "$gateway"
done <>"$settings.saves" &
wait "$gateway"
