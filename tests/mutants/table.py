"""What became of the mutants: by rule, by who caught them, and those that nobody did."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tests.mutants.run import Outcome

__all__ = ["table"]


def table(outcomes: Sequence[Outcome], equivalent: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield from _by_rule(outcomes)
    caught = Counter(it.found.by for it in outcomes if it.found.by)
    yield from _counted("caught by", dict(caught.most_common()))
    yield from _counted("left out, since they change no meaning", equivalent)
    survivors = [it.mutant for it in outcomes if not it.found.by]
    yield ""
    yield f"survivors: {len(survivors)}"
    yield from (f"        {it.file}:{it.line}: {it.rule}: {it.change}" for it in survivors)


def _counted(heading: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield from ("", heading)
        yield from (f"{count:6}  {name}" for name, count in counts.items())


def _by_rule(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for it in outcomes:
        for name in (it.mutant.rule, "total"):
            rows[name]["mutants"] += 1
            rows[name]["caught"] += bool(it.found.by)
    yield f"{'rule':28}{'mutants':>9}{'caught':>9}{'share':>8}"
    for name, row in sorted(rows.items(), key=lambda it: (it[0] == "total", it[0])):
        share = row["caught"] / row["mutants"]
        yield f"{name:28}{row['mutants']:>9}{row['caught']:>9}{share:>8.1%}"
