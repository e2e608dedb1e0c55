"""Which of wrangler's failures may pass: a second try must not repeat what can only fail."""

from pathlib import Path

import pytest

from harness import process
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.wrangler import Wrangler, WranglerError, failure_of
from harness.process import Completed

REQUEST = "A request to the Cloudflare API (/accounts/4290429042904290/workers/x) failed."


@pytest.mark.parametrize(
    "text",
    [
        f"{REQUEST} Please wait and consider throttling your request speed [code: 971]",
        f"{REQUEST} workers.api.error.unknown [code: 10013]",
        "✘ [ERROR] fetch failed",
        "✘ [ERROR] Received a malformed response from the API",
        "read ECONNRESET",
        '✘ [ERROR] Error rolling out application "loa-production-loacontainer":',
        'Unexpected error modifying application "loa": fetch failed',
    ],
)
def test_what_may_pass(text: str) -> None:
    assert failure_of(["deploy"], "", text).passing


@pytest.mark.parametrize(
    "text",
    [
        f"{REQUEST} Uncaught ReferenceError: x is not defined [code: 10021]",
        f"{REQUEST} Authentication error [code: 10000]",
        f"{REQUEST} migrations must be fully applied [code: 10211]",
        "✘ [ERROR] Build failed with 1 error",
        "✘ [ERROR] Error creating application due to a misconfiguration:",
    ],
)
def test_what_can_only_fail(text: str) -> None:
    assert not failure_of(["deploy"], "", text).passing


def test_it_is_one_line_without_colours() -> None:
    error = failure_of(["deploy"], "", "\x1b[31m✘ \x1b[41;31m[ERROR]\x1b[0m no such\n\nat line 1\n")
    assert str(error).startswith("wrangler deploy failed: no such")
    assert "\n" not in str(error)


def test_it_is_said_too_where_wrangler_ended_in_the_middle_of_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(*_: object, env: dict[str, str], **__: object) -> Completed:
        Path(env["WRANGLER_OUTPUT_FILE_PATH"]).write_text('{"type":"dep', encoding="utf-8")
        return Completed(137, "", "fetch failed")

    monkeypatch.setattr(process, "run", killed)
    with pytest.raises(WranglerError, match="wrangler deploy failed: fetch failed"):
        Wrangler(Path(), Credentials("a-token", "0" * 32)).run("deploy")
