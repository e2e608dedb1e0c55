"""Stand-ins of official base images, for machines that reach no container registry.

They are made of what such a machine usually does reach, Debian's archive, and of what the harness
brings along, Node. They are for building and testing here; nothing made of them is published.
"""

from harness.bases.stand_in import StandIn

__all__ = ["StandIn"]
