"""What Flux and Argo CD are told to read must be there: paths, values files, sources and charts, each resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from judge.cluster import Cluster
from judge.promised import has_smoke_test, promised_kinds
from talos_gpu.plan.model import ChartPlan

__all__ = ["ARGOCD", "FLUX", "Reference", "references"]

FLUX, ARGOCD = "references of Flux", "references of Argo CD"
Objects = Mapping[str, Sequence[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference, resolved: `right` says what holds of it, or `fault` what does not."""

    engine: str
    right: str
    fault: str = ""


def references(cluster: Cluster, built: Objects) -> Iterator[Reference]:
    """Every reference of the engine's objects. `built`: folder to what kustomize builds from it."""
    if "flux" in built:
        yield from _of_kustomizations(cluster, built["flux"])
        for release in (item for item in built.get("kubernetes", ()) if item["kind"] == "HelmRelease"):
            yield from _of_release(cluster, release, built["kubernetes"])
    if "argocd" in built:
        yield from _of_applications(cluster, built["argocd"])


def _of_kustomizations(cluster: Cluster, items: Sequence[dict[str, Any]]) -> Iterator[Reference]:
    delivery = cluster.plan.delivery
    yield _equal(
        FLUX, "every folder is delivered", _delivered(cluster), sorted(_last(x["spec"]["path"]) for x in items)
    )
    for item in items:
        spec = item["spec"]
        yield _folder(FLUX, cluster, spec["path"])
        wanted = (delivery.source_kind, delivery.source_name, delivery.source_namespace)
        source = spec["sourceRef"]
        found = (source["kind"], source["name"], source.get("namespace", item["metadata"]["namespace"]))
        yield _equal(FLUX, "source stands or is the user's", wanted, found)
        yield _equal(FLUX, "namespace as planned", delivery.namespace, item["metadata"]["namespace"])
        for other in spec.get("dependsOn", ()):
            names = [(x["metadata"]["name"], x["metadata"]["namespace"]) for x in items if x is not item]
            yield _among(
                FLUX, "dependency stands", (other["name"], other.get("namespace", item["metadata"]["namespace"])), names
            )


def _of_release(cluster: Cluster, release: dict[str, Any], items: Sequence[dict[str, Any]]) -> Iterator[Reference]:
    chart, spec = cluster.plan.stack.chart, release["spec"]
    assert chart is not None
    namespace = release["metadata"]["namespace"]
    yield _equal(FLUX, "namespace as planned", cluster.plan.stack.namespace.value, namespace)
    yield _equal(FLUX, "release as planned", chart.release, spec["releaseName"])
    template = spec.get("chart", {}).get("spec")
    source = template["sourceRef"] if template else spec["chartRef"]
    standing = {(x["kind"], x["metadata"]["name"], x["metadata"].get("namespace")): x for x in items}
    key = (source["kind"], source["name"], source.get("namespace", namespace))
    yield _among(FLUX, "source stands or is the user's", key, standing)
    for values in spec["valuesFrom"]:
        yield _among(FLUX, "values stand", (values["kind"], values["name"], namespace), standing)
        holds = standing.get((values["kind"], values["name"], namespace), {}).get("data", {})
        yield _among(FLUX, "values stand", values["valuesKey"], holds)
    if key in standing:
        yield _equal(FLUX, "chart as planned", _planned(chart), _flux_chart(template, standing[key]["spec"]))


def _planned(chart: ChartPlan) -> tuple[str, str, str]:
    return (chart.name, chart.version.value, chart.repository.value)


def _flux_chart(template: dict[str, Any] | None, source: dict[str, Any]) -> tuple[str, str, str]:
    """Name, version and address; an OCIRepository's address ends in the chart's name, which its tag completes."""
    if template is None:
        reference = source["ref"]
        return (_last(source["url"]), reference.get("semver") or reference["tag"], source["url"])
    return (template["chart"], template["version"], source["url"])


def _of_applications(cluster: Cluster, items: Sequence[dict[str, Any]]) -> Iterator[Reference]:
    plan = cluster.plan
    folders = []
    for item in items:
        spec = item["spec"]
        yield _equal(ARGOCD, "namespace as planned", plan.delivery.namespace, item["metadata"]["namespace"])
        yield _equal(ARGOCD, "namespace as planned", plan.stack.namespace.value, spec["destination"]["namespace"])
        yield _equal(ARGOCD, "project as planned", plan.delivery.project, spec["project"])
        sources = spec.get("sources") or [spec["source"]]
        for source in sources:
            if "chart" in source:
                yield from _of_chart(cluster, source, sources)
                continue
            wanted = (plan.delivery.repo_url, plan.delivery.target_revision)
            yield _equal(ARGOCD, "repository is the user's", wanted, (source["repoURL"], source["targetRevision"]))
            if "path" in source:
                folders.append(_last(source["path"]))
                yield _folder(ARGOCD, cluster, source["path"])
    yield _equal(ARGOCD, "every folder is delivered", _delivered(cluster), sorted(folders))


def _of_chart(cluster: Cluster, source: dict[str, Any], sources: Sequence[dict[str, Any]]) -> Iterator[Reference]:
    chart = cluster.plan.stack.chart
    assert chart is not None
    oci = "://" not in source["repoURL"]  # Argo CD's way to write a registry
    address = f"oci://{source['repoURL']}/{source['chart']}" if oci else source["repoURL"]
    found = (source["chart"], source["targetRevision"], address)
    yield _equal(ARGOCD, "chart as planned", _planned(chart), found)
    yield _equal(ARGOCD, "release as planned", chart.release, source["helm"]["releaseName"])
    for file in source["helm"]["valueFiles"]:
        name, _, path = file.removeprefix("$").partition("/")
        yield _among(ARGOCD, "source stands or is the user's", name, [other.get("ref") for other in sources])
        yield _among(ARGOCD, "path resolves", _inside(cluster, path), cluster.files)


def _delivered(cluster: Cluster) -> list[str]:
    """The folders of objects that the engine itself must apply."""
    tested = has_smoke_test(cluster.plan) and cluster.plan.smoke_test.deliver
    return [
        *(["kubernetes"] if "kubernetes" in promised_kinds(cluster.plan) else []),
        *(["smoke-test"] if tested else []),
    ]


def _folder(engine: str, cluster: Cluster, path: str) -> Reference:
    """A folder that an engine builds: it holds a kustomization."""
    return _among(engine, "path resolves", f"{_inside(cluster, path)}/kustomization.yaml", cluster.files)


def _inside(cluster: Cluster, path: str) -> str:
    """A path of the repository as one below the cluster's folder; itself where it leads elsewhere."""
    whole, root = PurePosixPath(normpath(path)), PurePosixPath(normpath(cluster.plan.delivery.path))
    return str(whole.relative_to(root)) if whole.is_relative_to(root) else str(whole)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _equal(engine: str, right: str, wanted: Any, found: Any) -> Reference:
    return Reference(engine, right, "" if wanted == found else f"not {right}: found {found}, the plan says {wanted}")


def _among(engine: str, right: str, wanted: Any, found: Any) -> Reference:
    return Reference(engine, right, "" if wanted in found else f"not {right}: there is no {wanted}")
