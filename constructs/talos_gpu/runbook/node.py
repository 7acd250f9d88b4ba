"""What is asked of the nodes of a pool, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from talos_gpu import markdown
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.model import PoolPlan
from talos_gpu.runbook import shell
from talos_gpu.runbook.decisions import taint_text
from talos_gpu.runbook.facts import text_of
from talos_gpu.talos.shell import nodes_of

__all__ = ["FILTERS", "addresses", "resources"]

_PROCESSOR = {"amd64": "x86_64", "arm64": "aarch64"}


def addresses(pool: PoolPlan) -> str:
    """Returns the nodes' addresses as `--nodes` takes them."""
    return ",".join(node.address for node in nodes_of(pool))


def resources(pool: PoolPlan) -> tuple[tuple[str, str], ...]:
    """Returns the resources that a node advertises with their counts, empty where unknown."""
    decision = pool.gpu.resources if pool.gpu else None
    if not isinstance(decision, Known):
        return ()
    return tuple((name, str(count)) for name, count in decision.value.items())


def _on_each(pool: PoolPlan, command: str, argument: str = "") -> markdown.Finished:
    """Returns a talosctl command for every node of the pool: as a loop, since `read` takes one node at a time."""
    command = f"{command} {shell.quote(argument)}" if argument else command
    listed = [node.address for node in nodes_of(pool)]
    if len(listed) == 1:
        return markdown.Finished(f"talosctl --nodes {shell.quote(listed[0])} {command}")
    return markdown.Finished(
        f'for node in {shell.words(listed)}; do\n  talosctl --nodes "$node" {command}\ndone',
    )


def _modules(pool: PoolPlan) -> tuple[tuple[str, str], ...]:
    """Returns the modules as /proc/modules writes them, NVIDIA's with their mark: out of tree, proprietary or not."""
    proprietary = pool.gpu is not None and pool.gpu.flavour.value == "proprietary"
    mark = " (PO)" if proprietary else " (O)"
    names = [module.name.replace("-", "_") for module in pool.machine.modules.value]
    return tuple((name, mark if name.startswith("nvidia") else "") for name in names)


def _module_pattern(pool: PoolPlan) -> str:
    """Returns the extended regular expression that finds the modules' lines."""
    return "^(" + "|".join(name for name, _ in _modules(pool)) + ") "


def _version_line(pool: PoolPlan) -> str:
    """Returns the first line of /proc/driver/nvidia/version, up to the driver's version."""
    processor = _PROCESSOR.get(pool.arch, pool.arch)
    proprietary = pool.gpu is not None and pool.gpu.flavour.value == "proprietary"
    driver = text_of(pool.gpu.driver) if pool.gpu else "unknown"
    kind = f"{processor} Kernel Module" if proprietary else f"Open Kernel Module for {processor}"
    return f"NVRM version: NVIDIA UNIX {kind}  {driver}  ..."


def _extensions(pool: PoolPlan) -> tuple[tuple[str, Decision[str]], ...]:
    return tuple((name.removeprefix("siderolabs/"), version) for name, version in pool.schematic.versions.items())


def _labels(pool: PoolPlan) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in pool.machine.labels.value.items())


def _taints(pool: PoolPlan) -> tuple[str, ...]:
    return tuple(taint_text(taint) for taint in pool.machine.taints.value)


def _advertised(pool: PoolPlan) -> str:
    decision = pool.gpu.resources if pool.gpu else None
    if isinstance(decision, Unknown):
        return f"what nobody can tell beforehand ({markdown.prose(decision.why)})"
    return ", ".join(markdown.code(f"{name}: {count}") for name, count in resources(pool))


def _allocatable(resource: str) -> str:
    """Returns the jsonpath of an allocatable resource; dots in its name are escaped."""
    return "{.status.allocatable." + resource.replace(".", "\\.") + "}"


def _knows(pool: PoolPlan, field: str, value: object) -> bool:
    """Whether the decision `field` of the pool's GPUs is known to be `value`."""
    decision = getattr(pool.gpu, field)
    return isinstance(decision, Known) and decision.value == value


def _installer_without(pool: PoolPlan) -> str:
    """Returns the installer image of the same pool without NVIDIA's extensions."""
    installer = pool.schematic.installer.value
    ours = text_of(pool.schematic.id)
    return installer.replace(ours, pool.schematic.without_nvidia_id)


def _node_words(pool: PoolPlan) -> markdown.Finished:
    if not pool.nodes:
        return markdown.Finished(f"each node of pool {markdown.code(pool.name)}")
    return markdown.Finished(", ".join(markdown.code(node.name) for node in pool.nodes))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "addresses": addresses,
    "advertised": _advertised,
    "allocatable": _allocatable,
    "extensions": _extensions,
    "installer_without": _installer_without,
    "knows": _knows,
    "labels": _labels,
    "module_pattern": _module_pattern,
    "modules": _modules,
    "node_words": _node_words,
    "nodes": nodes_of,
    "on_each": _on_each,
    "resources": resources,
    "taints": _taints,
    "version_line": _version_line,
}
