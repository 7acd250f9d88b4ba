"""Whether a line of somebody's file may be shown: whole machine configs hold keys and tokens."""

from __future__ import annotations

import re

__all__ = ["may_hold_secret", "names_secret"]

_WORDS = "(?:token|password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|preshared[_-]?key)"
_NAME = re.compile(rf"(?:[\w.-]*{_WORDS}|auth)", re.IGNORECASE)
_NAMED = re.compile(
    rf"""(?ix) (?<![a-z0-9_-])
    \\?["']? (?: [a-z0-9_-]* {_WORDS} | auth ) \\?["']?
    \s* [:=] \s* \\?["']? [^\s"'{{}}\[\]$|>&*\\] [^\s"']{{5}}""",
)
"""A key that names a secret, with a text behind it that is no variable."""
_ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}")
_SENT = re.compile(
    r"""(?ix)
    authorization \\?["']? \s{0,9} : \s{0,9} \\?["']? (?:(?:bearer|basic|token)\s{1,9})? [a-z0-9] [^\s"'${<]{7}
    | \bbearer \s{1,9} (?=[^\s]{0,60}\d) [a-z0-9._~+/=-]{8}
    | ://[^\s/@:"'<>]{0,200} : [^\s/@"'${<] [^\s/@"']{0,200} @
    | (?:https?://[^\s/@:"'<>${]{6} | ://[^\s/@:"'<>${]{16}) [^\s/@:"'<>${]{0,200} @
    | (?<![\w-]) (?:-u|--user) [\s=] \s{0,9} ["']? [^\s"':$]{1,60} : (?!\d{1,20}\b) [^\s"'$]{6}
    | --[a-z0-9-]{0,60} (?:token|password|passphrase|secret|api-?key) \s{1,9} ["']? [^\s"'${<-] [^\s"']{5}
    """,
)
"""How programs are handed one: a header, the user's part of an address, an option."""
_KNOWN = re.compile(
    r"""(?x)
    (?<![\w.-]) (?=[a-z0-9.]{0,22}\d) [a-z0-9]{6} \. [a-z0-9]{16} (?![\w.-])
    | \bAGE-SECRET-KEY-1[0-9A-Z]{6}
    | \b(?:gh[pousr]_|github_pat_|glpat-|nvapi-|hf_|sk-|xox[abprs]-)[A-Za-z0-9_-]{16}
    | \bAKIA[0-9A-Z]{16}
    | \beyJ[A-Za-z0-9_-]{10,400}\.[A-Za-z0-9_-]{10}
    """,
)
"""What somebody gave a form to know it by: a token of a machine or of a node that joins, keys of age, tokens of sites."""


def may_hold_secret(line: str) -> bool:
    """Whether a secret seems to stand in the line, by the name of its key or by its looks."""
    return bool(_NAMED.search(line) or _SENT.search(line) or _KNOWN.search(line)) or any(
        map(_is_encoded, _ENCODED.findall(line))
    )


def names_secret(key: str) -> bool:
    """Whether what stands behind a key, or in a variable, of this name is a secret."""
    return _NAME.fullmatch(key) is not None


def _is_encoded(text: str) -> bool:
    """Whether it looks like base64 of a key or a certificate; schematic ids and digests have no capitals."""
    return any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))
