"""An edge that executes nothing: it answers from the books of the API."""

import re
import time
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from harness.cloudflare.rehearsal.connection import Served
from harness.cloudflare.rehearsal.edge import ContainerApp, Share
from harness.cloudflare.rehearsal.state import Image

__all__ = ["BookkeepingEdge"]

_OVERRIDES = "cloudflare-workers-version-overrides"
# Coprime with 100: any hundred requests in a row are shared out exactly, and well mixed.
_STRIDE = 37


class BookkeepingEdge:
    """Answers `/health` as our Worker would, from what the API says is live.

    It is for long series of releases: a release costs it nothing. It cannot show anything that
    depends on code: neither an upload that does not start or answers wrongly, nor a container
    that crashes or is slow by itself, nor a Durable Object that runs old code, nor WebSockets,
    nor what is written to the bucket. What an image does is what `images` says of it.

    Args:
        images: How each image behaves, by its digest, or by its whole reference if it has none;
            may be changed meanwhile. One that is not in it never starts.
    """

    def __init__(self, images: Mapping[str, Image]) -> None:
        self._images = images
        self._sites: dict[str, _Site] = {}

    async def apply(
        self, worker: str, live: Sequence[Share], containers: ContainerApp | None
    ) -> None:
        """Serve this from now on."""
        await self._site(worker).apply(live, containers)

    def url(self, worker: str) -> str:
        """Return the address of a Worker; nothing listens there before it is deployed."""
        return self._site(worker).served.url

    @property
    def requests(self) -> int:
        """How many requests came so far, those that name a version not counted."""
        return sum(site.requests for site in self._sites.values())

    def asked(self, worker: str) -> Sequence[float]:
        """Return when a Worker was asked for its health, on the monotonic clock."""
        return tuple(self._site(worker).asked)

    async def stop(self) -> None:
        """Serve nothing any more."""
        for site in self._sites.values():
            await site.served.stop()

    def _site(self, worker: str) -> "_Site":
        if worker not in self._sites:
            self._sites[worker] = _Site(worker, self._images)
        return self._sites[worker]


class _Site:
    """One Worker."""

    def __init__(self, worker: str, images: Mapping[str, Image]) -> None:
        self._worker = worker
        self._images = images
        self._live: Sequence[Share] = ()
        self._container: ContainerApp | None = None
        self._starts_at = 0.0
        self.requests = 0
        self.asked: list[float] = []
        self.served = Served(self)

    async def apply(self, live: Sequence[Share], container: ContainerApp | None) -> None:
        before = self._container.image if self._container else ""
        if container and container.image != before:
            self._starts_at = time.monotonic() + container.starts_in
        self._live, self._container = list(live), container
        await self.served.start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        version = self._chosen(request.headers.get(_OVERRIDES, ""))
        if not version:
            return PlainTextResponse("There is nothing here yet", 404)
        if request.url.path != "/health":
            return PlainTextResponse("Only /health is answered", 404)
        self.asked.append(time.monotonic())
        gateway, revision = self._gateway()
        body = {"version": version, "revision": revision, "gateway": gateway}
        return JSONResponse(body, 200 if gateway == "running" else 503)

    def _chosen(self, overrides: str) -> str:
        """Return the version that takes this request, empty if there is none."""
        wanted = dict(re.findall(r'([\w-]+)="([\w-]+)"', overrides)).get(self._worker)
        if wanted and any(version.id == wanted for version, _ in self._live):
            return str(wanted)
        self.requests += 1
        at, end = self.requests * _STRIDE % 100, 0.0
        for version, share in self._live:
            end += share
            if at < end:
                return version.id
        return ""

    def _gateway(self) -> tuple[str, str]:
        """Return the state of the container's gateway, and the revision that it says."""
        name = self._container.image if self._container else ""
        image = self._images.get(name.rpartition("@")[2])
        if image is None or not image.starts:
            return "stopped", ""
        if time.monotonic() < self._starts_at:
            return "starting", ""
        return "running", image.revision
