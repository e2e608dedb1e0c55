"""The labels by which the harness knows its own containers, networks and volumes."""

__all__ = ["CHECKOUT", "FINGERPRINT", "KIND", "OWNER"]

CHECKOUT = "loa-harness.checkout"
"""The checkout's directory."""

KIND = "loa-harness.kind"
"""`dev` for daily work, `acceptance` for a run of the checks."""

OWNER = "loa-harness.owner"
"""The process that an acceptance stack belongs to; when it is gone, so is the stack."""

FINGERPRINT = "loa-harness.fingerprint"
"""What the stack was made from."""
