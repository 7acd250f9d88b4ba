"""A Talos machine configuration of one node (v1alpha1 and the documents beside it) as a draft."""

from __future__ import annotations

from collections.abc import Sequence

from talos_gpu.profile.adopt.config_document import ClusterFacts, read_document
from talos_gpu.profile.adopt.machine import Adopted, Machine, pools_of
from talos_gpu.profile.adopt.reading import Value
from talos_gpu.profile.draft import Draft
from talos_gpu.profile.text import KubernetesVersion, TalosVersion

__all__ = ["adopt_machine_config"]


def adopt_machine_config(documents: Sequence[Value]) -> Adopted:
    """What the documents say of cluster and node. Secrets in them are neither read nor repeated."""
    machine, cluster = Machine(), ClusterFacts()
    for document in documents:
        read_document(document, machine, cluster)
    where = documents[0]
    draft = Draft(
        talos=(where.check(cluster.talos, TalosVersion) if cluster.talos else None) or "",
        kubernetes=(where.check(cluster.kubernetes, KubernetesVersion) if cluster.kubernetes else None) or "",
        cluster=cluster.name,
        endpoint=cluster.endpoint,
        pools=pools_of([machine]),
    )
    return Adopted(draft, tuple(sorted(set(where.report.left))), frozenset(cluster.dialects))
