"""The build record, read from what buildx really wrote (0.13, with the engine's BuildKit)."""

import json
from pathlib import Path

import pytest

from harness.docker.record import BuildRecord, BuildStep

DATA = Path(__file__).parent / "data"


def objects(text: str) -> list[str]:
    """Split what buildx wrote into one compact JSON object a line, as newer versions write it."""
    decoder, found, position = json.JSONDecoder(), [], 0
    while text[position:].lstrip().startswith("{"):
        position = text.index("{", position)
        value, position = decoder.raw_decode(text, position)
        found.append(json.dumps(value))
    return [*found, *text[position:].splitlines()]


def read(name: str, *, compact: bool = False) -> BuildRecord:
    text = (DATA / name).read_text(encoding="utf-8")
    record = BuildRecord()
    for line in objects(text) if compact else text.splitlines():
        record.feed(line)
    return record


def cached(record: BuildRecord) -> dict[str, bool]:
    return {f"{step.stage}: {step.instruction}": step.cached for step in record.steps}


@pytest.mark.parametrize("compact", [False, True], ids=["several lines", "one line"])
def test_every_instruction_that_ran_is_a_step(*, compact: bool) -> None:
    assert set(cached(read("cold.json", compact=compact))) == {
        "tools: RUN echo one >/one && sleep 0.3",
        "tools: RUN echo two >/two",
        "app: WORKDIR /app",
        "app: COPY hello.txt ./",
        "app: COPY --from=tools /one /two ./",
        "app: RUN cat one two hello.txt && echo done-$RANDOM",
    }


def test_a_first_build_takes_nothing_from_the_cache_and_a_second_everything() -> None:
    assert not any(cached(read("cold.json")).values())
    assert all(cached(read("warm.json")).values())


def test_a_changed_source_reruns_what_stands_on_it_and_nothing_else() -> None:
    assert {step for step, hit in cached(read("source.json")).items() if not hit} == {
        "app: COPY hello.txt ./",
        "app: COPY --from=tools /one /two ./",
        "app: RUN cat one two hello.txt && echo done-$RANDOM",
    }


def test_a_step_knows_how_long_it_ran_and_what_it_printed() -> None:
    steps = {step.instruction: step for step in read("cold.json").steps}
    assert steps["RUN echo one >/one && sleep 0.3"].seconds == pytest.approx(0.6, abs=0.3)
    printed = steps["RUN cat one two hello.txt && echo done-$RANDOM"].output
    assert list(printed)[:3] == ["one", "two", "hello"]


@pytest.mark.parametrize("compact", [False, True], ids=["several lines", "one line"])
def test_the_step_at_fault_is_found_among_those_that_were_cancelled_with_it(
    *, compact: bool
) -> None:
    record = read("failed.json", compact=compact)
    assert record.failed is not None
    assert record.failed.stage == "broken"
    assert record.failed.output[-1] == "E: it is broken"
    assert record.text[-1].startswith("ERROR: failed to solve")


def test_a_build_that_succeeded_has_no_step_at_fault() -> None:
    assert read("cold.json").failed is None


def test_what_a_build_is_doing_is_said_while_it_does_it() -> None:
    record, said = BuildRecord(), set()
    for line in (DATA / "cold.json").read_text(encoding="utf-8").splitlines():
        record.feed(line)
        said.add(record.doing)
    assert "tools 2/3: RUN echo two >/two" in said
    assert any(words.endswith(": hello") for words in said)


def test_from_and_link_lines_are_no_steps_of_their_own() -> None:
    assert not BuildStep("[app 1/4] FROM docker.io/library/node:22").is_instruction
    assert not BuildStep("LINK [app 2/4] COPY a b").is_instruction
    assert not BuildStep("exporting to image").is_instruction
    assert BuildStep("[2/4] COPY a b").is_instruction


def vertex(
    digest: str, name: str, started: str, completed: str = "", *, cached: bool = False
) -> str:
    told = {"digest": digest, "name": name, "started": started, "cached": cached}
    return json.dumps({"vertexes": [told | ({"completed": completed} if completed else {})]})


FIRST = "[internal] load build definition from Dockerfile"
STEP = "[tools 1/2] RUN one"


@pytest.mark.parametrize(
    ("started", "completed", "cached"),
    [
        ("2026-01-01T09:59:00Z", "2026-01-01T10:00:05Z", True),
        ("2026-01-01T10:00:01Z", "2026-01-01T10:00:05Z", False),
    ],
    ids=["begun by another build before", "begun by this one"],
)
def test_a_step_that_two_builds_share_counts_once(
    started: str, completed: str, *, cached: bool
) -> None:
    record = BuildRecord()
    record.feed(vertex("a", FIRST, "2026-01-01T10:00:00Z"))
    record.feed(vertex("b", STEP, started, completed))
    record.feed(vertex("c", STEP, "2026-01-01T10:00:02Z", "2026-01-01T10:00:02Z", cached=True))
    (step,) = record.steps
    assert step.cached is cached
    assert step.seconds == (0 if cached else 4)


def test_a_step_that_a_build_of_a_longer_stage_shares_counts_once() -> None:
    record = BuildRecord()
    record.feed(vertex("a", FIRST, "2026-01-01T10:00:00Z"))
    names = ("[runtime 1/2] RUN true", "[runtime  1/12] RUN true", "[runtime 2/2] RUN true")
    for name in names:
        times = ("2026-01-01T10:00:02Z", "2026-01-01T10:00:02Z")
        record.feed(vertex(name, name, *times, cached=True))
    assert [step.place[2] for step in record.steps] == ["1", "2"]


def test_a_step_that_never_began_was_found_done() -> None:
    record = BuildRecord()
    record.feed(vertex("a", FIRST, "2026-01-01T10:00:00Z"))
    record.feed(json.dumps({"vertexes": [{"digest": "b", "name": STEP}]}))
    (step,) = record.steps
    assert step.cached


def test_a_cache_that_is_not_there_is_not_at_fault() -> None:
    record = BuildRecord()
    errors = {"importing cache manifest from r/x:cache": "not found", STEP: "exit code: 1"}
    for name, error in errors.items():
        told = {"digest": name, "name": name, "error": error}
        record.feed(json.dumps({"vertexes": [told]}))
    assert record.failed
    assert record.failed.name == STEP
