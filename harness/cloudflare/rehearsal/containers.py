"""The account's containers: its limits, and credentials for its registry."""

from harness.cloudflare.rehearsal import refusals
from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.marks import Mark, Permission, route

__all__: list[str] = []

_CONTAINERS = "/accounts/{account}/containers"


@route("GET", f"{_CONTAINERS}/me", Mark.MEASURED, Permission.CONTAINERS, "the account's limits")
async def me(ask: Ask) -> object:
    """Describe what containers of the account may take: `standard-4` is the largest."""
    limits = {
        "account_id": ask.state.account,
        "vcpu_per_deployment": 4,
        "memory_mib_per_deployment": 12288,
        "disk_mb_per_deployment": 20000,
        "total_vcpu": 100,
        "total_memory_mib": 409600,
    }
    return {
        "external_account_id": ask.state.account,
        "limits": limits,
        "locations": [],
        "defaults": {"vcpus": 0.0625, "memory_mib": 256, "disk_mb": 2000},
    }


@route(
    "POST",
    f"{_CONTAINERS}/registries/{{host}}/credentials",
    Mark.MEASURED,
    Permission.CONTAINERS,
    "user name and password for the registry",
)
async def credentials(ask: Ask) -> object:
    """Return credentials; here they are always the same ones."""
    registry = ask.cloud.registry
    if registry is None or registry.host != ask.name("host"):
        raise refusals.NO_REGISTRY.because()
    return {
        "account_id": ask.state.account,
        "registry_host": registry.host,
        "username": registry.username,
        "password": registry.password,
    }
