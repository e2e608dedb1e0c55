"""Where the secrets of all workflows go, and which credentials do not come from them."""

from harness.criteria.facts.model import Facts
from harness.errors import HarnessError
from harness.github.errors import BeyondModelError
from harness.github.workflow import Workflow, workflows
from harness.github.workflow_literals import literals
from harness.github.workflow_secrets import uses
from harness.project import Project

__all__ = ["SecretUse", "SecretUseFacts", "observe"]


class SecretUse(Facts):
    """One secret at one place; `way` is how it gets there."""

    secret: str
    place: str
    way: str


class SecretUseFacts(Facts):
    """The secrets of a checkout's workflows.

    Attributes:
        workflows: The files that were read.
        uses: Each place that takes a secret in.
        literals: The places of credentials that are written out, or kept in plain variables.
        refused: What GitHub would refuse, by file.
        beyond: What uses something that is in no file of the checkout.
    """

    workflows: tuple[str, ...]
    uses: tuple[SecretUse, ...]
    literals: tuple[str, ...]
    refused: tuple[str, ...]
    beyond: tuple[str, ...]


def observe(project: Project) -> SecretUseFacts:
    """Read every workflow and follow what it calls and uses."""
    found: list[SecretUse] = []
    written: list[str] = []
    refused: list[str] = []
    beyond: list[str] = []
    names = workflows(project.root)
    for name in names:
        try:
            workflow = Workflow.read(project.root, name)
            found += [
                SecretUse(secret=it.secret, place=it.place, way=it.way) for it in uses(workflow)
            ]
            written += literals(workflow)
        except BeyondModelError as error:
            beyond.append(f"{name}: {error}")
        except HarnessError as error:
            refused.append(str(error))
    return SecretUseFacts(
        workflows=tuple(names),
        uses=tuple(dict.fromkeys(found)),
        literals=tuple(dict.fromkeys(written)),
        refused=tuple(refused),
        beyond=tuple(beyond),
    )
