"""The registry's cache: which keys are in force, where steps are found, and what is made ahead."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.docker.dockerfile import Dockerfile
from harness.docker.registry_cache import RegistryCache
from tests.conftest import REPOSITORY

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
RUST, PYTHON = "r/x:cache-amd64-rust-builder", "r/x:cache-amd64-python-builder"
SYSTEM = "r/x:cache-amd64-system"


def cache(*there: str) -> RegistryCache:
    return RegistryCache("r/x", "amd64", Path("nowhere"), lambda name: name in there)


@pytest.mark.parametrize(
    ("there", "rust", "python"),
    [
        ((), "2026-12", "2026-W49"),
        ((f"{RUST}-2026-11", f"{PYTHON}-2026-W48"), "2026-11", "2026-W48"),
        ((f"{RUST}-2026-11", f"{RUST}-2026-12"), "2026-12", "2026-W49"),
        ((f"{RUST}-2026-10",), "2026-12", "2026-W49"),
    ],
    ids=["nothing", "only the last", "both", "an older one"],
)
def test_the_last_key_is_used_while_nobody_has_built_the_current_one(
    there: tuple[str, ...], rust: str, python: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = cache(*there).keys(NOW)
    assert (keys["RUST_CACHE_KEY"], keys["PYTHON_CACHE_KEY"]) == (rust, python)
    assert ("rust-builder: nobody has built 2026-12 yet" in capsys.readouterr().err) == (
        rust == "2026-11"
    )


def test_at_the_turn_of_a_month_debians_packages_are_not_waited_for_either() -> None:
    assert cache(f"{SYSTEM}-2026-11").keys(NOW)["SYSTEM_CACHE_KEY"] == "2026-11"
    both = cache(f"{SYSTEM}-2026-11", f"{SYSTEM}-2026-12")
    assert both.keys(NOW)["SYSTEM_CACHE_KEY"] == "2026-12"


def test_steps_are_looked_for_under_the_keys_in_force() -> None:
    keys = {"RUST_CACHE_KEY": "2026-11", "PYTHON_CACHE_KEY": "2026-W49"}
    found = cache().sources({**keys, "SYSTEM_CACHE_KEY": "2026-12"})
    assert found == (
        "type=registry,ref=r/x:cache-amd64",
        f"type=registry,ref={RUST}-2026-11",
        f"type=registry,ref={PYTHON}-2026-W49",
        f"type=registry,ref={SYSTEM}-2026-12",
    )


def test_what_is_made_ahead_has_the_coming_keys() -> None:
    dockerfile = Dockerfile.read(REPOSITORY / "deploy/Dockerfile")
    coming = {it.stage: it for it in cache().ahead(dockerfile, NOW)}
    assert coming["rust-builder"].build_args == {"RUST_CACHE_KEY": "2027-01"}
    assert coming["python-builder"].build_args == {"PYTHON_CACHE_KEY": "2026-W50"}
    assert f"ref={RUST}-2027-01,mode=max" in coming["rust-builder"].cache
    # What stands on it runs its own commands again with it.
    assert coming["runtime"].build_args == {"SYSTEM_CACHE_KEY": "2027-01"}
    assert f"ref={SYSTEM}-2027-01,mode=max" in coming["runtime"].cache
