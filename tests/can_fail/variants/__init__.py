"""What each check must fail on, and what it must not."""

from tests.can_fail.variants import (
    credentials,
    fr1_compose,
    fr2_image,
    fr3_reload,
    fr4_makefile,
    fr6_image,
    goals,
    others,
    releases,
    workflows,
)
from tests.can_fail.variants.unusual import RIGHT, UNKNOWN as OPEN
from tests.can_fail.variants.variant import Variant

__all__ = ["RIGHT", "UNKNOWN", "WRONG", "Variant"]

_MODULES = (
    credentials,
    fr1_compose,
    fr2_image,
    fr3_reload,
    fr4_makefile,
    fr6_image,
    goals,
    others,
    releases,
    workflows,
)

WRONG: tuple[Variant, ...] = tuple(it for module in _MODULES for it in module.WRONG)

UNKNOWN: tuple[Variant, ...] = (*OPEN, *fr6_image.UNKNOWN)
