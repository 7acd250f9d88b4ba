"""The picture on the fleet's page: from GPU to workload, cluster by cluster, framed by era; made from ledgers alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from talos_gpu.mermaid import Chain, flowchart

__all__ = ["FACTS", "MOST", "fleet_picture"]

FACTS = ("era", "gpus", "driver", "toolkit", "containerd", "stack", "cuda")
"""The facts of a row that the picture shows; one that is missing is unknown, as the row was written by another version."""

MOST = 40
"""Rows of the picture. Mermaid draws no more than 500 arrows and 50,000 characters, and nobody reads that many."""

_COUNTS = re.compile(r"(?:\d+|\?) x \d+ ")

_ABOUT = """
From GPU to workload, by era; what nobody knows is unknown:
"""
_ABOUT_MANY = f"""
From GPU to workload, by era, what clusters have in common drawn once (at most {MOST} different rows; the table has every cluster); what nobody knows is unknown:
"""


def fleet_picture(rows: Mapping[str, Mapping[str, str]]) -> str:
    """The picture with the sentence above it, for `rows` (cluster name to facts).

    One unpadded line a cluster, sorted. Of more than `MOST` clusters each different line once, without names and
    numbers of GPUs, so that a fleet of any size has a picture that can be read.
    """
    many = len(rows) > MOST
    named = dict(_common(rows)) if many else {name: (_era(rows[name]), _chain(rows[name], name)) for name in rows}
    groups: dict[str, dict[str, Chain]] = {title: {} for title in sorted({title for title, _ in named.values()})}
    for name, (title, chain) in sorted(named.items()):
        groups[title][name] = chain
    return f"{_ABOUT_MANY if many else _ABOUT}\n{flowchart(groups)}\n"


def _common(rows: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, tuple[str, Chain]]]:
    """The different chains under the digests of their words, which no other cluster changes; as many as are drawn."""
    found = {}
    for facts in rows.values():
        chain = _chain({**facts, "gpus": _models(facts)}, "")
        found[(_era(facts), tuple(map(tuple, chain)))] = chain
    for (era, words), chain in sorted(found.items())[:MOST]:
        yield hashlib.sha256(repr((era, words)).encode(errors="backslashreplace")).hexdigest()[:12], (era, chain)


def _models(facts: Mapping[str, str]) -> str:
    return ", ".join(sorted(set(_COUNTS.sub("", facts.get("gpus", "unknown")).split(", "))))


def _era(facts: Mapping[str, str]) -> str:
    return f"Era {facts.get('era', 'unknown')}"


def _chain(facts: Mapping[str, str], name: str) -> Chain:
    said = {fact: facts.get(fact) or "unknown" for fact in FACTS}
    return (
        tuple(filter(None, (name, said["gpus"]))),
        ("driver", said["driver"]),
        ("container toolkit", said["toolkit"]),
        ("containerd", said["containerd"]),
        ("stack", said["stack"]),
        ("workload", f"CUDA up to {said['cuda']}"),
    )
