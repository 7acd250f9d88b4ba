"""Talos's own machinery judges every patch, per release and role, on new configs and on upgraded ones."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from judge.cluster import Cluster
from judge.expected import by_identity, difference, expected_config
from judge.golden import Recorder, machine_config_key
from judge.machinery import REMARKED, Judgement, Machinery, machinery_of
from judge.matrix import CONTRACTS, minors

from talos_gpu.catalog.version import minor_of
from talos_gpu.plan.model import NodePlan, PoolPlan

FACTORY_IMAGE = "factory.talos.dev/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:{}"
"""What the nodes ran before: an image without extensions."""


def base_of(machinery: Machinery, cluster: Cluster, pool: PoolPlan) -> str:
    """The config that the node had before, as the release of its contract generated it.

    topf puts the image of the schematic below all patches.
    """
    plan = cluster.plan
    image = pool.schematic.installer.value if plan.layout.value == "topf" else FACTORY_IMAGE.format(plan.talos.value)
    return machinery.generated(plan.contract.value, pool.role, image)


def judged(
    machinery: Machinery, clusters: list[Cluster], times: int = 1
) -> Iterator[tuple[Cluster, PoolPlan, NodePlan, Judgement]]:
    """Every node of every cluster with what its release says of its config."""
    for cluster in clusters:
        if cluster.plan.layout.value == "talhelper":
            continue  # the tool itself makes those configs
        for pool, node in cluster.nodes:
            base = base_of(machinery, cluster, pool)
            patches = cluster.patches_of(pool, node) * times
            assert patches or pool.gpu is None, f"{cluster}: no patch reaches {node.name}"
            yield cluster, pool, node, machinery.judge(cluster.plan.talos.value, pool.role, patches, config=base)


def name_of(cluster: Cluster) -> str:
    """The judge's name in the table; what no release stands for is said to be unproven."""
    judge = machinery_of(cluster.plan.talos.value)
    return f"talosvet {judge}" + (" (1.15 unproven)" if "v1.15" in cluster.plan.talos.value else "")


@pytest.mark.parametrize("subject", ["dist", "matrix", "upgraded"])
def test_every_node_gets_exactly_the_planned_config(
    subject: str, request: pytest.FixtureRequest, machinery: Machinery, record: Recorder, verdict
) -> None:
    """Valid without a warning; modules, sysctls, labels, taints and image as planned, and nothing else changed."""
    faults = []
    cells: Counter[tuple[str, str, str, bool]] = Counter()
    for cluster, pool, node, judgement in judged(machinery, request.getfixturevalue(subject)):
        word = judgement.word
        if word == "refused":
            faults.append(f"{cluster} {node.name}: {judgement.stage}: {judgement.error}")
        else:
            expected = expected_config(judgement.base_documents(), cluster.plan, pool, node)
            if by_identity(judgement.documents()) != expected:
                word = "differs"
                faults.append(f"{cluster} {node.name}: {difference(by_identity(judgement.documents()), expected)}")
        record.note("machine-config", name_of(cluster), machine_config_key(cluster, pool, node), word)
        minor = minor_of(cluster.plan.talos.value)
        contract = "own" if cluster.plan.contract.value == minor else "older"
        verdict(name_of(cluster), f"{word}, {'new' if contract == 'own' else 'upgraded'} config")
        if pool.gpu and word in {"valid", REMARKED}:
            cells[(minor, pool.role, contract, bool(pool.machine.taints.value))] += 1
    assert not faults, "\n".join(faults[:20])
    if subject == "upgraded":
        assert set(cells) == every_cell(), f"never judged: {sorted(every_cell() - set(cells))}"


def every_cell() -> set[tuple[str, str, str, bool]]:
    """Talos minor, role of a GPU node, contract, tainted or not; the oldest minor has no older contract than its own."""
    oldest, *_ = minors()
    cells = set(itertools.product(minors(), ("worker", "control-plane"), CONTRACTS, (False, True)))
    return {cell for cell in cells if (cell[0], cell[2]) != (oldest, "older")}


def test_patches_applied_twice_give_the_documented_result(
    everything: list[Cluster], machinery: Machinery, verdict
) -> None:
    """Lists hold every entry twice, which is still valid; a taint that is gone already cannot be removed again."""
    faults: list[str] = []
    for cluster, pool, node, judgement in judged(machinery, everything, times=2):
        where = f"{cluster} {node.name}"
        if any("$patch: delete" in text for _, text in cluster.patches_of(pool, node)):
            documented = "lookup failed" in judgement.error
            verdict(
                name_of(cluster),
                "refused when applied twice, as documented" if documented else "differs when applied twice",
            )
            if not documented:
                faults.append(f"{where}: the runbook says that Talos answers lookup failed, not {judgement.error!r}")
            continue
        expected = expected_config(judgement.base_documents(), cluster.plan, pool, node, times=2)
        documented = judgement.word != "refused" and by_identity(judgement.documents()) == expected
        verdict(name_of(cluster), f"{'as documented' if documented else 'differs'} when applied twice")
        if not documented:
            faults.append(f"{where}: {judgement.error or difference(by_identity(judgement.documents()), expected)}")
    assert not faults, "\n".join(faults[:20])
