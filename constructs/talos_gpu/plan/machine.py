"""What the machine configuration of a pool's nodes must hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from talos_gpu.catalog import Catalogue, NotListed, Release
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.fact import cited
from talos_gpu.plan.gpu import Choice
from talos_gpu.plan.model import Dialect, MachinePlan, UserPatch
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.release import Basis
from talos_gpu.profile.pool import KernelModule, Pool

__all__ = ["plan_machine"]

Method = Literal["register-with-taints", "node-taints", "kube-node-config"]


def plan_machine(
    catalogue: Catalogue,
    basis: Basis,
    layout: str,
    pool_name: str,
    pool: Pool,
    choice: Choice | None,
    stack_labels: Mapping[str, tuple[str, str]],
    user_patches: tuple[UserPatch, ...],
    problems: Problems,
) -> MachinePlan:
    """Modules, sysctls, labels, taints, runtime and installer of the pool.

    `stack_labels`: label to (value, reason), for the stack that was chosen.
    """
    release, dialect = basis.release, basis.dialect.value
    return MachinePlan(
        modules=_modules(catalogue, pool_name, pool, choice, problems),
        sysctls=_sysctls(release, pool),
        labels=_labels(catalogue, pool_name, pool, stack_labels, problems),
        taints=Known(pool.taints, "as the profile says" if pool.taints else "the profile asks for none", by="profile"),
        taint_method=_taint_method(release, dialect, pool),
        default_runtime=_default_runtime(release, pool_name, pool, problems),
        containerd_plugin=Known(
            release.minor.cri_plugin_key,
            f"the CRI runtime plugin of containerd in {release.minor.name}",
            cited(release.minor.source),
        ),
        schedulable=pool.schedulable,
        install_image=_install_image(dialect, layout, pool_name, pool),
        user_patches=user_patches,
    )


def _modules(
    catalogue: Catalogue, pool_name: str, pool: Pool, choice: Choice | None, problems: Problems
) -> Known[tuple[KernelModule, ...]]:
    if choice is None:
        return Known(pool.modules, "the profile's own" if pool.modules else "no GPU in this pool", by="profile")
    required = catalogue.kernel_modules()
    names = {module.name for module in required}
    for index, module in enumerate(pool.modules):
        _check_module(catalogue, pool_name, index, module, choice, problems)
    own = tuple(module for module in pool.modules if module.name.replace("-", "_") not in names)
    overridden = {module.name.replace("-", "_"): module for module in pool.modules}
    modules = tuple(
        KernelModule(name=item.name, parameters=overridden[item.name].parameters if item.name in overridden else ())
        for item in required
    )
    return Known(
        (*modules, *own),
        "the extensions keep the modules from loading by themselves, so each must be named, in this order",
        cited(required[0].source),
    )


def _check_module(
    catalogue: Catalogue, pool_name: str, index: int, module: KernelModule, choice: Choice, problems: Problems
) -> None:
    known = catalogue.kernel_module(module.name)
    if isinstance(known, NotListed) or not known.flavours or choice.flavour in known.flavours:
        return
    problems.refuse(
        ("pools", pool_name, "modules", index),
        f"found {module.name}, which the {choice.flavour} modules do not carry",
        f"{known.why} It comes with the {' or '.join(known.flavours)} flavour.",
        cited(known.source),
    )


def _sysctls(release: Release, pool: Pool) -> Known[Mapping[str, str]]:
    sysctls = release.era.sysctls if pool.gpu else ()
    if not sysctls:
        reason = f"{release.minor.name} needs none" if pool.gpu else "no GPU in this pool"
        return Known({}, reason, cited(release.era.source))
    return Known(
        {item.key: item.value for item in sysctls},
        " ".join(item.why for item in sysctls),
        cited(sysctls[0].source),
    )


def _labels(
    catalogue: Catalogue,
    pool_name: str,
    pool: Pool,
    stack_labels: Mapping[str, tuple[str, str]],
    problems: Problems,
) -> Known[Mapping[str, str]]:
    kubernetes = catalogue.kubernetes()
    for key, value in pool.labels.items():
        path = ("pools", pool_name, "labels", key)
        verdict = kubernetes.worker_may_set(key)
        if pool.role == "worker" and verdict.answer == "no":
            problems.refuse(
                path,
                f"found a label that a worker may not set on itself: {verdict.reason}",
                "One forbidden label keeps Talos from setting all others. Choose a prefix of your own, or use kubectl label.",
                cited(verdict.source),
            )
        if key in stack_labels and value != stack_labels[key][0]:
            problems.refuse(path, f"found {value}, but the stack needs {stack_labels[key][0]}: {stack_labels[key][1]}")
    labels = {**{key: value for key, (value, _) in stack_labels.items()}, **pool.labels}
    reasons = [reason for _, reason in stack_labels.values()] + (["the profile's own"] if pool.labels else [])
    by: Literal["profile", "catalogue"] = "catalogue" if stack_labels else "profile"
    return Known(dict(sorted(labels.items())), "; ".join(reasons) or "none needed", by=by)


def _taint_method(release: Release, dialect: Dialect, pool: Pool) -> Known[Method]:
    verdict = release.minor.worker_node_taints
    if dialect == "documents":
        return Known("kube-node-config", "this machine config holds a KubeNodeConfig document", cited(verdict.source))
    if pool.role == "worker" and verdict.answer == "no":
        return Known("register-with-taints", verdict.reason, cited(verdict.source))
    reason = "Talos sets taints of control planes with an admin client" if pool.role != "worker" else verdict.reason
    return Known("node-taints", reason, cited(verdict.source))


def _default_runtime(release: Release, pool_name: str, pool: Pool, problems: Problems) -> Known[str | None]:
    if pool.default_runtime is None:
        return Known(None, "pods ask for the runtime by runtimeClassName", by="default")
    if release.era.runtime_handler is None:
        problems.refuse(
            ("pools", pool_name, "defaultRuntime"),
            f"found {pool.default_runtime}, but {release.minor.name} brings no such containerd handler",
            "Remove the line: pods get their GPU without a runtime class here.",
            cited(release.era.source),
        )
    return Known(pool.default_runtime, "as the profile says; every pod of the node runs under it", by="profile")


def _install_image(dialect: Dialect, layout: str, pool_name: str, pool: Pool) -> Decision[bool]:
    if layout in {"talhelper", "topf"}:
        return Known(False, f"{layout} sets the installer image itself, from the schematic")
    if dialect == "documents" and not all(node.install_disk for node in pool.nodes.values()):
        return Unknown(
            "UnattendedInstallConfig loses its disk selector when it is patched without one, and a disk is not given",
            f"pools: {{{pool_name}: {{nodes: {{<node>: {{installDisk: /dev/...}}}}}}}}",
        )
    if dialect == "documents" and not pool.nodes:
        return Unknown(
            "UnattendedInstallConfig loses its disk selector when it is patched without one, and no node is listed",
            f"pools: {{{pool_name}: {{nodes: {{<node>: {{address: ..., installDisk: /dev/...}}}}}}}}",
        )
    return Known(True, "a node that is installed anew gets the image with its extensions")
