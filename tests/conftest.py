"""Fixtures that the harness's own tests share."""
