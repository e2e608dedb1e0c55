#!/bin/sh
# apt-install.sh PACKAGE...: install Debian packages and leave nothing in the layer but their files.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends "$@"
apt-get clean
# Lists, logs and caches hold times and would make each build another.
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/*.log /var/cache/ldconfig/aux-cache \
    /var/cache/debconf/*-old /var/lib/dpkg/*-old
