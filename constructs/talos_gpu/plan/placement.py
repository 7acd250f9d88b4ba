"""Chart values of the user's that keep the stack's pods off the GPU nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from talos_gpu.catalog import StackSupport
from talos_gpu.plan.merge import value_at
from talos_gpu.plan.model import Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.stack_label import node_labels
from talos_gpu.plan.toleration import pool_taints, taint_tolerated
from talos_gpu.profile import Profile

__all__ = ["check_placement"]

Path = tuple[str, ...]

_ABSENT = object()

_FOREIGN = (
    "beta.kubernetes.io/",
    "extensions.talos.dev/",
    "failure-domain.beta.kubernetes.io/",
    "feature.node.kubernetes.io/",
    "kubernetes.io/hostname",
    "node.kubernetes.io/",
    "nvidia.com/",
    "topology.kubernetes.io/",
)
"""Labels that others write on nodes: whether a node carries them is not in the profile."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Why a pool is not selected."""

    pool: str
    why: str


def check_placement(
    users: Mapping[str, Any],
    merged: Mapping[str, Any],
    support: StackSupport,
    profile: Profile,
    nodes_of: tuple[Path, ...],
    problems: Problems,
) -> tuple[Notice, ...]:
    """Refuses selectors, affinities and tolerations of the user's that leave GPU nodes without the stack's pods.

    `nodes_of`: the paths of DaemonSets that must reach every GPU node, `()` for the chart's own values. A selector that
    reaches some of the pools is the user's choice, and noticed.
    """
    notices: list[Notice] = []
    for above in nodes_of:
        for key, judge in (("nodeSelector", _unselected), ("affinity", _unattracted)):
            path = (*above, key)
            if value_at(users, path, _ABSENT) is _ABSENT:
                continue
            notices += _judged(path, list(judge(value_at(merged, path), support, profile)), profile, problems)
        _check_tolerations((*above, "tolerations"), users, merged, profile, problems)
    return tuple(notices)


def _judged(path: Path, missed: list[_Verdict], profile: Profile, problems: Problems) -> Iterator[Notice]:
    if not missed:
        return
    names = list(dict.fromkeys(verdict.pool for verdict in missed))
    dotted = ".".join(path)
    if len(names) == len(profile.gpu_pools):
        problems.refuse(
            ("stack", "values", *path),
            f"found {missed[0].why}, which no GPU pool satisfies: nothing would be scheduled",
            f"Remove stack.values.{dotted}, or give the pools the labels that it asks for.",
        )
        return
    yield Notice(
        "values", f"stack.values.{dotted} leaves out the GPU pools {', '.join(names)}: no GPU is advertised there."
    )


def _unselected(selector: Any, support: StackSupport, profile: Profile) -> Iterator[_Verdict]:
    for name, pool in profile.gpu_pools.items():
        labels = node_labels(support, profile, name, pool)
        for key, value in selector.items() if isinstance(selector, Mapping) else ():
            if value is not None and _holds(labels, key, "In", [value]) is False:
                yield _Verdict(name, f"{key}={_shown(value)}")
                break


def _unattracted(affinity: Any, support: StackSupport, profile: Profile) -> Iterator[_Verdict]:
    required = ("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    terms = value_at(affinity, required) if isinstance(affinity, Mapping) else None
    if not isinstance(terms, list) or not terms:
        return
    for name, pool in profile.gpu_pools.items():
        labels = node_labels(support, profile, name, pool)
        if all(_excluded(term, labels) for term in terms):
            yield _Verdict(name, "a required node affinity")


def _excluded(term: Any, labels: Mapping[str, str]) -> bool:
    """Whether the term certainly rules out a node with these labels; what cannot be told does not."""
    expressions = term.get("matchExpressions") if isinstance(term, Mapping) else None
    return any(
        _holds(labels, str(item.get("key")), str(item.get("operator")), _values(item)) is False
        for item in (expressions if isinstance(expressions, list) else [])
        if isinstance(item, Mapping)
    )


def _values(item: Mapping[str, Any]) -> list[Any]:
    values = item.get("values")
    return values if isinstance(values, list) else []


def _holds(labels: Mapping[str, str], key: str, operator: str, values: list[Any]) -> bool | None:
    """Whether the labels satisfy the expression; None where nobody can tell."""
    if key not in labels and key.startswith(_FOREIGN):
        return None
    found = labels.get(key)
    answers = {
        "In": found in values,
        "NotIn": found not in values,
        "Exists": found is not None,
        "DoesNotExist": found is None,
    }
    return answers.get(operator)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else f"{str(value).lower()} (no text: quote it)"


def _check_tolerations(
    path: Path, users: Mapping[str, Any], merged: Mapping[str, Any], profile: Profile, problems: Problems
) -> None:
    if value_at(users, path, _ABSENT) is _ABSENT:
        return
    found = value_at(merged, path)
    present = [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
    for name, pool in profile.gpu_pools.items():
        for taint in pool_taints(pool):
            if taint.effect == "PreferNoSchedule" or taint_tolerated(taint, present):
                continue
            problems.refuse(
                ("stack", "values", *path),
                f"found tolerations without one for the taint {taint.key} of the GPU pool {name}: "
                "nothing would be scheduled there",
                "Remove them: the pools' taints are tolerated without. stack.tolerations adds more.",
            )
            return
