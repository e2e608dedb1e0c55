"""Every judge that there is."""

from typing import Any

from harness.criteria.judge import (
    compose,
    credentials,
    dependencies,
    documents,
    goals,
    image,
    layers,
    makefile,
    notification,
    push_run,
    release,
    reload,
    risks,
    runtime,
    saves,
    workflow,
)
from harness.criteria.judge.base import Judge

__all__ = ["ALL"]

_MODULES = (
    compose,
    credentials,
    dependencies,
    documents,
    goals,
    image,
    layers,
    makefile,
    notification,
    push_run,
    release,
    reload,
    risks,
    runtime,
    saves,
    workflow,
)
_NAMED = [getattr(module, name) for module in _MODULES for name in module.__all__]

ALL: list[Judge[Any]] = [it for it in _NAMED if isinstance(it, Judge)]
"""The judges of all modules."""
