"""`harness notify` against a GitHub on loopback: what reaches it, and what does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from harness.cli import app
from harness.errors import ConfigError
from harness.github.api import GitHubError, Repository, repository
from harness.github.here import Here
from harness.github.rehearsal.github import Stage, github
from harness.github.rehearsal.state import Fault

COMMIT, MERGE = "a" * 40, "b" * 40
DIGEST = f"sha256:{'d' * 64}"
DONE = {
    "build": {"result": "success", "outputs": {"digest": DIGEST}},
    "gate": {"result": "success", "outputs": {}},
    "deploy": {"result": "success", "outputs": {}},
    "recover": {"result": "skipped", "outputs": {}},
}
BROKEN = DONE | {"deploy": {"result": "failure"}, "recover": {"result": "success"}}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stage]:
    with github({COMMIT: [7], MERGE: []}) as found:
        for name, value in found.environment(COMMIT).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
        yield found


def notify(jobs: dict[str, Any], *words: str) -> Result:
    command = ["notify", "--needs", json.dumps(jobs), "--recovery", "recover", *words]
    return CliRunner().invoke(app, command)


def test_a_run_that_went_well_is_told_to_commit_pull_request_and_summary(
    stage: Stage, tmp_path: Path
) -> None:
    done = notify(DONE)
    assert done.exit_code == 0, done.output
    assert stage.state.statuses == {
        COMMIT: [
            {
                "state": "success",
                "context": "deploy/cloudflare",
                "description": "build and gate and deploy passed",
                "target_url": f"{stage.url}/octo/app/actions/runs/1",
            }
        ]
    }
    told = stage.state.comments[7][0]["body"]
    assert "| ✅ | build | success | digest sha256:dddddddddddd… |" in told
    assert told.endswith((tmp_path / "summary.md").read_text().rstrip("\n") + "\n")
    assert stage.state.token not in done.output


@pytest.mark.parametrize(
    ("results", "state", "sentence"),
    [
        ("failure skipped skipped skipped", "failure", "build failed; nothing was changed"),
        (
            "success success failure success",
            "failure",
            "deploy failed; what served before serves again",
        ),
        (
            "success success failure failure",
            "failure",
            "deploy failed, and so did recover: look at what serves now",
        ),
        (
            "success success cancelled success",
            "error",
            "deploy was stopped; what served before serves again",
        ),
        ("success success skipped skipped", "error", "deploy did not run"),
    ],
)
def test_one_that_did_not_is_told_with_what_became_of_it(
    stage: Stage, results: str, state: str, sentence: str
) -> None:
    jobs = {name: {"result": it} for name, it in zip(DONE, results.split(), strict=True)}
    assert notify(jobs).exit_code == 0
    told = stage.state.statuses[COMMIT][0]
    assert (told["state"], told["description"]) == (state, sentence)


@pytest.mark.parametrize(
    ("serves", "what"),
    [
        ("new", "the new release serves all the same"),
        ("commit", "a release of this commit serves, and was found well"),
    ],
)
def test_a_release_that_serves_after_recovery_is_not_told_as_taken_back(
    stage: Stage, serves: str, what: str
) -> None:
    kept = {"result": "success", "outputs": {"serves": serves}}
    assert notify(BROKEN | {"recover": kept}).exit_code == 0
    assert stage.state.statuses[COMMIT][0]["description"] == f"deploy failed; {what}"


def test_the_comment_is_written_anew_wherever_it_stands(stage: Stage) -> None:
    others = [{"id": n, "user": {"login": "octocat"}, "body": "Nice."} for n in range(100, 330)]
    forged = {"id": 99, "user": {"login": "octocat"}, "body": "<!-- harness: deploy/cloudflare -->"}
    of_nobody = {"id": 98, "user": None, "body": forged["body"]}
    stage.state.comments[7] = [forged, of_nobody, *others]
    for jobs in (DONE, BROKEN):
        assert notify(jobs).exit_code == 0
    assert len(stage.state.comments[7]) == 233
    assert "deploy failed" in stage.state.comments[7][-1]["body"]
    assert stage.state.comments[7][0] == forged


def test_a_pull_request_is_told_at_its_last_commit_not_at_the_merge(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    event = {"pull_request": {"number": 9, "head": {"sha": COMMIT}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    monkeypatch.setenv("GITHUB_SHA", MERGE)
    assert notify(DONE, "--context", "acceptance").exit_code == 0
    assert stage.state.statuses[COMMIT][0]["context"] == "acceptance"
    assert len(stage.state.comments[9]) == 1


def test_what_passes_by_itself_is_waited_for_and_nothing_is_said_twice(stage: Stage) -> None:
    stage.state.faults = [
        Fault("POST", "*/statuses/*", 502, times=2),
        Fault("GET", "*/pulls", 503, times=1),
        Fault("POST", "*/comments", 502, times=1, done=True),
    ]
    assert notify(DONE).exit_code == 0
    assert len(stage.state.statuses[COMMIT]) == 1
    assert len(stage.state.comments[7]) == 1


def test_a_token_that_may_not_comment_still_sets_the_status(stage: Stage) -> None:
    stage.state.faults = [Fault("POST", "*/comments", 403)]
    done = notify(DONE, "--json")
    assert done.exit_code == 0
    assert "no comment: POST" in done.stderr
    assert json.loads(done.stdout)["commented"] == []
    assert stage.state.statuses[COMMIT][0]["state"] == "success"


def test_a_status_that_is_refused_ends_with_an_error(stage: Stage) -> None:
    stage.state.faults = [Fault("POST", "*/statuses/*", 403)]
    with pytest.raises(GitHubError, match="HTTP 403, Made to fail; see the job's permissions"):
        raise notify(DONE).exception or AssertionError


def test_a_text_that_is_too_long_is_cut_to_what_github_takes(stage: Stage) -> None:
    names = {f"job-{number:03}-{'x' * 40}": {"result": "success"} for number in range(1200)}
    assert notify(names | DONE).exit_code == 0
    assert len(stage.state.statuses[COMMIT][0]["description"]) == 140
    assert "too long for a comment" in stage.state.comments[7][0]["body"]


@pytest.mark.parametrize("name", ["GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_TOKEN"])
def test_outside_of_a_job_it_says_what_is_missing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match=f"{name} not set; run it in a job on GitHub"):
        raise notify(DONE).exception or AssertionError
    assert not stage.state.calls


def test_results_that_are_none_are_refused(stage: Stage) -> None:
    done = CliRunner().invoke(app, ["notify", "--needs", "{}}"])
    assert isinstance(done.exception, ConfigError)
    assert not stage.state.calls


def test_the_token_is_sent_nowhere_in_the_clear(stage: Stage) -> None:
    here = Here.of({**stage.environment(COMMIT), "GITHUB_API_URL": "http://api.example.org"})
    with pytest.raises(ConfigError, match="is no https address"), repository(here):
        pass


def test_the_token_is_sent_to_no_other_host_that_the_next_page_is_at(stage: Stage) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        link = '<https://elsewhere.example.org/2>; rel="next"'
        return httpx.Response(200, json=["one"], headers={"Link": link})

    here = Here.of(stage.environment(COMMIT))
    transport = httpx.MockTransport(answer)
    with httpx.Client(base_url="https://api.example.org", transport=transport) as client:
        found = Repository(here, client).pages("comments")
        assert next(found) == "one"
        with pytest.raises(GitHubError, match=r"the next page is at elsewhere\.example\.org"):
            next(found)
    assert asked == ["api.example.org"]
