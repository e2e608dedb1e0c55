#!/bin/sh
# with-settings.sh COMMAND...: run a build step with the settings that this build was given.
#
# They arrive as BuildKit secrets and are gone when the step ends, so that no layer holds them:
#   ca     certificates to trust on top (PEM), for networks that inspect TLS
#   npmrc  npm's settings     pip  pip's settings     apt  apt's settings
# Each is optional. Cargo's are mounted where Cargo looks for them, in the stage that needs them.
set -eu

secrets=/run/secrets
apt_settings=/dev/shm/apt.conf # in memory: a file elsewhere would stay in the layer

if [ -f "$secrets/ca" ]; then
    for variable in SSL_CERT_FILE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS \
        PIP_CERT REQUESTS_CA_BUNDLE CARGO_HTTP_CAINFO; do
        export "$variable=$secrets/ca"
    done
    echo "Acquire::https::CAInfo \"$secrets/ca\";" >>"$apt_settings"
fi
if [ -f "$secrets/apt" ]; then
    cat "$secrets/apt" >>"$apt_settings"
fi
if [ -f "$apt_settings" ]; then
    export APT_CONFIG="$apt_settings"
fi
if [ -f "$secrets/npmrc" ]; then
    export NPM_CONFIG_USERCONFIG="$secrets/npmrc"
fi
if [ -f "$secrets/pip" ]; then
    export PIP_CONFIG_FILE="$secrets/pip"
fi

exec "$@"
