"""Sources and sentences as HTML: links lead to http(s) alone, and only where the text itself says the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from talos_gpu.markdown import Finished
from talos_gpu.review.telling.page.visible import visible

__all__ = ["href", "prose", "source"]

_ADDRESS = re.compile(r"https?://[^\s<>`|\"']*[^\s<>`|\"'.,;:)\]]")
_LEGAL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=%]{1,2000}")
_REFERENCE = re.compile(
    r"(?<![\w./:@-])(?P<repository>[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100})"
    r"(?:(?:\#|[ ](?P<thread>discussion|issue|pull)[ ]\#?)(?P<number>\d{1,9})(?!\w)|[ ](?P<release>releases/tag/[\w.+-]{1,100})"
    r"|:(?P<path>[A-Za-z_][\w./+-]{0,300})(?:@(?P<tag>[A-Za-z0-9][\w.+-]{0,100}))?)"
)
_SITE = re.compile(
    r"(?<![\w./:@-])(?!(?:nvcr|ghcr|docker|quay)\.io/|registry\.)(?:[a-z0-9-]{1,63}\.){1,4}(?:com|dev|io|org|sh)"
    r"/[\w./#%-]{0,300}[\w/]"
)
"""A page without its scheme, as sources name them; hosts of images are no pages."""
_TAG_BEHIND = re.compile(r"(?:,? (?:and )?[\w./+-]{1,300}){1,20}@(?P<tag>[A-Za-z0-9][\w.+-]{0,100})")
_THREADS = {"discussion": "discussions", "issue": "issues", "pull": "pull"}
_SPAN = re.compile(r"`([^`]+)`")
_ESCAPED = re.compile(r"\\([\\`*\[\]<>|~_&#+.)=-])")


_Kind = tuple[re.Pattern[str], Callable[[re.Match[str], str], str | None]]
"""What is found in a text, and where it leads; to nowhere where that is None."""


def href(address: str) -> str | None:
    """The address where it may be followed: http or https, a host, no name or password in it; None of every other."""
    if not _LEGAL.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    fits = parts.scheme in {"http", "https"} and bool(host) and "@" not in parts.netloc
    return address if fits else None


def source(text: str) -> Markup:
    """Who says so: addresses, `owner/repo#1` and `owner/repo:path@tag` are links."""
    return Markup("").join(_linked(text, (_ADDRESS, _address), (_REFERENCE, _reference), (_SITE, _site)))


def prose(text: str) -> Markup:
    """A sentence in which `code spans` are code and addresses links."""
    if isinstance(text, Finished):
        # Of Markdown that is finished already only code spans and escaped signs are used.
        parts: Iterable[str] = (
            part if number % 2 else _ESCAPED.sub(r"\1", part) for number, part in enumerate(_SPAN.split(text))
        )
    else:
        parts = _SPAN.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(visible(part)) if number % 2 else _plain(part)
        for number, part in enumerate(parts)
    )


def _plain(text: str) -> Markup:
    return Markup("").join(_linked(text, (_ADDRESS, _address)))


def _linked(text: str, *kinds: _Kind) -> Iterator[Markup]:
    pattern, target = kinds[0]
    end = 0
    for match in pattern.finditer(text):
        yield from _between(text[end : match.start()], kinds[1:])
        address = target(match, text)
        yield _anchor(address, match[0]) if address else escape(visible(match[0]))
        end = match.end()
    yield from _between(text[end:], kinds[1:])


def _between(text: str, kinds: tuple[_Kind, ...]) -> Iterator[Markup]:
    if kinds:
        yield from _linked(text, *kinds)
    else:
        yield escape(visible(text))


def _anchor(address: str, text: str) -> Markup:
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, visible(text))


def _address(match: re.Match[str], _: str) -> str | None:
    return href(match[0])


def _site(match: re.Match[str], _: str) -> str | None:
    return href(f"https://{match[0]}")


def _reference(match: re.Match[str], text: str) -> str | None:
    """The place on GitHub. A path may share the tag of those that are named behind it."""
    home = f"https://github.com/{match['repository']}"
    if match["number"]:
        return href(f"{home}/{_THREADS[match['thread'] or 'issue']}/{match['number']}")
    if match["release"]:
        return href(f"{home}/{match['release'].rstrip('.')}")
    behind = None if match["tag"] else _TAG_BEHIND.match(text, match.end())
    tag = match["tag"] or (behind["tag"] if behind else "HEAD")
    return href(f"{home}/blob/{tag.rstrip('.')}/{match['path'].rstrip('.')}")
