"""What a hop comes to, as far as it is known: the verdict, and each reason for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog import Problem, Release
from talos_gpu.finding import Finding
from talos_gpu.plan.decision import Unknown
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.review.impact.verdict import ClusterImpact
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.rollout.rows import row_steps
from talos_gpu.review.upgrade.appearing import is_undecided
from talos_gpu.review.upgrade.kubernetes_path import KubernetesPath
from talos_gpu.review.upgrade.model import Loss, UpgradeVerdict

__all__ = ["Evidence", "judge", "refused"]

_CUDA: tuple[Literal["image", "toolkit"], ...] = ("image", "toolkit")
Judgement = tuple[UpgradeVerdict, tuple[str, ...]]
_PHASES: tuple[tuple[Literal["before", "after"], str], ...] = (
    ("before", "before the nodes"),
    ("after", "when all nodes are well"),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of one way through a hop.

    `changed` are the keys of the profile that get another value, beside those of every hop.
    """

    before: ClusterPlan
    after: ClusterPlan
    releases: tuple[Release, Release]
    findings: tuple[Finding, ...]
    losses: tuple[Loss, ...]
    impact: ClusterImpact
    rollout: Rollout
    kubernetes: KubernetesPath
    changed: tuple[str, ...]


def refused(findings: Sequence[Finding], kubernetes: KubernetesPath) -> Judgement:
    """Of a profile that no plan can be made of."""
    reasons = [f"the profile is refused: {_placed(finding)}" for finding in findings]
    if kubernetes.blocked:
        reasons.append(kubernetes.blocked)
    return "blocked", tuple(dict.fromkeys(reasons))


def judge(known: Evidence) -> Judgement:
    """The worst that anything speaks for, with the reasons of that and of all that is milder."""
    told: dict[UpgradeVerdict, list[str]] = {
        "blocked": [*_blocked(known)],
        "unknown": [*_unknown(known), *_unknown_gpus(known), *_troubles(known, certain=False)],
        "safe with steps": [*_steps(known), *_troubles(known, certain=True)],
    }
    verdicts = [name for name, reasons in told.items() if reasons]
    every = dict.fromkeys(reason for reasons in told.values() for reason in reasons)
    return verdicts[0] if verdicts else "safe", tuple(every)


def _blocked(known: Evidence) -> Iterator[str]:
    yield from (_rule(finding) for finding in known.findings if finding.severity == "error")
    yield from (f"pool {loss.pool}: {loss.why}" for loss in known.losses if (loss.kind, loss.answer) == ("gpu", "no"))
    if known.kubernetes.blocked:
        yield known.kubernetes.blocked
    yield from known.rollout.blocked


def _unknown(known: Evidence) -> Iterator[str]:
    if known.after.preview:
        yield f"the era {known.after.era.value} is a preview: not all of its facts could be read"
    if known.kubernetes.unknown:
        yield f"nobody states {known.kubernetes.unknown}"
    yield from (f"{finding.rule}: {finding.message}" for finding in known.findings if is_undecided(finding))
    for cause in known.impact.causes:
        if cause.verdict == "unknown":
            what = " ".join(filter(None, (cause.subject, cause.path)))
            yield f"what it costs is not known: {what} ({cause.why})"
    yield from known.impact.notes


def _unknown_gpus(known: Evidence) -> Iterator[str]:
    for pool in known.before.gpu_pools:
        if pool.gpu and isinstance(pool.gpu.driver, Unknown):
            why = pool.gpu.driver.why
            yield f"pool {pool.name}: which driver runs today is not known, so no loss can be told: {why}"
    for loss in known.losses:
        if (loss.kind, loss.answer) == ("gpu", "unknown"):
            yield f"pool {loss.pool}: whether the driver drives {loss.what} is not known: {loss.why}"


def _troubles(known: Evidence, *, certain: bool) -> Iterator[str]:
    """What is known to break something of NVIDIA's in the new release and not in the old; or seen in a neighbour of it."""
    old, new = known.releases
    there = {problem.text for problem in (*old.minor.problems, *old.problems)}
    for problem in (*new.minor.problems, *new.problems):
        if not problem.breaks or problem.text in there or certain != (problem.seen_on in {"", new.tag}):
            continue
        pools = [pool.name for pool in known.after.gpu_pools if _is_hit(problem, pool)]
        if pools:
            how = "known trouble" if certain else f"whether {new.tag} has this, too, is not known"
            yield f"pool {', '.join(pools)}: {how}: {problem.text}; {problem.remedy}"


def _is_hit(problem: Problem, pool: PoolPlan) -> bool:
    track = pool.gpu.track.value if pool.gpu else ""
    return problem.arch in {"", pool.arch} and problem.track in {"", track}


def _steps(known: Evidence) -> Iterator[str]:
    if known.kubernetes.versions:
        yield f"Kubernetes goes to {', then '.join(known.kubernetes.versions)} first: {known.kubernetes.why}"
    if known.changed:
        yield f"the profile must say something else at {', '.join(known.changed)}"
    old, new = (plan.stack.kind.value for plan in (known.before, known.after))
    if old != new and not known.changed:
        yield f"the profile leaves the stack open: it becomes {new} instead of {old}"
    for phase, when in _PHASES:
        for step in row_steps(phase, known.before, known.after, control_planes=False):
            yield f"{when}: {step.title}"
    if known.impact.kubernetes.verdict != "none":
        yield f"the Kubernetes side changes, too ({known.impact.kubernetes.verdict})"
    yield from (_rule(finding) for finding in known.findings if finding.severity == "warning")
    yield from _lost_cuda(known.losses)


def _lost_cuda(losses: Sequence[Loss]) -> Iterator[str]:
    """How many of each pool's images and toolkits, those that certainly stop apart from the others."""
    counts = Counter((loss.pool, loss.answer, loss.kind) for loss in losses if loss.kind != "gpu")
    for pool, answer in dict.fromkeys((pool, answer) for pool, answer, _ in counts):
        numbers = {kind: counts[pool, answer, kind] for kind in _CUDA}
        what = " and ".join(
            f"{number} CUDA {kind}{'s' if number > 1 else ''}" for kind, number in numbers.items() if number
        )
        how = "certainly stop running" if answer == "no" else "may stop running, nobody knows"
        yield f"pool {pool}: {what} {how}; see which of them workloads use"


def _rule(finding: Finding) -> str:
    return f"{finding.severity} {finding.rule} appears, at {finding.position}"


def _placed(finding: Finding) -> str:
    return f"{finding.path}: {finding.message}" if finding.path else finding.message
