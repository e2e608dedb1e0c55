"""What the variables of a Dockerfile are, as far as the file and the build arguments tell."""

import platform
import posixpath
import re
from collections import ChainMap
from collections.abc import Mapping

from dockerfile_parse.util import WordSplitter

from harness.docker.dockerfile_text import pairs

__all__ = ["Known", "after", "before_stages", "filled_in", "known_part", "nothing"]

Known = ChainMap[str, str]
"""What ENV sets, then what ARG does: ENV wins, whichever comes later."""

_CHOICE = re.compile(r"\$\{(\w+)(:?)([-+])([^{}]*)\}")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_UNKNOWN = "\0"
_PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}


def nothing() -> Known:
    """Return what is known where an image begins that is no stage."""
    return ChainMap({}, {})


def before_stages(declared: list[str], build_args: Mapping[str, str]) -> dict[str, str]:
    """Return what every FROM knows: the platform, and the values of ARG lines before the first.

    Args:
        declared: What follows ARG in each of them.
        build_args: The build's own arguments.
    """
    values = _platform()
    for value in declared:
        for name, default in pairs(value):
            given = build_args.get(name, default)
            if given is not None:
                values[name] = filled_in(given, values)
    return values


def after(
    name: str, value: str, known: Known, common: Mapping[str, str], build_args: Mapping[str, str]
) -> Known:
    """Return what is known after an instruction.

    Args:
        name: The instruction's name.
        value: What follows it.
        known: What was known before.
        common: What every FROM knows; a stage has it from an ARG line.
        build_args: The build's own arguments.
    """
    env, args = known.maps
    if name == "ENV":
        return ChainMap({**env, **_of_env(value, known)}, dict(args))
    if name != "ARG":
        return known
    more: dict[str, str] = {}
    for it, default in pairs(value):
        given = default if default is None else filled_in(default, known)
        otherwise = common.get(it) if given is None else given
        chosen = build_args.get(it, otherwise)
        if chosen is not None:
            more[it] = chosen
    return ChainMap(dict(env), {**args, **more})


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of variables, nothing where there is none.

    The parser itself knows no `${NAME:-otherwise}`.
    """
    return WordSplitter(_chosen(text, values), args=dict(values)).dequote()


def known_part(path: str, values: Mapping[str, str]) -> str:
    """Return a path with its variables filled in, up to the first one that has no value here."""
    if "$" not in path:
        return path
    marked = _VARIABLE.sub(
        lambda found: found[0] if (found[1] or found[2]) in values else _UNKNOWN,
        _chosen(path, values),
    )
    start, unknown, _ = marked.partition(_UNKNOWN)
    filled = filled_in(start, values)
    return posixpath.dirname(filled) or "." if unknown else filled


def _chosen(text: str, values: Mapping[str, str]) -> str:
    def choose(found: re.Match[str]) -> str:
        name, colon, sign, other = found.groups()
        value = values.get(name)
        there = bool(value) if colon else value is not None
        if sign == "+":
            return other if there else ""
        return f"${{{name}}}" if there else other

    return _CHOICE.sub(choose, text)


def _of_env(value: str, known: Known) -> dict[str, str]:
    set_here = pairs(value)
    if set_here and set_here[0][1] is None:  # ENV NAME and all the rest, as it was once written
        name, _, text = value.strip().partition(" ")
        set_here = [(name, text.strip())]
    return {name: filled_in(it or "", known) for name, it in set_here}


def _platform() -> dict[str, str]:
    """Return what BuildKit sets by itself, where it builds for this machine's processor."""
    machine = platform.machine()
    about = {"OS": "linux", "ARCH": _PROCESSORS.get(machine, machine), "VARIANT": ""}
    about["PLATFORM"] = f"{about['OS']}/{about['ARCH']}"
    return {f"{side}{name}": it for side in ("BUILD", "TARGET") for name, it in about.items()}
