#!/bin/sh
# as-node.sh WORDS...: become the gateway as the container starts it, with WORDS in the place of the
# word `node`. So a contestant that is a way to call node has the gateway's own command line and
# environment, whatever they are.
set -eu

shim=$(mktemp -d)
# Only the first `node` is replaced: whatever it starts finds the real one again.
printf '#!/bin/sh\nPATH=%s exec %s "$@"\n' "$PATH" "$*" >"$shim/node"
chmod +x "$shim/node"
PATH=$shim:$PATH exec /opt/loa/gateway/run.sh --verbose
