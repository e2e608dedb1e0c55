"""The compose file by itself, as somebody without the harness would use it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.criteria.facts.one_off import exec_in
from harness.docker.compose import ComposeProject
from harness.engine.model import Engine
from harness.errors import StackError
from harness.poll import until
from harness.project import Project
from tests.start.container import TOKEN, Running

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("start")]

GIB = 2**30


@pytest.fixture
def by_itself(docker: Engine, image: str, workspace: Project) -> Iterator[ComposeProject]:
    """The file and a `.env.local`, and only variables that it documents."""
    (workspace.root / ".env.local").write_text(f"CLAWDBOT_GATEWAY_TOKEN={TOKEN}\n")
    uid, gid = (0, 0) if docker.rootless else workspace.owner
    compose = ComposeProject(
        context=workspace.root,
        compose_file_name=["docker-compose.dev.yml"],
        engine=docker,
        project_name=f"start-{workspace.slug}",
        variables={
            "LOA_DEV_IMAGE": image,
            "LOA_UID": str(uid),
            "LOA_GID": str(gid),
            # 0: any free one.
            "LOA_HEALTH_PORT": "0",
            "LOA_GATEWAY_PORT": "0",
        },
    )
    yield compose
    compose.stop(down=True)


def running_of(compose: ComposeProject, engine: Engine) -> Running:
    label = f"com.docker.compose.project={compose.project_name}"
    [container] = engine.client.containers.list(all=True, filters={"label": label})
    return Running(container, Path(compose.context) / "deploy/loa-identity")


def test_it_comes_up_limited_unprivileged_and_on_loopback(
    docker: Engine, by_itself: ComposeProject
) -> None:
    by_itself.start()
    run = running_of(by_itself, docker)
    run.wait()
    attributes = run.container.attrs
    host = attributes["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (4 * GIB, 4 * GIB)
    addresses = {it["HostIp"] for found in host["PortBindings"].values() for it in found}
    assert addresses == {"127.0.0.1"}
    rights = run.exec("grep", "-E", "^(Cap(Eff|Prm|Bnd)|NoNewPrivs)", "/proc/1/status").stdout
    assert {line.split()[1] for line in rights.splitlines()} == {"0" * 16, "1"}
    assert not run.exec("touch", "/workspace/.claude/x").ok
    for writable in ("grimoires", "deploy/loa-identity", ".beads", ".ckindex"):
        assert run.exec("touch", f"/workspace/{writable}/x").ok, writable
    for writable in ("wal", "loa", "clawdbot", "home"):
        assert run.exec("touch", f"/data/{writable}/x").ok, writable


def test_the_engine_sees_whether_the_layer_serves(
    docker: Engine, by_itself: ComposeProject
) -> None:
    by_itself.start()
    run = running_of(by_itself, docker)
    until(lambda: health_of(run) == "healthy", seconds=120, what="the engine says healthy")
    assert run.exec("kill", "-STOP", str(run.health()["gateway"]["pid"])).ok
    until(lambda: health_of(run) == "unhealthy", seconds=120, what="the engine says unhealthy")


def health_of(run: Running) -> str:
    run.container.reload()
    return str(run.container.attrs["State"]["Health"]["Status"])


def test_killed_it_comes_back_but_not_for_ever(docker: Engine, by_itself: ComposeProject) -> None:
    by_itself.start()
    run = running_of(by_itself, docker)
    run.wait()
    killing = ["sh", "-c", "kill -KILL $(pgrep --oldest --full dev/reloader.mjs --parent 1)"]
    assert exec_in(run.container, *killing).ok
    until(lambda: restarts(run) == 1 and is_up(run), seconds=120, what="a restart")
    run.wait()
    assert run.terminate()[0] == 0
    assert restarts(run) == 1, "what ended as asked stays down"


def is_up(run: Running) -> bool:
    return bool(run.container.attrs["NetworkSettings"]["Ports"])


def restarts(run: Running) -> int:
    run.container.reload()
    return int(run.container.attrs["RestartCount"])


@pytest.mark.parametrize("directory", [".claude", "grimoires", "deploy/loa-identity"])
def test_a_missing_source_is_an_error_and_is_not_made(
    by_itself: ComposeProject, workspace: Project, directory: str
) -> None:
    (workspace.root / directory).rename(workspace.root / "elsewhere")
    with pytest.raises(StackError, match=directory):
        by_itself.start()
    assert not (workspace.root / directory).exists()


def test_without_credentials_nothing_starts(by_itself: ComposeProject, workspace: Project) -> None:
    (workspace.root / ".env.local").unlink()
    with pytest.raises(StackError, match=r"\.env\.local"):
        by_itself.start()


def test_every_variable_that_it_takes_has_a_default(
    docker: Engine, workspace: Project, by_itself: ComposeProject
) -> None:
    bare = ComposeProject(
        context=workspace.root,
        compose_file_name=by_itself.compose_file_name,
        engine=docker,
        project_name=by_itself.project_name,
    )
    service = bare.model()["services"]["loa"]
    assert service["build"]["args"] == {"BASE_IMAGE": "ghcr.io/0xhoneyjar/loa-beauvoir:main"}
    assert [port["published"] for port in service["ports"]] == ["3000", "18789"]
    assert service["environment"]["BEAUVOIR_DEV_MODE"] == "1"
    assert service["environment"]["LOA_RELOADER"] == "handover"
    assert json.dumps(service).count("${") == 0
