#!/bin/sh
# strip-torch.sh: take out of Debian's torch what the image never uses, and say what each part of it
# was worth: torch's own tests, and AMD's compiler for graphics cards. The latter comes with the
# network library of MPI, which loads it where there is such a card; torch itself does not.
set -eu

# drop WHAT PATH...: a path that is not there, as on another processor, is passed over.
drop() {
    what=$1
    shift
    size=$(du --total --block-size=kB "$@" 2>/dev/null | tail -n 1 | cut -f 1)
    echo "stripped: $what, $size"
    rm -rf "$@"
}

# No name among them holds a blank.
# shellcheck disable=SC2046
drop "torch's tests" /usr/lib/libtorch-test \
    $(find /usr/lib/python3/dist-packages/torch/bin -type f -not -name torch_shm_manager)
cd /usr/lib/*-linux-gnu
drop "AMD's compiler" libLLVM-17.so* libLLVM.so.17* libamd_comgr.so* libamdhip64.so* ucx/*rocm*
