"""The `harness` command: parse, call one command, turn an error into a line and an exit status."""

import errno
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import harness
from harness import commands
from harness.console import log
from harness.errors import EngineError, ExitStatus, HarnessError
from harness.lazy import LazyGroup
from harness.paths import cache_dir

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

__all__ = ["app", "load_all", "main"]


class _Commands(LazyGroup):
    package, lines = commands.__name__, commands.LINES


app = typer.Typer(
    name="harness",
    cls=_Commands,
    help="Develop, check and ship a container app behind a Cloudflare Worker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 -- typer's callback signature
    if wanted:
        log.say(f"harness {harness.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 -- its callback has done what it asks for
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    # Loaded by now, if the command that is called tries anything again.
    retries = sys.modules.get("stamina.instrumentation")
    if retries:
        retries.set_on_retry_hooks([_tell_of_retry])


def main() -> None:
    """Run the command line and exit: 0 fine, 1 or 2 a known problem, 3 a bug, 130 Ctrl-C."""
    _lend_input()
    try:
        app()
    except HarnessError as error:
        log.error(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 -- the last net: a bug is reported, never swallowed
        known = _known(error)
        if known:
            log.error(known)
            sys.exit(known.exit_status)
        _report_bug(error)
        sys.exit(ExitStatus.BUG)


def _lend_input() -> None:
    """Have a standard input that was closed be an empty one."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 -- for as long as it runs


def load_all() -> None:
    """Import the modules of every command, which is otherwise done once one is called."""
    for name in commands.LINES:
        import_module(f"{commands.__name__}.{name}")


def _tell_of_retry(details: "RetryDetails") -> None:
    reason = str(details.caused_by) or type(details.caused_by).__name__
    log.note(f"{reason}; again in {details.wait_for:.1f} s")


def _known(error: Exception) -> HarnessError | None:
    return _engine_error(error) or (_machine_error(error) if isinstance(error, OSError) else None)


def _engine_error(error: Exception) -> EngineError | None:
    """Name an error of the engine's for what it is, wherever it came up; None for any other."""
    # What is not loaded has raised nothing. While the SDK follows an answer, urllib3's errors come
    # through it as they are; nothing else here speaks by these two.
    docker, requests = sys.modules.get("docker.errors"), sys.modules.get("requests")
    urllib3 = sys.modules.get("urllib3.exceptions")
    if docker and isinstance(error, docker.APIError):
        return EngineError(
            f"the engine refused: {error.explanation or error}", "see `harness doctor`"
        )
    if (
        (docker and isinstance(error, docker.DockerException))
        or (requests and isinstance(error, requests.RequestException))
        or (urllib3 and isinstance(error, urllib3.HTTPError))
    ):
        return EngineError("the engine stopped answering", "see `harness doctor`, then try again")
    return None


def _machine_error(error: OSError) -> HarnessError | None:
    """Name what this machine refuses whatever the harness does, or return None."""
    place = f" at {error.filename}" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        advice = f"free some for the checkout and for {cache_dir()}"
        return HarnessError(f"the disk is full{place}", advice)
    if error.errno in {errno.EACCES, errno.EROFS} and place:
        advice = "make it yours, for example with chown, or see HARNESS_CACHE_DIR"
        return HarnessError(f"{error.filename}: {error.strerror}", advice)
    return None


def _report_bug(error: Exception) -> None:
    trace = log.redact("".join(traceback.format_exception(error)))
    sys.stderr.write(trace)
    try:
        path = _bug_file(trace)
    except OSError:
        return
    log.warn(f"this is a bug in harness, not in what you did; what we need to mend it: {path}")


def _bug_file(trace: str) -> Path:
    path = cache_dir("bugs") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"
    path.write_text(
        f"harness {harness.__version__}\npython {platform.python_version()}\n"
        f"{platform.platform()}\ncommand: {log.redact(' '.join(sys.argv))}\n\n{trace}",
        encoding="utf-8",
    )
    return path
