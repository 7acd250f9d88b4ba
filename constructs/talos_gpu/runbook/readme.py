"""README.md of a cluster: the runbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from talos_gpu import markdown, talos
from talos_gpu.document import Document, TextDocument
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.runbook import gpu_pod, kubernetes_commands, procedure
from talos_gpu.runbook.condition import Facts, holds
from talos_gpu.runbook.decisions import cluster_rows, open_questions, pool_rows, toleration_text
from talos_gpu.runbook.entry import Entry, applying
from talos_gpu.runbook.environment import render as render_template
from talos_gpu.runbook.environment import render_text
from talos_gpu.runbook.facts import facts, shared, text_of
from talos_gpu.runbook.picture import picture
from talos_gpu.talos.shell import PLACEHOLDER, local_folder

__all__ = ["render"]

_BLANK_LINES = re.compile(r"\n{3,}")
_SOURCE_KINDS = {"GitRepository": "git", "OCIRepository": "oci", "Bucket": "bucket"}
_ENGINES = {"flux": "Flux", "argocd": "Argo CD", "plain": "hand (kubectl and helm)"}
_TEXTS = ("symptoms", "not_needed", "upgrade_notes", "change_costs")


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """Returns the cluster's README.md."""
    known = facts(plan)
    context = _context(plan, known)
    shown = {name: applying(name, known) for name in _TEXTS}
    context["source_numbers"] = _numbers(plan, context, shown)
    for name, entries in shown.items():
        context[name] = [
            {**{key: render_text(text, context) for key, text in entry.texts.items()}, "source": entry.source}
            for entry in entries
        ]
    text = render_template("README.md.j2", context)
    return (TextDocument("README.md", _BLANK_LINES.sub("\n\n", text).strip("\n") + "\n"),)


def _context(plan: ClusterPlan, known: Facts) -> dict[str, Any]:
    """Returns everything that templates and data texts may name."""
    steps = talos.steps(plan)
    return {
        "plan": plan,
        "applies": _applies(known),
        "gpu_pools": plan.gpu_pools,
        "picture": picture(plan),
        "placeholders": tuple(_placeholders(plan)),
        "control_plane": _control_plane(plan),
        "addresses": ",".join(node.address for pool in plan.pools for node in pool.nodes) or PLACEHOLDER.address,
        "single_node": _single_node(plan),
        "unknowns": open_questions(plan),
        "decisions": cluster_rows(plan),
        "pool_decisions": [(pool, pool_rows(plan, pool)) for pool in plan.pools],
        "late_taints": procedure.late_taints(plan),
        "evicting": any(taint.effect == "NoExecute" for pool in plan.pools for taint in pool.machine.taints.value),
        "first_installation": procedure.first_installation(plan, steps),
        **procedure.procedures(plan, steps),
        **_kubernetes(plan),
    }


def _numbers(plan: ClusterPlan, context: Mapping[str, Any], shown: Mapping[str, Iterable[Entry]]) -> Mapping[str, str]:
    """Returns a number for every source that the runbook cites; `none` where there is none."""
    sources = [
        *(notice.source for notice in plan.notices),
        *(row.source for row in context["decisions"]),
        *(row.source for _, rows in context["pool_decisions"] for row in rows),
        *(entry.source for name in _TEXTS for entry in shown[name]),
    ]
    named = [source for source in dict.fromkeys(sources) if source]
    return {"": "none", **{source: str(number) for number, source in enumerate(named, start=1)}}


def _kubernetes(plan: ClusterPlan) -> Mapping[str, Any]:
    stack, test = plan.stack, plan.smoke_test
    return {
        "namespace": stack.namespace.value,
        "folder": local_folder(plan),
        "artifact_root": "dist" if plan.delivery.path == plan.cluster else ".",
        "objects": _objects(plan),
        "applications": [f"{plan.cluster}-gpu-{name}" for name in (["objects"] if _objects(plan) else []) + ["chart"]],
        "chart": stack.chart,
        "release": stack.chart.release if stack.chart else None,
        "resource": gpu_pod.requested(plan),
        "selector": [f"{key}={value}" for key, value in stack.node_selector.value.items()],
        "tolerations": [toleration_text(toleration) for toleration in stack.tolerations.value],
        "kubernetes": plan.kubernetes.value
        if isinstance(plan.kubernetes, Known) and plan.kubernetes.by == "profile"
        else None,
        "flux_source_kind": _SOURCE_KINDS.get(plan.delivery.source_kind, "git"),
        "gpu_node_count": _gpu_node_count(plan),
        "plugin_ready": _plugin_ready(plan),
        "smi_header": _smi_header(plan),
        "engine_name": _ENGINES[plan.delivery.engine],
        "smoke_test_known": any(isinstance(image, Known) for image in (test.smi_image, test.sample_image)),
        "sample_known": isinstance(test.sample_image, Known),
        "test_image": gpu_pod.image(plan),
        "kubectl_run": lambda limit: kubernetes_commands.kubectl_run(plan, limit=limit),
        "helm": kubernetes_commands.helm(plan),
        "smoke_test": kubernetes_commands.smoke_test(plan),
        "component": kubernetes_commands.component(plan),
    }


_CONTROL_PLANE = "CONTROL_PLANE"


_FOLDERS = {"talhelper": "YOUR_REPO", "topf": "YOUR_REPO", "opentofu": "YOUR_TOFU_ROOT"}
"""What stands for a folder of the user's, by layout."""


def _placeholders(plan: ClusterPlan) -> Iterator[str]:
    """Yields the words in capitals that the commands hold."""
    if not all(pool.nodes for pool in plan.pools):
        yield from (PLACEHOLDER.name, PLACEHOLDER.address)
    if _control_plane(plan) == _CONTROL_PLANE:
        yield _CONTROL_PLANE
    if plan.layout.value in _FOLDERS:
        yield _FOLDERS[plan.layout.value]


def _control_plane(plan: ClusterPlan) -> str:
    listed = [node.address for pool in plan.pools if pool.role == "control-plane" for node in pool.nodes]
    return listed[0] if listed else _CONTROL_PLANE


def _objects(plan: ClusterPlan) -> bool:
    """Whether kubernetes/ holds objects beside the chart."""
    stack = plan.stack
    return stack.render_namespace.value or stack.runtime_class.value or stack.bridge.value


def _gpu_node_count(plan: ClusterPlan) -> int | None:
    """Returns the number of GPU nodes, None where a pool lists none of its own."""
    counts = [len(pool.nodes) for pool in plan.gpu_pools]
    return sum(counts) if all(counts) else None


def _single_node(plan: ClusterPlan) -> bool:
    """Whether one control plane that runs workloads is all there is."""
    return [(pool.role, pool.machine.schedulable, len(pool.nodes)) for pool in plan.pools] == [
        ("control-plane", True, 1)
    ]


def _applies(known: Facts) -> Callable[..., bool]:
    """Returns the templates' way to ask for facts: `applies(stack="none", bridge=false)`."""
    return lambda **when: holds({name.replace("_", "-"): wanted for name, wanted in when.items()}, known)


def _plugin_ready(plan: ClusterPlan) -> str:
    """A sharing configuration adds a container that watches it."""
    return "2/2" if any(pool.gpu and shared(pool.gpu) for pool in plan.gpu_pools) else "1/1"


def _smi_header(plan: ClusterPlan) -> markdown.Finished:
    """Returns what the header of nvidia-smi shows, for each pool."""
    shown = []
    for pool in plan.gpu_pools:
        if pool.gpu is None:
            continue
        memory = ""
        if isinstance(pool.gpu.memory_gib, Known):
            memory = f", about {pool.gpu.memory_gib.value * 1024} MiB"
        driver, cuda = markdown.code(text_of(pool.gpu.driver)), markdown.code(text_of(pool.gpu.cuda))
        shown.append(f"{markdown.plain(pool.gpu.model.value)}, Driver Version {driver}, CUDA Version {cuda}{memory}")
    return markdown.Finished(" or ".join(shown))
