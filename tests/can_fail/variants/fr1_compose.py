"""Sabotaged facts of FR-1: docker-compose.dev.yml."""

from harness.criteria.facts.base_use import BaseUseFacts
from harness.criteria.facts.compose import ComposeFacts
from harness.criteria.facts.dev_mode import DevModeFacts
from harness.criteria.facts.mount import MountFacts
from harness.criteria.facts.port import PortFacts
from tests.can_fail.variants.variant import GIB, GONE, Variant, fails

__all__ = ["WRONG"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "FR-1.1",
        MountFacts,
        {
            ".claude is mounted for writing": {"mounts 0 writable": ["/workspace/.claude"]},
            "so is the checkout that it lies in": {"mounts 0 writable": ["/host/.claude"]},
            "grimoires is copied into the image": {
                "mounts 1 target": None,
                "mounts 1 seconds": None,
            },
            "deploy/loa-identity is mounted from somewhere else": {"mounts 2 seconds": None},
            "files come with a delay": {"mounts 2 seconds": 1.8, "mounts 2 looks": 20},
            "only two directories are mounted": {"mounts 2": GONE},
        },
    ),
    *fails(
        "FR-1.2",
        BaseUseFacts,
        {
            "Dockerfile.dev stands on plain Debian": {"needs": ["debian:trixie-slim"]},
            "the published image is there and is built anyway": {
                "origin": "built",
                "built": ["core", "dev"],
            },
            "a stage compiles with Rust's own image": {"needs 1": "rust:1-slim-trixie"},
            "a step installs with pip": {
                "steps 0": "RUN /bin/sh -c apt-get update && pip install x"
            },
            "a step compiles with cargo": {
                "steps 0": "RUN /bin/sh -c /root/.cargo/bin/cargo build"
            },
            "a step runs pip as a module": {"steps 0": "RUN /bin/sh -c python3 -mpip install x"},
            "a step runs the pip of one Python": {"steps 0": "RUN /bin/sh -c pip3.12 install x"},
            "a step runs pipx": {"steps 0": "RUN /bin/sh -c cd /srv && pipx install x # buildkit"},
            "a step without a shell": {"steps 0": "RUN uv sync # buildkit"},
            "after what is only said": {
                "steps 0": "RUN |1 A=1 /bin/bash -o pipefail -c echo pip; (A=1 pip install x)"
            },
            "within what is removed": {"steps 0": "RUN /bin/sh -c rm -rf $(pip cache dir)"},
            "by another program": {"steps 0": "/bin/sh -c find . -name x | xargs pip install"},
        },
    ),
    *fails(
        "FR-1.3",
        ComposeFacts,
        {
            "no limit": dict.fromkeys(
                (
                    "model_memory",
                    "model_memory_and_swap",
                    "engine_memory",
                    "engine_memory_and_swap",
                )
            ),
            "swap comes on top": {
                "model_memory_and_swap": None,
                "engine_memory_and_swap": 8 * GIB,
            },
            "4 GB are not 4 GiB": {"model_memory": 4_000_000_000, "engine_memory": 4_000_000_000},
            "the engine does not apply it": {"engine_memory": None},
            "swap is unlimited": {"model_memory_and_swap": -1, "engine_memory_and_swap": -1},
        },
    ),
    *fails(
        "FR-1.4",
        PortFacts,
        {
            "published on every address": {"bindings 3000": ["0.0.0.0", "::"]},  # noqa: S104 -- it is what must not be
            "the gateway is not published": {"bindings 18789": []},
            "the compose file publishes on every address": {"declared 18789": [""]},
            "it publishes on one that others reach too": {
                "declared 3000": ["127.0.0.1", "192.0.2.1"]
            },
            "it publishes no health": {"declared 3000": []},
            "reached from outside although bound to loopback": {"reached_elsewhere": [18789]},
            "health is a page": {"health keys": None},
            "health is an error": {"health status": 503},
            "the gateway speaks HTTP only": {"websocket": False},
            "the gateway is a bare socket": {"gateway status": None, "websocket": False},
        },
    ),
    *fails(
        "FR-1.5",
        DevModeFacts,
        {
            "1 is ignored in production": {"starts 0 recovered": True},
            "recovery never runs": {
                "starts 1 recovered": False,
                "starts 2 recovered": False,
                "starts 4 recovered": False,
            },
            "development sets it whatever it was": {"starts 4 recovered": False},
            "unset means development everywhere": {"starts 2 recovered": False},
            "unset means production everywhere": {"starts 5 recovered": True},
            "the gateway does not start with 1": {"starts 3 served": False},
            "there is no start script": {"starts 0 path": None, "starts 0 served": False},
        },
    ),
)
