import pytest

from harness.github.workflow_shell import commands


@pytest.mark.parametrize(
    ("script", "programs"),
    [
        (
            "# wrangler deploy\necho 'wrangler deploy'; echo \"a; b\"",
            ["echo wrangler deploy", "echo a; b"],
        ),
        ("npx --yes wrangler deploy --env x  # production", ["wrangler deploy --env x"]),
        ("sudo -E env A=1 make \\\n  deploy-cf", ["make deploy-cf"]),
        ("npm exec -- wrangler deploy", ["wrangler deploy"]),
        ("npx -p a@1 a@1 x@2; pnpm dlx @b/c@latest", ["a x@2", "@b/c"]),
        ("timeout -s INT 5m env -u A sudo -u me make x", ["make x"]),
        ("if ! make x; then exit 1; fi", ["make x", "exit 1", "fi"]),
        ('id="$(harness deploy --json)" && echo "$id"', ["harness deploy --json", "", "echo $id"]),
        ("cat <<'EOF' | tee f\nwrangler deploy\nEOF\nls", ["cat", "tee f", "ls"]),
        ("(cd deploy && wrangler deploy) >log 2>&1", ["cd deploy", "wrangler deploy"]),
        ("a#b c # d", ["a#b c"]),
        ('x="$(see "$y" | jq "a(b)")"; z', ["see $y", "jq a(b)", "", "z"]),
        ('echo "an open $(one', ['echo "an open', "one"]),
        ("case $x in a) ls ;; *) make x ;; esac", ["case $x in a", "ls", "make x", "esac"]),
    ],
)
def test_commands_are_told_from_what_is_merely_said(script: str, programs: list[str]) -> None:
    assert [" ".join(it.names) for it in commands(script)] == programs


@pytest.mark.parametrize(
    ("script", "variables"),
    [
        ('login --password "$TOKEN"', {"TOKEN"}),
        ("curl -H Authorization:${TOKEN:-none}", {"TOKEN"}),
        ("login '$TOKEN' \\$TOKEN \"\\$TOKEN\"", set()),
        ("test ${TOKEN:+set} ${#TOKEN}", set()),
        ('TOKEN="$OTHER" login', set()),
        ("login <<< $TOKEN", set()),
    ],
)
def test_a_variables_value_is_seen_in_the_words_that_take_it(
    script: str, variables: set[str]
) -> None:
    (command,) = commands(script)
    assert {name for word in command.words for name in word.variables} == variables


def test_where_output_goes_is_seen() -> None:
    first, _, last = commands('echo "$A" | docker login\necho x >> "$GITHUB_OUTPUT"')
    assert first.piped
    assert not last.piped
    assert [(sign, word.text) for sign, word in last.targets] == [(">>", "$GITHUB_OUTPUT")]
