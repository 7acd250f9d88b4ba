"""Whether a Talos release runs the cluster's Kubernetes, and which versions of it must come first."""

from __future__ import annotations

from dataclasses import dataclass

from talos_gpu.catalog import Catalogue, Missing, NotListed, Release, Stated, Version
from talos_gpu.plan.fact import cited
from talos_gpu.review.rollout.plan import RolloutStep
from talos_gpu.talos.shell import command

__all__ = ["KubernetesPath", "kubernetes_path"]

_NOT_SAID = "which Kubernetes the cluster runs: write kubernetes: and its version into the profile"


@dataclass(frozen=True, slots=True)
class KubernetesPath:
    """`versions` are those that Kubernetes is taken through before the hop, the last one that which both releases run.

    `blocked` says why no version helps, `unknown` which fact is lacking; all empty: it runs as it is.
    """

    running: str
    versions: tuple[str, ...] = ()
    why: str = ""
    source: str = ""
    blocked: str = ""
    unknown: str = ""

    @property
    def afterwards(self) -> str:
        """What runs when the steps are taken."""
        return self.versions[-1] if self.versions else self.running

    def steps(self, control_plane: str) -> tuple[RolloutStep, ...]:
        """The upgrades of Kubernetes, one minor after the other, while the old release of Talos runs."""
        return tuple(
            RolloutStep(
                "before",
                f"Take Kubernetes to {version}",
                command("talosctl", "--nodes", control_plane, "upgrade-k8s", "--to", version),
                self.why,
                source=self.source,
            )
            for version in self.versions
        )


def kubernetes_path(running: str, before: str, after: str, catalogue: Catalogue) -> KubernetesPath:
    """From Kubernetes `running` under Talos `before` to one that Talos `after` runs, too. `running` may be empty."""
    old, new = catalogue.release(before), catalogue.release(after)
    if isinstance(old, NotListed) or isinstance(new, NotListed):
        return KubernetesPath(running, unknown=f"which Kubernetes Talos {before} and {after} run")
    allowed = new.kubernetes_range
    if not running or isinstance(allowed, Missing):
        lacking = _NOT_SAID if not running else f"which Kubernetes Talos {after} runs"
        return KubernetesPath(running, unknown=lacking)
    version = Version.parse(running)
    if version in allowed.value:
        return KubernetesPath(running)
    said = f"Talos {after} runs Kubernetes {allowed.value} alone, and the cluster runs {running}"
    if version > allowed.value.newest:
        more = "Kubernetes does not go back; take a release of Talos that runs it"
        return KubernetesPath(running, why=said, blocked=f"{said}: {more}", source=cited(allowed.source))
    return _upwards(running, old, new, catalogue, said)


def _upwards(running: str, old: Release, new: Release, catalogue: Catalogue, said: str) -> KubernetesPath:
    allowed, today = new.kubernetes_range, old.kubernetes_range
    assert isinstance(allowed, Stated)
    major, minor = Version.parse(running).parts[:2]
    wanted = range(minor + 1, allowed.value.oldest.parts[1] + 1)
    versions: list[str] = []
    for number in wanted:
        newest = _newest(f"v{major}.{number}", catalogue)
        if not newest:
            return KubernetesPath(running, why=said, unknown=f"a release of Kubernetes {major}.{number}")
        if isinstance(today, Missing) or Version.parse(newest) not in today.value:
            blocked = f"{said}, and Talos {old.tag} does not run {newest}"
            return KubernetesPath(running, why=said, blocked=blocked, source=cited(allowed.source))
        versions.append(newest)
    return KubernetesPath(running, tuple(versions), said, cited(allowed.source))


def _newest(minor: str, catalogue: Catalogue) -> str:
    """The newest release of a minor of Kubernetes that some Talos release brings; empty where none does."""
    brought = (release.default_kubernetes for release in catalogue.releases())
    known = {fact.value for fact in brought if isinstance(fact, Stated)}
    fit = [text for text in known if Version.parse(text).minor == minor and not Version.parse(text).prerelease]
    return f"v{max(fit, key=Version.parse).removeprefix('v')}" if fit else ""
