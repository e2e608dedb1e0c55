"""Facts that several checks judge: each is observed once in a run."""

from collections.abc import Iterator

import pytest

from harness.criteria.facts import (
    credential,
    dev_start,
    failed_release,
    image,
    lifecycle,
    push_run,
    reload,
    shell,
    tool,
)
from harness.criteria.facts.credential import CredentialFacts
from harness.criteria.facts.dev_start import DevStartFacts
from harness.criteria.facts.failed_release import FailedReleaseFacts
from harness.criteria.facts.image import ImageFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.push_run import Pushed
from harness.criteria.facts.reload import ReloadFacts
from harness.criteria.facts.shell import ShellFacts
from harness.criteria.facts.tool import ToolFacts
from harness.criteria.faults import PreconditionError, UnobservableError
from harness.docker.build_errors import BrokenStageError
from harness.engine.model import Engine
from harness.errors import ImageError
from harness.fixtures import production
from harness.fixtures.images import BaseImage, DevImage
from harness.fixtures.stack import AcceptanceStack
from harness.loaded import Loaded, loaded
from harness.project import Project
from harness.pytest.run import RUN


@pytest.fixture(scope="session")
def harness() -> Iterator[Loaded]:
    """For checks that call many commands of the harness."""
    with loaded() as found:
        yield found


@pytest.fixture(scope="session")
def credentials(project: Project) -> CredentialFacts:
    return credential.observe(project)


@pytest.fixture(scope="session")
def images(engine: Engine, base_image: BaseImage, dev_image: DevImage) -> ImageFacts:
    return image.observe(engine, base_image, dev_image)


@pytest.fixture(scope="session")
def tools(stack: AcceptanceStack) -> ToolFacts:
    return tool.observe(stack)


@pytest.fixture(scope="session")
def shells(stack: AcceptanceStack, project: Project) -> ShellFacts:
    return shell.observe(stack, project)


@pytest.fixture(scope="session", name="dev_start")
def _dev_start(stack: AcceptanceStack) -> DevStartFacts:
    return dev_start.observe(stack)


@pytest.fixture(scope="session")
def reloads(stack: AcceptanceStack) -> ReloadFacts:
    return reload.observe(stack)


@pytest.fixture(scope="session")
def life(
    project: Project,
    engine: Engine,
    base_image: BaseImage,  # noqa: ARG001 -- without one, D-1 says so and nothing comes up
) -> LifecycleFacts:
    """From `make dev` to `make dev-clean`, in a checkout of its own."""
    return lifecycle.observe(project, engine)


@pytest.fixture(scope="session")
def failures(project: Project, pytestconfig: pytest.Config) -> FailedReleaseFacts:
    """Releases that fail in each way there is; the slower half of them with --long."""
    return failed_release.observe(project, long=pytestconfig.getoption("long"))


@pytest.fixture(scope="session")
def make_dev_works(life: LifecycleFacts) -> None:
    """For checks of what `make dev` does besides bringing the environment up."""
    if not life.first.healthy:
        raise PreconditionError("FR-4.1", "make dev did not bring the environment up")


@pytest.fixture(scope="session", name="pushed")
def _pushed(project: Project, engine: Engine, pytestconfig: pytest.Config) -> Pushed:
    """The deployment workflow itself, from a push; with --long from one that is broken too."""
    return push_run.observe(project, engine, broken=pytestconfig.getoption("long"))


@pytest.fixture(scope="session", name="shipped")
def _shipped(request: pytest.FixtureRequest, project: Project, engine: Engine) -> str:
    """The production image on the engine: the one that is asked for, else this checkout's."""
    if request.config.getoption("--image"):
        return str(request.getfixturevalue("base_image").reference)
    stages = {"rust-builder": "FR-6.1", "python-builder": "FR-6.2"}
    try:
        patient = bool(request.config.getoption("--long"))
        with request.config.stash[RUN].leaving_builds(project):
            return production.production_image(project, engine, patient=patient)
    except BrokenStageError as error:
        raise PreconditionError(stages.get(error.stage, "FR-6.3"), str(error)) from error
    except ImageError as error:
        raise UnobservableError(str(error)) from error
