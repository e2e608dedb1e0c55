"""A step's script and variables with another image's name, wherever the workflow names one.

What a workflow verifies is known on GitHub only: an output, a digest, a name put together from
parts. Here the whole name becomes that of an image of our own.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.errors import HarnessError
from harness.github.workflow_expression import Unknown, Value, evaluate, references

__all__ = ["Renamed", "renamed"]

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_ATOM = r"(?:\$\{\{.*?\}\}|\$\{[^{}]*\}|\$\w+|[\w.:@/+-])"
_HOST = r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?"
_START = r"(?:(?<=docker://)|(?<![\w./@$-]))"
_NAMED = re.compile(rf"{_START}{_HOST}/{_ATOM}+")
_COMPUTED = re.compile(rf"{_ATOM}+")
_IS_HOST = re.compile(_HOST)
# Directories, and what is no part of a name.
_NO_IMAGE = re.compile(r"\s*(github\.(workspace|token|action_path)|runner\.|secrets\.)")
_MADE_UP = "made-up"


@dataclass
class Renamed:
    """A step that verifies another image.

    Attributes:
        script: Its script.
        variables: All its variables, those of its job and its workflow too.
        known: The values of expressions that are known, by their names in lower case.
    """

    reference: str
    known: dict[str, Value]
    script: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def is_used(self) -> bool:
        """Whether the other image's name got into it at all."""
        return any(self.reference in it for it in (self.script, *self.variables.values()))

    def add(self, variables: Mapping[str, str]) -> None:
        """Add variables, which may name those before."""
        for name, value in variables.items():
            self.variables[name] = self._value(value)
            self.known[f"env.{name.lower()}"] = self.variables[name]

    def filled(self, text: str) -> str:
        """Return a text with its expressions' values; the image's name for what is not known."""
        return _EXPRESSION.sub(lambda it: self._of(it[1].strip()), text)

    def fill(self, script: str) -> None:
        """Take a script: each name of an image, whatever it is put together from, is replaced."""
        named = _NAMED.sub(self.reference, script)
        for pattern in self._heads():
            named = re.sub(pattern, self.reference, named)
        self.script = self.filled(named)

    def _value(self, value: str) -> str:
        named = _NAMED.sub(self.reference, value)
        if named == value and _COMPUTED.fullmatch(value.strip()) and self._is_open(value):
            return self.reference
        return self.filled(named)

    def _is_open(self, text: str) -> bool:
        """Whether the value of an expression in it is not known."""
        return any(self._known(it.strip()) is None for it in _EXPRESSION.findall(text))

    def _heads(self) -> Iterable[str]:
        """Yield how a name begins that is put together from variables or expressions."""
        hosts = [name for name, it in self.variables.items() if _IS_HOST.fullmatch(it)]
        images = [name for name, it in self.variables.items() if it == self.reference]
        for names, sign in ((hosts, "/"), (images, "[:@]")):
            for name in names:
                head = rf"\$(?:{name}\b|\{{{name}\}}|\{{\{{\s*env\.{name}\s*\}}\}})"
                yield rf"{head}{sign}{_ATOM}+"
        yield rf"\$\{{\{{(?!{_NO_IMAGE.pattern})[^}}]*\}}\}}[/:@]{_ATOM}+"

    def _of(self, expression: str) -> str:
        known = self._known(expression)
        return self.reference if known is None else known

    def _known(self, expression: str) -> str | None:
        """Return an expression's value; None where it is not known."""
        try:
            if any(it.startswith(("secrets", "github.token")) for it in references(expression)):
                return _MADE_UP
            value = evaluate(expression, self.known)
        except HarnessError:
            return None
        if isinstance(value, Unknown):
            return None
        return str(value).lower() if isinstance(value, bool) else str(value or "")


def renamed(
    script: str, tables: Iterable[Mapping[str, str]], reference: str, known: Mapping[str, Value]
) -> Renamed:
    """Return a step that verifies the image of this name.

    Args:
        script: The step's script.
        tables: Its variables: the workflow's, the job's, its own.
        reference: The image's whole name.
        known: The values of expressions that are known, by their names in lower case.
    """
    found = Renamed(reference, dict(known))
    for table in tables:
        found.add(table)
    found.fill(script)
    return found
