"""What an edge may say to the API: it cannot, or a version does not start."""

from collections.abc import Sequence

from harness.cloudflare.rehearsal import State, rehearsal
from harness.cloudflare.rehearsal.edge import (
    ContainerApp,
    EdgeError,
    Share,
    StartupFailedError,
    Uploaded,
)
from tests.cloudflare.rehearsal.client import client, code, deploy, version_of


class _Broken:
    """An edge that serves nothing, and takes no version without its leave."""

    def __init__(self) -> None:
        self.starts = True
        self.serves = True

    async def check(self, version: Uploaded) -> None:
        if not self.starts:
            raise StartupFailedError(f"Uncaught ReferenceError in {version.main_module}")

    async def apply(
        self, worker: str, live: Sequence[Share], containers: ContainerApp | None
    ) -> None:
        if not self.serves:
            raise EdgeError(f"{worker}: {len(live)} versions, {containers}")

    def url(self, worker: str) -> str:
        return f"http://{worker}.invalid"

    async def stop(self) -> None:
        self.serves = False


def test_a_version_that_does_not_start_is_refused_and_changes_nothing() -> None:
    edge = _Broken()

    async def make(_: State) -> _Broken:
        return edge

    with rehearsal(edge=make) as cloud, client(cloud) as api:
        old = version_of(deploy(api))
        edge.starts = False
        for path, method in (("site", "PUT"), ("site/versions", "POST")):
            answer = deploy(api, path=f"workers/scripts/{path}", method=method)
            assert code(answer) == (400, 10021)
            assert "ReferenceError in index.js" in answer.text
        assert [version.id for version in cloud.state.workers["site"].versions] == [old]
    assert not edge.serves


def test_an_edge_that_cannot_serve_is_an_error_of_the_server() -> None:
    edge = _Broken()
    edge.serves = False

    async def make(_: State) -> _Broken:
        return edge

    with rehearsal(edge=make) as cloud, client(cloud) as api:
        assert code(deploy(api)) == (500, 10013)
