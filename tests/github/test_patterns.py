"""The examples of GitHub's own table of filter patterns, and what they must not match."""

import pytest

from harness.github.errors import BeyondModelError
from harness.github.workflow_patterns import matches, selects


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("feature/*", "feature/my-branch feature/your-branch"),
        ("feature/**", "feature/beta-a/my-branch feature/your-branch feature/mona/the/octocat"),
        ("releases/mona-the-octocat", "releases/mona-the-octocat"),
        ("*", "main releases README.md .env"),
        ("**", "all/the/branches every/tag .claude/x"),
        ("*feature", "mona-feature feature ver-10-feature"),
        ("v2*", "v2 v2.0 v2.9"),
        ("v[12].[0-9]+.[0-9]+", "v1.10.1 v2.0.0"),
        ("*.jsx?", "page.js page.jsx"),
        ("**.js", "index.js js/index.js src/js/app.js"),
        ("docs/*", "docs/README.md docs/file.txt"),
        ("docs/**", "docs/README.md docs/mona/octocat.txt"),
        ("docs/**/*.md", "docs/README.md docs/mona/hello-world.md docs/a/markdown/file.md"),
        ("**/docs/**", "docs/hello.md dir/docs/my-file.txt space/docs/plan/space.doc"),
        ("**/README.md", "README.md js/README.md"),
        ("**/*src/**", "a/src/app.js my-src/code/js/app.js"),
        ("**/*-post.md", "my-post.md path/their-post.md"),
        ("**/migrate-*.sql", "migrate-10909.sql db/migrate-v1.0.sql db/sept/migrate-v1.sql"),
        (r"lib\[1\]", "lib[1]"),
        ("a b/ü*", "a b/üx"),
    ],
)
def test_a_pattern_fits_the_names_that_github_says(pattern: str, names: str) -> None:
    wanted = [names] if " " in pattern else names.split()
    assert [it for it in wanted if not matches(pattern, it)] == []


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("feature/*", "feature/a/b"),
        ("*", "deploy/x"),
        ("*.js", "src/app.js"),
        ("docs/*", "docs/mona/x"),
        ("deploy/**", "deployment/x"),
        ("deploy/**", "x/deploy/y"),
        (".claude/**", "xclaude/y"),
        ("main", "main2"),
        ("main", "Main"),
        ("v[12].[0-9]+", "v3.1"),
        ("**/README.md", "xREADME.md"),
        (r"\*", "a"),
    ],
)
def test_a_pattern_fits_nothing_else(pattern: str, name: str) -> None:
    assert not matches(pattern, name)


@pytest.mark.parametrize(
    ("patterns", "name", "selected"),
    [
        (["releases/**", "!releases/**-alpha"], "releases/1", True),
        (["releases/**", "!releases/**-alpha"], "releases/1-alpha", False),
        (["!releases/**-alpha", "releases/**"], "releases/1-alpha", True),
        (["*.md", "!README.md", "README*"], "README.md", True),
        (["!main"], "main", False),
        (["!main"], "other", False),
        ([], "main", False),
    ],
)
def test_the_last_pattern_that_fits_decides(
    patterns: list[str], name: str, *, selected: bool
) -> None:
    assert selects(patterns, name) is selected


@pytest.mark.parametrize("pattern", ["+x", "a?+", "[!a]", "[]", "[a/b]"])
def test_what_github_does_not_document_is_not_guessed(pattern: str) -> None:
    with pytest.raises(BeyondModelError, match="uses the pattern"):
        matches(pattern, "a")
