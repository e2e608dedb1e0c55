"""What a rehearsal adds to a release: something that it replaces, and the way back to that."""

import time
from dataclasses import replace

from harness.cloudflare import pipeline
from harness.cloudflare.pipeline import Options
from harness.cloudflare.rehearsal.image import rehearsal_image
from harness.cloudflare.serving import Serving
from harness.cloudflare.target import Target
from harness.console import log
from harness.engine.model import Engine

__all__ = ["BEFORE", "go_back", "precede"]

BEFORE = "before"
"""The name and the revision of the release that is replaced."""


def precede(target: Target, engine: Engine, options: Options) -> None:
    """Have an earlier release serve: this checkout's Worker with an image of another revision.

    Raises:
        HarnessError: It does not serve.
    """
    name = rehearsal_image(target.project, engine, BEFORE)
    image = target.registry.name(target.registry.push(engine, name, BEFORE))
    log.note("first what is to be replaced")
    pipeline.precede(target, options, image, BEFORE)


def go_back(target: Target, options: Options, new: Serving, *, stay: bool) -> None:
    """Take the new release back where users are, and bring it again unless that is to stay so.

    Raises:
        HarnessError: It failed; the message says what serves.
    """
    last = replace(options, environments=options.environments[-1:])
    began = time.monotonic()
    pipeline.rollback(target, last, "")
    log.note(f"what was replaced serves again, and is well: {time.monotonic() - began:.0f} s")
    if not stay:
        pipeline.rollback(target, last, new.version)
