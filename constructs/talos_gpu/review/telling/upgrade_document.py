"""An upgrade for programs: one JSON document, keys in camelCase, only ever added to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic.alias_generators import to_camel

from talos_gpu.finding import Finding, Position
from talos_gpu.report.untrusted import json_text
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact
from talos_gpu.review.upgrade.model import Hop, Upgrade, Way

__all__ = ["SCHEMA_VERSION", "json_document"]

SCHEMA_VERSION: Literal[1] = 1
"""Raised when a key goes or means something else; new keys may come any time."""

_Row = dict[str, Any]


def json_document(upgrade: Upgrade) -> str:
    """The document, ASCII alone; the same upgrade gives the same bytes."""
    return json_text(_camel({"schema_version": SCHEMA_VERSION, **_upgrade(upgrade)})) + "\n"


def _upgrade(upgrade: Upgrade) -> _Row:
    return {
        "cluster": upgrade.cluster,
        "profile": upgrade.profile,
        "talos": {"before": upgrade.before, "after": upgrade.after},
        "verdict": upgrade.verdict,
        "verdict_with_changes": upgrade.verdict_with_changes,
        "complete": upgrade.is_complete,
        "releases": upgrade.releases,
        "reboots": upgrade.reboots,
        "unknown": upgrade.unknown,
        "remedy": upgrade.remedy,
        "notes": upgrade.notes,
        "hops": [_hop(hop) for hop in upgrade.hops],
    }


def _hop(hop: Hop) -> _Row:
    return {
        "before": hop.before,
        "after": hop.after,
        "follows_proposal": hop.follows_proposal,
        "as_it_is": _way(hop.way),
        "proposal": hop.proposal,
        "proposed": _way(hop.proposed) if hop.proposed else None,
    }


def _way(way: Way) -> _Row:
    return {
        "verdict": way.verdict,
        "reasons": way.reasons,
        "change": asdict(way.change),
        "findings": [_finding(finding) for finding in way.findings],
        "decided": [asdict(row) for row in way.decided],
        "losses": [asdict(loss) for loss in way.losses],
        "files": [{"status": status, "path": path} for status, path in way.files],
        "impact": _impact(way.impact) if way.impact else None,
        "rollout": asdict(way.rollout) if way.rollout else None,
    }


def _finding(finding: Finding) -> _Row:
    keys = ("rule", "severity", "path", "message", "remedy", "source")
    return {**{key: getattr(finding, key) for key in keys}, "place": _place(finding.position)}


def _impact(impact: ClusterImpact) -> _Row:
    return {"verdict": impact.verdict, "pools": [*map(_scope, impact.pools)], "kubernetes": _scope(impact.kubernetes)}


def _scope(scope: ScopeImpact) -> _Row:
    return {
        "name": scope.name,
        "verdict": scope.verdict,
        "nodes": scope.nodes,
        "causes": [_cause(cause) for cause in scope.causes],
    }


def _cause(cause: Cause) -> _Row:
    return {**asdict(cause), "place": _place(cause.place), "lines": [_place(line) for line in cause.lines]}


def _place(position: Position) -> _Row:
    return {"file": position.file, "line": position.line, "column": position.column}


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {to_camel(key): _camel(inner) for key, inner in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list | tuple) else value
