"""What stands guard over which files: the criteria that are read, then tests, cheap ones first."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from tests.mutants import programs

__all__ = ["READING", "Guard", "guards", "is_dangerous", "is_read", "is_slow"]

READING = "the criteria that are read"

_READ = (
    ".github/*",
    "deploy/Dockerfile*",
    "*/wrangler.jsonc",
    ".env.*",
    "Makefile",
    "harness.toml",
)
# The health server is asked again and again; a gateway is started again after a second.
_SLOW = ("deploy/health/*", "deploy/dev/entr.sh")
_DANGEROUS = ("deploy/loa-identity/*.ts", "deploy/health/*", "deploy/dev/*", "deploy/python/*.sh")
_OUR_WORKFLOWS = "tests/github/test_our_workflows.py"
_LINT = (
    f"{_OUR_WORKFLOWS}::test_a_linter_that_knows_types_and_contexts_finds_nothing",
    f"{_OUR_WORKFLOWS}::test_what_act_does_not_run_is_as_it_must_be",
    f"{_OUR_WORKFLOWS}::test_a_step_of_the_release_is_one_command",
    f"{_OUR_WORKFLOWS}::test_each_command_of_the_harness_exists_with_its_options",
    f"{_OUR_WORKFLOWS}::test_actions_are_pinned_by_commit_with_their_version_beside",
    f"{_OUR_WORKFLOWS}::test_an_auditor_finds_no_way_in",
)
_SCHEMA = (
    f"{_OUR_WORKFLOWS}::test_it_fits_githubs_schema",
    f"{_OUR_WORKFLOWS}::test_an_action_fits_githubs_schema",
)
_FOUND = "tests/discovery/test_discovery.py::test_this_checkout_is_found_as_its_harness_toml_has_it"
_DOCKERFILES = "tests/docker/test_dockerfiles.py"


@dataclass(frozen=True)
class Guard:
    """Files, and the tests that see whether one of them is right.

    Attributes:
        files: A pattern of names.
        tests: Groups of pytest's names; a later one is asked only when the ones before passed.
    """

    files: str
    tests: tuple[tuple[str, ...], ...]


_GUARDS = (
    Guard("docker-compose.dev.yml", (("tests/promises/test_compose.py", _FOUND),)),
    Guard(
        "deploy/Dockerfile*",
        (
            ("tests/promises/test_dockerfiles.py", "tests/promises/test_compose.py"),
            (_DOCKERFILES, "tests/promises/test_packages.py", _FOUND),
        ),
    ),
    Guard(".github/*", (("tests/promises/test_workflows.py",), _LINT, _SCHEMA)),
    Guard(
        "deploy/cloudflare/wrangler.jsonc",
        (
            ("tests/promises/test_cloudflare.py",),
            ("tests/test_worker.py::test_wrangler_takes_the_configuration_without_a_warning",),
        ),
    ),
    Guard("*.json", (("tests/promises/test_packages.py",),)),
    Guard("deploy/dev/entr.sh", (("tests/scripts/test_entr.py",),)),
    Guard("deploy/python/strip.sh", (("tests/docker/test_strip.py",),)),
    Guard(
        "deploy/*.sh",
        (
            ("tests/scripts/test_small.py", "tests/promises/test_compose.py"),
            ("tests/scripts/test_start.py",),
        ),
    ),
    Guard("deploy/start-loa-dev.sh", (("tests/scripts/test_entr.py",),)),
    Guard("deploy/supervise.sh", (("tests/scripts/test_entr.py",),)),
    Guard(
        "deploy/health/*",
        (("tests/scripts/test_health_defaults.py",), ("tests/start/test_health.py",)),
    ),
    Guard("deploy/dev/entr.sh", (("tests/scripts/test_entr.py",),)),
    Guard(
        "deploy/python/*.sh", (("tests/docker/test_strip.py",), ("tests/scripts/test_small.py",))
    ),
    Guard(".ci/run", (("tests/scripts/test_ci.py",),)),
    Guard(
        ".devcontainer/*",
        (("tests/devcontainer/test_devcontainer.py", "tests/scripts/test_devcontainer.py"),),
    ),
    Guard(
        "harness.toml",
        (("tests/promises/test_checkout.py", "tests/promises/test_cloudflare.py"),),
    ),
    Guard("*ignore", (("tests/promises/test_checkout.py",),)),
    Guard(".env.local.example", (("tests/promises/test_checkout.py", "tests/test_envfile.py"),)),
    Guard("Makefile", (("tests/promises/test_checkout.py", "tests/test_make.py"),)),
)


def guards(file: str) -> Iterator[tuple[str, ...]]:
    """Yield the groups of tests for a file, in the order in which they are asked."""
    for guard in _GUARDS:
        if fnmatch(file, guard.files):
            yield from guard.tests


def is_read(file: str) -> bool:
    """Whether one of the criteria that are read looks at a file."""
    return any(fnmatch(file, it) for it in _READ)


def is_slow(file: str) -> bool:
    """Whether a file is judged by starting something that takes seconds."""
    return any(programs.of(file)) or any(fnmatch(file, it) for it in _SLOW)


def is_dangerous(file: str) -> bool:
    """Whether a file is of a program that removes or renames files without a stand-in."""
    return any(fnmatch(file, it) for it in _DANGEROUS)
