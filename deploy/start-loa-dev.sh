#!/usr/bin/env bash
# start-loa-dev.sh: how the development container starts. The gateway runs verbosely and is started
# again whenever a .ts file that it loads has changed. entr tells that something happened; what
# really changed is decided by content, so that a touch, an editor's temporary file or another kind
# of file restarts nothing. Ends within 10 s of SIGTERM.
set -uo pipefail

home=${LOA_HOME:-/opt/loa}
layer=${LOA_WORKSPACE:-/workspace}/deploy/loa-identity
export LOA_STATUS_FILE=${LOA_STATUS_FILE:-/dev/shm/loa-status.json}
# The recovery engine would replace what a developer is just trying out.
export BEAUVOIR_DEV_MODE=${BEAUVOIR_DEV_MODE:-1}

# Saves that come in a burst are one change: wait until it has been quiet for so long, in seconds.
settle=0.15
# A gateway that ends by itself is started again, but not in a busy loop.
backoff=1

run=$(mktemp -d)
gateway='' watcher='' health='' generation=0 stopping=''

now() { date +%Y-%m-%dT%H:%M:%S.%3N%:z; }
say() { printf '%s %s\n' "$(now)" "$*"; }

phase() {
    printf '{"phase":"%s","generation":%d,"cause":"%s","since":"%s"}\n' \
        "$1" "$generation" "${2//[\"\\]/_}" "$(now)" \
        >"$LOA_STATUS_FILE.new" && mv "$LOA_STATUS_FILE.new" "$LOA_STATUS_FILE"
}

sources() { find "$layer" \( -name node_modules -o -name test \) -prune -o "$@" -print; }

# The content of every source that the gateway loads, one line each.
snapshot() { sources -name '*.ts' -type f | sort | xargs -r sha256sum 2>/dev/null; }

# entr ends when a directory gets a new file or a watched file goes away, and is started on a new
# list. It runs its command once right after it began to watch, so nothing falls between two runs.
watch() {
    while :; do
        sources \( -name '*.ts' -o -type d \) | entr -n -d sh -c "echo >'$run/events'" >/dev/null 2>&1
        sleep 0.05
    done
}

start_gateway() {
    snapshot >"$run/loaded"
    "$home/gateway/run.sh" --verbose &
    gateway=$!
}

stop_gateway() {
    [ -n "$gateway" ] || return 0
    kill -TERM "$gateway" 2>/dev/null
    for _ in {1..100}; do
        kill -0 "$gateway" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$gateway" 2>/dev/null
    wait "$gateway" 2>/dev/null
    gateway=''
}

# Which files differ between what is loaded and what is there, the first one by name.
changed() {
    snapshot | diff "$run/loaded" - | sed -n "s#^[<>] [0-9a-f]*  $layer/##p" | sort -u
}

reload() {
    local names=("$@")
    local cause=${names[0]}
    ((${#names[@]} == 1)) || cause="$cause (and $((${#names[@]} - 1)) more)"
    generation=$((generation + 1))
    phase reloading "$cause"
    say "reload generation=$generation cause=$cause"
    stop_gateway
    start_gateway
    phase running "$cause"
}

finish() {
    stopping=yes
    phase stopping ''
    [ -z "$watcher" ] || kill -TERM -- "-$watcher" 2>/dev/null
    stop_gateway
    [ -z "$health" ] || kill "$health" 2>/dev/null
    rm -rf "$run"
    exit 0
}

follow() {
    while [ -z "$stopping" ]; do
        if read -r -t "$backoff" <&3; then
            while read -r -t "$settle" <&3; do :; done
            mapfile -t names < <(changed)
            ((${#names[@]} == 0)) || reload "${names[@]}"
        elif ! kill -0 "$gateway" 2>/dev/null; then
            wait "$gateway"
            reload "the gateway ended by itself, status $?"
        fi
    done
}

if [ "${LOA_RELOADER:-entr}" != entr ]; then
    echo "start-loa-dev.sh: LOA_RELOADER is ${LOA_RELOADER}, and there is only entr" >&2
    exit 2
fi

mkfifo "$run/events"
exec 3<>"$run/events"
trap finish TERM INT

phase starting ''
node "$home/health/server.mjs" &
health=$!
node "$layer/recover.ts" || say "start: recovery failed; starting all the same, this is development"
generation=1
start_gateway
phase running ''
# In a process group of its own, so that it ends with everything that it started.
set -m
watch &
watcher=$!
set +m
say "start: watching $layer with entr"
follow
