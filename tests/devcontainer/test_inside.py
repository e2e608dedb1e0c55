"""A day's work inside `.devcontainer/`, which the specification's own command line brings up.

The image is built as the harness builds, since the command line gives a build no settings of this
machine's network; from then on all is as devcontainer.json has it.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import node, process
from harness.cloudflare.packages import install_packages
from harness.criteria.facts.deployment import parse_jsonc
from harness.docker.buildx import BuildSettings, build, secrets
from harness.engine.model import Engine
from harness.fixtures.images import base_image
from harness.project import Project
from tests.devcontainer.test_command_line import HERE, SCRIPT
from tests.live.conftest import own_checkout
from tests.live.terminal import Terminal, terminal

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.long]

# Of this run alone: that of another checkout may use the same engine.
TAG = f"loa-harness/devcontainer:{os.getpid()}"
USER = 1000
UP = 900.0
KEYS = r"^r restart  o open  l log  q leave$"
CERTIFICATES = "/run/secrets/ca"
TRUSTING = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True)
class Inside:
    """The container.

    Attributes:
        project: The checkout, outside.
        engine: The engine outside.
        options: What each of the command line's commands is told.
    """

    project: Project
    engine: Engine
    options: tuple[str, ...]

    @property
    def variables(self) -> Mapping[str, str]:
        """What the command line sees of the machine outside."""
        socket = self.engine.host.removeprefix("unix://")
        return {**node.variables(), **self.engine.variables, "LOA_ENGINE_SOCKET": socket}

    def command(self, verb: str, *words: str) -> list[str]:
        """Return the words of a call of the command line."""
        program = [str(node.program()), str(HERE / SCRIPT), verb]
        return [*program, "--docker-path", str(self.engine.program), *self.options, *words]

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


def settings(project: Project, image: str) -> Path:
    """Return our devcontainer.json with an image in the place of its build."""
    text = (project.root / ".devcontainer/devcontainer.json").read_text(encoding="utf-8")
    whole = {name: it for name, it in parse_jsonc(text).items() if name != "build"}
    path = project.state_dir / "devcontainer.json"
    path.write_text(json.dumps({**whole, "image": image}), encoding="utf-8")
    return path


def certificates() -> tuple[list[str], list[str]]:
    """Return what lets programs in there trust what this machine does: a mount, and variables."""
    trusted = secrets().get("ca")
    if not trusted:
        return [], []
    names = (f"--remote-env={it}={CERTIFICATES}" for it in TRUSTING)
    return [f"--mount=type=bind,source={trusted},target={CERTIFICATES}"], list(names)


def give_to_its_user(project: Project) -> None:
    """Let the checkout belong to whom it would belong to outside."""
    if os.getuid() == 0:
        process.run(["chown", "--recursive", f"{USER}:{USER}", project.root])


@pytest.fixture(scope="module")
def inside(docker: Engine) -> Iterator[Inside]:
    """The container, up; it goes with the test."""
    install_packages(HERE)
    with own_checkout(docker) as project:
        base = base_image(project, docker)
        dockerfile = project.root / ".devcontainer/Dockerfile"
        build(
            docker,
            BuildSettings(
                context=project.root,
                dockerfile=dockerfile,
                tag=TAG,
                build_args={"BASE_IMAGE": base.reference},
            ),
        )
        override = ("--override-config", str(settings(project, TAG)))
        give_to_its_user(project)
        mount, trusting = certificates()
        options = ("--workspace-folder", str(project.root), *override, *trusting)
        made = Inside(project, docker, options)
        try:
            process.run(made.command("up", *mount), env=made.variables, timeout=UP)
            yield made
        finally:
            remove(docker, project)


def remove(engine: Engine, project: Project) -> None:
    label = f"devcontainer.local_folder={project.root}"
    for it in engine.client.containers.list(all=True, filters={"label": label}):
        it.remove(force=True, v=True)
    engine.client.images.remove(TAG, force=True)


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
