"""Releases to Cloudflare: what serves there, and how it is changed."""
