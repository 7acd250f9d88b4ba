"""The release that somebody wants to upgrade to: a later one than the one that runs."""

from __future__ import annotations

import re

from talos_gpu.catalog import Catalogue, Version
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position

__all__ = ["LATEST", "target_release"]

LATEST = "latest"
_SHAPE = re.compile(r"v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)")
_OPTION = Position("--to")


def target_release(text: str, running: str, catalogue: Catalogue) -> str:
    """The tag that `text` means; `latest` is the newest stable release known. It may be one that the catalogue lacks.

    Raises:
        NotUnderstood: for no version, for the release that runs, and for an older one.
    """
    stable = [release.tag for release in catalogue.releases() if not release.prerelease]
    found = _SHAPE.fullmatch(text.strip())
    if text.strip() != LATEST and found is None:
        raise _refusal(
            f"found {text!r}, expected a Talos release such as {stable[-1]}, or {LATEST}",
            "Write all three numbers: the patch release decides which driver the nodes get.",
        )
    target = f"v{found[1]}" if found else stable[-1]
    old, new = Version.parse(running), Version.parse(target)
    if new == old:
        newest = ", which is the newest stable one known" if found is None else ""
        raise _refusal(f"found {target}, the release that the profile names already{newest}", "Write a later release.")
    if new < old:
        raise _refusal(
            f"found {target}, which is older than {running}, the release that the profile names",
            f"Talos is upgraded, not downgraded: `talosctl rollback` goes back to the image that ran before {running}.",
        )
    return target


def _refusal(message: str, remedy: str) -> NotUnderstood:
    return NotUnderstood([Finding(_OPTION, "", message, remedy)])
