"""Whether a line of somebody's file may be shown: whole machine configs hold keys and tokens."""

from __future__ import annotations

import re

__all__ = ["may_hold_secret"]

_NAMED = re.compile(
    r"""(?ix) (?<![a-z0-9_-])
    ["']? (?: [a-z0-9_]* (?: token | password | passphrase | secret | apikey | privatekey | presharedkey ) | auth ) ["']?
    \s* [:=] \s* ["']? [^\s"'{}\[\]$|>&*] [^\s"']{5}""",
)
"""A key that names a secret, with a text behind it that is no variable."""
_ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}")


def may_hold_secret(line: str) -> bool:
    """Whether a secret seems to stand in the line, by the name of its key or by its looks."""
    return bool(_NAMED.search(line)) or any(map(_is_encoded, _ENCODED.findall(line)))


def _is_encoded(text: str) -> bool:
    """Whether it looks like base64 of a key or a certificate; schematic ids and digests have no capitals."""
    return any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))
