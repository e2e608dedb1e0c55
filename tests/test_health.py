import pytest

from harness.health import readable

# As the gateway logged them, on the line that port 3000 makes of it.
FAILED = "[plugins] loa-identity failed to load from /workspace/a/index.ts: Error: "


@pytest.mark.parametrize(
    ("logged", "said"),
    [
        (
            "ParseError: Unexpected token /workspace/deploy/loa-identity/scheduler.ts:79:10",
            "deploy/loa-identity/scheduler.ts:79: ParseError: Unexpected token",
        ),
        (
            "Cannot find module './no' Require stack: - /workspace/deploy/loa-identity/wal.ts",
            "deploy/loa-identity/wal.ts: Cannot find module './no'",
        ),
        ("not today", "not today"),
    ],
)
def test_a_layer_that_did_not_load_is_told_with_its_place_first(logged: str, said: str) -> None:
    assert readable(FAILED + logged) == said


def test_what_is_no_such_line_is_left_as_it_is() -> None:
    for line in ("the gateway does not answer", "deploy/loa-identity/a.ts:3: boom", ""):
        assert readable(line) == line
