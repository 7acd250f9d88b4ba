"""The plan's decisions as rows of a table: what, value, why, source, who decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from talos_gpu import markdown
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.model import ClusterPlan, Image, PoolPlan
from talos_gpu.profile.pool import KernelModule, Taint
from talos_gpu.profile.stack import Toleration

__all__ = ["Open", "Row", "cluster_rows", "open_questions", "pool_rows", "taint_text", "toleration_text"]

_WHO = {
    "profile": "the profile",
    "catalogue": "catalogue",
    "default": "default",
    "declared": "declared by the profile",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One decision; every field but the source is finished Markdown."""

    what: str
    value: str
    why: str
    source: str
    """As the plan has it, empty where there is none."""
    who: str


@dataclass(frozen=True, slots=True)
class Open:
    """One unknown: `why` is finished Markdown, `declare` the lines of a profile that would settle it."""

    what: str
    why: str
    declare: str


def cluster_rows(plan: ClusterPlan) -> tuple[Row, ...]:
    """Returns the decisions that hold for the cluster as a whole, without the unknown ones."""
    return tuple(_rows(_cluster(plan)))


def pool_rows(plan: ClusterPlan, pool: PoolPlan) -> tuple[Row, ...]:
    """Returns the decisions that hold for one pool, without the unknown ones and without what it does not have."""
    return tuple(_rows(_pool(plan, pool)))


def open_questions(plan: ClusterPlan) -> tuple[Open, ...]:
    """Returns every unknown of the plan, a pool's with the pool's name; of the toolkit's version once."""
    named = dict(_cluster(plan))
    for pool in plan.pools:
        named |= {f"{what} (pool {pool.name})": decision for what, decision in _pool(plan, pool).items()}
    return tuple(
        Open(what, markdown.prose(decision.why), decision.declare.strip("\n"))
        for what, decision in named.items()
        if isinstance(decision, Unknown) and not (_of_toolkit(what) and isinstance(plan.toolkit, Unknown))
    )


def _of_toolkit(what: str) -> bool:
    """Whether this is the version of the extension that carries the toolkit: unknown where the toolkit's is."""
    return what.startswith("Version of nvidia-container-toolkit")


def taint_text(taint: Taint) -> str:
    """Returns a taint as kubectl writes it: `key=value:Effect`, or `key:Effect`."""
    return f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"


def toleration_text(toleration: Toleration) -> str:
    """Returns a toleration in the way that taints are written."""
    value = f"={toleration.value}" if toleration.value else ""
    return f"{toleration.key or 'every taint'}{value}:{toleration.effect or 'every effect'}"


def _cluster(plan: ClusterPlan) -> dict[str, Decision[Any]]:
    stack = plan.stack
    named: dict[str, Decision[Any]] = {
        "Talos": plan.talos,
        "Era": plan.era,
        "Contract": plan.contract,
        "Dialect": plan.dialect,
        "Kernel": plan.kernel,
        "containerd": plan.containerd,
        "Kubernetes": plan.kubernetes,
        "Container toolkit": plan.toolkit,
        "Toolkit mode": plan.toolkit_mode,
        "Layout": plan.layout,
        "Stack": stack.kind,
    }
    return named if stack.kind.value == "none" else named | _stack(plan)


def _stack(plan: ClusterPlan) -> dict[str, Decision[Any]]:
    stack, chart = plan.stack, plan.stack.chart
    release: dict[str, Decision[Any]] = {"Chart": chart.version, "Chart repository": chart.repository} if chart else {}
    return {
        "Namespace": stack.namespace,
        "Namespace object": stack.render_namespace,
        **release,
        "RuntimeClass object": stack.runtime_class,
        "Validation bridge": stack.bridge,
        "GPU nodes are selected by": stack.node_selector,
        "GPU pods tolerate": stack.tolerations,
        "runtimeClassName of GPU pods": plan.workload.runtime_class,
        "CUDA of the test image": plan.smoke_test.cuda,
        "Test image": plan.smoke_test.smi_image,
        "Sample image": plan.smoke_test.sample_image,
    }


def _pool(plan: ClusterPlan, pool: PoolPlan) -> dict[str, Decision[Any]]:
    machine, gpu = pool.machine, pool.gpu
    named: dict[str, Decision[Any]] = {}
    if gpu:
        named |= {
            "GPU": gpu.model,
            "Architecture": gpu.architecture,
            "Track": gpu.track,
            "Kernel modules": gpu.flavour,
            "Driver branch": gpu.branch,
            "Driver": gpu.driver,
            "Newest CUDA": gpu.cuda,
            "Memory of one GPU in GiB": gpu.memory_gib,
            "Fabric manager": gpu.fabric_manager,
            "MIG": gpu.mig,
            "Sharing": gpu.sharing,
        }
        if plan.stack.kind.value != "none":
            named["A node advertises"] = gpu.resources
    named |= {"Extensions": pool.schematic.extensions}
    named |= {f"Version of {_short(name)}": version for name, version in pool.schematic.versions.items()}
    named |= {
        "Schematic id": pool.schematic.id,
        "Installer image": pool.schematic.installer,
        "Modules to load": machine.modules,
        "Sysctls": machine.sysctls,
        "Node labels": machine.labels,
        "Taints": machine.taints,
        "Default runtime": machine.default_runtime,
        "Patch for the installer image": machine.install_image,
    }
    if machine.taints.value:
        named["How taints arrive"] = machine.taint_method
    return named


def _short(extension: str) -> str:
    return extension.removeprefix("siderolabs/")


def _rows(named: Mapping[str, Decision[Any]]) -> Iterator[Row]:
    for what, decision in named.items():
        if isinstance(decision, Known) and not _nothing(decision.value):
            yield Row(
                what,
                _value(decision.value),
                markdown.prose(decision.reason) or markdown.Finished("-"),
                decision.source,
                markdown.plain(_WHO[decision.by]),
            )


def _nothing(value: object) -> bool:
    """Whether the row would only say that there is none: empty lists and maps, no default runtime, no sharing."""
    return value is None or value == "none" or (not isinstance(value, (str, bool, int)) and not value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _list(f"{key}={item}" for key, item in value.items())
    if isinstance(value, tuple):
        return _list(_item(item) for item in value)
    return _list([_item(value)])


def _item(item: object) -> str:
    if isinstance(item, KernelModule):
        return " ".join([item.name, *item.parameters])
    if isinstance(item, Taint):
        return taint_text(item)
    if isinstance(item, Toleration):
        return toleration_text(item)
    return item.reference if isinstance(item, Image) else str(item)


def _list(items: Iterable[str]) -> str:
    return ", ".join(markdown.code(item) for item in items)
