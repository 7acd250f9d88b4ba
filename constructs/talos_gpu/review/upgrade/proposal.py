"""The one change of a profile that makes a hop work, where there is exactly one; it is proposed, never made."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from talos_gpu.catalog import Release, StackSupport, Stated
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding
from talos_gpu.plan.driver import TRACKS_BY_DEFAULT
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.review.upgrade.assertions import agreeing, is_assertion
from talos_gpu.review.upgrade.attempt import Attempt, attempt
from talos_gpu.review.upgrade.kubernetes_path import KubernetesPath
from talos_gpu.review.upgrade.profile_text import Edits, Path, edited
from talos_gpu.yaml_events import key_path

__all__ = ["Proposal", "proposal"]

_NONE = "no single change of the profile solves it"
_ROUNDS = 5
"""One change may bring to light what the next must solve: a track, then the driver version that is asserted with it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`tried` is the profile with the change, `edits` what that is; both None and empty where there is none.

    `why` says what the change is for, or why there is none; empty where none is called for.
    """

    why: str = ""
    tried: Attempt | None = None
    edits: Edits | None = None


def proposal(before: ClusterPlan, tried: Attempt, kubernetes: KubernetesPath, root: pathlib.Path) -> Proposal:
    """For a profile that is refused: what solves that. For one that is not: what the vendor now recommends instead."""
    if tried.plan is not None:
        return _recommended(before, tried, root)
    edits: dict[Path, str] = {}
    current, solved = tried, []
    for _ in range(_ROUNDS):
        decisions = [found for found in current.findings if not is_assertion(found, current.loaded.profile)]
        for finding in decisions:
            found = _Finding(finding, before, current, kubernetes, root).fix()
            if found is None:
                return Proposal(f"{_NONE}: {': '.join(filter(None, (finding.path, finding.message)))}")
            edits.update(found)
            solved.append(finding.path)
        if not decisions:
            edits.update(agreeing(current, root))
        current = attempt(edited(tried.loaded, edits), tried.loaded, root)
        if current.plan is not None:
            return Proposal(f"it solves {', '.join(dict.fromkeys(solved))}", current, edits)
    return Proposal(_NONE)


def _recommended(before: ClusterPlan, tried: Attempt, root: pathlib.Path) -> Proposal:
    """The stack that the vendor supports in the new era, where it supported the one at hand in the old era alone."""
    assert tried.plan is not None
    old, new = _stacks(tried, before.talos.value), _stacks(tried, tried.name)
    kind = before.stack.kind.value
    was, now = old.get(kind), new.get(kind)
    if tried.plan.stack.kind.value != kind or was is None or now is None:
        return Proposal()
    if was.support != "supported" or now.support == "supported" or not _why_supported(new):
        return Proposal()
    edits = _other_stack(tried)
    if edits is None:
        return Proposal(f"{kind}: {now.why}; another stack needs values of its own")
    changed = _attempted(tried, edits, root)
    if changed is None or changed.plan is None:
        return Proposal(f"{kind}: {now.why}; no single change of the profile brings another stack")
    return Proposal(f"{kind}: {now.why}; {changed.plan.stack.kind.value}: {_why_supported(new)}", changed, edits)


def _why_supported(stacks: dict[str, StackSupport]) -> str:
    return next((item.why for item in stacks.values() if item.support == "supported"), "")


def _stacks(tried: Attempt, talos: str) -> dict[str, StackSupport]:
    release = tried.catalogue.release(talos)
    return dict(release.era.stacks) if isinstance(release, Release) else {}


def _other_stack(tried: Attempt) -> Edits | None:
    """The only other stack of the era; None where the profile sets values of the chart that goes."""
    profile = tried.loaded.profile
    usable = {
        kind: item
        for kind, item in _stacks(tried, tried.name).items()
        if kind != profile.stack.kind and item.support in {"supported", "preview"}
    }
    if len(usable) != 1 or profile.stack.values or profile.stack.chart.repository:
        return None
    kind, support = next(iter(usable.items()))
    edits: dict[Path, str] = {_stack_path(tried): kind}
    if profile.stack.chart.version:
        if not isinstance(support.default_chart, Stated):
            return None
        edits["stack", "chart", "version"] = support.default_chart.value
    return edits


def _stack_path(tried: Attempt) -> Path:
    """Where the stack is written: in short, or in a map."""
    value = tried.loaded.composed.value.get("stack")
    return ("stack", "kind") if isinstance(value, dict) else ("stack",)


def _attempted(tried: Attempt, edits: Edits, root: pathlib.Path) -> Attempt | None:
    """None where the profile is written in a way that only a person changes."""
    try:
        return attempt(edited(tried.loaded, edits), tried.loaded, root)
    except NotUnderstood:
        return None


@dataclass(frozen=True, slots=True)
class _Finding:
    """One refusal, and what there is to solve it with."""

    finding: Finding
    before: ClusterPlan
    tried: Attempt
    kubernetes: KubernetesPath
    root: pathlib.Path

    def fix(self) -> Edits | None:
        """The values that solve it; None where none does, or several do."""
        path = self.finding.path
        for place, fixer in self._fixers():
            if path == place:
                return fixer()
        return None

    def _fixers(self) -> Iterator[tuple[str, Callable[[], Edits | None]]]:
        yield "stack.kind", lambda: _other_stack(self.tried)
        yield "stack.chart.version", self._chart
        yield "kubernetes", self._kubernetes
        for name, pool in self.tried.loaded.profile.pools.items():
            for index, extension in enumerate(pool.extensions):
                path = ("pools", name, "extensions", index)
                yield key_path(path), partial(self._renamed, path, extension)
        for name in self.tried.loaded.profile.gpu_pools:
            for key in ("track", "flavour"):
                yield key_path(("pools", name, "driver", key)), partial(self._driver, name)

    def _chart(self) -> Edits | None:
        release = self.tried.catalogue.release(self.tried.name)
        kind = self.tried.loaded.profile.stack.kind or self.before.stack.kind.value
        support = release.era.stacks.get(kind) if isinstance(release, Release) else None
        fact = support.default_chart if support else None
        return {("stack", "chart", "version"): fact.value} if isinstance(fact, Stated) else None

    def _kubernetes(self) -> Edits | None:
        return {("kubernetes",): self.kubernetes.afterwards} if self.kubernetes.versions else None

    def _renamed(self, path: Path, extension: str) -> Edits | None:
        """The name that the extension took, where it did."""
        release, name = self.tried.catalogue.release(self.tried.name), extension.removeprefix("siderolabs/")
        known = release.minor.extensions.get(name) if isinstance(release, Release) else None
        return {path: extension.replace(name, known.replaced_by)} if known and known.replaced_by else None

    def _driver(self, name: str) -> Edits | None:
        """Another track or flavour, where exactly one drives the card: among several the one with today's branch."""
        release = self.tried.catalogue.release(self.tried.name)
        if not isinstance(release, Release):
            return None
        pinned, at = self.tried.loaded.profile.pools[name].driver, ("pools", name, "driver")
        tracks = [track for track in TRACKS_BY_DEFAULT if track in release.minor.tracks and track != pinned.track]
        candidates: list[Edits] = [{(*at, "track"): track} for track in tracks] if pinned.track else []
        if pinned.flavour:
            other = "open" if pinned.flavour == "proprietary" else "proprietary"
            candidates.append({(*at, "flavour"): other})
        today = next((pool.gpu.branch.value for pool in self.before.pools if pool.name == name and pool.gpu), "")
        same: list[Edits] = [
            {(*at, "track"): track} for track in tracks if pinned.track and release.minor.tracks[track].branch == today
        ]
        return self._only(candidates, name) or self._only(same, name)

    def _only(self, candidates: list[Edits], name: str) -> Edits | None:
        fit = [edits for edits in candidates if self._solves(edits, name)]
        return fit[0] if len(fit) == 1 else None

    def _solves(self, edits: Edits, name: str) -> bool:
        """Whether nothing about that pool's GPU and driver is refused any more, but for what is asserted of it."""
        changed = _attempted(self.tried, edits, self.root)
        if changed is None:
            return False
        mine = {key_path(("pools", name, *path)) for path in _OF_DRIVER}
        return not any(finding.path in mine for finding in changed.findings)


_OF_DRIVER = (("driver", "track"), ("driver", "flavour"), ("gpu", "model"))
