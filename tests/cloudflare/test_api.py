"""The API client: what may pass is asked again, what is refused is said in one line."""

from collections.abc import Callable, Iterator

import httpx
import pytest
import stamina

from harness.cloudflare.api import Api, ApiError, UnreachableError
from harness.cloudflare.credentials import Credentials
from harness.cloudflare.worker import Worker

CREDENTIALS = Credentials("a-token-of-some-length", "0" * 32)
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


def good(result: object = None) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "errors": [], "result": result})


def bad(status: int, code: int, message: str) -> httpx.Response:
    errors = [{"code": code, "message": message}]
    return httpx.Response(status, json={"success": False, "errors": errors, "result": None})


def api_of(*answers: httpx.Response | Exception) -> tuple[Api, list[httpx.Request]]:
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        now = left.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    return Api(CREDENTIALS, transport=httpx.MockTransport(answer)), asked


def test_asks_below_the_account_with_the_token() -> None:
    api, asked = api_of(good([1]))
    assert api.ask("workers/scripts") == [1]
    assert asked[0].url.path.endswith(f"/accounts/{CREDENTIALS.account}/workers/scripts")
    assert asked[0].headers["Authorization"] == f"Bearer {CREDENTIALS.token}"


@pytest.mark.parametrize(
    "passing",
    [
        httpx.Response(429, headers={"Retry-After": "1"}),
        bad(500, 10013, "An unknown error has occurred."),
        httpx.Response(503, text="<html>busy"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("reset"),
        httpx.ReadTimeout("slow"),
    ],
    ids=["429", "500", "503", "refused", "reset", "slow"],
)
def test_what_may_pass_is_asked_again(passing: httpx.Response | Exception) -> None:
    api, asked = api_of(passing, passing, good("it"))
    assert api.ask("x") == "it"
    assert len(asked) == 3


def test_waits_as_long_as_the_api_says() -> None:
    with stamina.set_testing(False):
        api, asked = api_of(httpx.Response(429, headers={"Retry-After": "1"}), good("it"))
        waited: list[float] = []
        stamina.instrumentation.set_on_retry_hooks([lambda it: waited.append(it.wait_for)])
        try:
            api.ask("x")
        finally:
            stamina.instrumentation.set_on_retry_hooks(None)
    assert (len(asked), waited) == (2, [1.0])


def test_it_gives_up_in_the_end_and_says_where() -> None:
    api, _ = api_of(*[httpx.Response(502)] * 9)
    with pytest.raises(UnreachableError, match=r"no usable answer to GET .*/x .HTTP 502"):
        api.ask("x")


def test_a_refusal_is_final_and_names_what_the_api_says() -> None:
    api, asked = api_of(bad(403, 10000, "Authentication error"))
    with pytest.raises(ApiError, match=r"HTTP 403\): Authentication error \[code: 10000\]"):
        api.ask("x")
    assert len(asked) == 1


@pytest.mark.parametrize("text", ["<html>Please log in</html>", "[]", "{}"])
def test_a_proxys_page_is_not_taken_for_nothing_there(text: str) -> None:
    """Else what serves would be replaced as if it were the very first release."""
    api, asked = api_of(httpx.Response(200, text=text))
    with pytest.raises(UnreachableError, match=r"answers GET .*/x is not Cloudflare's API; see"):
        api.find("x")
    assert len(asked) == 1


def test_an_answer_without_a_body_is_one() -> None:
    api, _ = api_of(httpx.Response(204))
    assert api.remove("x")


def test_what_is_not_there_can_be_asked_for() -> None:
    api, _ = api_of(bad(404, 10007, "no"))
    assert api.find("x") is None


def test_a_version_from_before_a_secret_was_changed_is_deployed_all_the_same() -> None:
    said = "A secret has changed. The following secrets have changed: CLAWDBOT_GATEWAY_TOKEN"
    api, asked = api_of(bad(400, 10220, said), good())
    worker = Worker(api, "loa", "loa-box")
    assert worker.serve([("old", 100.0)], "back") == ["CLAWDBOT_GATEWAY_TOKEN"]
    assert asked[1].url.params["force"] == "true"
    assert asked[1].content == asked[0].content
