#!/bin/sh
# entrypoint.sh COMMAND...: let the user `node` at the engine's socket and at the checkout, then run
# the command. The socket's group is that of the machine outside, whatever its number means in here.
# The checkout, at LOA_CHECKOUT, may lie below a directory that only root enters, such as root's own.
set -eu

socket=/var/run/docker.sock
if [ -S "$socket" ]; then
    number=$(stat --format %g "$socket")
    name=$(getent group "$number" | cut -d: -f1)
    if [ -z "$name" ]; then
        name=engine
        groupadd --gid "$number" "$name"
    fi
    usermod --append --groups "$name" node
fi
place=${LOA_CHECKOUT:-/}
while [ "$place" != / ]; do
    place=$(dirname "$place")
    chmod a+x "$place"
done
exec "$@"
