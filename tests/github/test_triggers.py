import pytest

from harness.github.errors import BeyondModelError, WorkflowError
from harness.github.workflow_events import Event, dispatch, push, push_tag
from harness.github.workflow_triggers import Triggers
from harness.github.workflow_yaml import parse

MAIN = push("main", "deploy/x")
EVENTS = {
    "main": MAIN,
    "path": push("main", "README.md"),
    "branch": push("feature/x", "deploy/x"),
    "tag": push_tag("v1"),
}


def fires(on: str, event: Event) -> bool:
    return Triggers.of(parse(on).get("on")).fire(event)


@pytest.mark.parametrize(
    ("on", "events"),
    [
        ("on: push", "main path branch tag"),
        ("on: [pull_request, push]", "main path branch tag"),
        ("on: {push: }", "main path branch tag"),
        ("'on': {push: {branches: main}}", "main path"),
        ("on: {push: {branches: [main]}}", "main path"),
        ("on: {push: {branches: [main], paths: ['deploy/**']}}", "main"),
        ("on: {push: {paths: ['deploy/**']}}", "main branch tag"),
        ("on: {push: {branches: [m*], paths-ignore: ['**.md']}}", "main"),
        ("on: {push: {branches: ['**', '!feature/**']}}", "main path"),
        ("on: {push: {branches-ignore: ['feature/**']}}", "main path"),
        ("on: {push: {tags: ['v*']}}", "tag"),
        ("on: {push: {tags-ignore: ['v*']}}", ""),
        ("on: {push: {branches: [main], tags: [v1]}}", "main path tag"),
        ("on: {push: {branches: ['!main']}}", ""),
        ("on: {pull_request: {branches: [main]}}", ""),
        ("on: workflow_dispatch", ""),
        ("on: {schedule: [{cron: '0 0 * * *'}]}", ""),
    ],
)
def test_a_push_triggers_as_github_says(on: str, events: str) -> None:
    assert [name for name, event in EVENTS.items() if fires(on, event)] == events.split()


def test_a_start_by_hand_is_an_event_of_its_own() -> None:
    assert fires("on: {workflow_dispatch: {inputs: {}}}", dispatch("main"))
    assert not fires("on: push", dispatch("main"))


def test_one_path_of_many_is_enough() -> None:
    on = "on: {push: {paths: [deploy/**, '!deploy/*.md']}}"
    assert fires(on, push("main", "README.md", "deploy/x.ts"))
    assert not fires(on, push("main", "README.md", "deploy/x.md"))


@pytest.mark.parametrize(
    "on",
    [
        "true: {push: }",
        "name: x",
        "on: 3",
        "on: {push: {branches: [a], branches-ignore: [b]}}",
        "on: {push: {paths: [a], paths-ignore: [b]}}",
        "on: {push: main}",
    ],
)
def test_what_github_refuses_is_refused(on: str) -> None:
    with pytest.raises(WorkflowError):
        Triggers.of(parse(on).get("on"))


def test_another_workflow_may_be_what_triggers_it() -> None:
    with pytest.raises(BeyondModelError, match="uses the trigger workflow_run"):
        fires("on: {workflow_run: {workflows: [CI]}}", MAIN)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("12:30", "12:30"),
        ("0o14", 12),
        ("014", 14),
        ("1e3", 1000.0),
        ("2026-11-27", "2026-11-27"),
        ("", None),
    ],
)
def test_words_are_what_yaml_1_2_takes_them_for(text: str, value: object) -> None:
    assert parse(f"on: {text}") == {"on": value}


@pytest.mark.parametrize("text", ["a: [", "- a", "just words"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(WorkflowError):
        parse(text)
