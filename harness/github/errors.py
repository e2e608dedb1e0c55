"""What a workflow may be that is not read here."""

from harness.errors import ConfigError, HarnessError

__all__ = ["BeyondModelError", "WorkflowError"]


class WorkflowError(ConfigError):
    """GitHub refuses the workflow, or it is not there."""


class BeyondModelError(HarnessError):
    """The workflow may be right, by means that the model does not know.

    Args:
        feature: What it uses, for example "workflow_run".
    """

    def __init__(self, feature: str) -> None:
        super().__init__(f"uses {feature}")
        self.feature = feature
