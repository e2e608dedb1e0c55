"""The tool that brings up, checks and ships a container app behind a Cloudflare Worker."""

__version__ = "0.1.0"
