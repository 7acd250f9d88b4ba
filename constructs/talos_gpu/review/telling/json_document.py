"""A review for programs: one JSON document, whose schema is published as docs/review.schema.json."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from talos_gpu.finding import Finding, Position
from talos_gpu.report.untrusted import json_text
from talos_gpu.review.difference import Change, leaves, path_text
from talos_gpu.review.difference.files import FileChange, ItemChange
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact
from talos_gpu.review.quotable.line import shown_line, shown_value
from talos_gpu.review.review import Review
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.states import ClusterChange
from talos_gpu.review.telling.document import SCHEMA_VERSION, Document
from talos_gpu.review.telling.lines import is_binary, line_difference
from talos_gpu.review.telling.quote import quote
from talos_gpu.review.telling.words import scope_reboots, totals, unjudged, unrendered, verdict_of

__all__ = [
    "finding_row",
    "json_document",
    "json_schema_text",
    "published_schema",
    "rollout_row",
    "scope_row",
    "writable",
]

_Row = dict[str, Any]


def json_document(review: Review) -> str:
    """The document, ASCII alone; the same review gives the same bytes."""
    told = Document.model_validate(writable(_document(review)))
    return json_text(told.model_dump(mode="json", by_alias=True)) + "\n"


def json_schema_text() -> str:
    """The schema as it is published: draft 2020-12, two spaces, final newline."""
    return published_schema(Document, "talos-gpu review")


def published_schema(model: type[BaseModel], title: str) -> str:
    """The schema of what is written out of a model."""
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps({**head, **_published(schema)}, indent=2, ensure_ascii=False) + "\n"


def _document(review: Review) -> _Row:
    difference, sums = review.difference, totals(review)
    rollouts = {rollout.cluster: rollout for rollout in review.rollouts}
    impacts = {impact.name: impact for impact in review.impacts}
    changes = {cluster.name: cluster for cluster in difference.clusters}
    names = sorted({*impacts, *changes})
    statuses = Counter(impacts[name].status if name in impacts else changes[name].status for name in names)
    return {
        "schema_version": SCHEMA_VERSION,
        "before": difference.before.tree.name,
        "after": difference.after.tree.name,
        "verdict": verdict_of(review),
        "blocked": any(rollout.blocked for rollout in review.rollouts)
        or bool(unjudged(review) or unrendered(review.difference)),
        "unrendered": unrendered(review.difference),
        "totals": {
            **{status: statuses[status] for status in ("added", "removed", "changed")},
            "unchanged": difference.unchanged,
            "nodes": sums.nodes,
            "unlisted_pools": sums.unlisted,
            "reboots": sums.reboots,
            "open_ended": sums.open,
        },
        "clusters": [_cluster(name, changes.get(name), impacts.get(name), rollouts.get(name)) for name in names],
        "inputs": [_file(change) for change in difference.inputs],
        "others": [_file(change) for change in difference.others],
        "fleet": {name: dict(sorted(row.items())) for name, row in sorted(review.fleet.items())},
        "findings": [finding_row(finding) for finding in sorted(review.findings)],
    }


def _cluster(name: str, change: ClusterChange | None, impact: ClusterImpact | None, rollout: Rollout | None) -> _Row:
    told = impact or change
    assert told is not None
    before, after = impact.talos if impact else ("", "")
    return {
        "name": name,
        "status": told.status,
        "profile": change.ledger.profile if change and change.ledger else "",
        "talos": {"before": before, "after": after},
        "verdict": impact.verdict if impact else "unknown",
        "pools": [scope_row(pool, rollout) for pool in impact.pools] if impact else [],
        "kubernetes": scope_row(impact.kubernetes, rollout) if impact else None,
        "rollout": rollout_row(rollout) if rollout else None,
        "files": [_file(file) for file in change.files] if change else [],
        "notes": list(dict.fromkeys((*(change.notes if change else ()), *(impact.notes if impact else ())))),
    }


def scope_row(scope: ScopeImpact, rollout: Rollout | None) -> _Row:
    """A pool or the Kubernetes side, with the reboots that `rollout` gives it, as the model `Scope` takes it."""
    causes = [_cause(cause) for cause in scope.causes]
    reboots = scope_reboots(scope, rollout)
    return {"name": scope.name, "verdict": scope.verdict, "nodes": scope.nodes, "reboots": reboots, "causes": causes}


def _cause(cause: Cause) -> _Row:
    row = asdict(cause)
    before, after = cause.before, cause.after
    return row | {
        "before": shown_value(before, cause.path, after),
        "after": shown_value(after, cause.path, before),
    }


def rollout_row(rollout: Rollout) -> _Row:
    """A rollout as the model `Rollout` takes it."""
    row = asdict(rollout)
    del row["cluster"]
    return row


def _file(change: FileChange) -> _Row:
    counts = _line_counts(change)
    return {
        "path": change.path,
        "status": change.status,
        "form": change.form,
        "unread": change.is_unread,
        "objects": [_object(item, change) for item in (*change.items, *change.left)],
        "lines_added": counts[0] if counts else None,
        "lines_removed": counts[1] if counts else None,
    }


def _line_counts(change: FileChange) -> tuple[int, int] | None:
    before, after = (side.content or b"" for side in (change.before, change.after))
    if not change.text or is_binary(before) or is_binary(after):
        return None
    told = line_difference(*(content.decode(errors="backslashreplace") for content in (before, after)))
    return told.added, told.removed


def _object(item: ItemChange, file: FileChange) -> _Row:
    row = asdict(item.item.identity)
    del row["nth"]
    before, after = item.before, item.after
    renamed = item.status == "renamed" and before is not None
    moved = before is not None and after is not None and before.file != after.file
    return {
        **row,
        "status": item.status,
        "was": str(before.identity) if renamed and before else "",
        "file": before.file if moved and before else "",
        "changes": [_change(leaf, item, file) for change in item.changes for leaf in leaves(change)],
    }


def _change(change: Change, item: ItemChange, file: FileChange) -> _Row:
    path, quoted = path_text(change.path), quote(change, item.item)
    value = change.after if change.after.exists else change.before
    place = value.key or value.place
    folder = file.path[: len(file.path) - len(file.file)]
    return {
        "path": shown_line(path),
        "kind": change.kind,
        "before": quoted.before,
        "after": quoted.after,
        "place": asdict(Position(f"{folder}{place.file}", place.line, place.column)),
    }


def finding_row(finding: Finding) -> _Row:
    """A finding as the model `Finding` takes it."""
    told = ("rule", "severity", "path", "message", "remedy", "source")
    return {**{key: getattr(finding, key) for key in told}, "place": asdict(finding.position)}


def writable(value: Any) -> Any:
    """The same with bytes of names that are no UTF-8 shown escaped: no program reads them otherwise."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {writable(key): writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [writable(item) for item in value]
    return value


def _published(value: Any) -> Any:
    """Without the titles that pydantic makes of names, and open for keys that come later."""
    if isinstance(value, list):
        return [_published(item) for item in value]
    if not isinstance(value, dict):
        return value
    noise = {"title": str, "additionalProperties": bool}
    return {key: _published(item) for key, item in value.items() if not isinstance(item, noise.get(key, ()))}
