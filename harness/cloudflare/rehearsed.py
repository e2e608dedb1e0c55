"""What a rehearsal adds to a release: something that it replaces, and the way back to that."""

import time
from dataclasses import replace

from harness.cloudflare import pipeline
from harness.cloudflare.brought import Make
from harness.cloudflare.pipeline import Options
from harness.cloudflare.rollback import rollback
from harness.cloudflare.serving import Serving
from harness.cloudflare.target import Target
from harness.console import log
from harness.engine.model import Engine

__all__ = ["BEFORE", "go_back", "precede"]

BEFORE = "before"
"""The name and the revision of the release that is replaced."""


def precede(target: Target, engine: Engine, options: Options, make: Make) -> None:
    """Have an earlier release serve: this checkout's Worker with an image of another revision.

    Args:
        target: Where.
        engine: Where the image is built.
        options: How it is released.
        make: Builds the image.

    Raises:
        HarnessError: It does not serve.
    """
    log.note(f"first, a release {BEFORE!r} is made, for the rehearsed one to replace")
    name = make(target.project, engine, BEFORE)
    image = target.registry.name(target.registry.push(engine, name, BEFORE))
    pipeline.precede(target, options, image, BEFORE)
    log.note("now the release that is rehearsed")


def go_back(target: Target, options: Options, new: Serving, *, stay: bool) -> None:
    """Take the new release back where users are, and bring it again unless that is to stay so.

    Raises:
        HarnessError: It failed; the message says what serves.
    """
    last = replace(options, environments=options.environments[-1:])
    log.note(f"now the way back in {last.environments[0]}, to release {BEFORE!r}")
    began = time.monotonic()
    rollback(target, last, "")
    log.note(f"what was replaced serves again, and is well: {time.monotonic() - began:.0f} s")
    if not stay:
        log.note("now forth again, to the release that is kept")
        rollback(target, last, new.version)
