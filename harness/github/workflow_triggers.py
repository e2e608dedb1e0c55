"""Whether an event triggers a workflow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.github.errors import BeyondModelError, WorkflowError
from harness.github.workflow_events import Event
from harness.github.workflow_patterns import selects

__all__ = ["Triggers"]

_INDIRECT = ("workflow_run", "repository_dispatch", "merge_group", "check_suite", "status")
_FILTERS = ("branches", "tags", "paths")

_Filter = Mapping[str, Any]


@dataclass(frozen=True)
class Triggers:
    """The `on` of a workflow.

    Attributes:
        events: The filters of each event, by its name.
    """

    events: Mapping[str, _Filter]

    @classmethod
    def of(cls, value: object) -> "Triggers":
        """Read the value of `on`: a name, a list of names, or a table.

        Raises:
            WorkflowError: It is none of these, or its filters contradict each other.
        """
        table = _table(value)
        for name, filters in table.items():
            if filters is not None and not isinstance(filters, Mapping | list):
                raise WorkflowError(f"on.{name} is neither a table nor a list")
        events = {name: it if isinstance(it, Mapping) else {} for name, it in table.items()}
        for name, filters in events.items():
            _check(name, filters)
        return cls(events)

    def fire(self, event: Event) -> bool:
        """Whether the event triggers the workflow.

        Raises:
            BeyondModelError: It may do so through another workflow or a service.
        """
        filters = self.events.get(event.name)
        if filters is not None and self._passes(filters, event):
            return True
        for name in _INDIRECT:
            if name in self.events:
                raise BeyondModelError(f"the trigger {name}")
        return False

    @staticmethod
    def _passes(filters: _Filter, event: Event) -> bool:
        if event.name != "push":
            return True
        if not _ref_passes(filters, event):
            return False
        # GitHub compares no paths when a tag is pushed.
        return event.is_tag or _paths_pass(filters, event.paths)


def _table(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        return {value: None}
    if isinstance(value, list) and all(isinstance(it, str) for it in value):
        return dict.fromkeys(value)
    if isinstance(value, Mapping) and all(isinstance(it, str) for it in value):
        return dict(value)
    raise WorkflowError("it has no `on` that GitHub reads", "name the events that trigger it")


def _check(name: str, filters: _Filter) -> None:
    for key in _FILTERS:
        if key in filters and f"{key}-ignore" in filters:
            raise WorkflowError(f"on.{name} has both {key} and {key}-ignore", "GitHub takes one")


def _ref_passes(filters: _Filter, event: Event) -> bool:
    own, other = ("tags", "branches") if event.is_tag else ("branches", "tags")
    if own in filters:
        return selects(_names(filters[own]), event.ref_name)
    if f"{own}-ignore" in filters:
        return not selects(_names(filters[f"{own}-ignore"]), event.ref_name)
    # A filter of the other kind alone shuts this kind out.
    return other not in filters and f"{other}-ignore" not in filters


def _paths_pass(filters: _Filter, paths: Iterable[str]) -> bool:
    if "paths" in filters:
        wanted = _names(filters["paths"])
        return any(selects(wanted, path) for path in paths)
    if "paths-ignore" in filters:
        ignored = _names(filters["paths-ignore"])
        return any(not selects(ignored, path) for path in paths)
    return True


def _names(value: object) -> list[str]:
    """Return the patterns of a filter, which may be one or a list."""
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(it, str | int | float) for it in found):
        raise WorkflowError("a filter holds something that is no pattern")
    return [str(it) for it in found]
