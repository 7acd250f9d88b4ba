"""What an upgrade of Talos comes to that nobody has made yet: hop after hop, each as the profile stands and as it could."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from talos_gpu.finding import Finding
from talos_gpu.review.impact.verdict import ClusterImpact
from talos_gpu.review.rollout.plan import Rollout

__all__ = [
    "UPGRADE_VERDICTS",
    "Decided",
    "EditedLine",
    "FileStatus",
    "Hop",
    "Loss",
    "NoOrUnknown",
    "ProfileChange",
    "Upgrade",
    "UpgradeVerdict",
    "Way",
    "worst_upgrade",
]

UpgradeVerdict = Literal["safe", "safe with steps", "unknown", "blocked"]
UPGRADE_VERDICTS: tuple[UpgradeVerdict, ...] = ("safe", "safe with steps", "unknown", "blocked")
"""The mildest first.

safe: the nodes are upgraded, and nothing else is to do. safe with steps: what the steps name must be done, too.
unknown: a release, or a fact that decides, is in no catalogue. blocked: it is refused, or no step makes it possible.
"""

FileStatus = Literal["added", "removed", "changed"]
NoOrUnknown = Literal["no", "unknown"]


def worst_upgrade(verdicts: tuple[UpgradeVerdict, ...]) -> UpgradeVerdict:
    """The worst of them; `unknown` where there is none, for nothing was looked at."""
    return max(verdicts, key=UPGRADE_VERDICTS.index, default="unknown")


@dataclass(frozen=True, slots=True)
class EditedLine:
    """A line of the profile that goes (`-`) or comes (`+`); `number` counts from 1, on the side where it stands."""

    sign: Literal["-", "+"]
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a person writes into the profile for a hop. `diff` is unified, as `git apply` takes it."""

    file: str
    lines: tuple[EditedLine, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that comes out differently. `pool` is empty for one of the whole cluster; `why` is that of the new one."""

    pool: str
    what: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that certainly runs before the hop, and afterwards does not (`no`), or nobody knows (`unknown`)."""

    pool: str
    kind: Literal["gpu", "image", "toolkit"]
    what: str
    answer: NoOrUnknown
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Way:
    """A hop done in one way: with the profile as it stands, or with a change that it needs.

    `reasons` say why the verdict is what it is. `findings` are those that appear with this hop. `files` are the rendered
    ones that change. Impact and rollout are None where no plan can be made.
    """

    verdict: UpgradeVerdict
    reasons: tuple[str, ...]
    change: ProfileChange
    findings: tuple[Finding, ...] = ()
    decided: tuple[Decided, ...] = ()
    losses: tuple[Loss, ...] = ()
    files: tuple[tuple[FileStatus, str], ...] = ()
    impact: ClusterImpact | None = None
    rollout: Rollout | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """From one release to the next. `proposed` is the same with a change of the profile that makes it work, or that the
    vendor recommends, and `proposal` says why; where there is none, `proposal` may say why not.

    `follows_proposal`: what runs before is what an earlier hop came to with its proposed change.
    """

    before: str
    after: str
    way: Way
    proposed: Way | None = None
    proposal: str = ""
    follows_proposal: bool = False

    @property
    def best(self) -> UpgradeVerdict:
        """What it comes to with the proposed change, where that is better."""
        known = (self.way.verdict, *((self.proposed.verdict,) if self.proposed else ()))
        return min(known, key=UPGRADE_VERDICTS.index)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """`releases` are those that nodes run one after the other, both ends included. `hops` end where no plan can be made.

    `unknown` says why the way itself is not known, and `remedy` what to do about it. `notes` is what was assumed.
    """

    cluster: str
    profile: str
    before: str
    after: str
    releases: tuple[str, ...]
    hops: tuple[Hop, ...] = ()
    unknown: str = ""
    remedy: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def is_complete(self) -> bool:
        """Whether every hop was looked at."""
        return not self.unknown and len(self.hops) == len(self.releases) - 1

    @property
    def verdict(self) -> UpgradeVerdict:
        """The worst of its hops with the profile as it stands; a hop that nothing is known of is unknown."""
        found = tuple(hop.way.verdict for hop in self.hops)
        return worst_upgrade(found if self.is_complete else (*found, "unknown"))

    @property
    def verdict_with_changes(self) -> UpgradeVerdict:
        """The same where every proposed change is made that betters its hop."""
        found = tuple(hop.best for hop in self.hops)
        return worst_upgrade(found if self.is_complete else (*found, "unknown"))

    @property
    def reboots(self) -> int | None:
        """How often nodes reboot, all together, on the way that was followed; None where nobody knows."""
        counts = [rollout.reboots if (rollout := _followed(hop).rollout) else None for hop in self.hops]
        known = [count for count in counts if count is not None]
        return sum(known) if self.is_complete and len(known) == len(counts) else None


def _followed(hop: Hop) -> Way:
    """The way that the next hop starts from."""
    return hop.proposed if hop.way.rollout is None and hop.proposed else hop.way
