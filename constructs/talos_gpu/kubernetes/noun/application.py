"""A folder of Git, or a chart with values from Git, applied by Argo CD."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.props import ApplicationProps, ChartSource

__all__ = ["Application"]


class Application(Construct):
    """An Application that syncs by itself and keeps trying, so that no order between Applications is needed."""

    def __init__(self, scope: Construct, construct_id: str, props: ApplicationProps) -> None:
        super().__init__(scope, construct_id)
        spec = {
            "project": props.project,
            **_source(props),
            "destination": {"server": "https://kubernetes.default.svc", "namespace": props.destination_namespace},
            "syncPolicy": _sync_policy(props),
            **_ignored(props),
        }
        add_object(
            self,
            "application",
            "argoproj.io/v1alpha1",
            "Application",
            props.name,
            namespace=props.namespace,
            spec=spec,
        )


def _source(props: ApplicationProps) -> dict[str, Any]:
    git = {"repoURL": props.repo_url, "targetRevision": props.target_revision}
    if not isinstance(props.source, ChartSource):
        return {"source": {**git, "path": props.source.path}}
    chart = {
        "repoURL": props.source.repository,
        "chart": props.source.chart,
        "targetRevision": props.source.version,
        "helm": {
            "releaseName": props.source.release,
            # A file, not values in place: there a null would be lost.
            "valueFiles": [f"$values/{props.source.values_path}"],
        },
    }
    return {"sources": [chart, {**git, "ref": "values"}]}


def _sync_policy(props: ApplicationProps) -> dict[str, Any]:
    # Server-side: the operator's CRDs do not fit into the annotation of client-side apply.
    options = ["ServerSideApply=true"]
    if props.ignored_differences:
        options.append("RespectIgnoreDifferences=true")
    return {
        "automated": {"prune": True, "selfHeal": True},
        "syncOptions": options,
        # For ever: the chart may come before its namespace.
        "retry": {"limit": -1, "backoff": {"duration": "15s", "factor": 2, "maxDuration": "5m"}},
    }


def _ignored(props: ApplicationProps) -> dict[str, Any]:
    ignored = [
        {"group": item.group, "kind": item.kind, "jsonPointers": list(item.pointers)}
        for item in props.ignored_differences
    ]
    return {"ignoreDifferences": ignored} if ignored else {}
