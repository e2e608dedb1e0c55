"""The tables of docs/rehearsal.md, made from the routes and refusals themselves.

`python -m harness.cloudflare.rehearsal.document docs/rehearsal.md` brings the document up to date.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from harness.cloudflare.rehearsal.api import ROUTES
from harness.cloudflare.rehearsal.marks import Mark, Route
from harness.cloudflare.rehearsal.objects import OBJECTS
from harness.cloudflare.rehearsal.refusals import REFUSALS, Refusal

__all__ = ["with_tables"]


def with_tables(text: str) -> str:
    """Return a document whose tables are up to date, the words around them as they were."""
    for name, table in _tables().items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        whole = f"{begin}\n\n{table}\n\n{end}"
        text = between.sub(lambda _, whole=whole: whole, text)  # type: ignore[misc]
    return text


def _tables() -> dict[str, str]:
    of_routes = Counter(each.mark for each in [*ROUTES, *OBJECTS])
    marks = of_routes + Counter(each.mark for each in REFUSALS)
    return {
        "marks": ", ".join(f"{marks[mark]} {mark}" for mark in Mark),
        "routes": _table(_ROUTE, (_route(each) for each in ROUTES)),
        "objects": _table(_ROUTE, (_route(each) for each in OBJECTS)),
        "refusals": _table(_REFUSAL, (_refusal(each) for each in REFUSALS)),
    }


_ROUTE = ("Route", "Mark", "Permission", "Answer")
_REFUSAL = ("Status", "Code", "Words", "Mark")


def _route(each: Route) -> tuple[str, ...]:
    return (f"`{each.method} {each.path}`", each.mark, each.needs, each.says)


def _refusal(each: Refusal) -> tuple[str, ...]:
    return (str(each.status), str(each.code), each.words.replace("{}", "…"), each.mark)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _main() -> None:
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    _main()
