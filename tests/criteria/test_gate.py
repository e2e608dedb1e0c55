"""What a gate accepts as evidence, and each reason for which it does not."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.criteria.catalog import Catalog, Priority
from harness.criteria.environment import Checkout, HarnessInfo, ImageInfo, Machine
from harness.criteria.evidence import CheckEvidence, CriterionEvidence, Evidence, RunInfo
from harness.criteria.gate import Release, ask, differences
from harness.criteria.verdict import Judgement
from harness.errors import ConfigError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DIGEST = f"sha256:{'d' * 64}"
PARTS = {"worker": "w", "workflows": "f"}
OURS = Checkout(name="loa", revision="abc", changed=0, parts=PARTS)
HARNESS = HarnessInfo(version="1", fingerprint="ours")
RELEASE = Release(checkout=OURS, harness=HARNESS, digest=DIGEST, now=NOW)
PASSED, FAILED = Judgement.of(), Judgement.of(["it broke"])

TEXT = """
[[criterion]]
id = "FR-1.1"
priority = "P0"
claim = "now"
proof = "run"
gate = "release"
limit = "5 s"
observe = "something"

[[criterion]]
id = "FR-1.2"
priority = "P0"
claim = "lately"
proof = "run"
gate = "periodic"
observe = "something"

[[criterion]]
id = "G-3.1"
priority = "P1"
claim = "less"
proof = "run"
gate = "release"
observe = "something"
"""
CATALOG = Catalog.parse(TEXT, "criteria.toml")


def evidence(
    judged: dict[str, Judgement] | None = None,
    *,
    age: timedelta = timedelta(0),
    **other: Any,  # noqa: ANN401 -- fields of the model
) -> Evidence:
    """Evidence of a run that judged both P0 criteria, unless something else is said."""
    judged = judged if judged is not None else {"FR-1.1": PASSED, "FR-1.2": PASSED}
    started = NOW - age
    run = RunInfo(
        id=f"run-{age.total_seconds():.0f}",
        state=other.pop("state", "finished"),
        started=started,
        ended=started,
        owner="1/1/1",
        arguments=(),
    )
    fields: dict[str, Any] = {
        "run": run,
        "harness": HARNESS,
        "machine": Machine.observe(),
        "engine": None,
        "project": OURS,
        "images": {"base": ImageInfo(reference="x", id=DIGEST)},
        "faults": (),
        "criteria": tuple(criterion(name, judged.get(name)) for name in CATALOG.criteria),
    }
    return Evidence(**(fields | other))


def criterion(name: str, judgement: Judgement | None) -> CriterionEvidence:
    about = CATALOG[name].model_dump(include={"id", "priority", "gate", "claim", "limit"})
    found = dict(judgement or Judgement.unverified("not run: test_it"))
    check = CheckEvidence(check="t", **found, observed={}, seconds=1, artifacts=())
    return CriterionEvidence(**about, **found, checks=(check,) if judgement else ())


def problems(*found: Evidence, release: Release = RELEASE) -> dict[str, str]:
    return {it.criterion: it.problem for it in ask(CATALOG, [Priority.P0], found, release)}


def test_what_has_passed_here_and_now_is_enough() -> None:
    assert problems(evidence()) == {"FR-1.1": "", "FR-1.2": ""}


def test_nothing_is_not_enough() -> None:
    assert problems() == {"FR-1.1": "no evidence", "FR-1.2": "no evidence"}


def test_what_takes_many_minutes_is_to_be_asked_for() -> None:
    for known in ([], [evidence(age=timedelta(days=8), state="running")], [evidence({})]):
        long, short = ask(CATALOG, [Priority.P0], known, RELEASE, ["FR-1.1"])
        assert long.command == "harness accept --criterion FR-1.1 --long"
        assert short.command == "harness accept --criterion FR-1.2"


def test_what_must_be_of_an_image_is_gathered_on_it() -> None:
    named = replace(RELEASE, image=f"registry/x@{DIGEST}")
    commands = [it.command for it in ask(CATALOG, [Priority.P0], [], named)]
    assert commands == [
        f"harness accept --criterion FR-1.1 --image registry/x@{DIGEST}",
        "harness accept --criterion FR-1.2",
    ]
    answer, _ = ask(CATALOG, [Priority.P0], [], named, ["FR-1.1"])
    assert answer.command == f"{commands[0]} --long"


def test_a_run_that_left_a_check_out_hides_no_other() -> None:
    known = evidence(age=timedelta(hours=1))
    part = criterion("FR-1.1", Judgement.unverified("not run: test_other"))
    part = part.model_copy(update={"complete": False})
    assert problems(evidence(criteria=(part,)), known)["FR-1.1"] == ""


def test_only_the_priorities_that_are_required_count() -> None:
    both = ask(CATALOG, [Priority.P0, Priority.P1], [evidence()], RELEASE)
    assert [it.criterion for it in both if it.problem] == ["G-3.1"]


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"project": OURS.model_copy(update={"revision": "other"})}, "of another revision (other)"),
        ({"project": OURS.model_copy(update={"changed": 2})}, "of a checkout with 2 changes"),
        ({"project": OURS.model_copy(update={"revision": None})}, "of another revision (none)"),
        ({"images": {}}, "of another image"),
        ({"images": {"base": ImageInfo(reference="x", id="sha256:e")}}, "of another image"),
        ({"harness": HarnessInfo(version="1", fingerprint="other")}, "of another harness"),
        ({"state": "running"}, "of a run that goes on"),
    ],
)
def test_evidence_of_something_else_is_none_of_a_release(
    other: dict[str, Any], problem: str
) -> None:
    found = problems(evidence(**other))["FR-1.1"]
    assert found.startswith(f"the newest evidence is {problem}")


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"age": timedelta(days=8)}, "8 days old"),
        ({"age": timedelta(days=-1)}, "from the future"),
        ({"harness": HarnessInfo(version="1", fingerprint="other")}, "of another harness"),
        (
            {"project": OURS.model_copy(update={"parts": PARTS | {"worker": "x"}})},
            "of another worker",
        ),
        ({"project": OURS.model_copy(update={"parts": {"worker": "w"}})}, "of another workflow"),
    ],
)
def test_periodic_evidence_is_recent_and_of_the_same_parts(
    other: dict[str, Any], problem: str
) -> None:
    assert problems(evidence(**other))["FR-1.2"] == f"the newest evidence is {problem}"


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ("files", {"FR-1.1"}),
        ("revision", {"FR-1.1"}),
        ("worker", {"FR-1.1", "FR-1.2"}),
        ("harness", {"FR-1.1", "FR-1.2"}),
    ],
)
def test_what_changed_while_it_was_checked_is_no_evidence(changed: str, names: set[str]) -> None:
    run = evidence().run.model_copy(update={"changed": (changed,)})
    found = {name: told for name, told in problems(evidence(run=run)).items() if told}
    told = f"the newest evidence is of a run during which the {changed} changed"
    assert found == dict.fromkeys(names, told)


def test_periodic_evidence_may_be_of_another_revision_and_image() -> None:
    other = OURS.model_copy(update={"revision": "other"})
    found = evidence(age=timedelta(days=6), project=other, images={})
    assert problems(found)["FR-1.2"] == ""


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [("owner", "somebody", ""), ("started", "2026-03-01T12:00:00", r"run\.started: .*timezone")],
)
def test_a_file_that_somebody_else_wrote_ends_in_no_trace(
    tmp_path: Path, key: str, value: str, problem: str
) -> None:
    written = json.loads(evidence(state="running").model_dump_json())
    written["run"][key] = value
    path = tmp_path / "run.json"
    path.write_text(json.dumps(written), encoding="utf-8")
    if problem:
        with pytest.raises(ConfigError, match=problem):
            Evidence.read(path)
    else:
        assert Evidence.read(path).run.state == "interrupted"


def test_a_check_that_uses_no_image_counts_for_the_one_that_was_asked_for() -> None:
    run = evidence().run
    [asked, other] = [
        run.model_copy(update={"image": f"registry/x@{it}"}) for it in (DIGEST, "sha256:e")
    ]
    assert problems(evidence(images={}, run=asked))["FR-1.1"] == ""
    told = "the newest evidence is of another image"
    assert problems(evidence(images={}, run=other))["FR-1.1"] == told


def test_without_a_revision_nothing_says_that_it_is_the_same() -> None:
    unknown = OURS.model_copy(update={"revision": None, "changed": None})
    ours = Release(checkout=unknown, harness=HARNESS, digest=DIGEST, now=NOW)
    found = problems(evidence(project=unknown), release=ours)["FR-1.1"]
    assert found == "the newest evidence is of a checkout of which git knows no revision"


def test_an_image_is_known_by_its_digest_in_a_name_too() -> None:
    named = {"runtime": ImageInfo(reference=f"registry/x@{DIGEST}", id="sha256:1")}
    assert problems(evidence(images=named))["FR-1.1"] == ""
    without = Release(checkout=OURS, harness=HARNESS, digest="", now=NOW)
    assert problems(evidence(images={}), release=without)["FR-1.1"] == ""


@pytest.mark.parametrize("judgement", [FAILED, Judgement.unverified("nobody knows")])
def test_what_did_not_pass_is_missing_and_says_why(judgement: Judgement) -> None:
    found = problems(evidence({"FR-1.1": judgement}))
    assert found == {
        "FR-1.1": f"{judgement.verdict}: {judgement.reason}",
        "FR-1.2": "no evidence",
    }


def test_the_newest_run_that_judged_it_decides() -> None:
    old, new = evidence(age=timedelta(hours=2)), evidence({"FR-1.1": FAILED})
    assert problems(old, new) == {"FR-1.1": "failed: it broke", "FR-1.2": ""}
    assert problems(new, old) == problems(old, new)
    assert problems(evidence({"FR-1.1": FAILED}, age=timedelta(hours=2)), evidence()) == {
        "FR-1.1": "",
        "FR-1.2": "",
    }


def test_a_pass_by_another_limit_is_none() -> None:
    stricter = Catalog.parse(TEXT.replace('"5 s"', '"4 s"'), "base")
    [answer, _] = ask(stricter, [Priority.P0], [evidence()], RELEASE)
    assert answer.problem == "passed with the limit 5 s, which is 4 s"


def test_how_criteria_differ_from_the_base_is_told() -> None:
    loose = TEXT.replace('"5 s"', '"50 s"').replace("G-3.1", "G-3.2")
    assert differences(CATALOG, CATALOG) == []
    assert differences(CATALOG, Catalog.parse(loose, "ours")) == [
        "FR-1.1: limit 5 s → 50 s",
        "G-3.1: removed",
        "G-3.2: added",
    ]
