"""Where a checkout keeps what the harness needs to know, read from its files.

What harness.toml says wins. A checkout without one is read: which compose file and service run the
gateway, which Dockerfiles build its images, where the sources are. What cannot be found is not
guessed: it says what was looked for.
"""

from harness.discovery.compose import compose_file, files_of, service
from harness.discovery.find import discover
from harness.discovery.found import Found

__all__ = ["Found", "compose_file", "discover", "files_of", "service"]
