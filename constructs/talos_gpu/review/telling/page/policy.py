"""What a page may do: nothing but show itself and run the one script in it."""

from __future__ import annotations

import base64
import hashlib
import json

from markupsafe import Markup

__all__ = ["data_block", "policy"]

_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def policy(style: str, script: str) -> str:
    """The Content-Security-Policy: style and script by the digest of what stands between their tags, pictures that the
    page holds itself, no address, form or base, and no text that becomes HTML.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)}",
            f"script-src {_digest(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def data_block(value: object) -> Markup:
    """JSON for the inside of a script element, which nothing in it can end."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 (no sign of HTML is left in it)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
