"""What Flux and Argo CD are told to read is there, and is what the plan says."""

from __future__ import annotations

from pathlib import Path
from posixpath import normpath

from judge.cluster import Cluster
from judge.kustomize import Kustomize
from judge.references import references


def test_every_reference_of_an_engine_resolves(everything: list[Cluster], tmp_path: Path, verdict) -> None:
    """Paths and values files in the cluster's folder, sources and dependencies among objects, chart as planned."""
    kustomize = Kustomize(tmp_path)
    faults = []
    for cluster in everything:
        built = {folder: kustomize.build(cluster.files, folder) for folder in cluster.folders()}
        found = list(references(cluster, built))
        assert bool(found) is (bool(built) and cluster.plan.delivery.engine != "plain"), (
            f"{cluster}: nothing to resolve"
        )
        for reference in found:
            verdict(reference.engine, "does not resolve" if reference.fault else reference.right)
            faults += [f"{cluster}: {reference.fault}"] if reference.fault else []
    assert not faults, "\n".join(faults[:20])


def test_the_path_of_a_cluster_is_where_it_lies(dist: list[Cluster], repository: Path) -> None:
    """What is committed is read from the repository's root."""
    for cluster in dist:
        assert (repository / normpath(cluster.plan.delivery.path)).resolve() == repository / str(cluster), str(cluster)
