"""Sabotaged facts: what each check must fail on, and what it must not.

A variant is the recorded facts of a sound environment with a few values changed. `changes` names
a value by the names on its path in the facts' JSON; `...` takes it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.criteria.facts.model import Facts
from harness.criteria.verdict import Verdict

__all__ = ["GIB", "GONE", "Variant", "fails", "passes", "unknown"]

GIB = 2**30
GONE = ...


@dataclass(frozen=True)
class Variant:
    """Recorded facts with a few values changed.

    Attributes:
        name: What was done to the environment.
        facts: The kind of facts that shows it.
        changes: The new values, by path.
        criteria: The criteria that must then have `verdict`, and no others.
        verdict: The verdict.
    """

    name: str
    facts: type[Facts]
    changes: Mapping[str, Any]
    criteria: frozenset[str]
    verdict: Verdict


def _of(
    verdict: Verdict,
    criteria: str,
    facts: type[Facts],
    named: Mapping[str, Mapping[str, Any]],
) -> Iterable[Variant]:
    wanted = frozenset(criteria.split())
    return [Variant(name, facts, changes, wanted, verdict) for name, changes in named.items()]


def fails(
    criteria: str, facts: type[Facts], named: Mapping[str, Mapping[str, Any]]
) -> Iterable[Variant]:
    """Make variants that must fail these criteria and no others."""
    return _of(Verdict.FAILED, criteria, facts, named)


def unknown(
    criteria: str, facts: type[Facts], named: Mapping[str, Mapping[str, Any]]
) -> Iterable[Variant]:
    """Make variants of which nothing can be said."""
    return _of(Verdict.UNVERIFIED, criteria, facts, named)


def passes(facts: type[Facts], named: Mapping[str, Mapping[str, Any]]) -> Iterable[Variant]:
    """Make variants that are unusual and right."""
    return _of(Verdict.FAILED, "", facts, named)
