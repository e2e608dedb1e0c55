"""A stack on an engine that sees none of our files: what is saved here is live there."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from harness import names
from harness.docker.stack import Stack
from harness.docker.volumes import volume_names
from harness.engine.model import Engine
from harness.fixtures.copy import working_copy
from harness.fixtures.stack import Images, Variant, acceptance_stack
from harness.poll import until
from harness.project import Project
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("elsewhere")]

UID = 4242
SAVED = 120.0
THERE = "/workspace/deploy/loa-identity"
SYNCED = ("/workspace/.claude", "/workspace/grimoires", THERE)


@pytest.fixture(scope="module")
def stack(elsewhere: Engine, images: Images) -> Iterator[Stack]:
    """A stack of somebody else's checkout; tests change different files of it."""
    with (
        working_copy(Project(REPOSITORY), owner=(UID, UID)) as project,
        acceptance_stack(project, elsewhere, variant=Variant(images=images)) as started,
    ):
        yield started


def revision(stack: Stack) -> str:
    return httpx.get(f"{stack.gateway_url}/loa/version", timeout=5).text


def generation(stack: Stack) -> int:
    return int((stack.health() or {})["generation"])


def there(stack: Stack, *command: str) -> str:
    return stack.exec(command).stdout


def soon(look: Callable[[], bool], what: str) -> None:
    until(look, seconds=SAVED, what=what)


def files_there(stack: Stack) -> set[str]:
    return set(there(stack, "find", THERE, "-not", "-type", "d", "-printf", "%P\n").splitlines())


def test_the_container_mounts_nothing_of_this_machine_and_publishes_nothing(stack: Stack) -> None:
    mounts = {it["Destination"]: it for it in stack.container.attrs["Mounts"]}
    assert {it["Type"] for it in mounts.values()} == {"volume"}
    assert THERE in mounts
    assert mounts["/workspace/.claude"]["RW"] is False
    assert not stack.container.attrs["HostConfig"]["PortBindings"]


def test_a_save_is_live(stack: Stack) -> None:
    assert (stack.health() or {})["status"] == "healthy"
    before, served = generation(stack), revision(stack)
    scheduler = stack.project.layer / "scheduler.ts"
    for number in range(3):
        with scheduler.open("a", encoding="utf-8") as file:
            file.write(f"// save {number}\n")
        wanted = before + number + 1
        until(lambda: generation(stack) >= wanted, seconds=SAVED, what="the save is loaded")  # noqa: B023 -- called now
    health = stack.health() or {}
    assert health["cause"] == "scheduler.ts"
    assert health["error"] is None
    # From the save here until it was seen there.
    assert 0 < health["phases"]["noticedMs"] < 1_000
    assert revision(stack) != served
    assert generation(stack) == before + 3, "each save is loaded once"


def test_files_belong_to_whoever_owns_the_checkout(stack: Stack) -> None:
    owners = there(stack, "find", *SYNCED, "-printf", "%U %G\n")
    assert set(owners.splitlines()) == {f"{UID} {UID}"}
    assert stack.exec(["touch", "/workspace/grimoires/made-inside"]).ok
    assert not stack.exec(["touch", "/workspace/.claude/made-inside"]).ok


def test_what_comes_and_goes_here_comes_and_goes_there(stack: Stack) -> None:
    layer = stack.project.layer
    new = layer / "new/deep"
    new.mkdir(parents=True)
    (new / "one.txt").write_text("one", encoding="utf-8")
    (new / "run.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (new / "run.sh").chmod(0o755)
    (layer / "new/link").symlink_to("deep/one.txt")
    ignored = layer / "node_modules/x"
    ignored.mkdir(parents=True)
    (ignored / "index.ts").touch()
    wanted = {"new/deep/one.txt", "new/deep/run.sh", "new/link"}
    soon(lambda: wanted <= files_there(stack), "new files come")
    assert there(stack, "cat", f"{THERE}/new/link") == "one"
    assert there(stack, "stat", "-c", "%a", f"{THERE}/new/deep/run.sh") == "755\n"
    assert not any("node_modules" in name for name in files_there(stack))

    (layer / "new").rename(layer / "renamed")
    moved = {name.replace("new/", "renamed/") for name in wanted}
    soon(lambda: moved <= files_there(stack) and not wanted & files_there(stack), "they move")
    shutil.rmtree(layer / "renamed")
    gone = lambda: not moved & files_there(stack)  # noqa: E731 -- one look
    soon(gone, "they go")
    assert not stack.exec(["test", "-e", f"{THERE}/renamed"]).ok


def git(root: Path, *words: str) -> None:
    # The checkout is somebody else's.
    settings = ("safe.directory=*", "user.name=x", "user.email=x@localhost")
    options = [word for setting in settings for word in ("-c", setting)]
    command = ["git", "-C", str(root), *options, *words]
    subprocess.run(command, check=True, capture_output=True)


def test_another_branch_is_there_at_once(stack: Stack) -> None:
    root, layer = stack.project.root, stack.project.layer
    before = files_there(stack)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "all")
    git(root, "checkout", "--quiet", "-b", "other")
    (layer / "only-there.txt").write_text("x", encoding="utf-8")
    with (layer / "scheduler.ts").open("a", encoding="utf-8") as file:
        file.write("// of the other branch\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "other")
    soon(lambda: "only-there.txt" in files_there(stack), "the branch comes")
    git(root, "checkout", "--quiet", "-")
    soon(lambda: files_there(stack) == before, "the first comes back")
    here = (layer / "scheduler.ts").read_text(encoding="utf-8")
    soon(lambda: there(stack, "cat", f"{THERE}/scheduler.ts") == here, "with its content")


def test_a_link_that_is_lost_is_made_again(stack: Stack, elsewhere: Engine) -> None:
    label = f"{names.LINK}={stack.project.slug}"
    (link,) = elsewhere.client.containers.list(filters={"label": label})
    before = generation(stack)
    link.remove(force=True)
    with (stack.project.layer / "scheduler.ts").open("a", encoding="utf-8") as file:
        file.write("// while there is no link\n")
    until(stack.is_healthy, seconds=SAVED, what="the ports are led again")
    soon(lambda: (stack.health() or {}).get("generation", 0) > before, "the save is loaded")


def containers_of(engine: Engine, slug: str) -> list[str]:
    """The stack's own, and those that copy files and lead ports for it."""
    return [
        str(it.name)
        for label in (names.COMPOSE_PROJECT, names.LINK)
        for it in engine.client.containers.list(
            all=True, filters={"label": f"{label}={slug}"}, ignore_removed=True
        )
    ]


def test_nothing_is_left_of_it(elsewhere: Engine, images: Images, copy: Project) -> None:
    with acceptance_stack(copy, elsewhere, variant=Variant(images=images)) as started:
        assert started.is_healthy()
        assert volume_names(elsewhere, copy.slug)
        assert containers_of(elsewhere, copy.slug)
    assert volume_names(elsewhere, copy.slug) == []
    assert containers_of(elsewhere, copy.slug) == []
    networks = [str(it.name) for it in elsewhere.client.networks.list()]
    assert not [it for it in networks if copy.slug in it]


def test_where_files_are_seen_only_the_ports_are_led(
    elsewhere: Engine, images: Images, copy: Project, tmp_path: Path
) -> None:
    # Hidden from the engine is where working copies are, and nothing else.
    seen = Project(tmp_path / "loa")
    shutil.copytree(copy.root, seen.root, symlinks=True)
    with acceptance_stack(seen, elsewhere, variant=Variant(images=images)) as started:
        mounts = {it["Destination"]: it["Type"] for it in started.container.attrs["Mounts"]}
        assert mounts[THERE] == "bind"
        assert not started.container.attrs["HostConfig"]["PortBindings"]
        with (seen.layer / "scheduler.ts").open("a", encoding="utf-8") as file:
            file.write("// saved\n")
        soon(lambda: generation(started) == 2, "the save is loaded")
        assert revision(started)
