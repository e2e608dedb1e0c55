"""A Cloudflare on this machine, for rehearsing releases: its API, and an edge that serves."""
