"""The Worker and its real container at the edge that executes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from harness import names
from harness.cloudflare.rehearsal.edge import ContainerApp
from harness.cloudflare.rehearsal.edge.workerd import WorkerdEdge
from harness.cloudflare.rehearsal.image import rehearsal_image
from harness.docker.forget import forget_owned
from harness.engine.model import Engine
from harness.owner import Owner
from harness.poll import eventually
from harness.project import Project
from tests.cloudflare.edges import NAME, TOKEN, Module, Version, an_edge, get
from tests.conftest import REPOSITORY
from tests.worker import bundle

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE = 180.0
IDENTITY = "/workspace/grimoires/loa/identity.json"

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("edge")]


@pytest.fixture(autouse=True, scope="module")
def _images_go(docker: Engine) -> Iterator[None]:
    yield
    forget_owned(docker, lambda owner: str(owner) == str(Owner.me()))


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return bundle(tmp_path_factory.mktemp("bundle")).read_bytes()


def version(name: str, code: bytes) -> Version:
    bindings: tuple[dict[str, Any], ...] = (
        {"type": "version_metadata", "name": "VERSION"},
        {"type": "r2_bucket", "name": "STATE", "bucket_name": "loa-state-production"},
        {"type": "durable_object_namespace", "name": "LOA", "class_name": "LoaContainer"},
        {"type": "secret_text", "name": "CLAWDBOT_GATEWAY_TOKEN"},
    )
    secrets = {"CLAWDBOT_GATEWAY_TOKEN": TOKEN}
    return Version(name, (Module("worker.js", code),), bindings, secrets)


def app(image: str) -> ContainerApp:
    return ContainerApp("loa-production-loacontainer", image, "LoaContainer", "standard-1")


async def health(edge: WorkerdEdge) -> dict[str, str]:
    return dict((await get(f"{edge.url(NAME)}/health")).json())


async def becomes(edge: WorkerdEdge, gateway: str, **rest: str) -> None:
    async def look() -> bool:
        seen = await health(edge)
        return seen == {**seen, "gateway": gateway, **rest}

    await eventually(look, seconds=PATIENCE, what=f"{gateway} {rest}", every=0.2)


def containers(engine: Engine) -> list[Any]:
    label = f"{names.OWNER}={Owner.me()}"
    found: list[Any] = engine.client.containers.list(all=True, filters={"label": label})
    return found


async def the_first_frame(edge: WorkerdEdge, headers: dict[str, str]) -> str:
    address = edge.url(NAME).replace("http", "ws")
    async with connect(address, additional_headers=headers, open_timeout=60) as socket:
        return str(await socket.recv())


def test_the_container_serves_behind_the_worker_and_follows_a_release(
    docker: Engine, worker: bytes
) -> None:
    project = Project(REPOSITORY)
    old, new = (rehearsal_image(project, docker, name) for name in ("aaa111", "bbb222"))

    async def play() -> None:
        async with an_edge(docker) as edge:
            await edge.apply(NAME, [(version("v1", worker), 100)], app(old))
            assert (await health(edge))["gateway"] == "starting"
            await becomes(edge, "running", version="v1", revision="aaa111")
            await lets_in_who_has_the_token(edge)
            (first,) = containers(docker)
            assert first.attrs["HostConfig"]["Memory"] == 4 * 2**30
            published = first.attrs["NetworkSettings"]["Ports"].values()
            assert {it[0]["HostIp"] for it in published} == {"127.0.0.1"}
            # Code alone: the container goes on.
            await edge.apply(NAME, [(version("v2", worker), 100)], app(old))
            await becomes(edge, "running", version="v2", revision="aaa111")
            assert [it.id for it in containers(docker)] == [first.id]
            await lets_in_who_has_the_token(edge)
            # What is changed in the container is saved, and comes back in the next ones.
            first.exec_run(["sed", "-i", "s/Loa/Changed/", IDENTITY])
            await edge.scheduled(NAME)
            # Another image, and back.
            for name, image, revision in (("v3", new, "bbb222"), ("v2", old, "aaa111")):
                await edge.apply(NAME, [(version(name, worker), 100)], app(image))
                await becomes(edge, "running", version=name, revision=revision)
                (other,) = containers(docker)
                assert "Changed" in other.exec_run(["cat", IDENTITY]).output.decode()

    asyncio.run(play())
    assert containers(docker) == []


async def lets_in_who_has_the_token(edge: WorkerdEdge) -> None:
    found = await get(f"{edge.url(NAME)}/loa/version", **BEARER)
    assert (found.status_code, found.json()["image"]) == (200, "aaa111")
    assert (await get(f"{edge.url(NAME)}/loa/version")).status_code == 401
    assert "connect.challenge" in await the_first_frame(edge, BEARER)
    with pytest.raises(InvalidStatus, match="401"):
        await the_first_frame(edge, {})


def test_a_container_that_crashes_is_told_from_one_that_starts(
    docker: Engine, worker: bytes
) -> None:
    image = rehearsal_image(Project(REPOSITORY), docker, "ccc333", "crashing")

    async def play() -> None:
        async with an_edge(docker) as edge:
            await edge.apply(NAME, [(version("v1", worker), 100)], app(image))
            await becomes(edge, "stopped", revision="")

    asyncio.run(play())
