import pytest

from harness.github.errors import WorkflowError
from harness.github.workflow_expression import (
    Unknown,
    Value,
    evaluate,
    inside,
    references,
    truth,
)

CONTEXT: dict[str, Value] = {
    "github.ref": "refs/heads/main",
    "github.event_name": "push",
    "needs.*.result": ("success", "skipped"),
    "steps.*.outcome": ("success", Unknown("steps.x")),
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.ref == 'refs/heads/main'", True),
        ("github.ref == 'REFS/heads/MAIN'", True),
        ("github['ref'] != 'refs/heads/main'", False),
        ("GitHub.Event_Name == 'push' && github.ref == 'x'", False),
        ("!(github.ref == 'x')", True),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("contains(github.ref, 'MAIN') && !endsWith(github.ref, 'x')", True),
        ("false || 'a'", "a"),
        ("1 < 2 && 0x10 == 16", True),
        ("'1' == 1", True),
        ("'x' == 0", False),
        ("null == 0", True),
        ("'it''s'", "it's"),
        ("always()", True),
        ("failure() || cancelled()", False),
        ("inputs.x == '' && github.ref == 'other'", False),
        ("inputs.x || github.event_name == 'push'", True),
        ("always() && !contains(needs.*.result, 'failure')", True),
        ("contains(needs.*.result, 'Skipped')", True),
        ("contains(steps.*.outcome, 'success')", True),
        ("needs.*.result == 'success'", False),
        ("!needs.*.result", False),
    ],
)
def test_what_is_known_is_evaluated(expression: str, value: Value) -> None:
    assert evaluate(expression, CONTEXT) == value


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("needs.changes.outputs.deploy == 'true'", "needs.changes.outputs.deploy"),
        ("!vars.OFF", "vars.off"),
        ("contains(fromJSON('[1]'), github.ref)", "fromjson()"),
        ("contains(steps.*.outcome, 'failure')", "steps.x"),
        ("contains(needs.*.result, inputs.x)", "inputs.x"),
        ("fromJSON(needs.test.outputs.plan).deploy == true", "needs.test.outputs.plan"),
        ("fromJSON('{}')['a'].b[0]", "fromjson()"),
        ("startsWith('a', 'b').c && true", "startswith()"),
        ("(github.event).name", "github.event"),
        ("(github.ref).name", "what is in ( )"),
        ("hashFiles('a', 'b')", "hashfiles()"),
        ("github.event.commits[0].id && true", "github.event.commits.*.id"),
    ],
)
def test_what_is_not_known_says_what_it_depends_on(expression: str, what: str) -> None:
    assert truth(evaluate(expression, CONTEXT)) == Unknown(what)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a b",
        "(a",
        "a ==",
        "'open",
        "a; b",
        "f(a",
        "github.",
        "a.'b'",
        "a.b.&& c",
        "f(a).",
        "f(a) b",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(WorkflowError, match="no valid expression"):
        evaluate(expression, CONTEXT)


def test_expressions_are_found_in_a_text() -> None:
    text = "a ${{ secrets.A }} b ${{ format('}}{0}', secrets['b-c']) }} $\\{{ no }}"
    assert inside(text) == ["secrets.A", "format('}}{0}', secrets['b-c'])"]
    assert [it for found in inside(text) for it in references(found)] == [
        "secrets.a",
        "secrets.b-c",
    ]


def test_a_whole_context_is_a_reference_too() -> None:
    assert references("toJSON(secrets)") == ["secrets"]
    assert references("fromJSON(secrets.all)[inputs.name].x") == ["secrets.all", "inputs.name"]
    assert references("secrets[inputs.name]") == ["inputs.name", "secrets.*"]
