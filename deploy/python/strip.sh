#!/bin/sh
# strip.sh SITE-PACKAGES NODE: take out of the venv what nothing in the image uses, and say what each
# part of it was worth. What it leaves links to NODE in place of a Node of its own.
set -eu
cd "$1"
node=$2

# drop WHAT PATH...
drop() {
    what=$1
    shift
    echo "stripped: $what, $(du --total --block-size=kB "$@" | tail -n 1 | cut -f 1)"
    rm -r "$@"
}

# No name among them holds a blank.
# shellcheck disable=SC2046
drop "tests of scipy and scikit-learn" $(find scipy sklearn -type d -name tests -prune)
# Its compiled files hold times, too, and would make each build another.
drop "pip" pip pip-*.dist-info ../../../bin/pip*
drop "patchright's own Node" patchright/driver/node
ln -s "$node" patchright/driver/node
