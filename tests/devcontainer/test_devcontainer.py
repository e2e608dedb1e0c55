"""`.devcontainer/`: as the specification has it, and true to the rest of the checkout."""

import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.criteria.facts.deployment import parse_jsonc
from harness.docker.dockerfile import Dockerfile
from harness.docker.inputs import context_files
from harness.project import Project
from tests.conftest import REPOSITORY

DIRECTORY = REPOSITORY / ".devcontainer"
TEXT = (DIRECTORY / "devcontainer.json").read_text(encoding="utf-8")
IMAGE = "127.0.0.1:5000/loa:mine"

_VARIABLE = re.compile(
    r"\$\{(?:localEnv:\w+(?::[^}:]*)?|containerEnv:\w+|localWorkspaceFolder|devcontainerId)\}"
)
Forward = Literal["notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"]
Port = Annotated[int, Field(ge=0, le=65535)]
Mount = Annotated[str, Field(pattern=r"^source=[^,]+,target=/?[^,]+,type=(bind|volume)$")]


class Model(BaseModel):
    """A part of the specification at containers.dev; what is not in it is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Build(Model):
    dockerfile: str
    context: str
    args: dict[str, str]


class PortAttributes(Model):
    label: str = ""
    onAutoForward: Forward  # noqa: N815 -- the specification's name


class DevContainer(Model):
    name: str
    build: Build
    workspaceMount: Mount  # noqa: N815
    workspaceFolder: str  # noqa: N815
    mounts: list[Mount]
    runArgs: list[Annotated[str, Field(pattern=r"^--")]]  # noqa: N815
    init: bool
    overrideCommand: bool  # noqa: N815
    remoteUser: str  # noqa: N815
    containerEnv: dict[str, str]  # noqa: N815
    remoteEnv: dict[str, str | None]  # noqa: N815
    postCreateCommand: str  # noqa: N815
    waitFor: Literal["onCreateCommand", "updateContentCommand", "postCreateCommand"]  # noqa: N815
    forwardPorts: list[Port]  # noqa: N815
    portsAttributes: dict[Annotated[str, Field(pattern=r"^\d+$")], PortAttributes]  # noqa: N815
    otherPortsAttributes: PortAttributes  # noqa: N815
    customizations: dict[str, dict[str, object]]


def read(text: str = TEXT) -> DevContainer:
    return DevContainer.model_validate(parse_jsonc(text))


def test_it_is_as_the_specification_has_it() -> None:
    assert read().name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"forwardPorts"', '"forwardPort"'),
        ("[3000, 18789]", '["3000", 18789]'),
        ('"silent"', '"silently"'),
        ("target=/var/run/docker.sock,", ""),
        ('"context": "..",', ""),
    ],
)
def test_a_mistake_is_found(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(ValidationError):
        read(TEXT.replace(old, new))


def test_every_variable_is_one_that_editors_fill_in() -> None:
    # A default ends at its first colon.
    assert not _VARIABLE.fullmatch("${localEnv:NAME:host/image:tag}")
    assert "$" not in _VARIABLE.sub("", TEXT).replace('\\"$VENV\\"', "")


def test_it_stands_on_the_image_that_the_environment_stands_on() -> None:
    image = Project(REPOSITORY).config.image
    assert read().build.args == {"BASE_IMAGE": "${localEnv:LOA_BASE_IMAGE}"}
    dockerfile = (DIRECTORY / read().build.dockerfile).read_text(encoding="utf-8")
    assert f"FROM ${{BASE_IMAGE:-{image.published}}} AS " in dockerfile
    assert "LOA_BASE_IMAGE" in (REPOSITORY / "docker-compose.dev.yml").read_text(encoding="utf-8")


def test_the_checkout_has_the_same_path_in_it_as_outside() -> None:
    found = read()
    assert found.workspaceFolder == "${localWorkspaceFolder}"
    assert found.workspaceMount.startswith("source=${localWorkspaceFolder},target=${localWorkspace")


def test_it_leads_the_ports_of_the_environment() -> None:
    ports = Project(REPOSITORY).config.ports
    assert read().forwardPorts == [ports.health, ports.gateway]
    assert {int(it) for it in read().portsAttributes} == {ports.health, ports.gateway}


def test_its_environment_is_not_that_of_the_machine_outside() -> None:
    venv = read().containerEnv["VENV"]
    assert Path(venv).is_absolute()
    assert str(read().remoteEnv["PATH"]).startswith(f"{venv}/bin:")
    assert (REPOSITORY / read().postCreateCommand.split()[1]).is_file()


def test_editors_find_in_the_context_what_the_dockerfile_copies(tmp_path: Path) -> None:
    # They build by a copy of it elsewhere, so that no ignore file but the root's counts.
    elsewhere = tmp_path / "Dockerfile-with-features"
    sources = Dockerfile.read(DIRECTORY / "Dockerfile", {"BASE_IMAGE": IMAGE}).sources()
    assert sources
    for source in sources:
        assert context_files(REPOSITORY, elsewhere, [source]), source
    assert not list(DIRECTORY.glob("*.dockerignore"))


def test_it_runs_our_entrypoint_as_root_and_everybody_else_as_its_user() -> None:
    found = read()
    assert (found.init, found.overrideCommand, found.remoteUser) == (True, False, "node")
    assert found.containerEnv["LOA_CHECKOUT"] == "${localWorkspaceFolder}"
    engine = "source=${localEnv:LOA_ENGINE_SOCKET:/var/run/docker.sock},target=/var/run/docker.sock"
    assert found.mounts == [f"{engine},type=bind"]
    assert found.workspaceMount == (
        "source=${localWorkspaceFolder},target=${localWorkspaceFolder},type=bind"
    )


def test_it_is_another_machine_than_the_one_outside_and_stays_the_same() -> None:
    assert read().runArgs == ["--hostname=loa-${devcontainerId}"]


def test_editors_wait_for_the_harness_and_open_no_browser() -> None:
    found = read()
    assert found.waitFor == "postCreateCommand"
    assert found.postCreateCommand == 'python3 harness/bootstrap.py "$VENV"'
    labels = {name: it.label for name, it in found.portsAttributes.items()}
    assert labels == {"3000": "health", "18789": "gateway"}
    assert {it.onAutoForward for it in found.portsAttributes.values()} == {"silent"}
    assert found.otherPortsAttributes.onAutoForward == "ignore"
    venv = found.containerEnv["VENV"]
    assert found.remoteEnv == {"PATH": f"{venv}/bin:${{containerEnv:PATH}}"}
    assert venv.startswith(f"/home/{found.remoteUser}/")
    assert found.customizations == {
        "vscode": {
            "extensions": ["charliermarsh.ruff", "ms-python.python"],
            "settings": {"python.defaultInterpreterPath": f"{venv}/bin/python"},
        }
    }


PACKAGES = (
    "bash-completion ca-certificates curl docker-buildx docker-cli docker-compose git less make "
    "openssh-client procps python3 python3-venv"
)


def test_its_dockerfile_installs_what_the_harness_needs_and_nothing_else() -> None:
    assert (read().build.dockerfile, read().build.context) == ("Dockerfile", "..")
    [stage] = Dockerfile.read(DIRECTORY / "Dockerfile", {"BASE_IMAGE": IMAGE}).stages
    assert stage.base == IMAGE
    user, install, copy, entrypoint, command = stage.instructions
    assert (user.name, user.value.strip()) == ("USER", "root")
    command_line = install.value.split("target=/run/build", 1)[1].split()
    assert command_line == [
        *("sh", "/run/build/with-settings.sh", "sh", "/run/build/apt-install.sh"),
        *PACKAGES.split(),
    ]
    assert install.mounts == [
        {"type": "secret", "id": "ca"},
        {"type": "secret", "id": "apt"},
        {"type": "bind", "source": "deploy/build", "target": "/run/build"},
    ]
    assert (copy.name, copy.flag("chmod")) == ("COPY", ["755"])
    assert copy.arguments[0] == ".devcontainer/entrypoint.sh"
    assert (entrypoint.name, entrypoint.arguments) == ("ENTRYPOINT", [copy.arguments[-1]])
    assert (command.name, command.arguments) == ("CMD", ["sleep", "infinity"])
