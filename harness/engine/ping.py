"""Ask an address whether a Docker engine answers there."""

import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import docker
import docker.errors
import requests
from docker.utils import kwargs_from_env

from harness.engine import ssh

__all__ = ["Address", "Answer", "Silence", "ask", "connect"]

# Something that listens may be an engine that is just starting.
_PATIENCE = 10
_REFUSALS = (docker.errors.APIError, docker.errors.TLSParameterError, requests.exceptions.SSLError)


@dataclass(frozen=True)
class Address:
    """Where an engine may be.

    Attributes:
        host: As DOCKER_HOST takes it.
        origin: How it was found, for people.
        certificates: The directory of ca.pem, cert.pem and key.pem, for an address with TLS.
    """

    host: str
    origin: str
    certificates: Path | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that lead a client program there."""
        tls = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(self.certificates)}
        return {"DOCKER_HOST": self.host, **(tls if self.certificates else {})}


@dataclass(frozen=True)
class Answer:
    """What an engine says of itself.

    Attributes:
        version: Its version.
        rootless: Whether root in its containers is the user who runs it.
        data_root: Where it keeps images and volumes, as the engine itself sees it.
        memory: Bytes of memory that its containers can use.
    """

    version: str
    rootless: bool
    data_root: str
    memory: int


class Silence(Enum):
    """Why there is no answer."""

    ABSENT = "nothing listens there"
    DENIED = "this user may not connect to it"
    REFUSED = "what answers there is no engine, or its certificates cannot be used"
    HUNG = f"it accepts connections, but gave no answer within {_PATIENCE} s"


def ask(address: Address) -> Answer | Silence:
    """Ask an engine for its version and what kind it is."""
    path = address.host.removeprefix("unix://")
    if path != address.host:
        reached = _reach(path)
        if reached:
            return reached
    try:
        with closing(connect(address.variables, timeout=_PATIENCE)) as client:
            return _answer(client)
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        return _silence((error, error.__cause__))


def connect(variables: dict[str, str], *, timeout: int) -> docker.DockerClient:
    """Return the SDK's client for the engine that these variables lead to.

    Raises:
        docker.errors.DockerException: It does not answer.
    """
    host = variables["DOCKER_HOST"]
    if host.startswith(ssh.SCHEME):
        variables = {"DOCKER_HOST": _led(host)}
    return docker.DockerClient(**kwargs_from_env(environment=variables), timeout=timeout)


def _led(host: str) -> str:
    try:
        return ssh.local_address(host)
    except ValueError as error:
        raise docker.errors.DockerException(f"{host} cannot be understood") from error


def _silence(causes: Sequence[BaseException | None]) -> Silence:
    if any(isinstance(it, requests.Timeout | TimeoutError) for it in causes):
        return Silence.HUNG
    return Silence.REFUSED if any(isinstance(it, _REFUSALS) for it in causes) else Silence.ABSENT


def _reach(path: str) -> Silence | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PATIENCE)
        try:
            probe.connect(path)
        except PermissionError:
            return Silence.DENIED
        except TimeoutError:
            return Silence.HUNG
        except OSError:
            return Silence.ABSENT
    return None


def _answer(client: docker.DockerClient) -> Answer:
    info = client.info()
    return Answer(
        version=str(info.get("ServerVersion", "")),
        rootless=any("rootless" in option for option in info.get("SecurityOptions") or []),
        data_root=str(info.get("DockerRootDir", "")),
        memory=int(info.get("MemTotal", 0)),
    )
