"""What Argo CD needs: one Application for the objects and one for the chart, side by side.

Waves order the objects inside the first. Nothing depends on an order between the two: each retries until it works.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from talos_gpu.document import KeyPath
from talos_gpu.kubernetes.chart_values import VALUES, stack_folder
from talos_gpu.kubernetes.draft import Draft, ObjectsDraft
from talos_gpu.kubernetes.kustomization import kustomization
from talos_gpu.kubernetes.props import ApplicationProps, ChartSource, PathSource
from talos_gpu.kubernetes.stack_objects import SMOKE_TEST
from talos_gpu.plan.model import ChartPlan, ClusterPlan, IgnoredDifference

__all__ = ["argocd_folder"]


def argocd_folder(plan: ClusterPlan, chart: ChartPlan, *, has_objects: bool, has_test: bool) -> Iterator[Draft]:
    """argocd/: the Applications, for whatever applies Applications already."""
    drafts = [_chart(plan, chart)]
    if has_objects:
        drafts.insert(0, _folder(plan, "objects", "kubernetes"))
    if has_test and plan.smoke_test.deliver:
        drafts.append(_folder(plan, "smoke-test", SMOKE_TEST))
    yield kustomization("argocd", [draft.path.removeprefix("argocd/") for draft in drafts])
    yield from drafts


def _folder(plan: ClusterPlan, name: str, folder: str) -> ObjectsDraft:
    path = normpath(f"{plan.delivery.path}/{folder}")
    return ObjectsDraft(f"argocd/{name}.yaml", (_application(plan, name, PathSource(path)),))


def _chart(plan: ClusterPlan, chart: ChartPlan) -> ObjectsDraft:
    repository, name = chart.repository.value, chart.name
    if repository.startswith("oci://"):
        # Argo CD takes an address without scheme for a registry, and the chart's name apart from it.
        repository, _, name = repository.removeprefix("oci://").rpartition("/")
    values = normpath(f"{plan.delivery.path}/{stack_folder(plan.stack)}/{VALUES}")
    source = ChartSource(repository, name, chart.version.value, chart.release, values)
    props = _application(plan, "chart", source, chart.ignored_differences)
    comments: dict[KeyPath, str] = {(0, "spec", "sources", 0, "helm"): "Values in this object would lose their nulls."}
    if chart.ignored_differences:
        comments[0, "spec", "ignoreDifferences"] = "Filled in by the cluster: without these lines never in sync."
    return ObjectsDraft("argocd/chart.yaml", (props,), comments)


def _application(
    plan: ClusterPlan,
    name: str,
    source: PathSource | ChartSource,
    ignored: tuple[IgnoredDifference, ...] = (),
) -> ApplicationProps:
    delivery = plan.delivery
    assert delivery.repo_url is not None
    return ApplicationProps(
        name=f"{plan.cluster}-gpu-{name}",
        namespace=delivery.namespace,
        project=delivery.project,
        destination_namespace=plan.stack.namespace.value,
        repo_url=delivery.repo_url,
        target_revision=delivery.target_revision,
        source=source,
        ignored_differences=ignored,
    )
