"""The firewall rules that a Docker engine adds, told apart from everybody else's.

dockerd here works through iptables' nftables side, so that the whole rule set can be read as JSON,
and each rule be removed by its handle.
"""

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import process

__all__ = ["Firewall", "Nft"]

_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_CHAINS = "DOCKER"
# An engine that switches forwarding on has these drop what no rule lets through, and no others.
_CLOSED = {"ip filter FORWARD", "ip6 filter FORWARD"}
# Those that iptables makes when it is first called.
_TABLES = {
    f"{family} {name}" for family in ("ip", "ip6") for name in ("filter", "nat", "raw", "mangle")
}

Networks = Sequence[ipaddress.IPv4Network]


@dataclass(frozen=True)
class Nft:
    """The nft program.

    Attributes:
        program: Where it is.
        variables: The environment variables that it needs.
    """

    program: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def ruleset(self) -> list[dict[str, Any]]:
        """Return all tables, chains and rules; none where the kernel has no nftables."""
        words = ["--json", "--handle", "list", "ruleset"]
        done = process.run([self.program, *words], env=self.variables, check=False)
        return list(json.loads(done.stdout)["nftables"]) if done.ok and done.stdout else []

    def do(self, *words: str) -> None:
        """Run one command; what is gone already needs no removing."""
        process.run([self.program, *words], env=self.variables, check=False)


@dataclass(frozen=True)
class Firewall:
    """What was there before an engine started.

    Attributes:
        tables: As `family name`.
        chains: As `family table name`, with the policy, which is empty for a chain without one.
        rules: As `family table chain handle`.
    """

    tables: list[str] = field(default_factory=list)
    chains: dict[str, str] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)

    @classmethod
    def look(cls, nft: Nft) -> "Firewall":
        """Read the rule set as it is now."""
        entries = nft.ruleset()
        return cls(
            tables=[_table(it["table"]) for it in entries if "table" in it],
            chains={
                _chain(it["chain"]): it["chain"].get("policy", "")
                for it in entries
                if "chain" in it
            },
            rules=[_rule(it["rule"]) for it in entries if "rule" in it],
        )

    def restore(self, nft: Nft, bridges: Sequence[str], networks: Networks) -> None:
        """Remove what an engine added since then, and set the policies that it sets back.

        Args:
            nft: The program to do it with.
            bridges: Names of the engine's bridges.
            networks: Address ranges of the engine's containers.
        """
        entries = nft.ruleset()
        self._remove_rules(nft, entries, bridges, networks)
        self._remove_chains(nft, entries)
        self._restore_policies(nft, entries)
        self._remove_tables(nft)

    def _remove_rules(
        self, nft: Nft, entries: list[dict[str, Any]], bridges: Sequence[str], networks: Networks
    ) -> None:
        known = set(self.rules)
        for rule in (it["rule"] for it in entries if "rule" in it):
            if _rule(rule) not in known and _is_engines(rule, bridges, networks):
                words = (rule["family"], rule["table"], rule["chain"], "handle")
                nft.do("delete", "rule", *words, str(rule["handle"]))

    def _remove_chains(self, nft: Nft, entries: list[dict[str, Any]]) -> None:
        chains = [it["chain"] for it in entries if "chain" in it]
        added = [it for it in chains if _chain(it) not in self.chains]
        ours = [_chain(it).split() for it in added if it["name"].startswith(_CHAINS)]
        for words in ours:
            nft.do("flush", "chain", *words)
        for words in ours:
            nft.do("delete", "chain", *words)

    def _restore_policies(self, nft: Nft, entries: list[dict[str, Any]]) -> None:
        for chain in (it["chain"] for it in entries if "chain" in it):
            name = _chain(chain)
            wanted = self.chains.get(name, "accept")
            if name in _CLOSED and chain.get("policy", wanted) != wanted:
                nft.do("chain", *name.split(), f"{{ policy {wanted} ; }}")

    def _remove_tables(self, nft: Nft) -> None:
        """Remove the tables that are new and hold nothing but empty built-in chains, all open."""
        entries = nft.ruleset()
        rules = {_table(it["rule"], "table") for it in entries if "rule" in it}
        chains = [it["chain"] for it in entries if "chain" in it]
        other = {_table(it, "table") for it in chains if it.get("policy") != "accept"}
        now = {_table(it["table"]) for it in entries if "table" in it} & _TABLES
        for table in sorted(now - rules - other - set(self.tables)):
            nft.do("delete", "table", *table.split())


def _is_engines(rule: dict[str, Any], bridges: Sequence[str], networks: Networks) -> bool:
    # Not the comment: what somebody says about a rule is no part of it.
    text = json.dumps(rule["expr"])
    if rule["chain"].startswith(_CHAINS) or f'"target": "{_CHAINS}' in text:
        return True
    if any(f'"{name}"' in text for name in bridges):
        return True
    addresses = [ipaddress.ip_address(it) for it in _ADDRESS.findall(text)]
    return any(address in network for address in addresses for network in networks)


def _table(entry: dict[str, Any], name: str = "name") -> str:
    return f"{entry['family']} {entry[name]}"


def _chain(entry: dict[str, Any]) -> str:
    return f"{entry['family']} {entry['table']} {entry['name']}"


def _rule(entry: dict[str, Any]) -> str:
    return f"{entry['family']} {entry['table']} {entry['chain']} {entry['handle']}"
