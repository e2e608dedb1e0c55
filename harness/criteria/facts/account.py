"""What the preflight says of accounts that lack something, and whether it changes anything."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.cloudflare.credentials import ACCOUNT, TOKEN
from harness.cloudflare.rehearsal.marks import Permission
from harness.criteria.facts.model import Facts
from harness.fixtures.made_up_account import MadeUpAccount, made_up_account
from harness.loaded import Loaded
from harness.project import Project

__all__ = ["GIVEN", "AccountFacts", "PreflightRun", "observe"]

GIVEN = "given"
"""The account of the credentials in the environment; all others are made up."""

_PATIENCE = 300.0
_NOBODYS = "f" * 32


class PreflightRun(Facts):
    """`harness preflight`, asked of one account.

    Attributes:
        account: What the account is like.
        status: What the command ended with.
        names: What its line must name; empty where nothing is wrong.
        lines: The problems that it tells.
        changes: The calls that would have changed something.
    """

    account: str
    status: int
    names: str
    lines: tuple[str, ...]
    changes: tuple[str, ...]


class AccountFacts(Facts):
    """One run for each account, the given one too if there are credentials."""

    runs: tuple[PreflightRun, ...]


Spoil = Callable[[MadeUpAccount], dict[str, str]]
"""Takes something from an account, and returns the variables that differ then."""


def observe(project: Project, harness: Loaded) -> AccountFacts:
    """Ask of a sound account and of each that lacks one thing."""
    preflight = _Preflight(project, harness)
    accounts = _accounts(project)
    with ThreadPoolExecutor(3) as pool:
        found = [pool.submit(preflight.asked, name, *it) for name, it in accounts.items()]
        runs = [it.result() for it in found]
    return AccountFacts(runs=(*runs, *preflight.given()))


def _accounts(project: Project) -> dict[str, tuple[str, Spoil]]:
    bucket = project.config.cloudflare.state
    return {
        "sound": ("", lambda _: {}),
        "unknown token": (TOKEN, lambda _: {TOKEN: "a-token-of-nobody"}),
        "another account": (_NOBODYS, lambda _: {ACCOUNT: _NOBODYS}),
        "no Workers": ("Workers", lambda it: _without(it, Permission.WORKERS)),
        "no R2": ("R2", lambda it: _without(it, Permission.R2)),
        "no containers": ("Containers", lambda it: _without(it, Permission.CONTAINERS)),
        "no bucket": (bucket, lambda it: _without_bucket(it, bucket)),
    }


def _without(account: MadeUpAccount, permission: Permission) -> dict[str, str]:
    account.cloud.state.token.permissions.discard(permission)
    return {}


def _without_bucket(account: MadeUpAccount, bucket: str) -> dict[str, str]:
    del account.cloud.state.buckets[bucket]
    return {}


@dataclass(frozen=True)
class _Preflight:
    project: Project
    harness: Loaded

    def asked(self, name: str, names: str, spoil: Spoil) -> PreflightRun:
        with made_up_account(self.project) as account:
            environment = account.environment | spoil(account)
            status, lines = self._run(environment)
            changes = [it for it in account.cloud.calls.changes if not it.endswith("/credentials")]
        return PreflightRun(
            account=name, status=status, names=names, lines=lines, changes=tuple(changes)
        )

    def given(self) -> Iterator[PreflightRun]:
        if os.environ.get(TOKEN) and os.environ.get(ACCOUNT):
            status, lines = self._run({})
            yield PreflightRun(account=GIVEN, status=status, names="", lines=lines, changes=())

    def _run(self, environment: dict[str, str]) -> tuple[int, tuple[str, ...]]:
        done = self.harness.run(
            ["preflight", "--account", "--json"],
            cwd=self.project.root,
            env={**os.environ, **environment, "HARNESS_PROJECT": str(self.project.root)},
            timeout=_PATIENCE,
        )
        try:
            findings = json.loads(done.stdout)["findings"]
        except (ValueError, KeyError):
            return done.status, tuple(done.stderr.splitlines())
        return done.status, tuple(it["problem"] for it in findings if it["problem"])
