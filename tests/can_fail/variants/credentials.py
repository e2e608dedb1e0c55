"""Sabotaged facts of NFR-4: where credentials get to."""

from harness.criteria.facts.command import CommandFacts
from harness.criteria.facts.credential_file import CredentialFileFacts
from harness.criteria.facts.deployed_trace import DeployedTraceFacts
from harness.criteria.facts.lifecycle import LifecycleFacts
from harness.criteria.facts.trace import TraceFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

_KEY = ["OPENAI_API_KEY"]

WRONG: tuple[Variant, ...] = (
    *fails(
        "NFR-4.1",
        LifecycleFacts,
        {
            "the group can read it": {"env_mode": 0o640},
            "everybody can read it": {"env_mode": 0o604},
            "nothing makes it": {"env_mode": None},
        },
    ),
    *fails(
        "NFR-4.1",
        CredentialFileFacts,
        {
            "git does not ignore it": {"ignored_by": None},
            "git tracks it": {"tracked": True},
            "a build may take it": {"contexts 0 held": [".env.local"]},
            "a build may take a copy of it": {"contexts 1 held": _KEY},
            "an image holds it": {"images 0 held": _KEY},
        },
    ),
    *fails(
        "NFR-4.4",
        CommandFacts,
        {
            "one prints a key": {"runs 0 told": _KEY},
            "one prints the token when it fails": {
                "runs 1 told": ["CLAWDBOT_GATEWAY_TOKEN"],
                "runs 1 status": 1,
            },
        },
    ),
    *fails(
        "NFR-4.4",
        LifecycleFacts,
        {"make dev prints a key": {"told": _KEY}, "two": {"told": [*_KEY, "GEMINI_API_KEY"]}},
    ),
    *fails(
        "NFR-4.5",
        CommandFacts,
        {
            "docker is given a key": {"shown": ["docker: OPENAI_API_KEY"]},
            "a document wants it typed": {"documented": ["README.md: make dev TOKEN=..."]},
            "an option takes it": {"options": ["deploy --api-token"]},
        },
    ),
    *fails(
        "NFR-4.5",
        LifecycleFacts,
        {"make dev shows a key": {"shown": _KEY}, "two": {"shown": [*_KEY, "GEMINI_API_KEY"]}},
    ),
    *fails(
        "NFR-4.6",
        TraceFacts,
        {
            "the gateway logs it": {"found log": _KEY},
            "the image's history": {"found history": _KEY},
            "the evidence": {"found evidence": _KEY},
            "the report": {"found report": _KEY},
            "an artifact": {"found artifacts": _KEY},
        },
    ),
    *fails(
        "NFR-4.6",
        DeployedTraceFacts,
        {
            "the Worker logs the query": {"found worker": ["CLAWDBOT_GATEWAY_TOKEN"]},
            "a job echoes a secret": {"found jobs": ["CLOUDFLARE_API_TOKEN"]},
            "the record holds a token": {"found record": ["CLOUDFLARE_API_TOKEN"]},
            "a status holds a token": {"found told": ["GITHUB_TOKEN"]},
            "an artifact of the run": {"found kept": ["the registry's password"]},
        },
    ),
)
