"""What the machine configuration of a pool's nodes must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from talos_gpu.catalog import Catalogue, Gpu, NotListed, Release, Version
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.driver import Choice
from talos_gpu.plan.fact import cited
from talos_gpu.plan.model import Dialect, MachinePlan, Notice
from talos_gpu.plan.node_label import LabelRules
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.release import Basis
from talos_gpu.profile.pool import KernelModule, Pool

__all__ = ["default_runtime_notices", "plan_machine"]

Method = Literal["register-with-taints", "node-taints", "kube-node-config"]


def plan_machine(
    catalogue: Catalogue,
    basis: Basis,
    layout: str,
    pool_name: str,
    pool: Pool,
    hardware: tuple[Gpu, Choice] | None,
    rules: LabelRules,
    problems: Problems,
) -> MachinePlan:
    """Modules, sysctls, labels, taints, runtime and installer of the pool; the user's patches are not in it yet."""
    release, dialect = basis.release, basis.dialect.value
    return MachinePlan(
        modules=_modules(catalogue, release, pool_name, pool, hardware, problems),
        sysctls=_sysctls(release, pool),
        labels=_labels(pool_name, pool, rules, problems),
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
        user_patches=(),
    )


def _modules(
    catalogue: Catalogue,
    release: Release,
    pool_name: str,
    pool: Pool,
    hardware: tuple[Gpu, Choice] | None,
    problems: Problems,
) -> Known[tuple[KernelModule, ...]]:
    """NVIDIA's modules in load order, what the board needs beside them, then the profile's own."""
    for index, module in enumerate(pool.modules):
        _check_module(catalogue, release, ("pools", pool_name, "modules", index), module, hardware, problems)
    if hardware is None:
        return Known(pool.modules, "the profile's own" if pool.modules else "no GPU in this pool", by="profile")
    board = catalogue.fabric_modules(hardware[0])
    required = (*catalogue.kernel_modules(), *board)
    names = {module.name for module in required}
    own = tuple(module for module in pool.modules if module.name.replace("-", "_") not in names)
    written = {module.name.replace("-", "_"): module.parameters for module in pool.modules}
    reason = "the extensions keep the modules from loading by themselves, so each must be named, in this order"
    if board:
        reason += f"; {' and '.join(module.name for module in board)}: {board[0].why}"
    modules = tuple(KernelModule(name=item.name, parameters=written.get(item.name, ())) for item in required)
    return Known((*modules, *own), reason, cited(required[0].source))


def _check_module(
    catalogue: Catalogue,
    release: Release,
    path: tuple[str | int, ...],
    module: KernelModule,
    hardware: tuple[Gpu, Choice] | None,
    problems: Problems,
) -> None:
    """Refuses a module that the pool's extensions do not carry. Modules that the catalogue lacks are the user's."""
    known = catalogue.kernel_module(module.name)
    if isinstance(known, NotListed) or not known.flavours:
        return
    message = ""
    if hardware is None:
        message = "which comes with NVIDIA's extensions, in a pool without gpu"
    elif hardware[1].flavour not in known.flavours:
        message = (
            f"which comes with the {' or '.join(known.flavours)} modules only; this pool gets {hardware[1].flavour}"
        )
    elif known.since and Version.parse(release.minor.name) < Version.parse(known.since):
        message = f"which Talos carries since {known.since}; the nodes run {release.tag}"
    if message:
        remedy = f"Remove it, or change what it needs ({known.why})."
        problems.refuse(path, f"found {module.name}, {message}", remedy, cited(known.source))


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


def _labels(pool_name: str, pool: Pool, rules: LabelRules, problems: Problems) -> Known[Mapping[str, str]]:
    for fault in rules.faults(pool.labels):
        problems.refuse(("pools", pool_name, "labels", fault.key), fault.message, fault.remedy, fault.source)
    labels = {**{key: value for key, (value, _) in rules.needed.items()}, **pool.labels}
    reasons = [reason for _, reason in rules.needed.values()] + (["the profile's own"] if pool.labels else [])
    by: Literal["profile", "catalogue"] = "catalogue" if rules.needed else "profile"
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


def default_runtime_notices(release: Release, pool_name: str, pool: Pool) -> Iterator[Notice]:
    """What an operator should know about a default runtime in an era that needs none."""
    era = release.era
    if pool.default_runtime and era.runtime_handler and not era.default_runtime:
        text = (
            f"Pool {pool_name}: the documentation of Talos {release.minor.name} has no default runtime any more; GPUs are "
            "injected by CDI, under any runtime. Without the line pods ask by runtimeClassName, where they need it at all."
        )
        yield Notice("default runtime", text, cited(era.source))


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
