"""What a report says: of which run, in which words, and harmless whatever it is given."""

import html
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from harness.console import log
from harness.criteria.catalog import Catalog
from harness.criteria.quantity import Quantity
from harness.criteria.verdict import Bound, Measurement, Verdict
from harness.errors import ConfigError
from harness.report import annotations, layers, markdown, page
from harness.report.bars import bar
from harness.report.merged import merge
from harness.report.outline import outline
from harness.report.strip import strips
from harness.report.words import redacted
from tests.conftest import REPOSITORY
from tests.report.sample import CATALOG, evidence, written

HARNESS = str(Path(sys.executable).parent / "harness")
HOSTILE = "</pre><script>alert(1)</script> `x` | a\nb %0A ::error:: [y](javascript:z) \x1b[31m @all"


def test_of_several_runs_the_newest_that_judged_a_criterion_counts(tmp_path: Path) -> None:
    old = evidence(age=timedelta(hours=2))
    new = evidence({"FR-1.3": "it broke"}, only=frozenset({"FR-1.3", "FR-1.1"}))
    merged = merge(written(tmp_path, old, new))
    found = {it.criterion.id: it for it in merged.findings}
    assert found["FR-1.3"].criterion.verdict is Verdict.FAILED
    runs = {name: it.source and it.source.evidence for name, it in found.items()}
    assert runs["FR-1.1"] is new
    assert runs["FR-2.5"] is old
    assert [it.evidence for it in merged.sources] == [new, old]
    assert merge(written(tmp_path, old)).count(Verdict.FAILED) == 0


def test_what_no_file_names_any_more_is_left_out_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = written(tmp_path, evidence())
    known = Catalog({name: it for name, it in CATALOG.criteria.items() if name != "D-3"})
    merged = merge(found, known)
    assert len(merged.findings) == len(CATALOG) - 1
    assert "left out: D-3: no file of criteria names them any more" in capsys.readouterr().err
    assert len(merge(found).findings) == len(CATALOG)


def test_a_criterion_that_no_run_knows_is_unverified(tmp_path: Path) -> None:
    added = CATALOG["D-3"].model_copy(update={"id": "X-1.1", "claim": "It holds."})
    found = written(tmp_path, evidence())
    merged = merge(found, Catalog(CATALOG.criteria | {"X-1.1": added}))
    assert len(merged.findings) == len(CATALOG) + 1
    last = merged.findings[-1].criterion
    assert (last.id, last.verdict, last.reason) == ("X-1.1", Verdict.UNVERIFIED, "no evidence yet")
    assert merged.count(Verdict.UNVERIFIED) == merge(found).count(Verdict.UNVERIFIED) + 1
    assert "| no evidence yet |" in markdown.render(merged)
    assert '<span class="why">no evidence yet</span>' in page.render(merged, tmp_path)


def test_a_pass_by_another_limit_is_none(tmp_path: Path) -> None:
    strict = CATALOG["G-1.1"].model_copy(update={"limit": Quantity(4, "s")})
    known = Catalog(CATALOG.criteria | {"G-1.1": strict})
    found = written(tmp_path, evidence(), evidence({"G-1.1": "x"}, age=timedelta(hours=2)))
    verdicts = {it.criterion.id: it.criterion for it in merge(found, known).findings}
    assert verdicts["G-1.1"].verdict is Verdict.UNVERIFIED
    assert verdicts["G-1.1"].reason == "passed with the limit 5 s, which is 4 s"
    failed = merge(found[1:], known).of(Verdict.FAILED)
    assert [it.criterion.reason for it in failed] == ["x"]


def test_without_evidence_it_says_how_to_gather_it() -> None:
    with pytest.raises(ConfigError, match="there is no evidence yet; gather it with"):
        merge([])


def test_every_criterion_stands_under_a_heading_of_the_prd(tmp_path: Path) -> None:
    chapters = outline(merge(written(tmp_path, evidence())).findings)
    assert [it.title for it in chapters] == [
        "Goals",
        "Functional requirements",
        "Non-functional requirements",
        "User stories",
        "Risks",
        "Dependencies",
    ]
    sections = [section for chapter in chapters for section in chapter.sections]
    assert all(section.title for section in sections)
    ids = [it.criterion.id for section in sections for it in section.findings]
    assert ids == list(CATALOG.criteria)


def test_an_own_criterion_that_is_called_like_the_prds_stands_among_those(tmp_path: Path) -> None:
    own = {it: CATALOG["D-3"].model_copy(update={"id": it}) for it in ("G-1.9", "X-1", "G-1.10")}
    merged = merge(written(tmp_path, evidence()), Catalog(CATALOG.criteria | own))
    chapters = outline(merged.findings)
    assert [it.title for it in chapters].count("Goals") == 1
    assert chapters[-1].title == "The project's own criteria"
    goals = chapters[0].sections[0]
    assert [it.criterion.id for it in goals.findings][-2:] == ["G-1.9", "G-1.10"]
    assert page.render(merged, tmp_path).count('id="section-G-1"') == 1


@pytest.mark.parametrize(
    ("value", "bound", "within", "text", "headroom"),
    [
        (2.0, "below", True, "2 s (limit < 5 s)", "60% headroom"),
        (6.0, "below", False, "6 s (must be < 5 s)", "20% beyond"),
        (5.0, "below", False, "5 s (must be < 5 s)", "0% beyond"),
        (5.0, "at most", True, "5 s (limit ≤ 5 s)", "0% headroom"),
        (6.0, "above", True, "6 s (limit > 5 s)", "20% headroom"),
        (5.0, "equal", True, "5 s (limit = 5 s)", ""),
    ],
)
def test_a_bar_shows_value_limit_and_headroom(
    value: float, bound: Bound, *, within: bool, text: str, headroom: str
) -> None:
    shown = bar(Measurement(name="p95", value=value, unit="s", limit=5, bound=bound))
    assert shown is not None
    assert (shown.within, shown.text, shown.headroom) == (within, text, headroom)
    assert max(shown.value, shown.limit) < 100
    assert (shown.value > shown.limit) == (value > 5)


def test_markdown_says_why_what_was_measured_is_unverified_all_the_same(tmp_path: Path) -> None:
    found = evidence()
    measured = next(it for it in found.criteria if it.measurements)
    doubt = {"verdict": Verdict.UNVERIFIED, "reason": "the machine was busy"}
    changed = [it.model_copy(update=doubt) if it is measured else it for it in found.criteria]
    merged = merge(written(tmp_path, found.model_copy(update={"criteria": tuple(changed)})))
    [row] = (it for it in markdown.render(merged).splitlines() if f"**{measured.id}**" in it)
    assert "| the machine was busy<br>" in row


def test_that_accounts_were_made_up_stands_beside_the_claim(tmp_path: Path) -> None:
    merged = merge(written(tmp_path, evidence(only=frozenset({"D-2"}))))
    note = "asked of 7 made-up accounts on this machine, no real account: no token is given here"
    [row] = (it for it in markdown.render(merged).splitlines() if "**D-2**" in it)
    assert row.endswith(f"| {note} |")
    shown = page.render(merged, tmp_path).partition('id="D-2"')[2].partition("</summary>")[0]
    assert f'<span class="why">{note}</span>' in shown


def test_a_value_without_a_limit_has_no_bar() -> None:
    assert bar(Measurement(name="median", value=1, unit="s")) is None


@pytest.mark.parametrize(
    ("limit", "numbers"),
    [
        (5, [0, 1, 2, 3, 4, 5]),
        (40, [0, 5, 10, 15, 20, 25, 30, 35, 40]),
        (5_000_000, [500_000 * it for it in range(11)]),
    ],
)
def test_an_axis_has_few_numbers_however_long_it_is(
    tmp_path: Path, limit: int, numbers: list[int]
) -> None:
    drawn = strips(merge(written(tmp_path, evidence())), Quantity(limit, "s"))
    assert {tuple(number for _, number in it.ticks) for it in drawn} == {tuple(numbers)}


def test_the_saves_of_all_series_are_drawn_on_one_axis(tmp_path: Path) -> None:
    drawn = strips(merge(written(tmp_path, evidence())), Quantity(5, "s"))
    assert [it.title for it in drawn][:2] == ["one save after the other", "saves 3.0 s apart"]
    assert {it.limit_x for it in drawn} == {drawn[0].limit_x}
    assert all(0 < dot.x <= 640 for it in drawn for dot in it.dots)
    assert (
        strips(merge(written(tmp_path, evidence(only=frozenset({"D-1"})))), Quantity(5, "s")) == []
    )


class TestHarmless:
    """Whatever stands in evidence, a report shows it as text."""

    def test_the_page_holds_no_markup_of_it(self, tmp_path: Path) -> None:
        text = page.render(merge(written(tmp_path, evidence({"FR-1.3": HOSTILE}))), tmp_path)
        assert "<script" not in text
        assert "&lt;/pre&gt;&lt;script&gt;" in text
        assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text

    def test_a_table_stays_a_table(self, tmp_path: Path) -> None:
        text = markdown.render(merge(written(tmp_path, evidence({"FR-1.3": HOSTILE}))))
        [row] = (it for it in text.splitlines() if it.startswith("| **FR-1.3**"))
        assert row.count("|") == 3
        assert not set(row) & set("<>`[]\x1b@")

    def test_an_annotation_is_one_command(self, tmp_path: Path) -> None:
        merged = merge(written(tmp_path, evidence({"FR-1.3": HOSTILE})))
        [line] = (it for it in annotations.annotations(merged) if "FR-1.3" in it)
        assert line.startswith("::error title=FR-1.3 failed,file=acceptance/test_x.py::")
        assert "\n" not in line
        assert "a%0Ab %250A" in line

    def test_no_control_character_steers_a_terminal(self, tmp_path: Path) -> None:
        merged = merge(written(tmp_path, evidence({"FR-1.3": HOSTILE})))
        told = [*annotations.annotations(merged), page.render(merged, tmp_path)]
        assert "\x1b" not in "".join([*told, markdown.render(merged)])

    @pytest.mark.parametrize("secret", ["under_score-1", "a&b<c>'d\"e", "back\\slash|pipe"])
    @pytest.mark.parametrize("before", [0, 290])
    def test_a_secret_is_found_whatever_it_is_made_of_and_wherever_it_is_cut(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, before: int
    ) -> None:
        monkeypatch.setattr(log, "_secrets", set())
        log.protect(secret)
        merged = merge(written(tmp_path, evidence({"FR-1.3": f"{'x' * before} {secret}"})))
        told = (markdown.render(merged), page.render(merged, tmp_path))
        annotated = "".join(annotations.annotations(merged))
        for text in (*map(html.unescape, told), annotated):
            assert "***" in text
            assert secret[:8] not in text

    def test_a_secret_is_found_in_what_a_check_observed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = 'quo"te\\slash'
        monkeypatch.setattr(log, "_secrets", set())
        log.protect(secret)
        assert redacted({"a": [{secret: f"x{secret}", "n": 1}]}) == {"a": [{"***": "x***", "n": 1}]}


def test_an_artifact_is_one_click_away_from_wherever_the_page_lies(tmp_path: Path) -> None:
    sources = written(tmp_path / "evidence", evidence({"FR-1.3": "x", "FR-4.1": "y"}))
    text = page.render(merge(sources), tmp_path / "site" / "deep")
    assert 'href="../../evidence/run/FR-1.3/container.log"' in text
    assert 'href="../../evidence/run/up.log"' in text


class TestCommand:
    """`harness report`."""

    @staticmethod
    def report(root: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        (root / "harness.toml").touch()
        command = [HARNESS, "report", "--project", str(root), *words]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(root), **variables}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def test_the_page_lies_beside_the_evidence(self, tmp_path: Path) -> None:
        written(tmp_path / ".harness" / "evidence", evidence())
        done = self.report(tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(f"unverified: {tmp_path}/.harness/report.html\n")
        assert "<!doctype html>" in (tmp_path / ".harness" / "report.html").read_text()

    def test_github_gets_annotations_and_a_summary(self, tmp_path: Path) -> None:
        written(tmp_path / ".harness" / "evidence", evidence({"FR-1.3": "it broke"}))
        summary = tmp_path / "summary.md"
        done = self.report(tmp_path, "--github", GITHUB_STEP_SUMMARY=str(summary))
        assert "::error title=FR-1.3 failed," in done.stdout
        assert summary.read_text().startswith("## Acceptance: ")

    def test_a_criterion_whose_file_is_gone_does_not_count(self, tmp_path: Path) -> None:
        found = evidence()
        gone = found.criteria[0].model_copy(update={"id": "X-9.9"})
        found = found.model_copy(update={"criteria": (*found.criteria, gone)})
        written(tmp_path / ".harness" / "evidence", found)
        done = self.report(tmp_path)
        assert "left out: X-9.9: no file of criteria names them any more" in done.stderr
        assert f" of {len(CATALOG)} passed" in done.stdout

    def test_a_criterion_that_was_added_since_counts(self, tmp_path: Path) -> None:
        written(tmp_path / ".harness" / "evidence", evidence())
        own = (REPOSITORY / "docs/criteria.md").read_text(encoding="utf-8")
        local = tmp_path / "acceptance" / "local" / "criteria.toml"
        local.parent.mkdir(parents=True)
        local.write_text(own.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
        assert f" of {len(CATALOG) + 1} passed" in self.report(tmp_path).stdout

    def test_markdown_can_be_printed_and_nothing_beside_it(self, tmp_path: Path) -> None:
        found = written(tmp_path / ".harness" / "evidence", evidence({"FR-1.3": "it broke"}))
        html = tmp_path / "x.html"
        done = self.report(tmp_path, "--markdown", "-", "--html", str(html), "--github")
        assert done.stdout == markdown.render(merge(found))
        assert "::error title=FR-1.3 failed," in done.stderr
        assert done.stderr.endswith(f": {html}\n")
        assert html.is_file()

    def test_as_json_standard_output_is_one_object(self, tmp_path: Path) -> None:
        written(tmp_path / ".harness" / "evidence", evidence({"FR-1.3": "it broke"}))
        done = self.report(tmp_path, "--json", "--github")
        assert json.loads(done.stdout)["html"] == f"{tmp_path}/.harness/report.html"
        assert "::error title=FR-1.3 failed," in done.stderr
        done = self.report(tmp_path, "--json", "--markdown", "-")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "error: --json and --markdown - would print into one another; name a file\n"
        )

    def test_without_evidence_it_is_one_line(self, tmp_path: Path) -> None:
        done = self.report(tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: there is no evidence yet; gather it with")


def test_the_layers_of_each_image_are_shown_by_size(tmp_path: Path) -> None:
    (image,) = layers.images(merge(written(tmp_path, evidence())))
    assert (image.role, image.size) == ("base", "526.2 MB")
    assert [(it.made_by[:17], it.size, it.part) for it in image.layers] == [
        ("RUN npm ci", "310.0 MB", 100),
        ("imported whole, w", "215.0 MB", 69.35),
        ("COPY . /opt/<loa>", "1.2 MB", 0.39),
        ("COPY --chmod=755 ", "1.7 kB", 0),
    ]
    assert image.build == "11 of 14 steps were cached, the others took 8.2 s"
    shown = page.render(merge(written(tmp_path, evidence())), tmp_path)
    assert "COPY . /opt/&lt;loa&gt;" in shown


def test_evidence_without_layers_shows_none(tmp_path: Path) -> None:
    bare = evidence().model_copy(update={"images": {}})
    assert not layers.images(merge(written(tmp_path, bare)))
