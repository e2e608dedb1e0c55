"""The edge that executes: Workers in workerd, versions by share and header, real containers."""

import asyncio
import multiprocessing
import os
import signal
from typing import Any

import httpx
import pytest

from harness.cloudflare.rehearsal.edge import EdgeError, StartupFailedError
from harness.cloudflare.rehearsal.edge.workerd import WorkerdEdge
from harness.engine.model import Engine
from harness.poll import eventually
from tests.cloudflare.edges import NAME, Module, Version, an_edge, get

OVERRIDE = "Cloudflare-Workers-Version-Overrides"

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("edge")]


def small(version: str, body: str | None = None) -> Version:
    """A Worker that says its version, and counts in a Durable Object that says whose code it is."""
    code = f"""
        import {{ DurableObject }} from "cloudflare:workers";
        export class Count extends DurableObject {{
            async fetch() {{
                const count = 1 + ((await this.ctx.storage.get("count")) ?? 0);
                await this.ctx.storage.put("count", count);
                return Response.json({{ count, code: "{version}" }});
            }}
        }}
        export default {{
            async fetch(request, env) {{
                const path = new URL(request.url).pathname;
                if (path === "/count") return env.COUNT.getByName("one").fetch(request);
                return Response.json({{ version: env.VERSION.id, secret: env.SECRET ?? null }});
            }},
        }};
    """
    bindings: tuple[dict[str, Any], ...] = (
        {"type": "version_metadata", "name": "VERSION"},
        {"type": "durable_object_namespace", "name": "COUNT", "class_name": "Count"},
    )
    modules = (Module("worker.js", (body or code).encode()),)
    return Version(version, modules, bindings, secrets={"SECRET": f"secret of {version}"})


async def versions(edge: WorkerdEdge, times: int, **headers: str) -> set[str]:
    answers = [await get(edge.url(NAME), **headers) for _ in range(times)]
    return {answer.json()["version"] for answer in answers}


def test_versions_are_served_by_share_and_by_header(docker: Engine) -> None:
    async def play() -> None:
        async with an_edge(docker) as edge:
            address = edge.url(NAME)
            await edge.apply(NAME, [(small("old"), 100)], None)
            assert await versions(edge, 3) == {"old"}
            await edge.apply(NAME, [(small("new"), 0), (small("old"), 100)], None)
            assert await versions(edge, 20) == {"old"}
            assert await versions(edge, 3, **{OVERRIDE: f'{NAME}="new"'}) == {"new"}
            assert await versions(edge, 3, **{OVERRIDE: 'another="new"'}) == {"old"}
            await edge.apply(NAME, [(small("new"), 50), (small("old"), 50)], None)
            assert await versions(edge, 40) == {"old", "new"}
            await edge.apply(NAME, [(small("new"), 100)], None)
            assert await versions(edge, 3) == {"new"}
            assert edge.url(NAME) == address

    asyncio.run(play())


def test_an_object_keeps_its_state_and_runs_the_code_of_the_larger_share(docker: Engine) -> None:
    async def count(edge: WorkerdEdge, **headers: str) -> tuple[int, str]:
        found = (await get(f"{edge.url(NAME)}/count", **headers)).json()
        return found["count"], found["code"]

    async def play() -> None:
        async with an_edge(docker) as edge:
            await edge.apply(NAME, [(small("old"), 100)], None)
            assert await count(edge) == (1, "old")
            await edge.apply(NAME, [(small("new"), 0), (small("old"), 100)], None)
            assert await count(edge, **{OVERRIDE: f'{NAME}="new"'}) == (2, "old")
            await edge.apply(NAME, [(small("new"), 100)], None)
            assert await count(edge) == (3, "new")

    asyncio.run(play())


def test_a_worker_that_is_removed_answers_no_more_and_forgets_what_it_kept(docker: Engine) -> None:
    async def count(edge: WorkerdEdge) -> int:
        return int((await get(f"{edge.url(NAME)}/count")).json()["count"])

    async def play() -> None:
        async with an_edge(docker) as edge:
            await edge.apply(NAME, [], None)
            await edge.apply(NAME, [(small("old"), 100)], None)
            assert (await count(edge), await count(edge)) == (1, 2)
            await edge.apply(NAME, [], None)
            with pytest.raises(httpx.ConnectError):
                await get(edge.url(NAME))
            await edge.apply(NAME, [(small("old"), 100)], None)
            assert await count(edge) == 1

    asyncio.run(play())


def test_a_version_that_does_not_start_is_told_and_the_one_before_goes_on(docker: Engine) -> None:
    bad = small("bad", "throw new Error('bad code'); export default {}")

    async def play() -> None:
        async with an_edge(docker) as edge:
            await edge.check(small("good"))
            with pytest.raises(StartupFailedError, match="bad code"):
                await edge.check(bad)
            await edge.apply(NAME, [(small("old"), 100)], None)
            with pytest.raises(EdgeError, match="bad code"):
                await edge.apply(NAME, [(bad, 100)], None)
            assert await versions(edge, 3) == {"old"}

    asyncio.run(play())


def test_no_request_fails_while_versions_are_exchanged(docker: Engine) -> None:
    async def ask(edge: WorkerdEdge, over: asyncio.Event) -> list[int]:
        answers = []
        while not over.is_set():
            answers.append((await get(edge.url(NAME))).status_code)
        return answers

    async def play() -> None:
        async with an_edge(docker) as edge:
            await edge.apply(NAME, [(small("first"), 100)], None)
            over = asyncio.Event()
            asking = asyncio.create_task(ask(edge, over))
            for number in range(3):
                await edge.apply(NAME, [(small(str(number)), 100)], None)
            over.set()
            answers = await asking
            assert set(answers) == {200}
            assert len(answers) >= 3

    asyncio.run(play())


def test_an_edge_whose_owner_was_killed_ends_with_all_that_it_started(docker: Engine) -> None:
    def serve() -> None:
        async def play() -> None:
            async with an_edge(docker) as edge:
                await edge.apply(NAME, [(small("old"), 100)], None)
                os.write(ready, edge.url(NAME).encode())
                os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(play())

    async def silent(url: str) -> bool:
        try:
            await get(url)
        except httpx.ConnectError:
            return True
        return False

    told, ready = os.pipe()
    owner = multiprocessing.get_context("fork").Process(target=serve)
    owner.start()
    os.close(ready)  # or reading would not end where the owner says nothing
    owner.join()
    url = os.read(told, 100).decode()
    os.close(told)
    assert owner.exitcode == -signal.SIGKILL
    asyncio.run(eventually(lambda: silent(url), seconds=60, what="nothing listens any more"))
