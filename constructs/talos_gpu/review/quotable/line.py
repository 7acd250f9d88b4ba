"""Which lines and values may be quoted, in every format: none that holds a secret, or a part of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from talos_gpu.inventory.secret_line import may_hold_secret, names_secret
from talos_gpu.review.quotable.row import Row, mapping_around, row, under

__all__ = ["HIDDEN", "hidden_lines", "holds_secret", "is_secret_line", "shown_line", "shown_value"]

HIDDEN = "(not shown: it looks like a secret)"
_BEGIN, _END = "-----BEGIN ", "-----END "
# Blanks are counted: a line of a stranger's must not keep a pattern busy.
_VARIABLE = re.compile(r"""\bname\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?(?P<name>[\w.-]{1,200})""")
_VALUE = re.compile(r"""\bvalue\\?["']?\s{0,9}[:=]\s{0,9}\\?["']?[^\s"'$\\|>]""")
_KIND = re.compile(r"""\bkind\\?["']?\s{0,9}:\s{0,9}\\?["']?Secret(?![\w-])""")
_DATA = re.compile(r"""\b(?:data|stringData)\\?["']?\s{0,9}:""")
_FIELDS = re.compile(r"""\b(?:data|stringData|metadata)\\?["']?\s{0,9}:""")
_HARMLESS = re.compile(
    r"""(?x) \#.* | [\]}],? | [{\[] | ---.* |
    (?:-\s{1,9})?["']?(?:apiVersion|kind|metadata|type|immutable|name|namespace)["']?\s{0,9}:(?:\s{1,9}["']?[\w./-]+["']?)?\s{0,9}[{\[]?,? |
    ["']?(?:stringData|data)["']?\s{0,9}:\s{0,9}[{\[]? |
    """
)
_SEPARATOR = re.compile(r"---(?:\s.*)?")
_HEREDOC = re.compile(r"<<[-~]?\s{0,9}[\"']?(?P<end>\w+)")
_BASE64 = re.compile(r"\s*[A-Za-z0-9+/]+={0,2}\s*")
_STEP = re.compile(r"""(?:\[(?P<selector>[^\[\]]*)\]\.?)?(?P<key>[\w/-]*|\["[^"]*"\])$""")
_LONGEST_STEP = 300


def is_secret_line(line: str) -> bool:
    """Whether a line must not be quoted, whatever stands around it."""
    if _BEGIN in line or may_hold_secret(line):
        return True
    if _KIND.search(line) and _DATA.search(line):
        return True
    return bool(_VALUE.search(line)) and any(names_secret(found["name"]) for found in _VARIABLE.finditer(line))


def shown_line(line: str) -> str:
    """The line, or words that say that it is not shown."""
    return HIDDEN if is_secret_line(line) else line


def shown_value(text: str, path: str = "", *beside: str) -> str:
    """What stands at a path as it may be shown: not at all where it, or what it became, looks like a secret."""
    names = _names(path)
    return HIDDEN if text and any(holds_secret(one, names) for one in (text, *beside)) else text


def holds_secret(text: str, names: Collection[str] = ()) -> bool:
    """Whether there is a secret in a text that stands behind a key, or in a variable, of one of the names."""
    lines = text.splitlines()
    if len(lines) > 1 and any(map(names_secret, names)):
        return True
    return any(may_hold_secret(f"{name}: {line}") for name in names for line in lines) or any(hidden_lines(lines))


def _names(path: str) -> list[str]:
    """The key at the end of a path, and what names the item of a list that it is of."""
    step = _STEP.search(path[-_LONGEST_STEP:])
    if step is None:
        return []
    selectors = [keys.rpartition("=")[2] for keys in (step["selector"] or "").split(", ")]
    return [step["key"].strip('[]"'), *selectors]


def hidden_lines(lines: Sequence[str]) -> list[bool]:
    """Which lines of a file must not be quoted.

    These are also the lines of a block below a key that names a secret, or of a text that goes on, of a key in PEM, of
    the value of a variable whose name says so, and all of a Secret but what it is called.
    """
    parts = [line.splitlines() or [""] for line in lines]  # YAML knows more ends of lines than we
    rows = [row(text) for texts in parts for text in texts]
    hidden: set[int] = set()
    for start, end in _documents(rows):
        hidden.update(start + number for number in _hidden(rows[start:end]))
    found: list[bool] = []
    at = 0
    for texts in parts:
        found.append(any(number in hidden and not rows[number].blank for number in range(at, at + len(texts))))
        at += len(texts)
    return found


def _documents(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    starts = [number for number, now in enumerate(rows) if number and _SEPARATOR.fullmatch(now.text)]
    return pairwise([0, *starts, len(rows)])


def _hidden(rows: Sequence[Row]) -> Iterator[int]:
    """The lines of a document that are hidden, some of them more than once."""
    pem = encoded = False
    until = 0
    """Up to there all is hidden that one of the lines before hides: what begins inside need not be followed."""
    for number, now in enumerate(rows):
        pem = pem or _BEGIN in now.text
        base64 = bool(_BASE64.fullmatch(now.text))
        alone = is_secret_line(now.text)
        if pem or alone or (encoded and base64):
            yield number
        pem = pem and _END not in now.text
        encoded = base64 and (alone or encoded)
        if number >= until:
            for more in _around(rows, number):
                until = max(until, more)
                yield more


def _around(rows: Sequence[Row], at: int) -> Iterator[int]:
    """The lines that are hidden because of what this one says."""
    now = rows[at]
    if now.key and names_secret(now.key):
        yield from _going_on(rows, at)
    if now.key in {"name", "path"}:
        yield from _variable(rows, at)
    if _KIND.search(now.text):
        yield from _secret_object(rows, at)


def _variable(rows: Sequence[Row], at: int) -> Iterator[int]:
    """The value of a variable, before its name or behind it."""
    name = rows[at].value.strip("\"', ").rpartition("/")[2]
    if not names_secret(name):
        return
    for number in mapping_around(rows, at):
        now = rows[number]
        if now.key == "value" and now.column == rows[at].column:
            if may_hold_secret(f"{name}: {now.value}"):
                yield number
            yield from _going_on(rows, number)


def _going_on(rows: Sequence[Row], at: int) -> Iterator[int]:
    """The lines on which the value of a key goes on; the key's own where it holds the beginning."""
    value = rows[at].value
    more = [*_quoted(rows, at), *_here(rows, at)]
    if rows[at].sign == ":" and not value.startswith(("{", "[")):
        deeper = list(under(rows, at))
        if value or (deeper and not rows[deeper[0]].key):
            more += deeper
    if more and value and value[0] not in "|>":
        yield at
    yield from more


def _quoted(rows: Sequence[Row], at: int) -> Iterator[int]:
    """Up to the line with the quote that ends what is quoted."""
    value = rows[at].value
    quote = value[:1]
    if quote not in {'"', "'"} or _ends(value[1:], quote):
        return
    for number in range(at + 1, len(rows)):
        yield number
        if _ends(rows[number].text, quote):
            return


def _ends(text: str, quote: str) -> bool:
    return quote in (re.sub(r"\\.", "", text) if quote == '"' else text.replace("''", ""))


def _here(rows: Sequence[Row], at: int) -> Iterator[int]:
    """Up to the word that ends a text of a shell or of OpenTofu."""
    opened = _HEREDOC.match(rows[at].value)
    for number in range(at + 1, len(rows)) if opened else ():
        yield number
        if opened and rows[number].text.strip() == opened["end"]:
            return


def _secret_object(rows: Sequence[Row], at: int) -> Iterator[int]:
    """All of a Secret but its names; nothing of what only refers to one."""
    if rows[at].key != "kind":
        yield from _braces(rows, at)
        return
    around = mapping_around(rows, at)
    if not any(_FIELDS.search(rows[number].text) for number in around):
        return
    inside = braces = False
    for number in around:
        now = rows[number]
        if inside and (now.text.lstrip().startswith("}") if braces else now.key and now.column == rows[at].column):
            inside = braces = False
        if inside or not _HARMLESS.fullmatch(now.text.strip()):
            yield number
        if not inside and now.key in {"data", "stringData"} and now.column == rows[at].column:
            inside, braces = True, now.value.startswith("{")


def _braces(rows: Sequence[Row], at: int) -> Iterator[int]:
    """The lines up to the brace that closes the map of this line."""
    depth = 0
    for number in range(at, len(rows)):
        depth += rows[number].text.count("{") - rows[number].text.count("}")
        if depth > 0 or number > at:
            yield number
        if depth <= 0:
            return
