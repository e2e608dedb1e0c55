"""docker-compose.dev.yml: what its comments and the documents promise, as compose resolves it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness import process
from harness.criteria.facts.compose import bytes_of
from harness.docker.dockerfile import Dockerfile
from harness.engine.clients import prepare
from harness.project import Project
from tests.conftest import REPOSITORY

NAME = "docker-compose.dev.yml"
GIB = 2**30
SOURCES = {".claude": True, "grimoires": False, "deploy/loa-identity": False}
STATE = {
    "wal": "/data/wal",
    "state": "/data/loa",
    "sessions": "/data/clawdbot",
    "beads": "/workspace/.beads",
    "ckindex": "/workspace/.ckindex",
}
GIVEN = {
    "LOA_DEV_IMAGE": "an/image:1",
    "LOA_BASE_IMAGE": "a/base:1",
    "LOA_UID": "71",
    "LOA_GID": "72",
    "BEAUVOIR_DEV_MODE": "0",
    "LOA_RELOADER": "entr",
    "LOA_HEALTH_PORT": "4001",
    "LOA_GATEWAY_PORT": "4002",
}

Model = dict[str, Any]


def resolved(place: Path, variables: dict[str, str]) -> Model:
    """Return the model, in a place that has nothing but the file and credentials."""
    text = (REPOSITORY / NAME).read_text(encoding="utf-8")
    (place / NAME).write_text(text, encoding="utf-8")
    (place / ".env.local").write_text("CLAWDBOT_GATEWAY_TOKEN=made-up\n", encoding="utf-8")
    program, settings = prepare()
    words: list[str | Path] = [
        program,
        "compose",
        "--file",
        place / NAME,
        "config",
        "--format",
        "json",
    ]
    unset = dict.fromkeys(GIVEN, "")
    done = process.run(words, env={**unset, **settings, **variables})
    model: Model = json.loads(done.stdout)
    return model


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compose")


@pytest.fixture(scope="module")
def model(place: Path) -> Model:
    return resolved(place, {})


@pytest.fixture(scope="module")
def service(model: Model) -> Model:
    found: Model = model["services"][Project(REPOSITORY).config.compose.service]
    return found


@pytest.fixture(scope="module")
def other(place: Path) -> Model:
    """The service with every variable set that the file takes."""
    found: Model = resolved(place, GIVEN)["services"][Project(REPOSITORY).config.compose.service]
    return found


def test_sources_are_mounted_where_they_are_in_production(service: Model, place: Path) -> None:
    binds = [it for it in service["volumes"] if it["type"] == "bind"]
    found = {it["source"]: (it["target"], it.get("read_only", False)) for it in binds}
    wanted = {str(place / it): (f"/workspace/{it}", kept) for it, kept in SOURCES.items()}
    assert found == wanted
    assert not [it for it in binds if it["bind"].get("create_host_path")]


def test_each_kind_of_state_has_a_volume_where_the_image_has_room_for_it(
    service: Model, model: Model
) -> None:
    volumes = {it["source"]: it["target"] for it in service["volumes"] if it["type"] == "volume"}
    assert volumes == STATE
    assert model["volumes"].keys() == STATE.keys()
    made = (REPOSITORY / "deploy/lay-out.sh").read_text(encoding="utf-8").split()
    assert set(STATE.values()) <= set(made)


def test_ports_are_for_this_machine_only(service: Model) -> None:
    ports = Project(REPOSITORY).config.ports
    found = {(it["host_ip"], it["published"], it["target"]) for it in service["ports"]}
    wanted = {("127.0.0.1", str(it), it) for it in (ports.health, ports.gateway)}
    assert found == wanted


def test_memory_is_productions_and_nothing_swaps(service: Model) -> None:
    assert bytes_of(service["deploy"]["resources"]["limits"]["memory"]) == 4 * GIB
    assert bytes_of(service["memswap_limit"]) == 4 * GIB


def test_it_runs_without_rights(service: Model) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "1000:1000"
    assert not service.get("privileged")


def test_credentials_come_from_the_file(service: Model) -> None:
    assert service["environment"]["CLAWDBOT_GATEWAY_TOKEN"] == "made-up"


def test_what_is_not_set_is_for_development(service: Model) -> None:
    images = Project(REPOSITORY).config.image
    environment = service["environment"]
    assert (environment["BEAUVOIR_DEV_MODE"], environment["LOA_RELOADER"]) == ("1", "handover")
    assert service["build"]["args"] == {"BASE_IMAGE": images.published}
    assert service["build"]["dockerfile"] == images.dev_dockerfile
    assert service["image"] == "loa-harness/dev:local"


def test_what_is_set_is_taken(other: Model, place: Path) -> None:
    environment, build = other["environment"], other["build"]
    assert (environment["BEAUVOIR_DEV_MODE"], environment["LOA_RELOADER"]) == ("0", "entr")
    assert (other["image"], other["user"]) == ("an/image:1", "71:72")
    assert (build["args"]["BASE_IMAGE"], build["context"]) == ("a/base:1", str(place))
    assert [it["published"] for it in other["ports"]] == ["4001", "4002"]


def test_health_is_asked_as_in_production(service: Model) -> None:
    [system] = [it for it in production().stages if it.name == "system"]
    [check] = [it for it in system.instructions if it.name == "HEALTHCHECK"]
    asked = service["healthcheck"]
    assert asked["test"] == ["CMD", *json.loads(check.value.partition("CMD")[2])]
    for name in ("interval", "timeout"):
        assert [asked[name]] == check.flag(name)
    assert [seconds(asked["start_period"])] == [seconds(it) for it in check.flag("start-period")]
    assert [str(asked["retries"])] == check.flag("retries")


def production() -> Dockerfile:
    return Dockerfile.read(REPOSITORY / Project(REPOSITORY).config.image.dockerfile)


def seconds(text: str) -> int:
    """Read a time as compose and Docker write it: 60s, 1m0s."""
    units = {"m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([ms])", text))


def test_the_start_script_has_time_to_end(service: Model) -> None:
    text = (REPOSITORY / "deploy/supervise.sh").read_text(encoding="utf-8")
    [patience] = re.findall(r"^patience=(\d+)$", text, re.MULTILINE)
    assert int(patience) == 8
    assert seconds(service["stop_grace_period"]) == 10


def test_what_ends_by_itself_is_started_a_few_times(service: Model) -> None:
    assert service["restart"] == "on-failure:5"


def test_the_log_is_bounded(service: Model) -> None:
    logging = service["logging"]
    assert logging["driver"] == "json-file"
    assert logging["options"] == {"max-file": "3", "max-size": "10m"}
