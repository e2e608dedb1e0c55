#!/bin/sh
# lay-out.sh: make the directories that the gateway writes to, and put it on the PATH.
#
# In development the container runs as whoever owns the checkout, a user that the image has never
# heard of. A fresh named volume takes over the mode of the directory below it, hence 1777.
set -eu

open() { install --directory --owner=1000 --group=1000 --mode=1777 "$@"; }

open /data /data/home /data/wal /data/loa /data/clawdbot
open /workspace /workspace/.beads /workspace/.ckindex
# Mount points of the sources.
open /workspace/.claude /workspace/grimoires /workspace/deploy /workspace/deploy/loa-identity
command -v clawdbot >/dev/null || ln -s /opt/loa/gateway/node_modules/.bin/clawdbot /usr/local/bin/clawdbot
