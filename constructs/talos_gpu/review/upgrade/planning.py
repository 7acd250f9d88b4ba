"""An upgrade from the profile's release to another: hop after hop, each planned, rendered and compared in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from talos_gpu.catalog import Catalogue, NotListed
from talos_gpu.catalog.version import minor_of
from talos_gpu.output.render import catalogue_of, plan_profile
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.profile import LoadedProfile
from talos_gpu.review.impact.cluster import impacts
from talos_gpu.review.rollout import Rollout, passage, rollout
from talos_gpu.review.states import ClusterChange, difference
from talos_gpu.review.upgrade.appearing import appearing
from talos_gpu.review.upgrade.assertions import agreeing
from talos_gpu.review.upgrade.attempt import Attempt, attempt, state_of
from talos_gpu.review.upgrade.decided import decided
from talos_gpu.review.upgrade.judging import Evidence, judge, refused
from talos_gpu.review.upgrade.kubernetes_path import KubernetesPath, kubernetes_path
from talos_gpu.review.upgrade.losses import losses
from talos_gpu.review.upgrade.model import FileStatus, Hop, Upgrade, Way
from talos_gpu.review.upgrade.profile_text import Edits, edited, profile_change
from talos_gpu.review.upgrade.proposal import proposal
from talos_gpu.review.upgrade.target import target_release
from talos_gpu.yaml_events import key_path

__all__ = ["plan_upgrade"]

_CONTROL_PLANE = "CONTROL_PLANE"


def plan_upgrade(file: str, root: Path, to: str, today: date) -> Upgrade:
    """What the upgrade of the profile in `file` (posix path below `root`) to the release `to` comes to.

    Raises:
        NotUnderstood: for a profile that is not, and for a target that is no later release than the one that runs.
        Refused: for a profile that is refused as it stands.
        OutsideError: when a file cannot be read.
    """
    loaded, plan = plan_profile(file, root)
    catalogue = catalogue_of(loaded, root)
    running = plan.talos.value
    target = target_release(to, running, catalogue)
    found = Upgrade(plan.cluster, file, running, target, (running, target))
    known = catalogue.release(target)
    if isinstance(known, NotListed):
        return replace(found, unknown=known.message, remedy=_declaring(target, known, catalogue))
    way = passage(running, target, catalogue)
    if way.unknown:
        return replace(found, releases=way.releases, unknown=way.unknown, remedy="Declare one in a file in catalogue/.")
    start = Attempt(running, loaded, catalogue, plan)
    hops = tuple(_Planner(root, today, plan.contract.value, way.releases).hops(start))
    return replace(found, releases=way.releases, hops=hops, notes=tuple(_assumed(plan, loaded)))


def _assumed(plan: ClusterPlan, loaded: LoadedProfile) -> Iterator[str]:
    if loaded.profile.contract is None:
        yield (
            f"Taken for granted: Talos {plan.contract.value} generated the nodes' machine config, which an upgrade keeps; "
            "the profile names no contract. Where an older minor did, write that one, and ask again."
        )
    if loaded.profile.kubernetes is None and isinstance(plan.kubernetes, Known):
        yield (
            f"Taken for granted: the cluster runs Kubernetes {plan.kubernetes.value}, the default of {plan.talos.value}, which an "
            "upgrade of Talos keeps; the profile names none. Where `kubectl version` says another, write that one, and ask again."
        )


def _declaring(target: str, found: NotListed, catalogue: Catalogue) -> str:
    lines = [
        f"Nothing can be told of a release that the catalogue lacks. Declare {target}, then ask again:",
        f"    curl -o list.json https://factory.talos.dev/version/{target}/extensions/official",
        f"    talos-gpu catalog add {target} --from list.json",
    ]
    if found.declare and not isinstance(catalogue.minor(target), NotListed):
        lines += ["or in the profile:", *(f"    {line}" for line in found.declare.splitlines())]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Tried:
    """A way through a hop, and what it leads to."""

    way: Way
    after: Attempt
    kubernetes: str


@dataclass(frozen=True, slots=True)
class _Planner:
    """`contract` is the minor that generated the nodes' config: no upgrade changes that."""

    root: Path
    today: date
    contract: str
    releases: tuple[str, ...]

    def hops(self, start: Attempt) -> Iterator[Hop]:
        """One after the other, as long as there is a plan to start from."""
        assert start.plan is not None
        current, follows = start, False
        kubernetes = start.plan.kubernetes.value if isinstance(start.plan.kubernetes, Known) else ""
        for before, after in pairwise(self.releases):
            path = kubernetes_path(kubernetes, before, after, current.catalogue)
            plain = self._tried(current, self._next(current, after, path), path, ())
            assert current.plan is not None
            offer = proposal(current.plan, plain.after, path, self.root)
            other = None
            if offer.tried is not None and offer.edits is not None:
                other = self._tried(current, offer.tried, path, _keys(offer.edits))
            yield Hop(before, after, plain.way, other.way if other else None, offer.why, follows)
            followed = plain if plain.after.plan is not None else other
            if followed is None:
                return
            follows = follows or followed is other
            current, kubernetes = followed.after, followed.kubernetes

    def _next(self, current: Attempt, talos: str, path: KubernetesPath) -> Attempt:
        """The same profile with the next release, and assertions that agree with it.

        What no upgrade changes, contract and Kubernetes, is written down before a default moves along.
        """
        profile = current.loaded.profile
        edits: dict[tuple[str | int, ...], str] = {("talos",): talos}
        if profile.kubernetes is None and path.afterwards:
            edits["kubernetes",] = path.afterwards
        if profile.contract is None and minor_of(talos) != self.contract:
            edits["contract",] = self.contract
        tried = attempt(edited(current.loaded, edits), current.loaded, self.root)
        agreed = agreeing(tried, self.root) if tried.plan is None else {}
        return attempt(edited(tried.loaded, agreed), tried.loaded, self.root) if agreed else tried

    def _tried(self, before: Attempt, after: Attempt, kubernetes: KubernetesPath, changed: tuple[str, ...]) -> _Tried:
        assert before.plan is not None
        change = profile_change(after.loaded.file, before.text, after.text)
        lost = losses(before.plan, after)
        if after.plan is None:
            verdict, reasons = refused(after.findings, kubernetes)
            way = Way(verdict, reasons, change, after.findings, losses=lost)
            return _Tried(way, after, kubernetes.running)
        found = difference(state_of(before), state_of(after))
        cluster = found.clusters[0]
        impact = impacts(found, {cluster.name: (before.planned, after.planned)})[0]
        steps = _with_kubernetes(rollout(impact, before.plan, after.plan, after.catalogue), kubernetes, before.plan)
        findings = appearing(before, after, kubernetes.afterwards, self.root, self.today)
        known = Evidence(
            before.plan, after.plan, (before.release, after.release), findings, lost, impact, steps, kubernetes, changed
        )
        verdict, reasons = judge(known)
        way = Way(
            verdict, reasons, change, findings, decided(before.plan, after.plan), lost, _files(cluster), impact, steps
        )
        return _Tried(way, after, kubernetes.afterwards)


def _keys(edits: Edits) -> tuple[str, ...]:
    return tuple(key_path(path) for path in edits)


def _with_kubernetes(found: Rollout, path: KubernetesPath, plan: ClusterPlan) -> Rollout:
    """Kubernetes goes first, when the cluster has been seen to be well."""
    control = [node.address for pool in plan.pools if pool.role == "control-plane" for node in pool.nodes]
    steps = path.steps(control[0] if control else _CONTROL_PLANE)
    return replace(found, steps=(*found.steps[:1], *steps, *found.steps[1:])) if steps else found


def _files(change: ClusterChange) -> tuple[tuple[FileStatus, str], ...]:
    return tuple((file.status, file.path) for file in change.files)
