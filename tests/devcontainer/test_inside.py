"""A day's work inside `.devcontainer/`, which the specification's own command line brings up.

All is as devcontainer.json has it, the build included. The command line gives that no settings of
this machine's network, so they are in the image that it stands on, which goes with the test.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import node, process
from harness.cloudflare.packages import install_packages
from harness.docker.buildx import BuildSettings, build, secrets
from harness.engine.model import Engine
from harness.fixtures.images import base_image
from harness.project import Project
from tests.devcontainer.test_command_line import HERE, SCRIPT
from tests.live.conftest import own_checkout
from tests.live.terminal import Terminal, terminal

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.long]

# Of this run alone: that of another checkout may use the same engine. What is made on the image has
# its label too.
TAG = f"loa-harness/devcontainer-base:{os.getpid()}"
LABEL = "loa-harness.devcontainer-test"
USER = 1000
UP = 900.0
KEYS = r"^r restart  o open  l log  q leave$"
# Where with-settings.sh looks for them, and programs that know nothing of it.
SETTINGS = "/run/secrets"
POINTING = {
    "ca": ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    "pip": ("PIP_CONFIG_FILE",),
    "npmrc": ("NPM_CONFIG_USERCONFIG",),
}


@dataclass(frozen=True)
class Inside:
    """The container.

    Attributes:
        project: The checkout, outside.
        engine: The engine outside.
    """

    project: Project
    engine: Engine

    @property
    def variables(self) -> Mapping[str, str]:
        """What the command line sees of the machine outside."""
        socket = self.engine.host.removeprefix("unix://")
        ours = {"LOA_BASE_IMAGE": TAG, "LOA_ENGINE_SOCKET": socket}
        return {**node.variables(), **self.engine.variables, **ours}

    def command(self, verb: str, *words: str) -> list[str]:
        """Return the words of a call of the command line."""
        program = [str(node.program()), str(HERE / SCRIPT), verb]
        where = ["--workspace-folder", str(self.project.root)]
        return [*program, "--docker-path", str(self.engine.program), *where, *words]

    def run(self, *words: str) -> process.Completed:
        """Run a command in there."""
        command = self.command("exec", *words)
        return process.run(command, env=self.variables, timeout=UP, check=False)

    @contextmanager
    def shows(self, *words: str) -> Iterator[Terminal]:
        """Run a command in there in a terminal."""
        kept = {name: it for name, it in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
        env = {**kept, **self.variables, "TERM": "xterm-256color"}
        with terminal(self.command("exec", *words), env=env, rows=40, columns=200) as screen:
            yield screen


def build_base(engine: Engine, reference: str) -> None:
    """Build, on an image, one that has the settings which this machine's builds are given."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        lines = [f"FROM {reference}"]
        for key, path in secrets().items():
            shutil.copy(path, place / key)
            lines.append(f"COPY --chmod=644 {key} {SETTINGS}/{key}")
            lines += (f"ENV {variable}={SETTINGS}/{key}" for variable in POINTING.get(key, ()))
        (place / "Dockerfile").write_text("\n".join(lines), encoding="utf-8")
        labels = {LABEL: str(os.getpid())}
        build(
            engine,
            BuildSettings(context=place, dockerfile=place / "Dockerfile", tag=TAG, labels=labels),
        )


def give_to_its_user(project: Project) -> None:
    """Let the checkout belong to whom it would belong to outside."""
    if os.getuid() == 0:
        process.run(["chown", "--recursive", f"{USER}:{USER}", project.root])


@pytest.fixture(scope="module")
def inside(docker: Engine) -> Iterator[Inside]:
    """The container, up; it goes with the test."""
    install_packages(HERE)
    with own_checkout(docker) as project:
        give_to_its_user(project)
        made = Inside(project, docker)
        try:
            build_base(docker, base_image(project, docker).reference)
            up = process.run(made.command("up"), env=made.variables, timeout=UP, check=False)
            assert up.ok, up.stderr
            yield made
        finally:
            remove(docker)


def remove(engine: Engine) -> None:
    """Remove the container, and every image that was made on ours."""
    label = f"{LABEL}={os.getpid()}"
    for container in engine.client.containers.list(all=True, filters={"label": label}):
        container.remove(force=True, v=True)
    for image in engine.client.images.list(filters={"label": label}):
        engine.client.images.remove(str(image.id), force=True)


def test_its_user_has_python_git_make_and_the_engine_outside(
    inside: Inside, docker: Engine
) -> None:
    script = "id -un && python3 --version && git --version && make --version && docker version"
    done = inside.run("bash", "-c", f"{script} --format '{{{{.Server.Version}}}}'")
    assert done.ok, done.stderr
    assert done.stdout.splitlines()[0] == "node"
    assert docker.version in done.stdout.splitlines()[-1]


def test_make_dev_shows_saves_that_are_made_outside(inside: Inside) -> None:
    source = inside.project.layer / "scheduler.ts"
    with inside.shows("make", "dev") as screen:
        screen.see(r"^Loa is up: http://127\.0\.0\.1:\d+/loa/version", seconds=UP)
        screen.see(KEYS, seconds=UP)
        source.write_text(source.read_text("utf-8") + "// one\n", encoding="utf-8")
        screen.see(r"^scheduler\.ts → live in \d+\.\d\d s .*  tsc ok$")
        (row,) = json.loads(inside.run("harness", "status", "--json").stdout)["stacks"]
        assert row["status"] == "healthy"
        screen.press("q")
        assert screen.end() == (0, None)
    assert inside.run("make", "dev-down").ok
