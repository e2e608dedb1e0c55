"""The checkout: its configuration, ports, base image and credentials."""

from collections.abc import Iterator

from harness import config, envfile, ports, tracked, watched
from harness.docker import images
from harness.docker.stack import container_of
from harness.doctor.finding import Check, Finding, Status, Subject
from harness.engine.model import Engine
from harness.make import Makefile
from harness.project import Project

__all__ = ["CHECKS", "make_targets"]

_TARGETS = ("dev", "dev-shell", "dev-logs", "dev-down", "dev-clean", "deploy-cf")


def checkout(subject: Subject) -> Iterator[Finding]:
    """Name the checkout, and read its harness.toml."""
    if subject.project is None:
        detail = "neither this directory nor one above it is one"
        yield Finding("checkout", Status.MISSING, detail, "change into one, or use --project DIR")
        return
    name = subject.project.config.project.name
    yield Finding("checkout", Status.OK, f"{subject.project.root} ({name})")


def names(subject: Subject) -> Iterator[Finding]:
    """Say what harness.toml leaves open, and what the checkout's files tell of it."""
    if subject.project is None:
        return
    for found in config.discovered(subject.project.root):
        if found.value is None:
            mend = f"name it in {config.FILE_NAME}, or add it"
            detail = f"not found; looked for {found.looked_for}"
            yield Finding(found.key, Status.WARN, detail, mend)
        else:
            yield Finding(found.key, Status.OK, f"{found.value} (from {found.place})")


def watching(subject: Subject) -> Iterator[Finding]:
    """Say whether a save of the layer is loaded."""
    if subject.project is None:
        return
    wrong = watched.fault(subject.project)
    if wrong:
        yield Finding("watch", Status.WARN, wrong, watched.MEND)
    else:
        yield Finding("watch", Status.OK, ", ".join(subject.project.config.watch.include))


def published_ports(subject: Subject) -> Iterator[Finding]:
    """Say who holds a port that the stack would be published on."""
    if subject.project is None:
        return
    pair = ports.remembered(subject.project)
    blocked = ports.blocked(subject.project, subject.engine)
    if blocked:
        yield Finding("free ports", Status.MISSING, "; ".join(blocked), ports.OTHERS)
    else:
        yield Finding("ports", Status.OK, f"{pair.health} and {pair.gateway} on 127.0.0.1")


def base_image(subject: Subject) -> Iterator[Finding]:
    """Look for the base image on the engine, the published one or its stand-in; ask no registry."""
    if subject.project is None or subject.engine is None:
        return
    reference = subject.project.config.image.published
    if images.inspect(subject.engine, reference):
        yield Finding("base image", Status.OK, f"{reference} is on the engine")
        return
    instead = _stands_on(subject.project, subject.engine)
    then = f"; {instead} is used, built here" if instead else ": `make dev` pulls it, or builds one"
    yield Finding("base image", Status.OK, f"{reference} is not on the engine{then}")


def credentials(subject: Subject) -> Iterator[Finding]:
    """Look at .env.local: that it can be read, by its owner alone, and is ignored by git."""
    if subject.project is None:
        return
    path = subject.project.root / envfile.FILE_NAME
    ignored = tracked.ignores(subject.project.root, envfile.FILE_NAME)
    if not ignored:
        detail = "git would commit it"
        yield Finding(envfile.FILE_NAME, Status.MISSING, detail, envfile.IGNORE)
    if not path.exists():
        yield Finding(envfile.FILE_NAME, Status.OK, "not there yet: `make dev` makes it")
        return
    envfile.read(subject.project.root)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        detail = f"others can read it (mode {mode:04o})"
        yield Finding(envfile.FILE_NAME, Status.WARN, detail, f"chmod 600 {path}")
    else:
        by_git = ", ignored by git" if ignored else ""
        yield Finding(envfile.FILE_NAME, Status.OK, f"there, mode {mode:04o}{by_git}")


def make_targets(subject: Subject) -> Iterator[Finding]:
    """Ask make which of the commands that a developer types there are."""
    if subject.project is None:
        return
    makefile = Makefile(subject.project.root)
    missing = [it for it in _TARGETS if not makefile.has(it)]
    if missing:
        mend = "add them to the Makefile, or to a file that it includes"
        yield Finding("make", Status.WARN, f"no target {', '.join(missing)}", mend)
    else:
        yield Finding("make", Status.OK, ", ".join(_TARGETS))


CHECKS: tuple[Check, ...] = (
    checkout,
    names,
    watching,
    make_targets,
    published_ports,
    base_image,
    credentials,
)


def _stands_on(project: Project, engine: Engine) -> str:
    """Name the image, built here, whose layers the checkout's container begins with; or nothing."""
    container = container_of(project, engine)
    used = images.inspect(engine, container.attrs["Image"]) if container else None
    if used is None:
        return ""
    kind = f"{images.KIND}={project.config.image.fallback_target}"
    for it in images.images_of(engine, kind):
        layers = tuple(it.attrs["RootFS"].get("Layers") or ())
        if it.tags and layers and used.layers[: len(layers)] == layers:
            return str(it.tags[0])
    return ""
