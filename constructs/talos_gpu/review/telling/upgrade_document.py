"""An upgrade for programs: one JSON document, whose schema is published as docs/upgrade.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from talos_gpu.report.untrusted import json_text
from talos_gpu.review.impact.verdict import Verdict
from talos_gpu.review.telling.document import Finding, Part, Rollout, Scope, Talos
from talos_gpu.review.telling.json_document import finding_row, published_schema, rollout_row, scope_row, writable
from talos_gpu.review.upgrade.model import FileStatus, Hop, NoOrUnknown, Upgrade, UpgradeVerdict, Way

__all__ = ["UPGRADE_SCHEMA_VERSION", "UpgradeDocument", "json_document", "json_schema_text"]

UPGRADE_SCHEMA_VERSION: Literal[1] = 1
"""Raised when a key goes or means something else; new keys may come any time."""

_Row = dict[str, Any]


class Line(Part):
    """A line of the profile that goes or comes; `number` counts from 1, on the side where it stands."""

    sign: Literal["-", "+"]
    number: Annotated[int, Field(ge=1)]
    text: str


class Change(Part):
    """What a person writes into the profile. `diff` is unified; what looks like a secret is not quoted."""

    file: str
    lines: tuple[Line, ...]
    diff: str


class Decision(Part):
    """A decision of the plan that comes out differently; `pool` is empty for one of the whole cluster."""

    pool: str
    what: str
    before: str
    after: str
    why: str


class Loss(Part):
    """What certainly runs before and afterwards does not (`no`), or nobody knows (`unknown`)."""

    pool: str
    kind: Literal["gpu", "image", "toolkit"]
    what: str
    answer: NoOrUnknown
    why: str
    source: str


class RenderedFile(Part):
    """A file below dist/ that would be another."""

    status: FileStatus
    path: str


class Impact(Part):
    """What the change costs, as `talos-gpu impact` judges it."""

    verdict: Verdict
    pools: tuple[Scope, ...]
    kubernetes: Scope


class WayThrough(Part):
    """A hop done in one way. Impact and rollout are null where the profile is refused."""

    verdict: UpgradeVerdict
    reasons: tuple[str, ...]
    change: Change
    findings: tuple[Finding, ...]
    decided: tuple[Decision, ...]
    losses: tuple[Loss, ...]
    files: tuple[RenderedFile, ...]
    impact: Impact | None
    rollout: Rollout | None


class HopDocument(Part):
    """From one release to the next, with the profile as it is, and with the change that `proposal` is about.

    `followsProposal`: it starts from what an earlier hop came to with its proposed change.
    """

    before: str
    after: str
    follows_proposal: bool
    as_it_is: WayThrough
    proposal: str
    proposed: WayThrough | None


class UpgradeDocument(Part):
    """What an upgrade comes to that nobody has made yet.

    Verdicts, the mildest first: safe, safe with steps, unknown, blocked. `verdict` is that of the profile as it is,
    `verdictWithChanges` that with every proposed change. `complete`: whether every hop could be looked at. `reboots` is
    null where nobody knows.
    """

    schema_version: Literal[1]
    cluster: str
    profile: str
    talos: Talos
    verdict: UpgradeVerdict
    verdict_with_changes: UpgradeVerdict
    complete: bool
    releases: tuple[str, ...]
    reboots: int | None
    unknown: str
    remedy: str
    notes: tuple[str, ...]
    hops: tuple[HopDocument, ...]


def json_document(upgrade: Upgrade) -> str:
    """The document, ASCII alone; the same upgrade gives the same bytes."""
    told = UpgradeDocument.model_validate(writable(_upgrade(upgrade)))
    return json_text(told.model_dump(mode="json", by_alias=True)) + "\n"


def json_schema_text() -> str:
    """The schema as it is published."""
    return published_schema(UpgradeDocument, "talos-gpu upgrade")


def _upgrade(upgrade: Upgrade) -> _Row:
    return {
        "schema_version": UPGRADE_SCHEMA_VERSION,
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
        "findings": [finding_row(finding) for finding in way.findings],
        "decided": [asdict(row) for row in way.decided],
        "losses": [asdict(loss) for loss in way.losses],
        "files": [{"status": status, "path": path} for status, path in way.files],
        "impact": _impact(way) if way.impact else None,
        "rollout": rollout_row(way.rollout) if way.rollout else None,
    }


def _impact(way: Way) -> _Row:
    assert way.impact is not None
    pools = [scope_row(scope, way.rollout) for scope in way.impact.pools]
    return {"verdict": way.impact.verdict, "pools": pools, "kubernetes": scope_row(way.impact.kubernetes, way.rollout)}
