#!/bin/sh
# fetch-onnxruntime.sh LOCK DIRECTORY: put the ONNX runtime's library there, checked by its hash.
#
# On its own, ck's build fetches one from a place that not every network reaches.
set -eu
lock=$1
directory=$2

work=$(mktemp -d)
python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes \
    --requirement "$lock" --dest "$work"
python3 -m zipfile --extract "$work"/onnxruntime-*.whl "$work"
mkdir -p "$directory"
cp "$work"/onnxruntime/capi/libonnxruntime.so.* "$directory"
# The names that the linker looks for, now and when `ck` starts.
cd "$directory"
ln -s libonnxruntime.so.* libonnxruntime.so.1
ln -s libonnxruntime.so.1 libonnxruntime.so
rm -r "$work"
