"""GitHub's expressions, evaluated as far as their values are known.

What depends on something that is not known has an `Unknown` for its value, unless the rest decides.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.github.errors import WorkflowError

__all__ = [
    "SUCCESS",
    "Unknown",
    "Value",
    "evaluate",
    "holds",
    "inside",
    "references",
    "truth",
]


@dataclass(frozen=True)
class Unknown:
    """A value that is not known.

    Attributes:
        what: What it depends on, for example "needs.changes.outputs.deploy".
    """

    what: str


Value = str | float | bool | Unknown | None | tuple["Value", ...]

_EXPRESSION = re.compile(r"\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>0x[0-9a-fA-F]+|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"
    r"|(?P<operator>&&|\|\||==|!=|<=|>=|[!<>()\[\],.*])|(?P<name>[A-Za-z_][\w-]*))"
)
_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}
SUCCESS: Mapping[str, Value] = {
    "success": True,
    "always": True,
    "failure": False,
    "cancelled": False,
}
"""What success() and the like are while all goes well."""

Token = tuple[str, str]


def inside(text: str) -> list[str]:
    """Return the expressions that stand in `${{ }}` in a text."""
    return [found.strip() for found in _EXPRESSION.findall(text)]


def references(expression: str) -> list[str]:
    """Return what an expression reads, in lower case: "secrets.token", or "secrets" for all.

    Raises:
        WorkflowError: It is no expression.
    """
    parser = _Parser(expression, {}, {})
    parser.value()
    return parser.read


def evaluate(
    expression: str, context: Mapping[str, Value], status: Mapping[str, Value] = SUCCESS
) -> Value:
    """Return an expression's value.

    Args:
        expression: It, without `${{ }}`.
        context: What is known, by its dotted name in lower case; a list by the name with its
            star, as "needs.*.result".
        status: What success(), failure(), always() and cancelled() are.

    Raises:
        WorkflowError: It is no expression.
    """
    return _Parser(expression, context, status).value()


def holds(
    condition: str, context: Mapping[str, Value], status: Mapping[str, Value] = SUCCESS
) -> bool | Unknown:
    """Return whether an `if` holds, which asks for success() unless it asks for another status.

    Args:
        condition: It, with `${{ }}` or without; empty where there is none.
        context: As for `evaluate`.
        status: As for `evaluate`.

    Raises:
        WorkflowError: It is no expression.
    """
    text = condition.strip()
    good = truth(status["success"])
    if "${{" in text:
        whole = inside(text)
        if not (len(whole) == 1 and text.startswith("${{") and text.endswith("}}")):
            return good  # a text that is not empty is true
        text = whole[0]
    if not text:
        return good
    found = truth(evaluate(text, context, status))
    called = text.lower().replace(" ", "")
    return found if any(f"{name}(" in called for name in status) else truth(_and(good, found))


def truth(value: Value) -> bool | Unknown:
    """Return whether GitHub takes a value for true."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, tuple):
        return True  # even one of nothing
    return bool(value) and not (isinstance(value, float) and math.isnan(value))


def _tokens(expression: str) -> list[Token]:
    found: list[Token] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise WorkflowError(f"no valid expression: {expression}")
        found.append((str(token.lastgroup), str(token.group(str(token.lastgroup)))))
        position = token.end()
    return [*found, ("end", "")]


class _Parser:
    """One pass over an expression that evaluates while it reads."""

    def __init__(
        self, expression: str, context: Mapping[str, Value], status: Mapping[str, Value]
    ) -> None:
        self._expression = expression
        self._tokens = _tokens(expression)
        self._context = context
        self._status = status
        self.read: list[str] = []

    def value(self) -> Value:
        found = self._either()
        if self._tokens[0][0] != "end":
            raise self._error()
        return found

    def _either(self) -> Value:
        left = self._both()
        while self._take("||"):
            right = self._both()
            left = _or(left, right)
        return left

    def _both(self) -> Value:
        left = self._compared()
        while self._take("&&"):
            right = self._compared()
            left = _and(left, right)
        return left

    def _compared(self) -> Value:
        left = self._single()
        for sign, compare in _COMPARISONS.items():
            if self._take(sign):
                right = self._single()
                unknown = next((it for it in (left, right) if isinstance(it, Unknown)), None)
                return unknown or compare(left, right)
        return left

    def _single(self) -> Value:
        if self._take("!"):
            negated = truth(self._single())
            return negated if isinstance(negated, Unknown) else not negated
        if self._take("("):
            found = self._either()
            self._expect(")")
            return self._inner(found, "what is in ( )")
        kind, text = self._tokens.pop(0)
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(int(text, 16)) if text.startswith("0x") else float(text)
        if kind != "name":
            raise self._error()
        if self._take("("):
            return self._inner(self._call(text), f"{text.lower()}()")
        return self._named(text)

    def _inner(self, value: Value, of: str) -> Value:
        """Return what is taken out of the value that a call or a bracket gives, as by `.name`."""
        if self._tokens[0][1] not in {".", "["}:
            return value
        while self._tokens[0][1] in {".", "["}:
            self._member()
        return value if isinstance(value, Unknown) else Unknown(of)

    def _call(self, name: str) -> Value:
        arguments = []
        while not self._take(")"):
            arguments.append(self._either())
            if not self._take(","):
                self._expect(")")
                break
        name = name.lower()
        if name in self._status:
            return self._status[name]
        unknown = next((it for it in arguments if isinstance(it, Unknown)), None)
        if name == "contains" and len(arguments) == 2 and isinstance(arguments[0], tuple):  # noqa: PLR2004
            return unknown or _is_in(arguments[0], arguments[1])
        function = _FUNCTIONS.get(name)
        if function is None or len(arguments) != 2:  # noqa: PLR2004 -- all of these take two
            return unknown or Unknown(f"{name}()")
        return unknown or function(_text(arguments[0]), _text(arguments[1]))

    def _named(self, name: str) -> Value:
        path = [name.lower()]
        while self._tokens[0][1] in {".", "["}:
            path.append(self._member())
        dotted = ".".join(path)
        if dotted in _WORDS:
            return _WORDS[dotted]
        self.read.append(dotted)
        return self._context.get(dotted, Unknown(dotted))

    def _member(self) -> str:
        if self._take("."):
            kind, text = self._tokens.pop(0)
            if kind != "name" and text != "*":
                raise self._error()
            return text.lower()
        self._expect("[")
        key = self._either()
        self._expect("]")
        return key.lower() if isinstance(key, str) else "*"

    def _take(self, sign: str) -> bool:
        if self._tokens[0] != ("operator", sign):
            return False
        self._tokens.pop(0)
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error()

    def _error(self) -> WorkflowError:
        return WorkflowError(f"no valid expression: {self._expression}")


def _or(left: Value, right: Value) -> Value:
    known = truth(left)
    if isinstance(known, Unknown):
        return True if truth(right) is True else left
    return left if known else right


def _and(left: Value, right: Value) -> Value:
    known = truth(left)
    if isinstance(known, Unknown):
        return False if truth(right) is False else left
    return right if known else left


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    return _number(left) == _number(right)


def _is_in(values: tuple[Value, ...], wanted: Value) -> Value:
    if any(_equal(it, wanted) for it in values if not isinstance(it, Unknown)):
        return True
    return next((it for it in values if isinstance(it, Unknown)), False)


def _number(value: Value) -> float:
    if isinstance(value, str):
        try:
            return float(value or 0)
        except ValueError:
            return math.nan
    if isinstance(value, tuple):
        return math.nan
    return float(value) if isinstance(value, bool | float) else 0.0


def _ordered(
    compare: Callable[[float, float], bool], texts: Callable[[str, str], bool]
) -> Callable[[Value, Value], bool]:
    def ordered(left: Value, right: Value) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return texts(left.casefold(), right.casefold())
        return compare(_number(left), _number(right))

    return ordered


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return value.casefold() if isinstance(value, str) else ""


_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<=": _ordered(lambda a, b: a <= b, lambda a, b: a <= b),
    ">=": _ordered(lambda a, b: a >= b, lambda a, b: a >= b),
    "<": _ordered(lambda a, b: a < b, lambda a, b: a < b),
    ">": _ordered(lambda a, b: a > b, lambda a, b: a > b),
}
_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda all_of, part: part in all_of,
    "startswith": lambda text, start: text.startswith(start),
    "endswith": lambda text, end: text.endswith(end),
}
