"""Rows of the data files are shown where they can happen, and only there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from talos_gpu.errors import InternalError
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.runbook.condition import holds
from talos_gpu.runbook.decisions import open_questions
from talos_gpu.runbook.entry import applying, entries
from talos_gpu.runbook.facts import facts

FILES = ("symptoms", "not_needed", "upgrade_notes", "change_costs")
FACTS = {"stack": frozenset({"none"}), "bridge": frozenset({"false"}), "talos": frozenset({"v1.12.2"})}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, True),
        ({"stack": "none"}, True),
        ({"stack": ["gpu-operator", "none"]}, True),
        ({"stack": "none", "bridge": True}, False),
        ({"bridge": False}, True),
        ({"talos": {"from": "v1.12"}}, True),
        ({"talos": {"before": "v1.12.2"}}, False),
        ({"talos": {"from": "v1.9", "before": "v1.13"}}, True),
    ],
)
def test_a_condition_holds_when_every_fact_agrees(when: Mapping[str, object], expected: bool) -> None:
    """Values, lists of which one suffices, and ranges of versions."""
    assert holds(when, FACTS) is expected


def test_an_unknown_version_is_in_every_range() -> None:
    """A row too many is better than one that is missed."""
    assert holds({"chart": {"from": "v26.3.0"}}, {"chart": frozenset({"unknown"})})


def test_a_fact_that_no_plan_has_is_a_bug() -> None:
    """A typing error in the data does not hide a row."""
    with pytest.raises(InternalError, match="'stak'"):
        holds({"stak": "none"}, FACTS)


@pytest.mark.parametrize("name", FILES)
def test_every_row_asks_for_facts_that_plans_have(name: str, plans: Mapping[str, ClusterPlan]) -> None:
    """And has a source."""
    known = facts(next(iter(plans.values())))
    for entry in entries(name):
        assert entry.source
        assert set(entry.when) <= set(known)


def _shown(plan: ClusterPlan, words: str) -> bool:
    return any(words in " ".join(entry.texts.values()) for name in FILES for entry in applying(name, facts(plan)))


def test_the_bridge_row_appears_with_the_bridge_only(plans: Mapping[str, ClusterPlan]) -> None:
    """Nobody looks for a DaemonSet that is not there."""
    plan = plans["rtx-5070-ti-gpu-operator"]
    assert _shown(plan, "which the validation bridge writes")
    without = replace(plan, stack=replace(plan.stack, bridge=Known(False, "not needed")))
    assert not _shown(without, "which the validation bridge writes")


def test_a_driver_daemonset_is_explained_by_what_the_values_say(plans: Mapping[str, ClusterPlan]) -> None:
    """`driver.enabled=false` makes none; the pre-installed way makes one that wants no pod."""
    plan = plans["rtx-5070-ti-gpu-operator"]
    chart = plan.stack.chart
    assert chart is not None
    assert _shown(plan, "There is no driver DaemonSet")
    on = replace(
        plan, stack=replace(plan.stack, chart=replace(chart, values=Known({"driver": {"enabled": True}}, "so")))
    )
    assert _shown(on, "The driver DaemonSet has DESIRED 0")
    assert not _shown(on, "There is no driver DaemonSet")


LEGACY = "cluster: a\ntalos: v1.11.6\nstack: {kind: device-plugin}\n"


def test_gpus_of_one_node_are_warned_about_when_there_are_several(plan_of: Callable[[str], ClusterPlan]) -> None:
    """NVIDIA_VISIBLE_DEVICES=all harms where there is a neighbour."""
    words = "Several pods see all GPUs"
    assert not _shown(plan_of(LEGACY + "pools: {gpu: {gpu: {model: L40S, count: 1}}}"), words)
    assert _shown(plan_of(LEGACY + "pools: {gpu: {gpu: {model: L40S, count: 2}}}"), words)


def test_a_taint_brings_its_rows(plan_of: Callable[[str], ClusterPlan]) -> None:
    """NodeRestriction matters where a worker is tainted."""
    pool = "pools: {gpu: {gpu: {model: L40S}, taints: [{key: gpu, value: x, effect: NoSchedule}]}}"
    assert _shown(plan_of(LEGACY + pool), "is not allowed to modify taints")
    assert not _shown(plan_of(LEGACY + "pools: {gpu: {gpu: {model: L40S}}}"), "is not allowed to modify taints")


def test_a_pool_without_nodes_has_placeholders_and_says_so(runbook_of: Callable[[str], str]) -> None:
    """The commands are complete but for one word in capitals."""
    text = runbook_of(LEGACY + "pools: {gpu: {gpu: {model: L40S}}}")
    assert "talosctl --nodes NODE_ADDRESS get extensions" in text
    assert "talosctl --nodes NODE_ADDRESS upgrade --image factory.talos.dev/" in text
    assert "talosctl health --nodes CONTROL_PLANE" in text
    assert "Words in capitals (`NODE`, `NODE_ADDRESS`, `CONTROL_PLANE`) stand" in text


def test_an_unknown_is_named_with_the_lines_that_declare_it(plans: Mapping[str, ClusterPlan]) -> None:
    """Talos v1.14.6: the toolkit's version was not found, and the last known one is said."""
    unknown = {item.what: item for item in open_questions(plans["current-topf-gpu-operator"])}
    toolkit = unknown["Container toolkit"]
    assert "last known v1.19.1" in toolkit.why
    assert "catalogue" in toolkit.declare
    assert not any("nvidia-container-toolkit" in what for what in unknown), "its extension's version says the same"


def test_the_driver_daemonset_of_the_pre_installed_way_is_expected_to_want_no_pod(
    runbook_of: Callable[[str], str],
) -> None:
    """Verification says 0, so that nobody fights it."""
    text = runbook_of(
        "cluster: a\ntalos: v1.12.11\nstack: {kind: gpu-operator, driver: pre-installed}\n"
        "pools: {gpu: {gpu: {model: RTX 5070 Ti}}}"
    )
    assert "the driver's has 0, because Talos brings the driver" in text


def test_a_preview_is_said_before_anything_is_done(runbook_of: Callable[[str], str]) -> None:
    """The notice stands above step 0, and what is unknown is named there."""
    text = runbook_of(
        "cluster: a\ntalos: v1.15.0-beta.0\nstack: gpu-operator\n"
        "pools: {gpu: {gpu: {model: L40S}, driver: {track: new-feature}}}"
    )
    above = text.split("## Step 0")[0]
    assert "**preview:**" in above
    assert "**unknown:**" in above
    assert "There is no RuntimeClass `nvidia`." in text


def test_contradicting_sources_are_both_said(runbook_of: Callable[[str], str]) -> None:
    """GB10: open modules by the driver's README, proprietary ones by Talos's documentation."""
    above = runbook_of("cluster: a\ntalos: v1.13.9\npools: {gpu: {gpu: {model: GB10}, arch: arm64}}").split(
        "## Step 0"
    )[0]
    assert "open modules only" in above
    assert "proprietary modules only, with the kernel argument arm64.nobti" in above


def test_an_empty_objects_folder_is_not_applied(runbook_of: Callable[[str], str]) -> None:
    """In kube-system, from 1.13 on, there is nothing beside the chart, and so no kustomization."""
    text = runbook_of(
        "cluster: a\ntalos: v1.13.9\nstack: {kind: gpu-operator, namespace: kube-system}\npools: {gpu: {gpu: {model: L40S}}}"
    )
    assert "helm upgrade --install gpu-operator nvidia/gpu-operator" in text
    assert "kubectl apply -k dist/a/kubernetes" not in text


@pytest.mark.parametrize("layout", ["talhelper", "topf", "talosctl", "opentofu"])
def test_a_cluster_that_exists_never_gets_new_secrets(runbook_of: Callable[[str], str], layout: str) -> None:
    """What makes some, or bootstraps, stands under its own heading."""
    text = runbook_of(
        f"cluster: a\ntalos: v1.11.6\nkubernetes: v1.34.0\nendpoint: https://192.0.2.9:6443\nlayout: {layout}\nstack: none\n"
        "pools: {gpu: {gpu: {model: L40S}, nodes: {g: {address: 192.0.2.1, installDisk: /dev/sda}}},"
        " cp: {role: control-plane, nodes: {c: {address: 192.0.2.9, installDisk: /dev/sda}}}}"
    )
    before, new = text.split("\n### The cluster is new\n")
    exists = before.split("\n### The cluster exists\n")[1]
    assert not any(word in exists for word in ("gensecret", "gen secrets", "bootstrap", "--insecure"))
    assert "bootstrap" in new.split("\n## ")[0]
    assert "192.0.2.9" not in exists.split("\n### Its other pools\n")[0]


@pytest.mark.parametrize("layout", ["talhelper", "topf"])
def test_a_fragment_says_that_a_new_cluster_is_the_readers(runbook_of: Callable[[str], str], layout: str) -> None:
    """The files are merged, and the rest is done in the reader's way."""
    text = runbook_of(
        f"cluster: a\ntalos: v1.11.6\nlayout: {layout}\nstack: none\npools: {{gpu: {{gpu: {{model: L40S}}}}}}"
    )
    new = text.split("\n### The cluster is new\n")[1].split("\n## ")[0]
    assert "made in your own way" in new
    assert "```" not in new
    assert "`YOUR_REPO`" in text


@pytest.mark.parametrize(("effect", "warned"), [("NoExecute", True), ("NoSchedule", False)])
def test_an_evicting_taint_is_warned_about(runbook_of: Callable[[str], str], effect: str, warned: bool) -> None:
    """Before the command that sets it."""
    text = runbook_of(
        LEGACY + f"pools: {{gpu: {{gpu: {{model: L40S}}, taints: [{{key: gpu, value: x, effect: {effect}}}]}}}}"
    )
    before = text.split("kubectl taint nodes")[0]
    assert ("evicts pods without the toleration at once" in before) is warned


def test_a_kubernetes_version_that_nobody_declared_is_not_expected(runbook_of: Callable[[str], str]) -> None:
    """The release's default is no fact about the cluster."""
    text = runbook_of(LEGACY + "pools: {gpu: {gpu: {model: L40S}}}")
    assert "Every node is `Ready`; no pod" in text


OCI = """
cluster: a
talos: v1.13.9
delivery: {engine: flux, source: {kind: KIND, name: apps, path: clusters}}
pools: {gpu: {gpu: {model: L40S}}}
"""


def test_an_artifact_is_pushed_and_local_commands_use_what_synth_wrote(runbook_of: Callable[[str], str]) -> None:
    """source.path is the place inside the artifact."""
    text = runbook_of(OCI.replace("KIND", "OCIRepository"))
    assert "flux push artifact oci://YOUR_REGISTRY:TAG" in text
    assert "kubectl apply -k dist/a/flux" in text
    assert "`clusters/a`" in text
    assert "git push" not in text


def test_a_bucket_is_uploaded_to(runbook_of: Callable[[str], str]) -> None:
    """Every provider has a client of its own."""
    text = runbook_of(OCI.replace("KIND", "Bucket"))
    assert "upload to the bucket" in text
    assert "git push" not in text


def test_exceptions_among_the_daemonsets_are_those_of_the_plan(runbook_of: Callable[[str], str]) -> None:
    """The validator is ready from 1.13 on; the MIG manager belongs to the operator."""
    legacy = runbook_of("cluster: a\ntalos: v1.11.6\nstack: gpu-operator\npools: {gpu: {gpu: {model: L40S}}}")
    newer = runbook_of("cluster: a\ntalos: v1.13.9\nstack: gpu-operator\npools: {gpu: {gpu: {model: L40S}}}")
    plugin = runbook_of(LEGACY + "pools: {gpu: {gpu: {model: L40S}}}")
    assert ["`nvidia-operator-validator` has READY 0" in text for text in (legacy, newer, plugin)] == [
        True,
        False,
        False,
    ]
    assert ["nvidia.com/mig.capable" in text for text in (legacy, newer, plugin)] == [True, True, False]
