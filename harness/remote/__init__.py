"""An engine on another machine: the checkout's files are copied to it, its ports are led here."""

from pathlib import Path

__all__ = ["NEAR"]

NEAR = Path(__file__).with_name("near.mjs")
"""The program that leads ports of this machine; the checkout is the last word of its command."""
