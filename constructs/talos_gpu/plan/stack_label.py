"""Node labels that the stack needs, and the selectors that they must satisfy."""

from __future__ import annotations

from collections.abc import Mapping

from talos_gpu.catalog import Catalogue, StackSupport, ValueTable
from talos_gpu.plan.fact import cited
from talos_gpu.plan.mig import mig_label
from talos_gpu.plan.node_label import OPERATOR_WRITES
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.resource import config_name
from talos_gpu.profile import Profile
from talos_gpu.profile.pool import Pool

__all__ = ["check_owned_selector", "check_selector", "node_labels", "selects_nothing", "stack_labels"]


def stack_labels(
    support: StackSupport | None, profile: Profile, pool_name: str, pool: Pool, table: ValueTable | None = None
) -> dict[str, tuple[str, str]]:
    """Node labels that the stack needs on a GPU pool: value and reason. `table`: what the chosen chart reads."""
    if support is None or pool.gpu is None:
        return {}
    operator = support.stack == "gpu-operator"
    labels = {key: (value, _selecting(profile, table)) for key, value in support.node_labels.items()}
    if operator and profile.stack.driver == "pre-installed":
        labels["nvidia.com/gpu.deploy.driver"] = ("pre-installed", "keeps the operator's driver away: Talos brings it")
    if operator and pool.mig:
        labels["nvidia.com/mig.config"] = (
            mig_label(pool.mig.profile),
            "the layout that the operator's MIG manager makes",
        )
    if not operator and pool.sharing and pool.sharing.mps:
        labels["nvidia.com/mps.capable"] = ("true", "the MPS control daemon runs on nodes with this label only")
    if config := config_name(pool_name, profile.gpu_pools):
        labels["nvidia.com/device-plugin.config"] = (config, "names the sharing configuration of this pool")
    return labels


def _selecting(profile: Profile, table: ValueTable | None) -> str:
    """What really selects nodes by the label of GPU nodes."""
    always = "the workload Component and the smoke test select nodes by it"
    if profile.stack.values.get("affinity", {}) != {}:
        return f"{always}; the chart does not, for stack.values set its affinity"
    if table and selects_nothing(table):
        return f"the nodeSelector given to the chart, {always}"
    return f"the chart's affinity, {always}"


def selects_nothing(table: ValueTable) -> bool:
    """Whether the chart's pods start on every node by default: its affinity is empty."""
    affinity = table.value("affinity")
    return affinity is not None and not affinity.default


def check_owned_selector(
    catalogue: Catalogue, support: StackSupport | None, profile: Profile, problems: Problems
) -> None:
    """Refuses a selector by a label that the operator writes only after what the selector keeps away has run."""
    if support is None or support.stack != "gpu-operator":
        return
    facts = catalogue.kubernetes()
    for key in facts.operator_owned_labels:
        if key in profile.stack.node_selector:
            problems.refuse(
                ("stack", "nodeSelector", key),
                OPERATOR_WRITES,
                "Remove the line.",
                cited(facts.source),
            )


def check_selector(catalogue: Catalogue, support: StackSupport | None, profile: Profile, problems: Problems) -> None:
    """Refuses a selector that a GPU pool does not satisfy."""
    owned = catalogue.kubernetes().operator_owned_labels
    for key, value in profile.stack.node_selector.items():
        if support and support.stack == "gpu-operator" and key in owned:
            continue
        for name, pool in profile.gpu_pools.items():
            if node_labels(support, profile, name, pool).get(key) != value:
                problems.refuse(
                    ("stack", "nodeSelector", key),
                    f"found {key}={value}, which the GPU pool {name} does not carry: nothing would be scheduled there",
                    f"Give the pool labels: {{{key}: {value!r}}}, or remove the selector.",
                )


def node_labels(support: StackSupport | None, profile: Profile, name: str, pool: Pool) -> Mapping[str, str]:
    """The labels that the pool's nodes are known to carry."""
    role = {"node-role.kubernetes.io/control-plane": ""} if pool.role == "control-plane" else {}
    return {
        **{key: value for key, (value, _) in stack_labels(support, profile, name, pool).items()},
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": pool.arch,
        **role,
        **pool.labels,
    }
