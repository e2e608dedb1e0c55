"""Sabotaged facts of workflows and documents; test_workflows.py edits the files themselves."""

from harness.criteria.facts.credential import CredentialFacts
from harness.criteria.facts.critical_path import CriticalPathFacts
from harness.criteria.facts.notification import NotificationFacts
from harness.criteria.facts.push_run import PushRunFacts
from harness.criteria.facts.secret_use import SecretUseFacts
from harness.criteria.facts.stage_comment import StageCommentFacts
from harness.criteria.facts.trigger import TriggerFacts
from tests.can_fail.variants.variant import Variant, fails

__all__ = ["WRONG"]

_PLACE = {"secret": "CLOUDFLARE_API_TOKEN", "place": "deploy.yml: job deploy, step 2"}
_PASSED = "build and gate and deploy passed"

_ROW = {"document": "docs/image.md", "default": "1"}
_SCOPE = {"document": "docs/security.md", "scope": "none", "environment": "staging"}

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
            "a file of grimoires/ does nothing": {"folders 5 deploying": 0},
            "a document deploys": {"folders 0 deploying": 1},
        },
    ),
    *fails(
        "G-2.2",
        CriticalPathFacts,
        {"a long build": {"minutes": 10.5}, "no limits": {"minutes": 720.0}},
    ),
    *fails(
        "G-2.2",
        PushRunFacts,
        {
            "GitHub would stop the build": {"runs 0 jobs 0 seconds": 361.0},
            "a wait before the release": {"runs 0 way": 3805.0},
        },
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
    *fails(
        "FR-5.6",
        NotificationFacts,
        {
            "nobody is told of a failure": {"tellings 1 statuses": []},
            "a failure is told as a success": {"tellings 1 statuses 0 state": "success"},
            "a success stays pending": {"tellings 0 statuses 0 state": "pending"},
            "the commit of the merge": {"tellings 0 statuses 0 commit": False},
            "no link": {"tellings 1 statuses 0 link": "elsewhere"},
            "no words": {"tellings 0 statuses 0 description": ""},
            "the same words": {"tellings 1 statuses 0 description": _PASSED},
            "a script that fails": {"tellings 0 failed": ["deploy.yml: job notify, step 2"]},
        },
    ),
    *fails(
        "FR-5.3",
        PushRunFacts,
        {
            "nothing is pushed": {"runs 0 published": ""},
            "the gate asked another image": {"runs 0 accepted": [f"sha256:{'0' * 64}"]},
            "another image runs": {"runs 0 deployed": f"sha256:{'0' * 64}"},
            "nothing runs": {"runs 0 deployed": ""},
        },
    ),
    *fails(
        "FR-5.4",
        PushRunFacts,
        {
            "no version is uploaded": {"runs 0 uploads": 0},
            "the token is refused": {"runs 1 refused": 2},
        },
    ),
    *fails(
        "FR-5.5",
        PushRunFacts,
        {
            "nobody asks": {"runs 0 looks": 0, "runs 0 smokes": 0},
            "only staging is asked": {"runs 0 smokes": 0},
            "what is well is turned down": {"runs 0 jobs 2 result": "failure"},
        },
    ),
    *fails(
        "US-2.1",
        PushRunFacts,
        {
            "nobody is told": {"runs 0 statuses": []},
            "a failure is told as a success": {"runs 1 statuses": ["success"]},
            "the broken one serves": {"runs 1 serving": "nothing"},
            "the old one serves on": {"runs 0 serving": "before"},
        },
    ),
    *fails(
        "NFR-3.1",
        StageCommentFacts,
        {
            "a stage without a comment": {"stages 1 comment": ""},
            "it does not say when": {
                "stages 1 comment": "runtime: what production runs, and so on"
            },
            "only its name": {"stages 1 comment": "rebuilt runtime"},
        },
    ),
    *fails("NFR-3.1 NFR-3.2", StageCommentFacts, {"no file": {"missing": ["deploy/Dockerfile"]}}),
    *fails(
        "NFR-3.2",
        StageCommentFacts,
        {
            "an argument without a comment": {"arguments 1 comment": ""},
            "an argument without a row": {"documented 1 name": "BASE"},
            "another default": {"documented 1 default": "2"},
            "a row too many": {"documented 3": {**_ROW, "name": "GONE"}},
        },
    ),
    *fails(
        "NFR-4.2",
        CredentialFacts,
        {
            "a credential without an entry": {"local 1": "OPENAI_API_KEY"},
            "an entry that says nothing": {"rotation 0 text": ""},
            "a command that does not exist": {"rotation 0 absent": ["make rotate"]},
        },
    ),
    *fails(
        "R-3.1",
        CredentialFacts,
        {
            "no scope": {"scopes 0 scope": ""},
            "no environment": {"scopes 1 environment": ""},
            "one that no workflow takes": {"scopes 2": {**_SCOPE, "name": "CLOUDFLARE_EMAIL"}},
        },
    ),
    *fails("NFR-4.2 R-3.1", CredentialFacts, {"one more in CI": {"ci 2": "R2_SECRET_KEY"}}),
)
