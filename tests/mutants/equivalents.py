"""Mutants that change no meaning, each kind with its reason. All others must be caught."""

import re
import tomllib
from collections.abc import Callable
from typing import Any

import yaml

from harness.criteria.facts.deployment import parse_jsonc
from tests.mutants.mutant import Mutant

__all__ = ["REASONS", "reason"]


# The one in C where PyYAML has it: there are hundreds of texts.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _parsed(file: str, text: str) -> Any:  # noqa: ANN401 -- whatever the file holds
    if file.endswith((".json", ".jsonc")):
        return parse_jsonc(text)
    if file.endswith((".yml", ".yaml")):
        return yaml.load(text, _LOADER)  # noqa: S506 -- each is a SafeLoader
    return tomllib.loads(text) if file.endswith(".toml") else None


def _reads_the_same(mutant: Mutant, before: str) -> bool:
    try:
        own = _parsed(mutant.file, before)
        return own is not None and _parsed(mutant.file, mutant.text) == own
    except (ValueError, yaml.YAMLError):
        return False


def _is_a_name(mutant: Mutant, _: str) -> bool:
    if mutant.file.startswith(".github/"):
        return re.match(r"(?:- )?(name|description): (?!evidence)", mutant.old) is not None
    if mutant.file.endswith("devcontainer.json") and mutant.rule == "change a value":
        return (
            re.match(r'"name": |"\d+": \{ "label": ', mutant.old) is not None and "x" in mutant.new
        )
    return False


def _describes_a_package(mutant: Mutant, _: str) -> bool:
    if mutant.file.endswith("wrangler.jsonc"):
        return '"$schema"' in mutant.old
    is_package = mutant.file.endswith(("package.json", "plugin.json"))
    keys = r'"(name|description|version|license)":'
    return is_package and re.match(keys, mutant.old) is not None


def _is_for_people(mutant: Mutant, _: str) -> bool:
    """A text of several words in a program is a message."""
    if mutant.rule != "change a text":
        return False
    changed = [it for it in re.findall(r"\"([^\"]*)\"", mutant.new) if f'"{it}"' not in mutant.old]
    return bool(changed) and all(re.search("[a-z] [a-z]| and ", it) for it in changed)


def _is_what_the_compiler_takes(mutant: Mutant, _: str) -> bool:
    return '"skipLibCheck"' in mutant.old


REASONS: dict[str, Callable[[Mutant, str], bool]] = {
    "its parser reads the same": _reads_the_same,
    "a name or description in a list for people": _is_a_name,
    "describes a package that is never published": _describes_a_package,
    "words for people": _is_for_people,
    "types of packages, which are not ours": _is_what_the_compiler_takes,
}


def reason(mutant: Mutant, before: str) -> str:
    """Return why a mutant changes no meaning; empty if it does."""
    return next((why for why, holds in REASONS.items() if holds(mutant, before)), "")
