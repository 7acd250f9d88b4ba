"""Whether a release is of the vendor's own chart, or of one that only has its name."""

from __future__ import annotations

import re

from talos_gpu.inventory import Chart

__all__ = ["from_git", "is_upstream"]

_GIT = re.compile(r"^(git@|ssh://)|\.git/?$|^https?://(www\.)?(github|gitlab)\.com/", re.IGNORECASE)
_VENDOR = re.compile(r"[/:]nvidia/", re.IGNORECASE)


def from_git(chart: Chart) -> bool:
    """Whether the chart is taken out of a Git repository."""
    address = chart.repository.text if chart.repository is not None else None
    return bool(address and _GIT.search(address))


def is_upstream(chart: Chart, name: str) -> bool:
    """Whether it is the vendor's chart of that name.

    A chart in a repository of one's own often has the same name, and the vendor's chart as a dependency: its values
    are then one level deeper.
    """
    if chart.name != name or chart.values.get(name).is_map:
        return False
    address = chart.repository.text if chart.repository is not None else None
    return not from_git(chart) or bool(_VENDOR.search(address or ""))
