# shellcheck shell=bash
# supervise.sh: what both start scripts share; they source it.
#
# A start script has two children, the gateway and the health server, and writes to a small file
# what the second says of the first. However it ends, it takes all its children along.

home=${LOA_HOME:-/opt/loa}
layer=${LOA_WORKSPACE:-/workspace}/deploy/loa-identity

# How long the gateway may take to close its log and its connections, in seconds. Ten seconds after
# SIGTERM the engine kills whatever is left.
patience=8

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
gateway='' health='' generation=0 cause='' since=''
gateway_options=()

now() { date +%Y-%m-%dT%H:%M:%S.%3N%:z; }
say() { printf '%s %s\n' "$(now)" "$*"; }

# A string of JSON; what would have to be escaped has no place in a file's name or a status.
quoted() { printf '"%s"' "${1//[\"\\[:cntrl:]]/_}"; }

# report PHASE [ERROR]: replace what the health server reads, in one step.
report() {
    since=$(now)
    printf '{"phase":"%s","generation":%d,"cause":%s,"since":"%s","pid":%s,"error":%s}\n' \
        "$1" "$generation" "$(quoted "$cause")" "$since" "${gateway:-null}" \
        "$(quoted "${2:-}")" >"$run/status.new"
    mv "$run/status.new" "$run/status"
}

# end PID...: ask processes to end, and after $patience seconds make them.
end() {
    local deadline=$((SECONDS + patience))
    kill -TERM "$@" 2>/dev/null
    while kill -0 "$@" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.05; done
    kill -KILL "$@" 2>/dev/null
}

# finish STATUS: end all children, the health server last, so that it says so; then the script.
finish() {
    local pid others=()
    trap '' TERM INT
    report stopping
    # Not by name: a signal may arrive before a child's number is in its variable.
    for pid in $(jobs -pr); do [ "$pid" = "$health" ] || others+=("$pid"); done
    ((${#others[@]} == 0)) || end "${others[@]}"
    end_group
    [ -z "$health" ] || end "$health"
    exit "$1"
}

# The gateway refuses to listen without a token too, but does not say where it is to be given.
require_token() {
    [ -n "${CLAWDBOT_GATEWAY_TOKEN:-}" ] && return
    say "start: CLAWDBOT_GATEWAY_TOKEN is not set, and without it anybody could use the gateway;" \
        "\`make dev\` puts a random one into .env.local" >&2
    exit 2
}

# In the background, because a trap waits for a command in the foreground.
recover() {
    node --disable-warning=ExperimentalWarning "$layer/recovery.ts" &
    wait "$!"
}

# Puts back the identity state of the container before this one; what fails is only told.
restore() {
    node --disable-warning=ExperimentalWarning "$home/health/backup.mjs" &
    wait "$!"
}

start_health() {
    health_started=$SECONDS
    node "$home/health/server.mjs" --status "$run/status" &
    health=$!
}

# Without the health server the gateway can go on, but not with one that never stays up.
revive_health() {
    if ((SECONDS - health_started < 5)); then
        say "start: the health server does not stay up" >&2
        finish 1
    fi
    say "start: the health server ended by itself; starting it again" >&2
    start_health
}

start_gateway() {
    generation=$((generation + 1))
    # In a session of its own, so that what it starts can be ended with it.
    setsid "$home/gateway/run.sh" "${gateway_options[@]}" &
    gateway=$!
    report running
}

stop_gateway() {
    [ -n "$gateway" ] || return
    end "$gateway"
    end_group
    wait "$gateway" 2>/dev/null
    gateway=''
}

# What the gateway started and did not end itself.
end_group() { [ -z "$gateway" ] || kill -KILL -- "-$gateway" 2>/dev/null; }

# how_ended STATUS: the words for it. The kernel counts whom it killed for memory: control groups
# version 2 in the first file, version 1 in the second.
how_ended() {
    local reason='' counts=/sys/fs/cgroup
    if (($1 == 137)) &&
        grep -qs '^oom_kill [1-9]' "$counts/memory.events" "$counts/memory/memory.oom_control"; then
        reason=' (killed for memory)'
    fi
    printf 'the gateway ended by itself, status %d%s' "$1" "$reason"
}
