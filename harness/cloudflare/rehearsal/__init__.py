"""A Cloudflare on this machine, for rehearsing releases: its API, and an edge that serves.

    with rehearsal() as cloud:
        cloud.faults.inject("POST */deployments", Status(429, retry_after=1))
        process.run([...], env=cloud.environment)
        assert not cloud.calls.unknown

See docs/rehearsal.md for what is measured in it, what documented, and what invented.
"""

from harness.cloudflare.rehearsal.calls import Call, Calls
from harness.cloudflare.rehearsal.cloud import Login
from harness.cloudflare.rehearsal.faults import Applied, Die, Faults, Reset, Run, Stall, Status
from harness.cloudflare.rehearsal.marks import Mark, Permission
from harness.cloudflare.rehearsal.rehearsal import Rehearsal, rehearsal
from harness.cloudflare.rehearsal.state import Bucket, Image, State, Switches, Token

__all__ = [
    "Applied",
    "Bucket",
    "Call",
    "Calls",
    "Die",
    "Faults",
    "Image",
    "Login",
    "Mark",
    "Permission",
    "Rehearsal",
    "Reset",
    "Run",
    "Stall",
    "State",
    "Status",
    "Switches",
    "Token",
    "rehearsal",
]
