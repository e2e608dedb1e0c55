"""The commands of a step's script, as far as they can be told without running it.

Comments, and what an `echo` or a here-document merely says, are no commands. A here-document is
read as the here-string that it is the same as.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Command", "Word", "commands"]

_HEREDOC = re.compile(
    r"(?<!<)<<(?!<)-?[ \t]*(?P<quote>['\"\\]?)(?P<end>\w+)(?:['\"])?(?P<rest>[^\n]*)\n"
    r"(?P<text>(?:.*?\n)??)[ \t]*(?P=end)[ \t]*(?=\n|\Z)",
    re.DOTALL,
)
_LITERAL = re.compile(r"\\[$`\\]|[\\\"]")
# With quotes of its own, and parentheses that are one deep.
_INSIDE = r"(?:[^()]|\([^()]*\))*"
_PART = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<comment>(?<![^\s;&|()])\#[^\n]*)"
    r"|(?P<redirect>\d*(?:<<<|>>|>\||>&|<&|&>|[<>]))|(?P<end>&&|\|\||\|&|[;&|()\n])"
    rf"|(?P<single>\$?'[^']*')|(?P<double>\"(?:\\.|\$\({_INSIDE}\)|[^\"\\])*+\")"
    r"|(?P<computed>\$\(|`)|(?P<variable>\$\w+|\$\{[^}]*\})|(?P<escaped>\\.)"
    r"|(?P<plain>[^\s;&|()<>'\"\\$`]+|.)",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\\.|\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?P<how>[^}]*)\})", re.DOTALL)
_COMPUTED = re.compile(rf"\$\(({_INSIDE})\)")
_ASKING = (":+", "+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_KEYWORDS = frozenset({"if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"})
_FETCHING = {
    "npx": ("-p", "-w", "--package", "--workspace"),
    "pnpx": ("--package",),
    "bunx": ("-p", "--package"),
}
# Programs that start another one, and their options whose next word is a value.
_WRAPPERS: Mapping[str, Collection[str]] = {
    "command": (),
    "env": ("-C", "-u", "--chdir", "--unset"),
    "exec": ("-a",),
    "nice": ("-n",),
    "nohup": (),
    "sudo": ("-g", "-u", "--group", "--user"),
    "timeout": ("-k", "-s", "--kill-after", "--signal"),
    **_FETCHING,
}
_RUNNERS = frozenset(
    {(it, "exec") for it in ("npm", "pnpm", "yarn")}
    | {(it, "dlx") for it in ("pnpm", "yarn")}
    | {("npm", "x"), ("bun", "x")}
)
_NO_OPTIONS: Collection[str] = ()
# Options and variables of the wrapper, and a time limit.
_BEFORE_PROGRAM = re.compile(r"-|[A-Za-z_]\w*\+?=|[\d.]+[smhd]?$")
_VERSION = re.compile(r"(?<=.)@[^@/]*$")


@dataclass
class Word:
    """One word of a command.

    Attributes:
        text: It, without its quotes; variables are not filled in.
        variables: The variables whose value becomes part of it.
    """

    text: str = ""
    variables: set[str] = field(default_factory=set)


@dataclass
class Command:
    """One simple command.

    Attributes:
        words: The program and its arguments, without assignments in front of it.
        assigned: The assignments in front of it, or all there is.
        piped: Whether its output goes to another command.
        targets: Where its input and output are redirected to or from.
        inner: Whether it runs in a shell of its own, in `( )` or `$( )`, which changes nothing for
            what comes after it.
        taker: The command that `$( )` or a backtick puts its output into; None for one that says
            it to whom the script does.
    """

    words: list[Word] = field(default_factory=list)
    assigned: list[Word] = field(default_factory=list)
    piped: bool = False
    targets: list[tuple[str, Word]] = field(default_factory=list)
    inner: bool = False
    taker: "Command | None" = None

    @property
    def names(self) -> list[str]:
        """The program and its arguments as texts, without what only starts another program."""
        return _started([it.text for it in self.words])


def commands(script: str) -> Iterator[Command]:
    """Yield a script's simple commands in order, those inside `$( )` and conditions included."""
    plain = _HEREDOC.sub(_here_string, script.replace("\\\n", " "))
    reader = _Reader()
    for part in _PART.finditer(plain):
        yield from reader.take(str(part.lastgroup), part.group())
    yield from reader.take("end", "\n")


def _here_string(document: re.Match[str]) -> str:
    """Return a here-document as a here-string; one whose end is quoted has no variables."""
    text = document["text"]
    if document["quote"]:
        quoted = "'" + text.replace("'", " ") + "'"
    else:
        quoted = '"' + _LITERAL.sub(lambda it: it[0] if it[0][1:] else f"\\{it[0]}", text) + '"'
    return f"<<<{quoted}{document['rest']}"


def _computed(text: str) -> Iterator[Command]:
    """Yield the commands whose output becomes part of a quoted text."""
    for script in _COMPUTED.findall(text):
        word = Command()  # has all their variables already
        for command in commands(script):
            command.inner, command.taker = True, command.taker or word
            yield command


class _Reader:
    """Puts parts together into words, and words into commands."""

    def __init__(self) -> None:
        self._command = Command()
        self._word: Word | None = None
        self._redirect = ""
        self._around: list[Command | None] = []
        self._ticking: Command | None = None

    def take(self, kind: str, text: str) -> Iterator[Command]:
        """Take one part, and yield the command that it ends and those that it holds."""
        if kind in {"space", "comment"}:
            self._end_word()
        elif kind == "redirect":
            self._end_word()
            self._redirect = text
        elif kind in {"end", "computed"}:
            self._end_word()
            yield from self._end_command(text)
        else:
            self._grow(kind, text)
            if kind == "double":
                yield from _computed(text)

    def _grow(self, kind: str, text: str) -> None:
        self._word = self._word or Word()
        self._word.text += _unquoted(kind, text)
        if kind in {"double", "variable"}:
            self._word.variables |= _variables(text)

    def _end_word(self) -> None:
        word, self._word = self._word, None
        if word is None:
            return
        command = self._command
        if self._redirect:
            command.targets.append((self._redirect, word))
            self._redirect = ""
        elif not command.words and _ASSIGNMENT.match(word.text):
            command.assigned.append(word)
        elif command.words or word.text not in _KEYWORDS:
            command.words.append(word)

    def _end_command(self, sign: str) -> Iterator[Command]:
        done, self._redirect = self._command, ""
        is_pattern = sign == ")" and not self._around  # of a `case`, which begins with the first
        if sign == ")":
            del self._around[-1:]
        elif sign in {"(", "$("}:
            self._around.append(done if sign == "$(" else self._taker())
        elif sign == "`":
            self._ticking = None if self._ticking else done
        self._command = Command(inner=bool(self._around), taker=self._taker())
        done.piped = sign in {"|", "|&"}
        if (done.words or done.assigned) and not (is_pattern and done.names[:1] != ["case"]):
            yield done

    def _taker(self) -> Command | None:
        return self._ticking or next(reversed(self._around), None)


def _started(words: list[str]) -> list[str]:
    """Return the command line of the program that is started in the end, by its bare name."""
    found, valued, is_fetched = words, _NO_OPTIONS, False
    while found:
        if tuple(found[:2]) in _RUNNERS:
            found, valued, is_fetched = found[2:], _FETCHING["npx"], True
        elif found[0] in _WRAPPERS:
            is_fetched |= found[0] in _FETCHING
            found, valued = found[1:], _WRAPPERS[found[0]]
        elif found[0] in valued:
            found = found[2:]
        elif _BEFORE_PROGRAM.match(found[0]):
            found = found[1:]
        else:
            break
    if is_fetched and found:
        return [_VERSION.sub("", found[0]), *found[1:]]
    return found


def _unquoted(kind: str, text: str) -> str:
    if kind == "single":
        return text.removeprefix("$")[1:-1]
    if kind == "double":
        return text[1:-1]
    return text[1:] if kind == "escaped" else text


def _variables(text: str) -> set[str]:
    """Return the variables whose value a text takes in; not those that it only asks about."""
    found = (it for it in _VARIABLE.finditer(text) if not (it["how"] or "").startswith(_ASKING))
    return {it["bare"] or it["name"] for it in found if it.lastgroup}
