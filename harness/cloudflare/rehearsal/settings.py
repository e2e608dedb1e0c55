"""What a Worker has besides its versions: settings, address, schedules."""

from harness.cloudflare.rehearsal.ask import Ask
from harness.cloudflare.rehearsal.marks import Mark, Permission, route

__all__: list[str] = []

_WORKERS = "/accounts/{account}/workers"
_SCRIPT = f"{_WORKERS}/scripts/{{script}}"


@route("GET", f"{_SCRIPT}/settings", Mark.MEASURED, Permission.WORKERS, "the live bindings")
async def get_settings(ask: Ask) -> object:
    """Describe the latest version's settings."""
    worker = ask.worker()
    latest = worker.versions[-1]
    return {
        "bindings": latest.bindings,
        "compatibility_date": latest.compatibility_date,
        "compatibility_flags": latest.compatibility_flags,
        "migration_tag": worker.migration_tag or None,
    }


@route(
    "GET", f"{_SCRIPT}/script-settings", Mark.DOCUMENTED, Permission.WORKERS, "tags, logs and tails"
)
async def get_script_settings(ask: Ask) -> object:
    """Describe what no version carries."""
    return ask.worker().script_settings


@route(
    "PATCH", f"{_SCRIPT}/script-settings", Mark.MEASURED, Permission.WORKERS, "changes some of them"
)
async def patch_script_settings(ask: Ask) -> object:
    """Change what no version carries."""
    worker = ask.worker()
    worker.script_settings |= await ask.json()
    return worker.script_settings


@route("GET", f"{_WORKERS}/subdomain", Mark.MEASURED, Permission.WORKERS, "the account's subdomain")
async def account_subdomain(ask: Ask) -> object:
    """Return the account's subdomain of workers.dev."""
    return {"subdomain": ask.state.subdomain}


@route(
    "GET", f"{_SCRIPT}/subdomain", Mark.DOCUMENTED, Permission.WORKERS, "whether it has addresses"
)
async def get_subdomain(ask: Ask) -> object:
    """Return which addresses of workers.dev lead to the Worker."""
    return ask.worker().subdomain


@route("POST", f"{_SCRIPT}/subdomain", Mark.MEASURED, Permission.WORKERS, "changes that")
async def post_subdomain(ask: Ask) -> object:
    """Change which addresses of workers.dev lead to the Worker."""
    worker = ask.worker()
    worker.subdomain |= await ask.json()
    return worker.subdomain


@route("GET", f"{_SCRIPT}/schedules", Mark.DOCUMENTED, Permission.WORKERS, "the cron triggers")
async def get_schedules(ask: Ask) -> object:
    """List the cron triggers."""
    return {"schedules": ask.worker().schedules}


@route("PUT", f"{_SCRIPT}/schedules", Mark.MEASURED, Permission.WORKERS, "replaces them")
async def put_schedules(ask: Ask) -> object:
    """Replace the cron triggers."""
    worker = ask.worker()
    worker.schedules = await ask.json()
    return {"schedules": worker.schedules}
