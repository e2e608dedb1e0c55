# shellcheck shell=bash disable=SC2154 # the variables of supervise.sh, which comes first
# entr.sh: reload by starting the gateway again; start-loa-dev.sh sources it.
#
# entr says that something happened: an edit within 0.1 s. It takes 0.6 s for a new file, 1.1 s for a
# rename and more for a delete, and where events do not cross the mount it says nothing; so twice a
# second the list of files is looked at as well. What really changed is decided by content, so that
# a touch, an editor's temporary file or another kind of file restarts nothing.

# Seconds between two looks of our own.
tick=0.5
# Saves that come in a burst are one change. Wait until it was quiet for so long, in seconds …
settle=0.3
# … but not longer than so many microseconds in all.
settle_at_most=700000
# A gateway that ends by itself is started again; each time in a row it waits longer, in seconds.
longest_delay=30
stable_after=10

seen='' complaint='' delay=0
mkfifo "$run/events"
exec {events}<>"$run/events"

# The files that the gateway loads, its manifest among them. Tests and packages are not.
sources() { find "$layer/" \( -name node_modules -o -name test \) -prune -o "$@"; }
is_source=(-type f \( -name '*.ts' ! -name '*.test.ts' -o -path "$layer/clawdbot.plugin.json" \))

# A look at the sources that costs little: names, times, sizes, inodes.
list() { sources "${is_source[@]}" -printf '%P %T@ %s %i\n' 2>/dev/null; }

# The content of each source, one line each.
snapshot() {
    sources "${is_source[@]}" -printf '%P\0' | (cd "$layer" && xargs -0r sha256sum 2>/dev/null)
}

# Which sources differ from what is loaded, one line each.
changed() { snapshot | sort - "$run/loaded" | uniq -u | cut -c 67- | sort -u; }

# watch: let entr write a line to the pipe for each event. It ends when a directory's content
# changes, to be started again with the new list, and tells once as it starts.
watch() {
    # -a: or it forgets what happens while its command runs.
    sources \( "${is_source[@]}" -o -type d \) -print |
        entr -a -d -n sh -c "echo >'$run/events'" >/dev/null 2>"$run/entr" &
    watcher=$!
}

# Start the gateway on what is there now.
load() {
    snapshot >"$run/loaded"
    started=$SECONDS
    start_gateway
}

# Wait until the burst is over. The time that the old gateway took to end counts.
settle() {
    local since=$1
    while ((${EPOCHREALTIME//[!0-9]/} - since < settle_at_most)) &&
        read -r -t "$settle" -u "$events" _; do :; done
}

# reload CAUSE: end the gateway and start it again; said before, because both take their time.
reload() {
    local noticed=${EPOCHREALTIME//[!0-9]/}
    cause=$1
    say "reload generation=$((generation + 1)) cause=$cause"
    generation=$((generation + 1)) report reloading
    # The log survives a kill, and nobody wants to wait for an endless loop.
    patience=3 stop_gateway
    settle "$noticed"
    load
}

# The names as one word: the first three, and how many more.
names() {
    local all=("$@") more=$(($# - 3)) IFS=,
    printf '%s' "${all[*]:0:3}"
    ((more <= 0)) || printf ',+%d' "$more"
}

# Reload if a source has other content than the gateway has loaded.
look() {
    local now all
    now=$(list)
    [ "$now" != "$seen" ] || return
    seen=$now
    mapfile -t all < <(changed)
    ((${#all[@]} == 0)) || reload "$(names "${all[@]}")"
}

# Say that the gateway ended by itself, and when it is started again.
gateway_ended() {
    ((SECONDS - started < stable_after)) || delay=0
    delay=$((delay == 0 ? 1 : delay * 2 > longest_delay ? longest_delay : delay * 2))
    retry=$((SECONDS + delay))
    end_group
    gateway=''
    report ended "$(how_ended "$1")"
    say "start: $(how_ended "$1"); starting it again in $delay s, or when a file changes" >&2
}

# entr's own reasons to end are no news; others are, once.
watcher_ended() {
    local said
    said=$(grep -v -e 'directory altered' -e 'cannot open' -e 'unable to open' "$run/entr")
    if [ -n "$said" ] && [ "$said" != "$complaint" ]; then
        say "start: $said; looking at the files twice a second instead" >&2
    fi
    complaint=$said
    watch
}

follow() {
    say "start: watching $layer with entr"
    while :; do
        read -r -t "$tick" -u "$events" _
        look
        kill -0 "$watcher" 2>/dev/null || watcher_ended
        kill -0 "$health" 2>/dev/null || revive_health
        if [ -z "$gateway" ]; then
            ((SECONDS < retry)) || reload "the gateway had ended"
        elif ! kill -0 "$gateway" 2>/dev/null; then
            wait "$gateway"
            gateway_ended $?
        fi
    done
}
