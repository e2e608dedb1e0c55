"""What the expressions of a job's steps see, while these are run here."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.github.errors import BeyondModelError
from harness.github.workflow_expression import Unknown, Value, evaluate, holds, inside

__all__ = ["Contexts"]

_AS_JSON = re.compile(r"tojson\(\s*([\w.-]+)\s*\)", re.IGNORECASE)
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_RESULTS = (("needs", "result"), ("steps", "outcome"), ("steps", "conclusion"))


@dataclass(frozen=True)
class Contexts:
    """What expressions see: `needs`, `secrets`, `github`, each a tree of texts.

    Attributes:
        trees: By the context's name.
        status: What success(), failure(), always() and cancelled() are.
        made_up: What has members that nobody knows, but a value made up for whichever is read.
    """

    trees: Mapping[str, Any]
    status: Mapping[str, Value]
    made_up: frozenset[str] = frozenset()

    def having(self, name: str, tree: Mapping[str, Any]) -> "Contexts":
        """Return them with another tree of this name."""
        return replace(self, trees={**self.trees, name: tree})

    def with_made_up(self, name: str) -> "Contexts":
        """Return them with another one whose members are made up: `steps.x.outputs`."""
        return replace(self, made_up=self.made_up | {name.lower()})

    def after(self, steps: Mapping[str, Any], *, failed: bool) -> "Contexts":
        """Return them as they are after these steps of the job, or of the action.

        Args:
            steps: How they ended, by their ids.
            failed: Whether one of them failed that was not to be ignored.
        """
        before = self.trees.get("job", {}).get("status", "success")
        job = {"status": "failure" if failed else before}
        status = {**self.status, "success": not failed, "failure": failed}
        return replace(self.having("steps", steps).having("job", job), status=status)

    def holds(self, condition: str) -> bool:
        """Whether an `if` lets a job or a step run.

        Raises:
            BeyondModelError: That depends on something that is not known.
        """
        found = holds(condition, self._context(condition), self.status)
        if isinstance(found, Unknown):
            raise BeyondModelError(f"the condition {condition}")
        return found

    def filled(self, text: str) -> str:
        """Return a text with its expressions' values.

        Raises:
            BeyondModelError: One of them is not known.
        """
        for expression in inside(text):
            written = re.search(r"\$\{\{\s*" + re.escape(expression) + r"\s*\}\}", text)
            if written:
                text = text.replace(written[0], self._text(expression))
        return text

    def _text(self, expression: str) -> str:
        wanted = _AS_JSON.fullmatch(expression)
        if wanted:
            return json.dumps(self._tree(wanted[1].split(".")), indent=2)
        value = evaluate(expression, self._context(expression), self.status)
        if isinstance(value, Unknown | tuple):
            raise BeyondModelError(f"the value of {expression}")
        return str(value).lower() if isinstance(value, bool) else str(value or "")

    def _tree(self, path: list[str]) -> Any:  # noqa: ANN401 -- whatever JSON holds
        found: Any = self.trees
        for name in path:
            found = found.get(name, {})
        return found

    def _context(self, expression: str) -> Mapping[str, Value]:
        """Return what is known of it; a secret or an output that nobody set is empty."""
        names = _NAME.findall(expression.lower())
        unset = {name: self._unset(name) for name in names}
        return {**unset, **dict(_leaves("", self.trees)), **dict(_lists(self.trees))}

    def _unset(self, name: str) -> str:
        of, _, member = name.rpartition(".")
        return f"{member} of {of.split('.')[1]}" if of in self.made_up else ""


def _leaves(prefix: str, tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        place = f"{prefix}{name}".lower()
        if isinstance(value, Mapping):
            yield from _leaves(f"{place}.", value)
        else:
            yield place, str(value)


def _lists(trees: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield the results of all jobs or steps at once, as `needs.*.result`."""
    for context, member in _RESULTS:
        rows = trees.get(context, {}).values()
        yield f"{context}.*.{member}", tuple(it[member] for it in rows if member in it)
