"""What Flux needs: the chart's source and release below kubernetes/, and the Kustomizations that apply both folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from posixpath import normpath

from talos_gpu.document import KeyPath, YamlDocument
from talos_gpu.kubernetes.chart_values import VALUES, stack_folder
from talos_gpu.kubernetes.draft import Draft, ObjectsDraft, sentence
from talos_gpu.kubernetes.kustomization import kustomization
from talos_gpu.kubernetes.props import (
    DevicePluginReleaseProps,
    FluxKustomizationProps,
    GpuOperatorReleaseProps,
    HelmRepositoryProps,
    OciRepositoryProps,
)
from talos_gpu.kubernetes.stack_objects import SMOKE_TEST
from talos_gpu.plan.model import ChartPlan, ClusterPlan

__all__ = ["flux_folder", "flux_kubernetes"]

_STACK = "talos-gpu"
_TEST = "talos-gpu-smoke-test"
_OCI = "oci://"


def flux_kubernetes(plan: ClusterPlan, chart: ChartPlan, objects: Sequence[str]) -> Iterator[Draft]:
    """kubernetes/kustomization.yaml over `objects` and the release, and the release's own files."""
    folder = stack_folder(plan.stack)
    inside = folder.removeprefix("kubernetes/")
    source = _source(plan, chart, folder)
    release = _release(plan, chart, folder)
    generator = {
        "name": _values_name(chart),
        "namespace": plan.stack.namespace.value,
        "files": [f"{VALUES}={inside}/{VALUES}"],
    }
    yield kustomization(
        "kubernetes",
        [*objects, *(f"{inside}/{draft.path.rpartition('/')[2]}" for draft in (source, release))],
        {"configMapGenerator": [generator], "configurations": [f"{inside}/kustomizeconfig.yaml"]},
        {
            "configMapGenerator": "The name gets a suffix that follows from the content: changed values roll the release.",
            "configurations": "Carries the suffixed name into the HelmRelease.",
        },
    )
    yield source
    yield release
    yield _name_reference(folder)


def flux_folder(plan: ClusterPlan, *, has_test: bool) -> Iterator[Draft]:
    """flux/: the Kustomizations, for the folder in Git that Flux reads already."""
    delivered = has_test and plan.smoke_test.deliver
    files = ["stack.yaml", "smoke-test.yaml"] if delivered else ["stack.yaml"]
    yield kustomization("flux", files)
    chart = plan.stack.chart
    wait = chart.wait.value if chart else True
    why: dict[KeyPath, str] = {(0, "spec", "wait"): sentence(chart.wait.reason)} if chart and not wait else {}
    yield ObjectsDraft("flux/stack.yaml", (_kustomization(plan, _STACK, "kubernetes", wait=wait),), why)
    if delivered:
        test = _kustomization(plan, _TEST, SMOKE_TEST, wait=True, force=True, depends_on=(_STACK,))
        comments: dict[KeyPath, str] = {
            (0,): "A Kustomization of its own: a test that cannot be scheduled must not block the stack.",
            (0, "spec", "force"): "A Job cannot be changed in place.",
        }
        yield ObjectsDraft("flux/smoke-test.yaml", (test,), comments)


def _kustomization(
    plan: ClusterPlan,
    name: str,
    folder: str,
    *,
    wait: bool,
    force: bool = False,
    depends_on: tuple[str, ...] = (),
) -> FluxKustomizationProps:
    delivery = plan.delivery
    return FluxKustomizationProps(
        name=name,
        namespace=delivery.namespace,
        path="./" + normpath(f"{delivery.path}/{folder}"),
        source_kind=delivery.source_kind,
        source_name=delivery.source_name,
        source_namespace=delivery.source_namespace,
        wait=wait,
        force=force,
        depends_on=depends_on,
    )


def _source(plan: ClusterPlan, chart: ChartPlan, folder: str) -> ObjectsDraft:
    namespace, url = plan.stack.namespace.value, chart.repository.value
    if url.startswith(_OCI):
        image = OciRepositoryProps(chart.release, namespace, url, chart.version.value)
        return ObjectsDraft(f"{folder}/oci-repository.yaml", (image,))
    return ObjectsDraft(f"{folder}/helm-repository.yaml", (HelmRepositoryProps(chart.release, namespace, url),))


def _release(plan: ClusterPlan, chart: ChartPlan, folder: str) -> ObjectsDraft:
    props = _release_props(plan, chart)
    comments: dict[KeyPath, str] = {
        (0, "spec", "valuesFrom"): "Values in this object would lose their nulls; kustomize completes the name.",
    }
    if chart.crds:
        comments[0, "spec", "upgrade", "crds"] = "Helm by itself never upgrades CRDs."
    if not chart.wait.value:
        comments[0, "spec", "install", "disableWait"] = sentence(chart.wait.reason)
    return ObjectsDraft(f"{folder}/helm-release.yaml", (props,), comments)


def _release_props(plan: ClusterPlan, chart: ChartPlan) -> GpuOperatorReleaseProps | DevicePluginReleaseProps:
    namespace, values = plan.stack.namespace.value, _values_name(chart)
    version = None if chart.repository.value.startswith(_OCI) else chart.version.value
    if plan.stack.kind.value == "gpu-operator":
        return GpuOperatorReleaseProps(namespace, values, version, chart.release, chart.wait.value)
    return DevicePluginReleaseProps(namespace, values, version, chart.release, chart.crds)


def _name_reference(folder: str) -> YamlDocument:
    field = {"kind": "HelmRelease", "path": "spec/valuesFrom/name"}
    reference = {"kind": "ConfigMap", "version": "v1", "fieldSpecs": [field]}
    return YamlDocument(f"{folder}/kustomizeconfig.yaml", [{"nameReference": [reference]}])


def _values_name(chart: ChartPlan) -> str:
    return f"{chart.release}-values"
