"""Programs that build or ask somebody, in front of the real ones: a call is written down.

make, a shell or a Node program starts them as it would on any machine. It goes no further: what is
not to be begun is not begun by a check either. What only looks at this machine is let through.
"""

import os
from pathlib import Path

__all__ = ["put_in_front"]

_BUILDING = ("docker", "podman", "nerdctl", "docker-compose", "podman-compose", "docker-buildx")
_ALWAYS = ("buildah", "buildctl", "cargo", "curl", "wget")
# Of these words the first two say what is done; options stand anywhere.
_SHIM = r"""#!/bin/sh
name=${0##*/}
first= second=
for word; do
  case $word in
    -*) ;;
    *)
      if [ -z "$first" ]; then first=$word
      elif [ -z "$second" ]; then second=$word
      fi ;;
  esac
done
case "@LOOKS@:$first $second" in
  *:' ') looks=yes ;;
  yes:version' '* | yes:info' '* | yes:help' '* | yes:inspect' '* | yes:ps' '*) looks=yes ;;
  yes:images' '* | yes:context' '* | yes:config' '*) looks=yes ;;
  yes:image' 'inspect | yes:image' 'ls | yes:container' 'ls | yes:volume' 'ls) looks=yes ;;
  yes:buildx' 'version | yes:buildx' 'ls | yes:buildx' 'inspect) looks=yes ;;
  yes:compose' 'version | yes:compose' 'config | yes:compose' 'ps | yes:compose' 'ls) looks=yes ;;
  *) looks=no ;;
esac
if [ $looks = yes ]; then
  rest=$PATH:
  while [ -n "$rest" ]; do
    place=${rest%%:*} rest=${rest#*:}
    [ "$place" = "${0%/*}" ] || [ ! -x "$place/$name" ] || exec "$place/$name" "$@"
  done
  echo "$name: not found" >&2
  exit 127
fi
printf '%s\n' "$name $(printf '%s' "$*" | tr '\n' ' ')" >>'@LOG@'
echo "$name: nothing is begun while the harness looks" >&2
exit 1
"""


def put_in_front(directory: Path, log: Path) -> str:
    """Write the programs into a directory, and return the PATH on which they come first.

    Args:
        directory: Where they lie.
        log: The file that takes a line for each call that begins something.
    """
    for names, looks in ((_BUILDING, "yes"), (_ALWAYS, "no")):
        text = _SHIM.replace("@LOOKS@", looks).replace("@LOG@", str(log))
        for name in names:
            (directory / name).write_text(text, encoding="utf-8")
            (directory / name).chmod(0o755)
    return os.pathsep.join([str(directory), os.environ["PATH"]])
