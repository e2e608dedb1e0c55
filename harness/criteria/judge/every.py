"""Every judge that there is."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from harness.criteria import judge
from harness.criteria.judge.base import Judge

__all__ = ["ALL"]

_NAMES = [it.name for it in iter_modules(judge.__path__) if it.name != "every"]
_MODULES = [import_module(f"{judge.__name__}.{name}") for name in _NAMES]
_NAMED = [getattr(module, name) for module in _MODULES for name in module.__all__]

ALL: list[Judge[Any]] = [it for it in _NAMED if isinstance(it, Judge)]
"""The judges of all modules beside this one."""
