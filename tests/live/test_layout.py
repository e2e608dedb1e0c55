from rich.text import Text

from harness.live.layout import Part, flow

HEAD, PHASES, RESULT = "scheduler.ts → live in 0.62 s", "(noticed 0.03, loaded 0.55)", "tsc ok"
PARTS = [Part(Text(HEAD)), Part(Text(PHASES), gap=1), Part(Text(RESULT))]


def flowed(width: int, parts: list[Part] = PARTS) -> list[str]:
    return flow(parts, width).plain.split("\n")


def test_what_fits_is_one_line() -> None:
    assert flowed(120) == [f"{HEAD} {PHASES}  {RESULT}"]


def test_a_part_that_does_not_fit_begins_a_line() -> None:
    assert flowed(60) == [f"{HEAD} {PHASES}", f"  {RESULT}"]
    assert flowed(40) == [HEAD, f"  {PHASES}  {RESULT}"]
    assert flowed(30) == [HEAD, f"  {PHASES}", f"  {RESULT}"]


def test_no_line_is_wider_than_the_terminal() -> None:
    long = [*PARTS, Part(Text("Type 'string' is not assignable to " * 5)), Part(Text("x" * 90))]
    for width in range(8, 130):
        assert max(map(len, flowed(width, long))) <= width


def test_nothing_is_lost_when_it_is_broken() -> None:
    for width in range(8, 130):
        assert "".join("".join(flowed(width)).split()) == f"{HEAD}{PHASES}{RESULT}".replace(" ", "")


def test_a_part_may_ask_for_a_line_of_its_own() -> None:
    error = Part(Text("scheduler.ts:12: SyntaxError"), new_line=True)
    assert flowed(120, [PARTS[0], error]) == [HEAD, "  scheduler.ts:12: SyntaxError"]
