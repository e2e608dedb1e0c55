"""Which expressions and variables carry a secret."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.github.errors import WorkflowError
from harness.github.workflow_expression import inside, references

__all__ = ["ALL_SECRETS", "Scope", "passed_on"]

ALL_SECRETS = "all of them"
"""Stands for the whole secrets context, or a name in it that is computed."""

_BUILT_IN = {"github.token": "GITHUB_TOKEN"}


@dataclass(frozen=True)
class Scope:
    """What carries a secret at one place of a workflow.

    Attributes:
        carrying: The secrets in each reference, such as "env.token" or "inputs.token".
        known_as: What a called workflow's secrets are called by the one that was triggered; None
            where the names are the same.
    """

    carrying: Mapping[str, frozenset[str]] = field(default_factory=dict)
    known_as: Mapping[str, frozenset[str]] | None = None

    def secrets(self, text: str) -> frozenset[str]:
        """Return the secrets that the `${{ }}` in a text put into it.

        Raises:
            WorkflowError: One of them is no expression.
        """
        return self._of(reference for it in inside(text) for reference in references(it))

    def secrets_of_condition(self, text: str) -> frozenset[str]:
        """Return the secrets that an `if` reads, which may stand without `${{ }}`.

        Raises:
            WorkflowError: It is no expression.
        """
        if "${{" in text:
            return self.secrets(text)
        return self._of(references(text)) if text.strip() else frozenset()

    def variables(self) -> dict[str, frozenset[str]]:
        """Return the environment variables that carry a secret, by name in lower case."""
        found = self.carrying.items()
        return {key.removeprefix("env."): it for key, it in found if key.startswith("env.")}

    def with_env(self, env: Mapping[str, str]) -> "Scope":
        """Return the scope in which these variables are set too."""
        return self._with("env", env, self)

    def with_inputs(self, inputs: Mapping[str, str], given: "Scope") -> "Scope":
        """Return the scope of an action that is given these inputs in another scope."""
        return self._with("inputs", inputs, given)

    def _with(self, context: str, values: Mapping[str, str], given: "Scope") -> "Scope":
        found = {f"{context}.{name.lower()}": given.secrets(it) for name, it in values.items()}
        # What is set anew without a secret carries none any more.
        return Scope({**self.carrying, **found}, self.known_as)

    def _of(self, found: Iterable[str]) -> frozenset[str]:
        return frozenset(name for reference in found for name in self._in(reference))

    def _in(self, reference: str) -> frozenset[str]:
        if reference in _BUILT_IN:
            return frozenset({_BUILT_IN[reference]})
        context, _, name = reference.partition(".")
        if context == "secrets":
            return self._named(name.upper())
        if name in {"", "*"}:
            carried = (it for key, it in self.carrying.items() if key.startswith(f"{context}."))
            return frozenset().union(*carried)
        return self.carrying.get(reference, frozenset())

    def _named(self, name: str) -> frozenset[str]:
        if name in {"", "*"}:
            return frozenset({ALL_SECRETS})
        if self.known_as is None or name == "GITHUB_TOKEN":
            return frozenset({name})
        return self.known_as.get(name, frozenset())


def passed_on(secrets: object, scope: Scope) -> dict[str, frozenset[str]] | None:
    """Return what a call's `secrets` are in the called workflow; None where all are passed on.

    Raises:
        WorkflowError: It is neither a table nor `inherit`.
    """
    if secrets == "inherit":
        return None if scope.known_as is None else dict(scope.known_as)
    if secrets is None:
        return {}
    if not isinstance(secrets, Mapping):
        raise WorkflowError("a call's secrets are neither a table nor `inherit`")
    return {str(name).upper(): scope.secrets(str(it)) for name, it in secrets.items()}
