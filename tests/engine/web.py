"""A small image with a web server, for an engine that has nothing yet."""

import io
import tarfile
from contextlib import suppress
from pathlib import Path

import httpx

from harness.engine.model import Engine

__all__ = ["IMAGE", "answer", "import_image", "run_web"]

IMAGE = "harness-test:1"


def import_image(running: Engine, home: Path) -> None:
    """Give the engine the image, made of the busybox that was unpacked below `home`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(home / "busybox/bin/busybox", "bin/busybox")
        for name in ("sh", "httpd", "sleep", "true"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        page = tarfile.TarInfo("www/index.html")
        page.size = 5
        archive.addfile(page, io.BytesIO(b"hello"))
    name, tag = IMAGE.split(":")
    running.client.api.import_image_from_data(buffer.getvalue(), repository=name, tag=tag)


def run_web(running: Engine, port: int) -> None:
    """Serve a page on that port of 127.0.0.1, from a network and a volume of its own."""
    client = running.client
    client.networks.create("harness-test")
    client.containers.run(
        IMAGE,
        ["httpd", "-f", "-p", "80", "-h", "/www"],
        name="harness-test-web",
        detach=True,
        init=True,
        network="harness-test",
        ports={"80/tcp": ("127.0.0.1", port)},
        mem_limit="64m",
        volumes={"harness-test": {"bind": "/kept", "mode": "rw"}},
    )


def answer(url: str) -> str:
    """Return what is answered; empty while nothing is."""
    with suppress(httpx.HTTPError):
        return httpx.get(url, trust_env=False).text
    return ""
