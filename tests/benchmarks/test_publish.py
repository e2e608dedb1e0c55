import re
from pathlib import Path

import pytest

from harness.benchmark import plot
from harness.benchmark.__main__ import main
from harness.benchmark.publish import NAME, insert, publish
from harness.benchmark.result import Comparison
from harness.benchmark.table import render
from harness.errors import ConfigError, UsageError

DOCS = Path(__file__).parents[2] / "docs"


def test_the_documents_show_what_was_recorded(recorded: Comparison, tmp_path: Path) -> None:
    publish(recorded, tmp_path)
    for kind in ("json", "md", "svg"):
        name = f"{NAME}.{kind}"
        assert (DOCS / "benchmark" / name).read_text() == (tmp_path / name).read_text()
    assert render(recorded) in (DOCS / "benchmark.md").read_text()


def test_the_table_has_a_row_for_everybody_the_quickest_first(recorded: Comparison) -> None:
    head, _, *rows = render(recorded).split("\n\n")[0].splitlines()
    assert len(rows) == len(recorded.entries)
    assert {row.count("|") for row in (head, *rows)} == {head.count("|")}
    medians = [row.split("|")[2].strip(" *s") for row in rows]
    served = [float(it) for it in medians if it != "never"]
    assert served == sorted(served)
    assert medians[len(served) :] == ["never"] * (len(medians) - len(served))
    ours = next(row for row in rows if "**" in row)
    assert recorded.entry(recorded.ours).contestant.title in ours
    assert "**1.0x**" in ours


def test_the_table_names_failures_losses_and_syntax_errors(recorded: Comparison) -> None:
    document = recorded.model_dump(mode="json")
    entry = document["entries"][1]
    entry["turns"][0] |= {"seconds": None, "failed": 1000, "asked": 2000}
    entry["broken"] = {"asked": 100, "failed": 7, "seconds": 1.0}
    text = render(Comparison.model_validate(document))
    row = next(it for it in text.splitlines() if it.startswith(f"| {entry['contestant']['title']}"))
    failed = sum(turn["failed"] for turn in entry["turns"])
    asked = sum(turn["asked"] for turn in entry["turns"])
    assert f"| 1 of {len(entry['turns'])} lost |" in row
    assert row.endswith(f"| {failed:,} of {asked:,} | 7 of 100 failed |")


def test_what_serves_nothing_new_after_a_syntax_error_does_not_serve_on(
    recorded: Comparison,
) -> None:
    document = recorded.model_dump(mode="json")
    document["entries"][0]["broken"] = {"asked": 120, "failed": 0, "seconds": None}
    found = Comparison.model_validate(document)
    ours = next(it for it in render(found).splitlines() if it.startswith("| **"))
    assert ours.endswith("| **never mended** |")
    assert re.search(r'<text class="bad"[^>]*>never mended<', plot.render(found))


def test_what_cannot_be_drawn_is_written_down(
    recorded: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Comparison) -> str:
        raise ValueError("no")

    monkeypatch.setattr("harness.benchmark.table.render", breaks)
    with pytest.raises(ValueError, match="no"):
        publish(recorded, tmp_path)
    written = (tmp_path / f"{NAME}.json").read_bytes()
    assert Comparison.model_validate_json(written) == recorded


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_comparison_in_which_nobody_serves_a_save_is_published(
    recorded: Comparison, tmp_path: Path, turns: int
) -> None:
    document = recorded.model_dump(mode="json")
    for entry in document["entries"]:
        entry["turns"] = [turn | {"seconds": None} for turn in entry["turns"][:turns]]
    publish(Comparison.model_validate(document), tmp_path)
    text = (tmp_path / f"{NAME}.md").read_text()
    assert text.count("| never | never |") == len(recorded.entries) - 1
    assert "| **never** | **never** |" in text
    assert f"- {recorded.entries[0].contestant.title}, {turns} saves:" in text
    assert (tmp_path / f"{NAME}.svg").is_file()


def test_a_record_is_drawn_again_and_put_between_the_marks(
    recorded: Comparison, tmp_path: Path
) -> None:
    record, document = tmp_path / "record.json", tmp_path / "README.md"
    record.write_text(recorded.model_dump_json())
    document.write_text(f"before\n<!-- {NAME} -->\nold\n<!-- /{NAME} -->\nafter\n")
    for _ in range(2):
        main([str(record), str(tmp_path / "new"), str(document)])
    table = (tmp_path / "new" / f"{NAME}.md").read_text()
    marked = f"before\n<!-- {NAME} -->\n{table}<!-- /{NAME} -->\nafter\n"
    assert document.read_text() == marked


def test_a_document_without_marks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("nothing\n")
    with pytest.raises(ConfigError, match=r"README\.md: no <!-- save-to-live -->"):
        insert(NAME, "table", [path])
    assert path.read_text() == "nothing\n"


def test_too_few_words_are_refused() -> None:
    with pytest.raises(UsageError, match="RECORD DIRECTORY"):
        main(["record.json"])
