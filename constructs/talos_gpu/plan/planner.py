"""From profile and catalogue to the plan: every decision in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from talos_gpu.catalog import Catalogue, ChartVersion, Gpu, GpuMatch, Release, Stated
from talos_gpu.errors import InternalError
from talos_gpu.plan.chart import choose_chart
from talos_gpu.plan.completeness import plan_completeness
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.driver import Choice, choose_driver, driver_notices, gsp_notices
from talos_gpu.plan.extension import Extensions, nvidia_extensions, plan_extensions
from talos_gpu.plan.fact import cited
from talos_gpu.plan.gpu import find_gpu, plan_gpu
from talos_gpu.plan.image import check_digests, used_images
from talos_gpu.plan.machine import default_runtime_notices, plan_machine
from talos_gpu.plan.mig import check_mig
from talos_gpu.plan.model import (
    ClusterPlan,
    DeliveryPlan,
    GpuPlan,
    NodePlan,
    Notice,
    PoolPlan,
    WorkloadPlan,
)
from talos_gpu.plan.node_label import LabelRules
from talos_gpu.plan.patch_undo import Ours
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.release import Basis, find_release, plan_basis, release_notices
from talos_gpu.plan.resource import advertised, check_requested, requested
from talos_gpu.plan.schematic import plan_schematic
from talos_gpu.plan.smoke_test import Target, plan_smoke_test
from talos_gpu.plan.stack import StackChoice, choose_stack, plan_stack
from talos_gpu.plan.stack_label import stack_labels
from talos_gpu.plan.user_patch import plan_user_patches
from talos_gpu.profile import LoadedProfile, Profile
from talos_gpu.profile.pool import Pool

__all__ = ["plan_cluster"]


def plan_cluster(loaded: LoadedProfile, catalogue: Catalogue) -> ClusterPlan:
    """The plan of the cluster.

    Raises:
        NotUnderstood: a release or GPU that the catalogue does not know.
        Refused: what cannot work, or a missing fact that a rendered document needs. All findings at once.
    """
    return _Planner(loaded, catalogue).plan()


@dataclass(frozen=True, slots=True)
class _Hardware:
    """A GPU pool: the products that its model means, and the driver chosen for them."""

    match: GpuMatch
    choice: Choice

    @property
    def gpu(self) -> Gpu:
        return self.match.gpus[0]


class _Planner:
    """One run of the planner: what it collects on the way."""

    def __init__(self, loaded: LoadedProfile, catalogue: Catalogue) -> None:
        self._loaded = loaded
        self._profile: Profile = loaded.profile
        self._catalogue = catalogue
        self._problems = Problems(loaded)
        self._notices: list[Notice] = []

    def plan(self) -> ClusterPlan:
        profile, problems = self._profile, self._problems
        release = find_release(self._catalogue, profile, problems)
        matches = self._match_gpus()
        problems.raise_if_any()
        assert release is not None
        basis = plan_basis(self._catalogue, release, profile, problems)
        hardware = self._choose_drivers(release, matches)
        self._judge_release(release, hardware)
        stack = choose_stack(release, profile, problems)
        if basis is None or stack is None:
            problems.raise_if_any()
            raise InternalError("a plan without basis or stack noted no finding")
        chart = choose_chart(self._catalogue, release, profile, stack.support, problems)
        pools = tuple(
            self._pool(basis, stack, chart, hardware.get(name), name, pool) for name, pool in profile.pools.items()
        )
        stack_plan, stack_notices = plan_stack(self._catalogue, release, profile, stack, chart, problems)
        requests = check_requested(profile, problems) if stack.support else ()
        smoke_test, doubts = plan_smoke_test(self._catalogue, profile, self._targets(hardware), problems)
        used = used_images(self._catalogue, stack_plan.chart, stack_plan.bridge_plan, smoke_test)
        if stack_plan.chart or stack.support is None:
            check_digests(profile.images, used, problems)
        complete = plan_completeness(basis, profile, problems)
        problems.raise_if_any()
        notices = (*release_notices(release, basis), *self._notices, *stack_notices, *doubts, *requests)
        return ClusterPlan(
            cluster=profile.cluster,
            profile=self._loaded.file,
            talos=basis.talos,
            era=basis.era,
            preview=release.era.preview,
            contract=basis.contract,
            dialect=basis.dialect,
            multi_document=basis.contract_facts.multi_document,
            kubernetes=basis.kubernetes,
            endpoint=_endpoint(profile),
            kernel=basis.kernel,
            containerd=basis.containerd,
            toolkit=basis.toolkit,
            toolkit_mode=basis.toolkit_mode,
            layout=Known(profile.layout.kind, "as the profile says", by="profile"),
            layout_path=profile.layout.path,
            complete=complete,
            pools=pools,
            stack=stack_plan,
            workload=_workload(stack, profile),
            smoke_test=smoke_test,
            delivery=_delivery(profile),
            notices=tuple(dict.fromkeys(notices)),
        )

    def _match_gpus(self) -> dict[str, GpuMatch]:
        found = {
            name: find_gpu(self._catalogue, name, pool, self._problems)
            for name, pool in self._profile.gpu_pools.items()
        }
        return {name: match for name, match in found.items() if match}

    def _choose_drivers(self, release: Release, matches: Mapping[str, GpuMatch]) -> dict[str, _Hardware]:
        hardware: dict[str, _Hardware] = {}
        for name, match in matches.items():
            pool = self._profile.pools[name]
            choice = choose_driver(self._catalogue, release, match.gpus[0], name, pool, self._problems)
            if choice is None:
                continue
            hardware[name] = _Hardware(match, choice)
            self._notices += driver_notices(self._catalogue, match.gpus[0], choice)
            self._notices += gsp_notices(match.gpus[0], choice, name, pool)
            self._notices += check_mig(name, pool, match.gpus[0], choice.version, self._problems)
        return hardware

    def _judge_release(self, release: Release, hardware: Mapping[str, _Hardware]) -> None:
        """Refuses a release that is known to be broken for these pools, and notes lesser troubles."""
        for problem in (*release.minor.problems, *release.problems):
            hit = [
                name
                for name, item in hardware.items()
                if problem.arch in {"", self._profile.pools[name].arch}
                and problem.track in {"", item.choice.track.name}
            ]
            if not hit:
                continue
            text = f"{release.tag}: {problem.text}"
            if problem.severity == "error":
                self._problems.refuse(("talos",), text, f"{problem.remedy}.", cited(problem.source))
            else:
                self._notices.append(Notice("release", f"{text}; {problem.remedy}", cited(problem.source)))

    def _pool(
        self,
        basis: Basis,
        stack: StackChoice,
        chart: ChartVersion | None,
        hardware: _Hardware | None,
        name: str,
        pool: Pool,
    ) -> PoolPlan:
        extensions = self._extensions(basis.release, hardware, name, pool)
        kernel_args = _conflict_arguments(hardware)
        layout = self._profile.layout.kind
        schematic, notices = plan_schematic(basis.release, layout, name, pool, extensions, kernel_args, self._problems)
        self._notices += [*notices, *default_runtime_notices(basis.release, name, pool)]
        rules = self._label_rules(stack, chart, name, pool)
        machine = plan_machine(
            self._catalogue,
            basis,
            layout,
            name,
            pool,
            (hardware.gpu, hardware.choice) if hardware else None,
            rules,
            self._problems,
        )
        ours = Ours(machine, schematic, rules)
        patches = plan_user_patches(self._loaded, name, pool, basis, ours, self._problems)
        return PoolPlan(
            name=name,
            role=pool.role,
            arch=pool.arch,
            platform=pool.platform,
            secure_boot=bool(pool.secure_boot and pool.secure_boot.enabled),
            nodes=tuple(NodePlan(node, item.address, item.install_disk) for node, item in pool.nodes.items()),
            gpu=self._gpu(basis.release, hardware, pool),
            schematic=schematic,
            machine=replace(machine, user_patches=patches),
        )

    def _label_rules(self, stack: StackChoice, chart: ChartVersion | None, name: str, pool: Pool) -> LabelRules:
        table = chart.values.value if chart and isinstance(chart.values, Stated) else None
        return LabelRules(
            self._catalogue.kubernetes(),
            pool,
            stack_labels(stack.support, self._profile, name, pool, table),
            stack.kind.value == "gpu-operator",
        )

    def _extensions(self, release: Release, hardware: _Hardware | None, name: str, pool: Pool) -> Extensions:
        nvidia: tuple[str, ...] = ()
        if hardware:
            board = hardware.gpu.fabric_manager
            needs_fabric = isinstance(board, Stated) and board.value
            nvidia = nvidia_extensions(self._catalogue, release, hardware.choice, needs_fabric, pool)
        return plan_extensions(self._catalogue, release, name, pool, nvidia, self._problems)

    def _gpu(self, release: Release, hardware: _Hardware | None, pool: Pool) -> GpuPlan | None:
        if hardware is None:
            return None
        return plan_gpu(self._catalogue, release, hardware.match, hardware.choice, pool, advertised(pool))

    def _targets(self, hardware: Mapping[str, _Hardware]) -> list[Target]:
        return [
            Target(name, item.choice.version, item.gpu, self._profile.pools[name].arch)
            for name, item in hardware.items()
        ]


def _conflict_arguments(hardware: _Hardware | None) -> tuple[str, ...]:
    """Kernel arguments that a source asks for where sources conflict, when its side was taken."""
    if hardware is None:
        return ()
    taken = (conflict for conflict in hardware.gpu.conflicts if conflict.propose == hardware.choice.flavour)
    return tuple(argument for conflict in taken for argument in conflict.kernel_args)


def _endpoint(profile: Profile) -> Decision[str]:
    if profile.endpoint:
        return Known(profile.endpoint, "as the profile says", by="profile")
    return Unknown("the profile gives none", "endpoint: https://<address>:6443")


def _workload(stack: StackChoice, profile: Profile) -> WorkloadPlan:
    resource = requested(profile)
    support = stack.support
    name = support.pod_runtime_class if support else None
    reason = (
        "containerd injects the GPU under the nvidia handler only"
        if name
        else "the device plugin injects by CDI, under any runtime"
    )
    if support is None:
        reason = "no stack"
    return WorkloadPlan(Known(name, reason, cited(support.source) if support else ""), resource)


def _delivery(profile: Profile) -> DeliveryPlan:
    delivery = profile.delivery
    source = delivery.source
    return DeliveryPlan(
        engine=delivery.engine,
        namespace=delivery.namespace or {"flux": source.namespace, "argocd": "argocd"}.get(delivery.engine, ""),
        source_kind=source.kind,
        source_name=source.name,
        source_namespace=source.namespace,
        repo_url=source.repo_url,
        target_revision=source.target_revision,
        path=profile.cluster if source.path == "." else f"{source.path}/{profile.cluster}",
        project=delivery.project,
    )
