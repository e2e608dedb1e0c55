"""Which programs that build Rust or Python a layer's command runs, by an image's history."""

import re

__all__ = ["builders"]

_BUILDER = re.compile(
    r"(?:-m)?(cargo|conda|easy_install|mamba|maturin|micromamba|pdm|pip[\d.]*|pipenv|pipx|poetry"
    r"|rustc|rustup(?:-init)?|sh\.rustup\.rs|uvx?)"
)
_NO_COMMAND = re.compile(
    r"(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL"
    r"|STOPSIGNAL|USER|VOLUME|WORKDIR)\s|/bin/sh -c #\(nop\)"
)
# The build arguments, which stand in front of the command, and the shell of a Dockerfile's line.
_SHELL = re.compile(r"(?:RUN )?(?:\|\d+ .*?)?/\S*sh (?:-\S+ |pipefail )*?-\w*c ", re.DOTALL)
_PART = re.compile(r"&&|\|\||\$\(|[;|&`()\n]")
_BEFORE = re.compile(
    r"\s*(?:(?:[A-Za-z_]\w*=\S*|RUN|if|then|else|while|until|do|!|\{|env|exec|sudo)\s+)*"
)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_WORD = re.compile(r"[\w./+-]+|\[+")
# What these are given, they say, look at, move or fetch; it is not run.
_SAYING = {"echo", "printf", ":"}
_LOOKING = {"[", "[[", "cat", "cd", "grep", "hash", "ls", "test", "type", "which"}
_MOVING = {"chmod", "chown", "cp", "install", "ln", "mkdir", "mv", "rm", "rmdir", "touch"}
_FETCHING = {"apk", "apt", "apt-get", "dnf", "microdnf", "yum"}
_HARMLESS = _SAYING | _LOOKING | _MOVING | _FETCHING


def builders(step: str) -> set[str]:
    """Return the programs that build or install what is written in Rust or Python.

    Args:
        step: What made a layer, as the history of the engine's or a registry's image has it.
    """
    if _NO_COMMAND.match(step):
        return set()
    found: set[str] = set()
    for part in _PART.split(_SHELL.sub("", step, count=1)):
        found |= _of_command(_COMMENT.sub("", part))
    return found


def _of_command(text: str) -> set[str]:
    words: list[str] = _WORD.findall(_BEFORE.sub("", text, count=1))
    if not words or words[0].rpartition("/")[2] in _HARMLESS or words[:2] == ["command", "-v"]:
        return set()
    # Any other word may be a program too: what it is given to may start it.
    names = (_BUILDER.fullmatch(word.rpartition("/")[2]) for word in words)
    return {it[1] for it in names if it}
