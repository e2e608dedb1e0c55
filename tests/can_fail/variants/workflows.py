"""Sabotaged facts of the workflows; test_workflows.py edits the files themselves."""

from harness.criteria.facts.critical_path import CriticalPathFacts
from harness.criteria.facts.secret_use import SecretUseFacts
from harness.criteria.facts.trigger import TriggerFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

_PLACE = {"secret": "CLOUDFLARE_API_TOKEN", "place": "deploy.yml: job deploy, step 2"}

WRONG: tuple[Variant, ...] = (
    *fails(
        "G-2.1 FR-5.1 FR-5.2",
        TriggerFacts,
        {
            "a push to main does nothing": {"pushes 0 deploys": False},
            "any path will do": {"pushes 36 deploys": True},
        },
    ),
    *fails(
        "G-2.1 FR-5.1",
        TriggerFacts,
        {"another branch deploys": {"pushes 6 deploys": True}},
    ),
    *fails("FR-5.1", TriggerFacts, {"there is none": {"workflow": "", "fault": "none"}}),
    *fails(
        "FR-5.2",
        TriggerFacts,
        {
            "a file of grimoires/ does nothing": {"folders 3 deploying": 0},
            "a document deploys": {"folders 0 deploying": 1},
        },
    ),
    *fails(
        "G-2.2",
        CriticalPathFacts,
        {"a long build": {"minutes": 10.5}, "no limits": {"minutes": 720.0}},
    ),
    *fails(
        "NFR-4.3",
        SecretUseFacts,
        {
            "the whole job has it": {"uses 3": {**_PLACE, "way": "the job's env"}},
            "it is written into a script": {
                "uses 3": {**_PLACE, "way": "a script by interpolation"}
            },
            "all at once": {"uses 3": {**_PLACE, "secret": "all of them", "way": "a step's env"}},
            "one is written out": {"literals": ["deploy.yml: env: API_TOKEN"]},
        },
    ),
)
