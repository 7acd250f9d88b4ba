"""The Kubernetes side of each cluster's folder: which files there are, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from talos_gpu.document import Document
from talos_gpu.kubernetes.argocd import argocd_folder
from talos_gpu.kubernetes.chart_values import chart_values
from talos_gpu.kubernetes.draft import Draft, finish, requests
from talos_gpu.kubernetes.flux import flux_folder, flux_kubernetes
from talos_gpu.kubernetes.kustomization import kustomization
from talos_gpu.kubernetes.manifest_cache import ManifestCache
from talos_gpu.kubernetes.stack_objects import smoke_test, stack_objects
from talos_gpu.kubernetes.synthesis import synthesize
from talos_gpu.kubernetes.workload_component import workload_component
from talos_gpu.plan.model import ChartPlan, ClusterPlan

__all__ = ["render"]


def render(plans: Sequence[ClusterPlan], cache: ManifestCache | None = None) -> Mapping[str, tuple[Document, ...]]:
    """Cluster to its documents of the Kubernetes side; none where the profile has no stack.

    One call for all clusters: what no run has made before is made together, in one Node process. `cache` is the
    user's, unless another one is given.
    """
    drafts = {plan.cluster: tuple(_drafts(plan)) for plan in plans}
    wanted = (request for files in drafts.values() for draft in files for request in requests(draft))
    made = synthesize(wanted, ManifestCache.of_user() if cache is None else cache)
    return {cluster: tuple(finish(draft, made) for draft in files) for cluster, files in drafts.items()}


def _drafts(plan: ClusterPlan) -> Iterator[Draft]:
    chart = plan.stack.chart
    if plan.stack.kind.value == "none" or chart is None:
        return
    test = tuple(smoke_test(plan))
    yield from _kubernetes(plan, chart)
    yield from workload_component(plan)
    yield from test
    if plan.delivery.engine == "flux":
        yield from flux_folder(plan, has_test=bool(test))
    elif plan.delivery.engine == "argocd":
        has_objects = any(stack_objects(plan))
        yield from argocd_folder(plan, chart, has_objects=has_objects, has_test=bool(test))


def _kubernetes(plan: ClusterPlan, chart: ChartPlan) -> Iterator[Draft]:
    """The engine's path. Flux installs the chart from there; Argo CD and helm only find the values there."""
    objects = tuple(stack_objects(plan))
    names = [draft.path.removeprefix("kubernetes/") for draft in objects]
    if plan.delivery.engine == "flux":
        yield from flux_kubernetes(plan, chart, names)
    elif names:
        yield kustomization("kubernetes", names)
    yield from objects
    yield chart_values(plan.stack, chart)
