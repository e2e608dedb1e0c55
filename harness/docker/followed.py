"""An answer that the engine gives line by line, as of a pull or a push."""

import requests
from docker.errors import DockerException
from urllib3.exceptions import HTTPError

__all__ = ["ERRORS"]

ERRORS = (DockerException, requests.RequestException, HTTPError)
"""What it may end with: while the SDK follows it, it lets urllib3's own errors through."""
