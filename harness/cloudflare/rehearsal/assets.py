"""Static files of a Worker: offered by hash, then uploaded. Nothing serves them here."""

from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.envelope import Answer
from harness.cloudflare.rehearsal.marks import Mark, Permission, route

__all__: list[str] = []

_TOKEN = "rehearsed"  # noqa: S105 -- stands for the upload session, opens nothing


@route(
    "POST",
    "/accounts/{account}/workers/scripts/{script}/assets-upload-session",
    Mark.MEASURED,
    Permission.WORKERS,
    "wants every file that is offered, in one bucket",
)
async def start(ask: Ask) -> object:
    """Take the list of files."""
    offered = (await ask.json())["manifest"]
    hashes = sorted({file["hash"] for file in offered.values()})
    return {"jwt": _TOKEN, "buckets": [hashes] if hashes else []}


@route(
    "POST",
    "/accounts/{account}/workers/assets/upload",
    Mark.MEASURED,
    Permission.SESSION,
    "takes files, and forgets them",
)
async def take(ask: Ask) -> object:
    """Take some files and forget them."""
    await ask.request.body()
    return Answer({"jwt": _TOKEN}, status=201)
