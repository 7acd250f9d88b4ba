"""The shape of a review as JSON: what a gate on merges reads. One definition, of which the published schema is made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from talos_gpu.finding import Severity
from talos_gpu.review.impact.verdict import Verdict
from talos_gpu.review.rollout.plan import Phase

__all__ = ["SCHEMA_VERSION", "Document", "Finding", "Part", "Rollout", "Scope", "Talos"]

SCHEMA_VERSION: Literal[1] = 1
"""Raised when a key goes or means something else; new keys may come any time."""

Came = Literal["added", "removed", "changed"]
Line = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """Keys are camelCase; every key is always there."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=True)


class Place(Part):
    """A place in a file. Lines and columns count from 1; line 0 means the file as a whole."""

    file: str
    line: Line
    column: Line


class Cause(Part):
    """One change and what it costs.

    `before` and `after` are short, and empty where nothing stood or stands; a secret is not quoted. `place` is where it
    stands in the output now, or stood; `lines` are the places in profiles that made it change. `nodes` are those that it
    concerns, empty where nobody lists them; `gone` the paths that stand no more.
    """

    verdict: Verdict
    rule: str
    subject: str
    path: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: str
    after: str
    why: str
    source: str
    do: str
    back: str
    place: Place
    lines: tuple[Place, ...]
    nodes: tuple[str, ...]
    gone: tuple[str, ...]


class Scope(Part):
    """A pool, or the Kubernetes side of a cluster, which has no name.

    `nodes` is empty where the profile lists none. `reboots` is null where their number is not known.
    """

    name: str
    verdict: Verdict
    nodes: tuple[str, ...]
    reboots: int | None
    causes: tuple[Cause, ...]


class Step(Part):
    """One thing to do, in its order; `command` is a line for a shell, empty where nothing is typed."""

    phase: Phase
    title: str
    command: str
    note: str
    node: str
    back: str
    source: str


class Expected(Part):
    """What a pool shows afterwards; a text is empty where nobody knows, and `unknown` says why then."""

    pool: str
    kernel: str
    driver: str
    cuda: str
    toolkit: str
    unknown: str


class Rollout(Part):
    """How the change reaches the nodes. `releases`: those of Talos that they run one after the other.

    `reboots` is null where the number is not known. What stands in `blocked` must be solved before.
    """

    releases: tuple[str, ...]
    reboots: int | None
    blocked: tuple[str, ...]
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...]


class Change(Part):
    """A field of an object. `before` is empty of what was added, `after` of what was removed; a secret is not quoted."""

    path: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: str
    after: str
    place: Place


class Object(Part):
    """A thing in a file: an object of Kubernetes, a document of Talos, or data.

    `scope` is the folder of a Talos document, or the file of data without a name. `was` is its name before, and `file`
    where it stood before, where that changed. `changes` is empty of one that came, went or moved as a whole.
    """

    family: Literal["object", "machine-config", "data"]
    group: str
    kind: str
    namespace: str
    name: str
    scope: str
    status: Literal["added", "removed", "changed", "renamed", "moved"]
    was: str
    file: str
    changes: tuple[Change, ...]


class File(Part):
    """A file that changed. `form` names what changed where the data did not: comments, quotes, order.

    `unread`: too large to be looked into. `linesAdded` and `linesRemoved` are null where it is not told by lines.
    """

    path: str
    status: Came
    form: tuple[str, ...]
    unread: bool
    objects: tuple[Object, ...]
    lines_added: int | None
    lines_removed: int | None


class Talos(Part):
    """The release before and after; empty where nobody says it, or the cluster was not, or is no more."""

    before: str
    after: str


class Cluster(Part):
    """A cluster that changed. Its verdict is `unknown` where nobody judged it; `notes` say what could not be read."""

    name: str
    status: Came
    profile: str
    talos: Talos
    verdict: Verdict
    pools: tuple[Scope, ...]
    kubernetes: Scope | None
    rollout: Rollout | None
    files: tuple[File, ...]
    notes: tuple[str, ...]


class Finding(Part):
    """What a rule finds in the state after the change."""

    rule: str
    severity: Severity
    path: str
    message: str
    remedy: str
    source: str
    place: Place


class Totals(Part):
    """Clusters by what happened to them; nodes that notice anything, and pools that do without listing theirs.

    `reboots` are those that are known of; `openEnded` clusters have more of them, nobody knows how many.
    """

    added: int
    removed: int
    changed: int
    unchanged: int
    nodes: int
    unlisted_pools: int
    reboots: int
    open_ended: int


class Document(Part):
    """What a change between two states means. Clusters, files and findings are sorted; causes: the worst first.

    Verdicts, the mildest first: none, live, restart-pods, restart-kubelet-or-cri, reboot, node-upgrade, drain, recreate,
    data-loss, source-changed, unknown. `blocked`: whether any cluster's rollout is, or cannot be told.
    `unrendered`: profiles, and files they name, whose output was not rendered since; the verdict is `unknown` then.
    """

    schema_version: Literal[1]
    before: str
    after: str
    verdict: Verdict
    blocked: bool
    unrendered: tuple[str, ...]
    totals: Totals
    clusters: tuple[Cluster, ...]
    inputs: tuple[File, ...]
    others: tuple[File, ...]
    fleet: dict[str, dict[str, str]]
    findings: tuple[Finding, ...]
