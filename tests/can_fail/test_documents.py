"""The checks that read comments and documents, on small edits of a sound checkout's own files."""

from pathlib import Path

import pytest

from harness.criteria.facts import credential, stage_comment
from harness.criteria.judge import documents as judge
from harness.criteria.verdict import Verdict
from harness.project import Project
from tests.can_fail.checkout import (
    Edit,
    Found,
    Recorder,
    edit,
    having,
    is_caught,
    is_sound,
)

FILE, DEV, IMAGE, SECURITY = (
    "deploy/Dockerfile",
    "deploy/Dockerfile.dev",
    "docs/image.md",
    "docs/security.md",
)
EXAMPLE = ".env.local.example"
TABLE = "| build argument | default | what it is |"
RULE = "|---|---|---|"
BASE_ROW = "| `BASE` | `debian:13-slim` | what the stages stand on |"
TOKEN_ROW = "| `CLOUDFLARE_API_TOKEN` | Workers Scripts: Edit | production |"
WHEN = "# Rebuilt when the builder's result changes.\n"

WRONG = (
    Edit(
        "no comment",
        "NFR-3.1",
        f"# runtime: what production runs, with the tool.\n{WHEN}",
        "",
        FILE,
    ),
    Edit("only an echo", "NFR-3.1", WHEN, 'RUN echo "rebuilt when it changes"\n', FILE),
    Edit(
        "code taken out",
        "NFR-3.1",
        "# dev: the base with what watches files; rebuilt",
        "# RUN",
        DEV,
    ),
    Edit("not when", "NFR-3.1", WHEN, "", FILE),
    Edit("a bare argument", "NFR-3.2", "# Version of the tool.\n", "", FILE),
    Edit("one more argument", "NFR-3.2", "RUN make", "# The speed.\nARG SPEED=1\nRUN make", FILE),
    Edit("a changed default", "NFR-3.2", "CACHE_KEY=1", "CACHE_KEY=2", FILE),
    Edit("only an example", "NFR-3.2", TABLE, f"```\n{TABLE}", IMAGE),
    Edit("a list", "NFR-3.2", "| `VERSION` | none | the tool's version |", "- `VERSION`", IMAGE),
    Edit("a misspelt one", "NFR-3.2", "| `VERSION`", "| `VERSIONS`", IMAGE),
    Edit(
        "one that is none, of a table with others",
        "NFR-3.2",
        f"{TABLE}\n{RULE}",
        f"| Argument | Default | Notes |\n{RULE}\n| `SPEED` | 1 | it is fast |",
        IMAGE,
    ),
    Edit("none, as no code", "NFR-3.2", BASE_ROW, f"{BASE_ROW}\n| SPEED | 1 | fast |", IMAGE),
    Edit("no row, but a word", "NFR-3.2", "| `VERSION` |", "| the VERSION |", IMAGE),
    Edit(
        "of old, as no code", "R-3.1", TOKEN_ROW, f"{TOKEN_ROW}\n| CF_EMAIL | all | all |", SECURITY
    ),
    Edit("one more credential", "NFR-4.2", "MODEL=small", "OPENAI_API_KEY=", EXAMPLE),
    Edit("no such target", "NFR-4.2", "`make dev`", "`make restart`", SECURITY),
    Edit("no such command", "NFR-4.2", "`make dev`", "`harness rotate`", SECURITY),
    Edit("no such second word", "NFR-4.2", "`make dev`", "`harness image rotate`", SECURITY),
    Edit("no such target below", "NFR-4.2", "`make dev`", "`make -C deploy dev`", SECURITY),
    Edit("one target of two", "NFR-4.2", "`make dev`", "`make dev rotate`", SECURITY),
    Edit("each of its tools", "NFR-3.1", WHEN, "# It holds each tool of the builder.\n", FILE),
    # The harness itself refuses an option before the command.
    Edit("out of order", "NFR-4.2", "`make dev`", "`harness --project . deploy`", SECURITY),
    Edit("not of words", "NFR-3.2", "VERSION\nRUN", 'VERSION="1 2"\nRUN', FILE),
    Edit("nothing said", "NFR-4.2", "does not change; it is no credential by itself", "", SECURITY),
    Edit("no scope", "R-3.1", "Workers Scripts: Edit", "", SECURITY),
    Edit("hidden", "R-3.1", TOKEN_ROW, f"<!-- {TOKEN_ROW} -->", SECURITY),
    Edit("of old", "R-3.1", TOKEN_ROW, f"{TOKEN_ROW}\n| `CF_EMAIL` | all | production |", SECURITY),
    Edit(
        "one more secret",
        "NFR-4.2 R-3.1",
        "          RESULT:",
        "          HOOK: ${{ secrets.HOOK_URL }}\n          RESULT:",
    ),
)

RIGHT = (
    Edit("an empty line before the stage", "", WHEN, f"{WHEN}\n", FILE),
    Edit("in other words", "", WHEN, "# Built again every week.\n", FILE),
    Edit("by the month", "", WHEN, "# It is refreshed once a month.\n", FILE),
    Edit("made anew", "", WHEN, "# It is made anew for each release.\n", FILE),
    Edit("by the week", "", WHEN, "# Renewed each week, and with the base.\n", FILE),
    Edit("in a word", "", WHEN, "# It is built anew for each release.\n", FILE),
    Edit(
        "a local one too",
        "",
        TOKEN_ROW,
        f"{TOKEN_ROW}\n| `ANTHROPIC_API_KEY` | all | local |",
        SECURITY,
    ),
    Edit("two at once", "", "ARG VERSION\n", "ARG VERSION BASE\n", FILE),
    Edit("a default in quotes", "", "CACHE_KEY=1", 'CACHE_KEY="1"', FILE),
    Edit("other headings", "", TABLE, "| ARG | Default value | Notes |", IMAGE),
    Edit("a name as no code", "", "| `VERSION` |", "| **VERSION** |", IMAGE),
    Edit("a token as no code", "", TOKEN_ROW, TOKEN_ROW.replace("`", ""), SECURITY),
    Edit("no name at all", "", TOKEN_ROW, f"{TOKEN_ROW}\n| R2 | Edit | all |", SECURITY),
    Edit(
        "arguments of a command",
        "",
        TABLE,
        f"| Argument | Default | Notes |\n{RULE}\n| `--port` | `3000` | its port |\n\n{TABLE}",
        IMAGE,
    ),
    Edit(
        "what is a target's",
        "",
        TABLE,
        f"| Variable | Target | Default |\n{RULE}\n| `LEVEL` | gateway | info |\n\n{TABLE}",
        IMAGE,
    ),
    Edit("a name with its default", "", "`BUILDER_CACHE_KEY`", "`BUILDER_CACHE_KEY=1`", IMAGE),
    Edit("in a directory", "", "`make dev`", "`make -C . dev`", SECURITY),
    Edit("options of make", "", "`make dev`", "`make -j 2 --silent LOA=1 dev -j`", SECURITY),
    Edit("with an argument", "", "`make dev`", "`harness image verify --json x`", SECURITY),
    Edit("with a project", "", "`make dev`", "`harness deploy --project .`", SECURITY),
    Edit("no command", "", "`make dev`, ", "", SECURITY),
    Edit(
        "in the index form", "", "secrets.CLOUDFLARE_API_TOKEN", "secrets['CLOUDFLARE_API_TOKEN']"
    ),
    Edit("permissions", "", "| secret | scope |", "| secret | Permissions needed |", SECURITY),
)


def verdicts(checkout: Project) -> Found:
    stages, credentials = stage_comment.observe(checkout), credential.observe(checkout)
    judged = {
        "NFR-3.1": judge.stages(stages),
        "NFR-3.2": judge.arguments(stages),
        "NFR-4.2": judge.rotation(credentials),
        "R-3.1": judge.scopes(credentials),
    }
    return {name: (it.verdict, it.reason) for name, it in judged.items()}


def test_the_sound_checkout_passes(checkout: Project) -> None:
    found = verdicts(checkout)
    assert len(having(found, Verdict.PASSED)) == len(found), found


@pytest.mark.parametrize("change", WRONG, ids=lambda it: f"{it.criteria}: {it.name}")
def test_a_sabotaged_document_fails_its_criterion_and_no_other(
    checkout: Project, change: Edit, record_property: Recorder
) -> None:
    edit(checkout, change)
    is_caught(change, verdicts(checkout), record_property)


@pytest.mark.parametrize("change", RIGHT, ids=lambda it: it.name)
def test_an_unusual_document_that_is_right_passes(
    checkout: Project, change: Edit, record_property: Recorder
) -> None:
    edit(checkout, change)
    is_sound(verdicts(checkout), record_property)


def test_a_here_document_is_no_stage_without_a_comment(checkout: Project) -> None:
    """The usual way to load a model ahead; `from` begins lines in Python too."""
    script = "RUN python3 - <<'PY'\nfrom models import load\nload()\nPY\n"
    edit(checkout, Edit("", "", "RUN make", f"{script}RUN make", FILE))
    assert verdicts(checkout)["NFR-3.1"][0] is Verdict.PASSED


def test_an_argument_whose_default_has_several_words_is_one(checkout: Project) -> None:
    edit(checkout, Edit("", "", "CACHE_KEY=1", 'CACHE_KEY="-O2 -g"', FILE))
    assert "BUILDER_CACHE_KEY is -O2 -g, not 1" in verdicts(checkout)["NFR-3.2"][1]
    edit(checkout, Edit("", "", "| `1` |", "| `-O2 -g` |", IMAGE))
    assert verdicts(checkout)["NFR-3.2"] == (Verdict.PASSED, "")


SECTIONS = """# Credentials

## `CLOUDFLARE_API_TOKEN`

- **Scope**: Workers Scripts: Edit
- **Environment**: production
- **Rotation**: roll it, change the secret,
  then `make deploy-cf`.

## CLOUDFLARE_ACCOUNT_ID (a number)

Scope: none
Environment: production

### Rotation

It does not change.

## Rotating `ANTHROPIC_API_KEY`

Rotation: make a new one, then `make dev`.
"""


def of_sections(checkout: Project, old: str = "", new: str = "") -> Found:
    assert old in SECTIONS
    (checkout.root / SECURITY).write_text(SECTIONS.replace(old, new), encoding="utf-8")
    return verdicts(checkout)


def test_a_section_is_an_entry_too(checkout: Project) -> None:
    found = of_sections(checkout)
    assert len(having(found, Verdict.PASSED)) == len(found), found


@pytest.mark.parametrize(
    ("criteria", "old", "new"),
    [
        ("NFR-4.2", "It does not change.", ""),
        ("NFR-4.2", "make deploy-cf", "make rotate"),
        ("NFR-4.2", "Rotating `ANTHROPIC_API_KEY`", "Rotating that"),
        ("R-3.1", "- **Environment**: production", "- production"),
        ("R-3.1", "Scope: none", "Scope:"),
        ("NFR-4.2 R-3.1", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_EMAIL"),
        ("NFR-4.2 R-3.1", "## `CLOUDFLARE_API_TOKEN`", "```sh"),
    ],
)
def test_a_section_that_lacks_something_fails(
    checkout: Project, criteria: str, old: str, new: str
) -> None:
    found = of_sections(checkout, old, new)
    assert having(found, Verdict.FAILED).keys() == set(criteria.split()), found


@pytest.mark.parametrize("place", ["deploy", "doc", "docs/more", ".github"])
def test_documents_are_read_where_people_look_for_them(checkout: Project, place: str) -> None:
    for name in (IMAGE, SECURITY):
        (checkout.root / place).mkdir(exist_ok=True)
        (checkout.root / name).rename(checkout.root / place / Path(name).name)
    found = verdicts(checkout)
    assert len(having(found, Verdict.PASSED)) == len(found), found


def test_a_document_of_something_else_is_none(checkout: Project) -> None:
    (checkout.root / IMAGE).rename(checkout.root / "grimoires/image.md")
    assert having(verdicts(checkout), Verdict.FAILED).keys() == {"NFR-3.2"}


def test_a_workflow_that_cannot_be_read_leaves_its_secrets_open(checkout: Project) -> None:
    edit(checkout, Edit("", "", "needs: build", "uses: other/repo/.github/workflows/x.yml@v1"))
    found = verdicts(checkout)
    assert {"NFR-4.2", "R-3.1"} <= having(found, Verdict.UNVERIFIED).keys()
