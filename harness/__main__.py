"""Where the `harness` command begins: its modules take a second, and Ctrl-C may come in it."""

import sys

__all__ = ["main"]


def main() -> None:
    """Load the command line and run it; see `harness.cli.main`."""
    try:
        from harness.cli import main as run  # noqa: PLC0415 -- this is what may be interrupted
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
