"""The `harness` command: parse, call one command, turn an error into a line and an exit status."""

import errno
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import docker.errors
import requests
import stamina.instrumentation
import typer

import harness
from harness.commands import (
    accept,
    build,
    clean,
    deploy,
    dev,
    doctor,
    down,
    engine,
    gate,
    image,
    logs,
    notify,
    preflight,
    recover,
    report,
    restart,
    rollback,
    shell,
    smoke,
    status,
    sync,
)
from harness.console import log
from harness.errors import EngineError, ExitStatus, HarnessError
from harness.paths import cache_dir

__all__ = ["app", "main"]

app = typer.Typer(
    name="harness",
    help="Develop, check and ship a container app behind a Cloudflare Worker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (
    dev.dev,
    restart.restart,
    sync.sync,
    status.status,
    shell.shell,
    logs.logs,
    down.down,
    clean.clean,
    build.build,
    accept.accept,
    gate.gate,
    report.report,
    smoke.smoke,
    notify.notify,
    preflight.preflight,
    deploy.deploy,
    rollback.rollback,
    recover.recover,
    doctor.doctor,
):
    app.command()(_command)
app.add_typer(engine.app, name="engine")
app.add_typer(image.app, name="image")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 -- typer's callback signature
    if wanted:
        log.say(f"harness {harness.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line and exit: 0 fine, 1 or 2 a known problem, 3 a bug, 130 Ctrl-C."""
    stamina.instrumentation.set_on_retry_hooks([_tell_of_retry])
    try:
        app()
    except HarnessError as error:
        log.error(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)
    except (docker.errors.DockerException, requests.ConnectionError) as error:
        log.error(_engine_error(error))
        sys.exit(ExitStatus.FAILED)
    except Exception as error:  # noqa: BLE001 -- the last net: a bug is reported, never swallowed
        known = _machine_error(error) if isinstance(error, OSError) else None
        if known:
            log.error(known)
            sys.exit(known.exit_status)
        _report_bug(error)
        sys.exit(ExitStatus.BUG)


def _tell_of_retry(details: stamina.instrumentation.RetryDetails) -> None:
    reason = str(details.caused_by) or type(details.caused_by).__name__
    log.note(f"{reason}; again in {details.wait_for:.1f} s")


def _engine_error(error: Exception) -> EngineError:
    """Name an error of the engine's for what it is, wherever it came up."""
    if isinstance(error, docker.errors.APIError):
        return EngineError(
            f"the engine refused: {error.explanation or error}", "see `harness doctor`"
        )
    return EngineError("the engine stopped answering", "see `harness doctor`, then try again")


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
