"""Durable Object migrations: which classes have a namespace, and under which tag."""

from collections.abc import Callable
from typing import Any

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.state import Worker, hex_id

__all__ = ["migrate"]

Namespaces = dict[str, str]


def migrate(worker: Worker, wanted: dict[str, Any]) -> None:
    """Apply the migrations of an upload.

    Args:
        worker: Its tag and namespaces are changed.
        wanted: `old_tag`, `new_tag` and `steps`, as wrangler sends them; empty for none.

    Raises:
        RefusedError: It starts from another tag than the Worker has.
    """
    if not wanted:
        return
    if (wanted.get("old_tag") or "") != worker.migration_tag:
        raise refusals.WRONG_TAG.because(worker.migration_tag or "none")
    for step in wanted.get("steps") or [wanted]:
        for kind, change in _CHANGES.items():
            for item in step.get(kind) or []:
                change(worker.namespaces, item)
    worker.migration_tag = wanted.get("new_tag") or worker.migration_tag


def _create(namespaces: Namespaces, class_name: str) -> None:
    namespaces.setdefault(class_name, hex_id())


def _delete(namespaces: Namespaces, class_name: str) -> None:
    namespaces.pop(class_name, None)


def _rename(namespaces: Namespaces, renamed: dict[str, str]) -> None:
    if renamed["from"] in namespaces:
        namespaces[renamed["to"]] = namespaces.pop(renamed["from"])


_CHANGES: dict[str, Callable[[Namespaces, Any], None]] = {
    "new_classes": _create,
    "new_sqlite_classes": _create,
    "renamed_classes": _rename,
    "deleted_classes": _delete,
}
