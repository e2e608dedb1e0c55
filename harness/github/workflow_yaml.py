"""YAML as GitHub reads it: version 1.2, in which `on`, `yes` and `12:30` are plain words."""

import re
from typing import Any

import yaml

from harness.github.errors import WorkflowError

__all__ = ["parse"]

_CORE = {
    "bool": (r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    "null": (r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    "int": (r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    "float": (
        r"^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN))$",
        "-+.0123456789",
    ),
}


class _Loader(yaml.SafeLoader):
    """Resolves what the core schema of YAML 1.2 does, and nothing else."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 -- as the base class has it


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    digits = text.lstrip("+-")
    base = {"0o": 8, "0x": 16}.get(digits[:2], 10)
    return int(text, base)


for _kind, (_pattern, _first) in _CORE.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_pattern), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)


def parse(text: str) -> dict[str, Any]:
    """Return the table that a workflow or an action is.

    Raises:
        WorkflowError: It is no YAML, or no table.
    """
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 -- it is a SafeLoader
    except yaml.YAMLError as error:
        raise WorkflowError(f"no valid YAML: {' '.join(str(error).split())}", "mend it") from error
    if not isinstance(document, dict):
        raise WorkflowError("it holds no table")
    return document
