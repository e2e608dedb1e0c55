"""Which of wrangler's failures may pass: a second try must not repeat what can only fail."""

import pytest

from harness.cloudflare.wrangler import failure_of

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
