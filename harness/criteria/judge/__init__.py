"""Pure functions from facts to judgements, one module for each part of the PRD."""

from harness.criteria.judge import compose, goals, image, makefile, risks
from harness.criteria.judge.base import ALL, Judge

__all__ = ["ALL", "Judge", "compose", "goals", "image", "makefile", "risks"]
