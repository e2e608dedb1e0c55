"""FR-5.6: a sound workflow's job that tells, in other ways; nothing of it leaves this machine."""

import shutil

import pytest

from harness.criteria.facts import notification
from harness.criteria.judge.notification import notification as judge
from harness.criteria.verdict import Judgement, Verdict
from harness.project import Project
from tests.can_fail.checkout import WORKFLOW, Edit, edit

GH = "a request to" if shutil.which("gh") else "gh, which is not here"
STEP = './notify "$RESULT"'
PASSED, FAILED, UNVERIFIED = Verdict

API = "https://api.github.com/repos/${{ github.repository }}/statuses/${{ github.sha }}"
PAGE = "https://github.com/${{ github.repository }}/actions/runs/${{ github.run_id }}"
BODY = (
    '{\\"state\\": \\"$RESULT\\", \\"description\\": \\"deployment: $RESULT\\",'
    f' \\"target_url\\": \\"{PAGE}\\"}}'
)


def curl(url: str, body: str = BODY) -> str:
    return f'|\n          curl -fsS -H "Authorization: Bearer $GITHUB_TOKEN" -d "{body}" "{url}"'


def judged(checkout: Project, script: str) -> Judgement:
    edit(checkout, Edit("", "", f"run: {STEP}", f"run: {script}", WORKFLOW))
    return judge(notification.observe(checkout))


@pytest.mark.parametrize(
    ("script", "verdict", "says"),
    [
        (curl(API), PASSED, ""),
        (curl("$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/statuses/$GITHUB_SHA"), PASSED, ""),
        (f"{curl(API)}\n          curl -fsS http://hooks.invalid/x || true", PASSED, ""),
        (f"{curl(API)}\n          curl -fsS https://hooks.invalid/x", UNVERIFIED, "hooks.invalid"),
        ('gh api "repos/$GITHUB_REPOSITORY/x"', UNVERIFIED, GH),
        ("curl -fsS https://chat.invalid/x", UNVERIFIED, "a request to chat.invalid"),
        (curl(API, BODY.replace("$RESULT", "success")), FAILED, "on failure"),
        (curl(f"{API}0"), FAILED, "fails"),
        ("no-such-program", FAILED, "fails"),
        ("echo $RESULT", FAILED, "no status reaches GitHub"),
    ],
)
def test_what_is_told_and_how(checkout: Project, script: str, verdict: Verdict, says: str) -> None:
    told = judged(checkout, script)
    assert (told.verdict, says in told.reason) == (verdict, True), told
