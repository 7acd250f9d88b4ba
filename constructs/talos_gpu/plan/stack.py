"""What advertises the GPUs to Kubernetes: stack, namespace, chart, and what stands beside the chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog import Catalogue, ChartVersion, Release, StackSupport
from talos_gpu.plan import toleration as tolerations
from talos_gpu.plan.chart import plan_chart
from talos_gpu.plan.decision import Known
from talos_gpu.plan.fact import cited
from talos_gpu.plan.image import mirrored
from talos_gpu.plan.mig import mig_notices
from talos_gpu.plan.model import BridgePlan, Notice, StackPlan
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.shelter import shelter_notices
from talos_gpu.plan.stack_check import check_settings, check_sharing
from talos_gpu.plan.stack_label import check_owned_selector, check_selector
from talos_gpu.profile import Profile

__all__ = ["StackChoice", "choose_stack", "plan_stack"]

Kind = Literal["gpu-operator", "device-plugin", "none"]

_NAMESPACE: Mapping[Kind, str] = {
    "gpu-operator": "gpu-operator",
    "device-plugin": "nvidia-device-plugin",
    "none": "default",
}

_BRIDGE_SECONDS = 5
"""The operator's own init containers look every five seconds."""

_BRIDGE_CONTENT = {
    "IS_HOST_DRIVER": "false",
    "NVIDIA_DRIVER_ROOT": "/",
    "DRIVER_ROOT_CTR_PATH": "/host",
    "NVIDIA_DEV_ROOT": "/",
    "DEV_ROOT_CTR_PATH": "/host",
}
"""What the operator's validator writes into driver-ready for a driver of the host, except IS_HOST_DRIVER: true makes
mig-manager write below /usr/local, which is read-only on Talos (NVIDIA/gpu-operator:validator/main.go@v24.9.2)."""


@dataclass(frozen=True, slots=True)
class StackChoice:
    """The stack, and how it stands in the era; no support row for `none`."""

    kind: Known[Kind]
    support: StackSupport | None


def choose_stack(release: Release, profile: Profile, problems: Problems) -> StackChoice | None:
    """The stack that the profile names, or the first that the vendor supports in this era."""
    pinned = profile.stack.kind
    if pinned == "none":
        return StackChoice(Known("none", "as the profile says: the operating system only", by="profile"), None)
    stacks = release.era.stacks
    kind: str = pinned or next(
        (name for name, item in stacks.items() if item.support == "supported"), next(iter(stacks))
    )
    support = stacks[kind]
    if support.support == "refused":
        problems.refuse(
            ("stack", "kind"),
            f"found {kind}, which cannot work with Talos {release.minor.name}: {support.why}",
            "Write stack: {kind: gpu-operator}.",
            cited(support.source),
        )
        return None
    reason = f"as the profile says; {support.why}" if pinned else support.why
    return StackChoice(
        Known(
            "gpu-operator" if kind == "gpu-operator" else "device-plugin",
            reason,
            cited(support.source),
            "profile" if pinned else "default",
        ),
        support,
    )


def plan_stack(
    catalogue: Catalogue,
    release: Release,
    profile: Profile,
    choice: StackChoice,
    version: ChartVersion | None,
    problems: Problems,
) -> tuple[StackPlan, tuple[Notice, ...]]:
    """Everything about the stack that the renderers need."""
    pools = profile.gpu_pools
    support = choice.support
    wanted = tolerations.for_pools(pools.values(), profile.stack.tolerations)
    check_settings(profile, choice.kind.value, problems)
    check_owned_selector(catalogue, support, profile, problems)
    check_selector(catalogue, support, profile, problems)
    check_sharing(pools, support, problems)
    chart, chart_notices = plan_chart(catalogue, release, profile, support, version, wanted, problems)
    notices = (
        *_support_notices(release, choice),
        *chart_notices,
        *shelter_notices(profile, support),
        *mig_notices(pools, support),
    )
    bridge = bool(support and support.bridge)
    plan = StackPlan(
        kind=choice.kind,
        namespace=_namespace(catalogue, profile, choice, problems),
        render_namespace=_render_namespace(catalogue, profile, choice),
        chart=chart,
        runtime_class=_runtime_class(support),
        bridge=_bridge(release, support),
        bridge_plan=_bridge_plan(catalogue, profile) if bridge else None,
        node_selector=Known(
            {"nvidia.com/gpu.present": "true", **profile.stack.node_selector},
            "nodes with a GPU" + (", and the profile's selector" if profile.stack.node_selector else ""),
            by="profile" if profile.stack.node_selector else "default",
        ),
        tolerations=Known(
            wanted, "the taints of the GPU pools, and the profile's own" if wanted else "no GPU pool is tainted"
        ),
    )
    return plan, notices


def _support_notices(release: Release, choice: StackChoice) -> Iterator[Notice]:
    support = choice.support
    if support and support.support == "reported-by-users":
        text = f"{support.stack} on Talos {release.minor.name} is no recipe of the vendor's: {support.why}."
        yield Notice("stack", text, cited(support.source))


def _namespace(catalogue: Catalogue, profile: Profile, choice: StackChoice, problems: Problems) -> Known[str]:
    kind = choice.kind.value
    if profile.stack.namespace is None:
        return Known(_NAMESPACE[kind], "the vendor's usual name", by="default")
    name = profile.stack.namespace
    facts = catalogue.kubernetes()
    if (
        choice.support is not None
        and name in facts.never_rendered_namespaces
        and name not in facts.psa_exempt_namespaces
    ):
        problems.refuse(
            ("stack", "namespace"),
            f"found {name}, where Pod Security of Talos refuses the privileged pods of {choice.support.chart}",
            f"Choose a namespace of its own, such as {_NAMESPACE[kind]}; it is rendered with the labels that it needs.",
            cited(facts.source),
        )
    return Known(name, "as the profile says", by="profile")


def _render_namespace(catalogue: Catalogue, profile: Profile, choice: StackChoice) -> Known[bool]:
    facts = catalogue.kubernetes()
    name = profile.stack.namespace or _NAMESPACE[choice.kind.value]
    if choice.support is None:
        return Known(False, "no stack, no namespace", by="profile")
    if name in facts.never_rendered_namespaces:
        return Known(
            False, f"{name} belongs to Kubernetes, and Talos exempts it from Pod Security", cited(facts.source)
        )
    return Known(True, "Talos enforces the baseline level, and the stack's pods are privileged", cited(facts.source))


def _runtime_class(support: StackSupport | None) -> Known[bool]:
    if support is None:
        return Known(False, "no stack", by="profile")
    reasons = {
        "rendered": "the device plugin brings none, and pods ask for the nvidia handler by it",
        "operator": "the operator creates and owns it; a second owner would fight it",
        "none": "there is no nvidia handler in containerd",
    }
    return Known(support.runtime_class == "rendered", reasons[support.runtime_class], cited(support.source))


def _bridge(release: Release, support: StackSupport | None) -> Known[bool]:
    if support is None or support.stack != "gpu-operator":
        return Known(False, "only the operator waits for readiness files")
    if support.bridge:
        return Known(
            True,
            "the operator's validator never finds the driver of this Talos, so nobody writes the files that its pods wait for",
            cited(support.source),
        )
    return Known(
        False, f"the operator's validator finds the driver of {release.minor.name} by itself", cited(support.source)
    )


def _bridge_plan(catalogue: Catalogue, profile: Profile) -> BridgePlan:
    image = mirrored(profile.images, catalogue.image("validation-bridge").reference)
    return BridgePlan(image, _BRIDGE_SECONDS, _BRIDGE_CONTENT)
