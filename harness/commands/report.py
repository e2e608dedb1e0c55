"""`harness report`: a page and Markdown from evidence."""

import sys
from pathlib import Path
from typing import Annotated, TextIO

from typer import Argument, Option

from harness.acceptance import CRITERIA, checks_of, evidence_of, local_criteria
from harness.console import log
from harness.criteria.catalog import Catalog
from harness.errors import ConfigError, UsageError
from harness.github.tell import append_summary
from harness.live.browser import open_page
from harness.options import AsJson, ProjectDir
from harness.project import Project
from harness.report import annotations, markdown, page
from harness.report.merged import Merged, merge, sources
from harness.report.words import conclusion

__all__ = ["report"]

Files = Annotated[
    list[Path] | None,
    Argument(
        metavar="[EVIDENCE]...",
        help="Evidence files or directories of them; the checkout's own if none is given.",
    ),
]
Html = Annotated[
    Path | None,
    Option("--html", metavar="FILE", help="Where the page goes; beside the evidence if not given."),
]
Markdown = Annotated[
    Path | None, Option("--markdown", metavar="FILE", help="Write Markdown too; - prints it.")
]
GitHub = Annotated[
    bool,
    Option("--github", help="Print annotations, and append to the job's summary on GitHub."),
]
Open = Annotated[bool, Option("--open", help="Show the page in a browser.")]


def report(  # noqa: PLR0913 -- one for each option
    files: Files = None,
    *,
    html: Html = None,
    markdown_file: Markdown = None,
    github: GitHub = False,
    show: Open = False,
    project: ProjectDir = None,
    json: AsJson = False,
) -> None:
    """Draw a page that needs no network, and Markdown, from the evidence of runs.

    Of several runs the newest that judged a criterion counts, and the page says which that was.
    """
    log.json_mode = json
    prints_markdown = markdown_file is not None and str(markdown_file) == "-"
    if json and prints_markdown:
        raise UsageError("--json and --markdown - would print into one another", "name a file")
    own = None if files else Project.find(project)
    places = [evidence_of(own)] if own else (files or [])
    # Whoever names files may have them from elsewhere, with criteria that are not here.
    known = Catalog.load(checks_of() / CRITERIA, *local_criteria(own)) if own else None
    merged = merge([source for place in places for source in sources(place)], known)
    path = html or places[0].resolve().parent / "report.html"
    _write(path, page.render(merged, path.parent))
    if markdown_file:
        _write_markdown(markdown_file, merged)
    if github:
        # GitHub reads annotations on either; what is for a program stands alone on the first.
        _tell_github(merged, sys.stderr if json or prints_markdown else sys.stdout)
    log.emit({"html": str(path), "conclusion": conclusion(merged)})
    (log.note if prints_markdown else log.say)(f"{conclusion(merged)}: {path}")
    if show and not open_page(path.resolve().as_uri()):
        log.warn(f"there is no browser to show {path} in")


def _write_markdown(path: Path, merged: Merged) -> None:
    text = markdown.render(merged)
    if str(path) == "-":
        sys.stdout.write(text)
    else:
        _write(path, text)


def _tell_github(merged: Merged, out: TextIO) -> None:
    out.writelines(f"{line}\n" for line in annotations.annotations(merged))
    append_summary(markdown.render(merged))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
