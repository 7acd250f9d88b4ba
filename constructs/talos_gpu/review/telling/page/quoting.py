"""Which lines of a file may be quoted: none that holds a secret, or a part of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from talos_gpu.inventory.secret_line import may_hold_secret
from talos_gpu.review.telling.quote import HIDDEN, is_secret_line

__all__ = ["quotable"]

# Blanks are counted: a line of a stranger's must not keep a pattern busy.
_SECRET = re.compile(r"""["']?kind["']?\s{0,9}:\s{0,9}["']?Secret\b""")
_HARMLESS = re.compile(
    r"#.*|(?:apiVersion|kind|metadata|type|immutable|stringData|data|name|namespace)\s{0,9}:(?:\s{1,9}[\w./-]+)?|---.*|"
)
_DATA = re.compile(r"""["']?(?:stringData|data)["']?\s{0,9}:""")
_NAME = re.compile(r"""(?:-\s{1,9})?["']?name["']?\s{0,9}:\s{0,9}["']?(?P<name>[\w.-]+)["']?""")
_VALUE = re.compile(r"""(?:-\s{1,9})?["']?value["']?\s{0,9}:\s{0,9}(?P<value>.*)""")
_BEGIN, _END = "-----BEGIN ", "-----END "
_OPENS = re.compile(
    r"(?i)(?<![\w-])[\w-]{0,60}(?:token|password|passphrase|secret|apikey|privatekey|presharedkey)[\"']?"
    r"\s{0,9}:\s{0,9}(?:!\S{1,60}\s{1,9})?[|>][0-9+-]{0,2}\s*$"
)


def quotable(lines: Sequence[str]) -> list[str]:
    """The lines, those that may hold a secret replaced by words that say so.

    Hidden are also the lines of a block below a key that names a secret, of a key in PEM, of a variable whose name says
    that its value is one, and all of a Secret but what it is called.
    """
    found: list[str] = []
    for document in _documents(lines):
        secret = any(_SECRET.search(line) for line in document)
        found += _secret_object(document) if secret else _plain(document)
    return found


def _documents(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    starts = [0, *(number for number, line in enumerate(lines) if number and line.startswith("---")), len(lines)]
    for start, end in pairwise(starts):
        yield lines[start:end]


def _secret_object(lines: Sequence[str]) -> Iterator[str]:
    inside: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if inside is not None and line.strip() and indent <= inside:
            inside = None
        yield line if inside is None and _HARMLESS.fullmatch(line.strip()) and not is_secret_line(line) else HIDDEN
        if inside is None and _DATA.match(line.strip()):
            inside = indent


def _plain(lines: Sequence[str]) -> Iterator[str]:
    block: int | None = None
    pem = False
    name = ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if block is not None and line.strip() and indent <= block:
            block = None
        pem = pem or _BEGIN in line
        value = _VALUE.match(line.strip())
        named = bool(name and value and may_hold_secret(f"{name}: {value['value']}"))
        hidden = block is not None or pem or named or is_secret_line(line)
        yield HIDDEN if hidden and line.strip() else line
        if _END in line:
            pem = False
        if block is None and _OPENS.search(line):
            block = indent
        found = _NAME.fullmatch(line.strip())
        if found or line.lstrip().startswith("- "):
            name = found["name"] if found else ""
