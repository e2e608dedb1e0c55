"""Mounted directories that a container could not use: told before it starts, with what mends it."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.docker.mounts import Runner, check_mounts
from harness.engine.model import Engine
from harness.errors import ExitStatus, StackError
from harness.project import Project

ME = f"{os.geteuid()}:{os.getegid()}"
STRANGER = "4242:4242"
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def grimoires(tmp_path: Path) -> Path:
    (made := tmp_path / "grimoires").mkdir()
    made.chmod(0o755)  # whatever the umask is
    return made


def bind(source: Path, **more: object) -> dict[str, Any]:
    return {"type": "bind", "source": str(source), "target": f"/workspace/{source.name}", **more}


def check(user: str, *mounts: dict[str, Any], root: Path, **service: object) -> None:
    # As ours does: root without its capabilities is stopped by modes.
    loa = {"cap_drop": ["ALL"], "volumes": list(mounts), **service}
    engine = cast("Engine", SimpleNamespace(rootless=False))
    check_mounts(Project(root), engine, {"services": {"loa": loa}}, user)


def refused(user: str, *mounts: dict[str, Any], root: Path, **service: object) -> str:
    with pytest.raises(StackError) as caught:
        check(user, *mounts, root=root, **service)
    assert caught.value.exit_status is ExitStatus.FAILED
    assert "\n" not in str(caught.value)
    return str(caught.value)


def command_in(said: str) -> list[str]:
    return shlex.split(said.rsplit("`", 2)[1])


def test_what_belongs_to_somebody_else_is_named_with_owner_user_and_command(
    grimoires: Path,
) -> None:
    said = refused(STRANGER, bind(grimoires), root=grimoires.parent)
    assert said.startswith("grimoires belongs to ")
    assert f"({os.geteuid()}) and has mode 0755" in said
    assert "by 4242:4242, as whom the container runs" in said
    assert command_in(said)[-4:] == ["chown", "-R", STRANGER, str(grimoires)]


def test_ones_own_that_is_write_protected_is_named_and_its_command_mends_it(
    grimoires: Path,
) -> None:
    grimoires.chmod(0o555)
    said = refused(ME, bind(grimoires), root=grimoires.parent)
    assert said.startswith("grimoires has mode 0555: it cannot be written to")
    subprocess.run(command_in(said), check=True)
    check(ME, bind(grimoires), root=grimoires.parent)


@only_root
def test_the_command_gives_it_to_whom_the_container_runs_as(grimoires: Path) -> None:
    said = refused(STRANGER, bind(grimoires), root=grimoires.parent)
    subprocess.run(command_in(said), check=True)
    check(STRANGER, bind(grimoires), root=grimoires.parent)


def test_what_is_mounted_read_only_must_be_readable_and_no_more(grimoires: Path) -> None:
    check(STRANGER, bind(grimoires, read_only=True), root=grimoires.parent)
    grimoires.chmod(0o750)
    said = refused(STRANGER, bind(grimoires, read_only=True), root=grimoires.parent)
    assert "cannot be read by 4242:4242" in said


def test_every_directory_is_named_at_once(grimoires: Path) -> None:
    (other := grimoires.parent / "it's mine").mkdir()
    said = refused(STRANGER, bind(grimoires), bind(other), root=grimoires.parent)
    assert re.search(r"grimoires belongs .*; it's mine belongs .* and `", said)
    assert command_in(said)[-1] == str(other)


def test_a_missing_one_is_named_and_not_made(tmp_path: Path) -> None:
    mount = bind(tmp_path / "grimoires", bind={"create_host_path": False})
    said = refused(ME, mount, root=tmp_path)
    assert said.startswith("grimoires is missing, and is to be mounted at /workspace/grimoires")
    assert not (tmp_path / "grimoires").exists()
    subprocess.run(command_in(said), check=True)
    check(ME, mount, root=tmp_path)


def test_what_git_has_of_a_missing_one_comes_back(grimoires: Path) -> None:
    root = grimoires.parent
    (grimoires / "kept.md").write_text("kept", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", root], check=True)
    subprocess.run(["git", "-C", root, "add", "grimoires"], check=True)
    (grimoires / "kept.md").unlink()
    grimoires.rmdir()
    said = refused(ME, bind(grimoires, bind={"create_host_path": False}), root=root)
    subprocess.run(command_in(said), check=True)
    assert (grimoires / "kept.md").read_text(encoding="utf-8") == "kept"


def test_what_the_engine_would_make_is_roots_and_told_to_anybody_else(tmp_path: Path) -> None:
    mount = bind(tmp_path / "grimoires", bind={"create_host_path": True})
    assert "grimoires is missing" in refused(STRANGER, mount, root=tmp_path)
    check("0:0", mount, root=tmp_path, cap_drop=[])
    check(STRANGER, {**mount, "read_only": True}, root=tmp_path)


def test_what_is_not_of_the_checkout_is_the_machines_business(tmp_path: Path) -> None:
    check(STRANGER, bind(Path("/root")), bind(Path("/nowhere")), root=tmp_path)
    check(STRANGER, {"type": "volume", "source": "wal", "target": "/data"}, root=tmp_path)


def test_a_single_file_is_judged_too(tmp_path: Path) -> None:
    (file := tmp_path / "one.json").touch(mode=0o644)
    check(ME, bind(file), root=tmp_path)
    assert "one.json belongs to" in refused(STRANGER, bind(file), root=tmp_path)


def test_root_is_stopped_only_where_it_has_no_capability() -> None:
    passes: Callable[..., bool] = lambda **service: Runner.of(service, "0:0").passes  # noqa: E731
    assert passes()
    assert not passes(cap_drop=["ALL"])
    assert not passes(cap_drop=["CAP_DAC_OVERRIDE"])
    assert passes(cap_drop=["all"], cap_add=["DAC_OVERRIDE"])
    assert not Runner.of({}, STRANGER).passes


def test_a_group_that_the_service_adds_counts(grimoires: Path) -> None:
    grimoires.chmod(0o775)
    check(STRANGER, bind(grimoires), root=grimoires.parent, group_add=[str(os.getegid())])


def test_a_rootless_engine_is_as_whoever_runs_it(tmp_path: Path, grimoires: Path) -> None:
    (socket := tmp_path / "docker.sock").touch()
    engine = cast("Engine", SimpleNamespace(rootless=True, host=f"unix://{socket}"))
    runner = Runner.behind(engine)
    assert runner
    assert runner.uid == os.geteuid()
    model = {"services": {"loa": {"volumes": [bind(grimoires)]}}}
    check_mounts(Project(tmp_path), engine, model, "0:0")
    grimoires.chmod(0o555)
    with pytest.raises(StackError, match="grimoires has mode 0555"):
        check_mounts(Project(tmp_path), engine, model, "0:0")


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:2375", "ssh://me@localhost"])
def test_of_a_rootless_engine_without_a_socket_nobody_knows_who_runs_it(
    tmp_path: Path, grimoires: Path, host: str
) -> None:
    engine = cast("Engine", SimpleNamespace(rootless=True, host=host))
    model = {"services": {"loa": {"volumes": [bind(grimoires)]}}}
    check_mounts(Project(tmp_path), engine, model, "0:0")


def test_who_runs_it_may_be_known_to_this_machine_by_number_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    (socket := tmp_path / "docker.sock").touch()
    monkeypatch.setattr("pwd.getpwuid", unknown)
    found = Runner.behind(cast("Engine", SimpleNamespace(host=f"unix://{socket}")))
    assert found == Runner(os.geteuid(), (socket.stat().st_gid,))


@only_root
@pytest.mark.parametrize("mode", [0o755, 0o775, 0o757, 0o555, 0o700, 0o070, 0o007, 0o666])
@pytest.mark.parametrize("owner", [(0, 0), (4242, 0), (0, 4242), (4242, 4242)])
def test_it_judges_as_the_kernel_does(mode: int, owner: tuple[int, int]) -> None:
    place = Path(f"/tmp/mounts-{os.getpid()}-{mode:o}-{owner[0]}-{owner[1]}")  # noqa: S108 -- all may enter /tmp
    place.mkdir()
    try:
        os.chown(place, *owner)
        place.chmod(mode)
        words: list[str | Path] = [
            "sh",
            "-c",
            'test -r "$0" && test -w "$0" && test -x "$0"',
            place,
        ]
        done = subprocess.run(words, user=4242, group=4242, extra_groups=[], check=False)
        may = Runner.of({}, STRANGER).may(place.stat(), 7)
        assert may is (done.returncode == 0)
    finally:
        place.rmdir()
