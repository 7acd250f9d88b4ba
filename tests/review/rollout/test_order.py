"""A rollout is what an operator would do, in the order in which it is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.finding import Position
from talos_gpu.plan import plan_cluster
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.profile import parse_profile
from talos_gpu.review.impact.rule import rules as impact_rules
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.rollout import Rollout, rollout
from talos_gpu.review.rollout.rows import rows

CATALOGUE = load_catalogue()
PROFILE = """\
cluster: homelab
talos: v1.12.11
kubernetes: v1.34.1
endpoint: https://192.0.2.10:6443
layout: talosctl
stack: {kind: device-plugin}
delivery: flux
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: RTX 2070 SUPER}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}}
"""
NEWER = PROFILE.replace("talos: v1.12.11", "talos: v1.13.12\ncontract: v1.12").replace("device-plugin", "gpu-operator")


def plan(text: str) -> ClusterPlan:
    return plan_cluster(parse_profile(text.encode(), "profiles/homelab.yaml"), CATALOGUE)


def cause(verdict: Verdict) -> Cause:
    return Cause(verdict, "a thing", "a.path", "changed", "a", "b", Position("dist/homelab/x"), "X", "why", "source")


def impact(costs: Mapping[str, list[Verdict]], status: str = "changed") -> ClusterImpact:
    """Verdicts by pool; those of the Kubernetes side stand under an empty name."""
    scopes = {name: ScopeImpact(name, (), tuple(map(cause, verdicts))) for name, verdicts in costs.items()}
    kubernetes = scopes.pop("", ScopeImpact("", (), ()))
    return ClusterImpact("homelab", status, ("", ""), tuple(scopes.values()), kubernetes)  # type: ignore[arg-type]


def rolled(
    before: str | None, after: str | None, costs: Mapping[str, list[Verdict]], status: str = "changed"
) -> Rollout:
    plans = (plan(text) if text else None for text in (before, after))
    return rollout(impact(costs, status), *plans, CATALOGUE)


def titles(found: Rollout) -> list[str]:
    return [step.title for step in found.steps]


def commands(found: Rollout) -> list[str]:
    return [step.command for step in found.steps]


UPGRADE: dict[str, list[Verdict]] = {"cp": ["node-upgrade"], "gpu": ["node-upgrade"], "": ["recreate"]}


def test_into_the_cdi_era_the_plugin_goes_before_the_nodes_and_the_operator_comes_after_them() -> None:
    """The engine is held back first: merged, the operator would start on nodes that it does not know."""
    found = rolled(PROFILE, NEWER, UPGRADE)
    order = [
        "flux suspend kustomization talos-gpu -n flux-system",
        "talosctl --nodes 192.0.2.11 etcd snapshot etcd-homelab.snapshot",
        "kubectl delete helmrelease nvidia-device-plugin -n nvidia-device-plugin --wait",
        "kubectl delete runtimeclass nvidia",
        "git pull --ff-only",
        "cd dist/homelab/talos",
        "cd -",
        "flux resume kustomization talos-gpu -n flux-system",
    ]
    assert [line for line in commands(found) if line in order] == order
    upgraded = [step.node for step in found.steps if " upgrade " in step.command]
    assert upgraded == ["cp-1", "gpu-1", "gpu-2"]
    assert found.reboots == 3
    assert found.releases == ("v1.12.11", "v1.13.12")
    assert found.blocked == ()


@pytest.mark.parametrize(
    ("delivery", "removal"),
    [
        ("{engine: argocd, source: {repoURL: 'https://git.example.org/a.git', targetRevision: main}}", "kubectl delete application homelab-gpu-chart -n argocd --wait"),
        ("plain", "helm uninstall nvidia-device-plugin -n nvidia-device-plugin --wait"),
    ],
)  # fmt: skip
def test_each_engine_removes_the_plugin_in_its_own_way(delivery: str, removal: str) -> None:
    """And what it deletes is not brought back while the nodes are upgraded."""
    found = rolled(*(text.replace("delivery: flux", f"delivery: {delivery}") for text in (PROFILE, NEWER)), UPGRADE)
    assert removal in commands(found)
    held = [line for line in commands(found) if "--sync-policy manual" in line]
    assert bool(held) == ("argocd" in delivery)
    assert any(line.startswith("helm upgrade --install") for line in commands(found)) == (delivery == "plain")


def test_an_upgrade_knows_its_way_back_and_what_is_expected() -> None:
    """The other boot slot still holds the image before."""
    found = rolled(PROFILE, NEWER, UPGRADE)
    (step,) = [step for step in found.steps if step.node == "gpu-1" and " upgrade " in step.command]
    assert step.back == "talosctl --nodes 192.0.2.21 rollback"
    (expected,) = [row for row in found.expected if row.pool == "gpu"]
    assert (expected.kernel, expected.driver, expected.cuda, expected.toolkit) == (
        "6.18.57-talos", "580.178.04", "13.0", "",
    )  # fmt: skip
    assert expected.unknown.startswith("toolkit: ")


def test_minors_are_passed_one_by_one() -> None:
    """The newest release of each that serves GPUs is named, in changes of their own."""
    found = rolled(PROFILE.replace("v1.12.11", "v1.11.6"), NEWER.replace("contract: v1.12", "contract: v1.11"), UPGRADE)
    assert found.releases == ("v1.11.6", "v1.12.12", "v1.13.12")
    assert found.blocked == (
        "Talos is upgraded one minor at a time: make v1.12.12 a change of its own, before v1.13.12",
    )
    assert found.steps == ()  # nobody shall copy what must not be run
    assert found.reboots == 6


def test_talos_does_not_go_back_a_minor() -> None:
    """A rollback of the node is something else."""
    found = rolled(NEWER, PROFILE, UPGRADE)
    assert "does not go back from v1.13.12 to v1.12.11" in found.blocked[0]
    assert found.steps == ()


def test_a_driver_change_touches_the_gpu_nodes_alone() -> None:
    """The others keep their image."""
    text = PROFILE.replace(
        "gpu: {model: RTX 2070 SUPER}", "gpu: {model: RTX 2070 SUPER}\n    driver: {track: production}"
    )
    found = rolled(PROFILE, text, {"gpu": ["node-upgrade"]})
    assert {step.node for step in found.steps if step.node} == {"gpu-1", "gpu-2"}
    assert not any("etcd" in line or "suspend" in line for line in commands(found))
    assert found.reboots == 2


def test_a_node_that_reboots_is_emptied_first() -> None:
    """Applied at once, the configuration would reboot it with all its pods."""
    found = rolled(PROFILE, PROFILE, {"gpu": ["reboot"]})
    own = [step.command for step in found.steps if step.node == "gpu-2"]
    assert own[0] == "kubectl drain gpu-2 --ignore-daemonsets --delete-emptydir-data"
    assert own[-2:] == ["talosctl --nodes 192.0.2.22 reboot", "kubectl uncordon gpu-2"]
    assert found.reboots == 2


def test_what_no_gpu_client_may_see_empties_the_gpu_nodes_around_the_release() -> None:
    """MIG and MPS change under everybody who uses the GPU."""
    found = rolled(PROFILE, PROFILE, {"": ["drain"]})
    lines = commands(found)
    drained, brought, back = (
        lines.index(text)
        for text in (
            "kubectl drain gpu-1 --ignore-daemonsets --delete-emptydir-data",
            "flux reconcile kustomization talos-gpu -n flux-system",
            "kubectl uncordon gpu-1",
        )
    )
    assert drained < brought < back
    assert found.reboots == 0


def test_taints_reach_registered_nodes_by_hand() -> None:
    """And leave them by hand."""
    tainted = PROFILE + "    taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]\n"
    come, gone = rolled(PROFILE, tainted, {"gpu": ["live"]}), rolled(tainted, PROFILE, {"gpu": ["live"]})
    assert "kubectl taint nodes gpu-1 nvidia.com/gpu=present:NoSchedule --overwrite" in commands(come)
    assert "kubectl taint nodes gpu-1 nvidia.com/gpu:NoSchedule-" in commands(gone)


def test_nodes_that_come_and_go() -> None:
    """One that is no longer described runs on until somebody takes it out."""
    more = PROFILE.replace("gpu-2: {address: 192.0.2.22,", "gpu-3: {address: 192.0.2.23,")
    found = rolled(PROFILE, more, {"gpu": ["live"]})
    assert "Bring gpu-3 into the cluster" in titles(found)
    assert "talosctl --nodes 192.0.2.22 reset --graceful --reboot" in commands(found)


def with_causes(pool: str, causes: Mapping[str, Verdict]) -> ClusterImpact:
    """What it costs single nodes of a pool."""
    told = tuple(replace(cause(verdict), nodes=(node,)) for node, verdict in causes.items())
    return ClusterImpact("homelab", "changed", ("", ""), (ScopeImpact(pool, (), told),), ScopeImpact("", (), ()))


def test_what_concerns_one_node_leaves_the_others_alone() -> None:
    """One is upgraded, one is taken out, and nobody touches a third."""
    more = PROFILE.replace("nodes: {gpu-1:", "nodes: {gpu-0: {address: 192.0.2.20}, gpu-1:")
    found = rollout(
        with_causes("gpu", {"gpu-2": "node-upgrade", "gpu-0": "drain"}), plan(more), plan(PROFILE), CATALOGUE
    )
    assert {step.node for step in found.steps if step.node} == {"gpu-0", "gpu-2"}
    assert found.reboots == 1


def test_a_node_that_joins_is_not_told_anything_before() -> None:
    """It is installed with all that its pool is told."""
    more = PROFILE.replace("nodes: {gpu-1:", "nodes: {gpu-0: {address: 192.0.2.20}, gpu-1:")
    found = rollout(with_causes("gpu", {"gpu-0": "live"}), plan(PROFILE), plan(more), CATALOGUE)
    assert [step.title for step in found.steps if step.node] == ["Bring gpu-0 into the cluster"]


def test_a_node_that_moves_is_told_all_that_its_new_pool_is_told() -> None:
    """Not its image alone; and no other node is."""
    own = "gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}"
    moved = PROFILE.replace(f", {own}", "") + f"  other:\n    gpu: {{model: RTX 2070 SUPER}}\n    nodes: {{{own}}}\n"
    found = rollout(with_causes("other", {"gpu-2": "node-upgrade"}), plan(PROFILE), plan(moved), CATALOGUE)
    titles_ = [step.title for step in found.steps if step.node == "gpu-2"]
    assert titles_[1:3] == ["Patch gpu-2", "Edit on gpu-2 what changed in patches/other/10-kernel-modules.yaml"]
    assert {step.node for step in found.steps if step.node} == {"gpu-2"}
    assert found.reboots == 1


def test_a_declared_release_is_one_of_its_minor() -> None:
    """Who declares it is not held back; the minors between still count."""
    declared = NEWER.replace("v1.13.12", "v1.13.99") + "catalogue: {talos: {v1.13.99: {sameAs: v1.13.12}}}\n"
    assert rolled_in(PROFILE, declared).blocked == ()
    assert rolled_in(declared, declared.replace("pools:", "pools:\n  more: {}")).blocked == ()
    assert rolled_in(PROFILE.replace("v1.12.11", "v1.11.6"), declared).releases == ("v1.11.6", "v1.12.12", "v1.13.99")
    assert "does not go back" in rolled_in(declared, PROFILE).blocked[0]


def rolled_in(before: str, after: str) -> Rollout:
    """An upgrade, with the facts that each profile declares."""
    plans = []
    for text in (before, after):
        loaded = parse_profile(text.encode(), "profiles/homelab.yaml")
        own = loaded.profile.catalogue.model_dump(by_alias=True, exclude_unset=True)
        plans.append(plan_cluster(loaded, load_catalogue(own)))
    return rollout(impact(UPGRADE), *plans, CATALOGUE)


def test_a_pool_without_nodes_is_told_with_placeholders() -> None:
    """How often its nodes reboot is not known."""
    text = PROFILE.replace(
        "    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}}\n",
        "",
    )
    found = rolled(text, text, {"gpu": ["node-upgrade"]})
    assert any("NODE_ADDRESS upgrade" in line for line in commands(found))
    assert found.reboots is None


def test_a_new_cluster_follows_its_runbook_and_a_removed_one_the_old() -> None:
    """Both are more than a change."""
    assert titles(rolled(None, PROFILE, {}, "added")) == ["Follow dist/homelab/README.md, First installation"]
    (gone,) = titles(rolled(PROFILE, None, {}, "removed"))
    assert "Removing it" in gone


def test_without_a_plan_of_the_new_state_no_step_is_guessed() -> None:
    """Its profile is refused."""
    found = rolled(PROFILE, None, {"gpu": ["live"]})
    assert found.steps == ()
    assert found.blocked


def test_what_costs_nothing_needs_no_step() -> None:
    """A changed runbook is no work."""
    assert rolled(PROFILE, PROFILE, {"gpu": ["none"]}).steps == ()


def test_every_row_names_its_source_and_an_id_of_its_own() -> None:
    """As every fact does."""
    found = rows()
    assert len({row.id for row in found}) == len(found)
    assert all(row.source and row.title and row.note for row in found)


@pytest.mark.parametrize("layout", ["talosctl", "talhelper", "topf"])
def test_with_a_new_release_the_image_comes_before_the_configuration(layout: str) -> None:
    """The old release still needs what the new configuration lacks: without its sysctl no legacy container gets a GPU."""
    texts = (text.replace("layout: talosctl", f"layout: {layout}") for text in (PROFILE, NEWER))
    found = rolled(*texts, {"cp": ["node-upgrade"], "gpu": ["node-upgrade", "live"]})
    own = [step.command for step in found.steps if step.node == "gpu-1"]
    image = next(place for place, line in enumerate(own) if "upgrade" in line)
    told = [place for place, line in enumerate(own) if any(word in line for word in (" apply", "patch mc", "edit mc"))]
    assert image == 0
    assert told
    assert image < min(told)
    assert len(own) == len(set(own))


def test_what_waits_for_a_reboot_behind_the_new_image_gets_one_more() -> None:
    """The configuration reaches the node when it has rebooted into the image already."""
    found = rolled(PROFILE, NEWER, {"gpu": ["node-upgrade", "reboot"]})
    own = [step.command for step in found.steps if step.node == "gpu-2"]
    assert own[-2:] == [
        "talosctl --nodes 192.0.2.22 reboot",
        "kubectl wait --for=condition=Ready node/gpu-2 --timeout=15m",
    ]
    assert found.reboots == 4


def test_with_a_driver_change_one_reboot_does_for_image_and_configuration() -> None:
    """The release is the same, so the node reads the configuration before its image comes."""
    text = PROFILE.replace("SUPER}", "SUPER}\n    driver: {track: production}")
    found = rolled(PROFILE, text, {"gpu": ["node-upgrade", "reboot"]})
    own = [step.command for step in found.steps if step.node == "gpu-2"]
    assert not any(line.endswith(" reboot") for line in own)
    assert found.reboots == 2


def test_a_cluster_that_keeps_the_device_plugin_keeps_its_runtime_class() -> None:
    """Only the operator makes one of its own."""
    found = rolled(PROFILE, NEWER.replace("gpu-operator", "device-plugin"), UPGRADE)
    assert "kubectl delete runtimeclass nvidia" not in commands(found)
    assert "kubectl delete helmrelease nvidia-device-plugin -n nvidia-device-plugin --wait" in commands(found)


@pytest.mark.parametrize("talos", ["v1.12.11", "v1.13.12"])
def test_one_stack_goes_before_the_other_comes_where_the_release_stays(talos: str) -> None:
    """The engine is held back: it would make again what is deleted, or bring the new stack beside the old one."""
    text = PROFILE.replace("talos: v1.12.11", f"talos: {talos}")
    found = rolled(text, text.replace("device-plugin", "gpu-operator"), {"": ["recreate"]})
    told = commands(found)
    order = [
        "flux suspend kustomization talos-gpu -n flux-system",
        "kubectl delete helmrelease nvidia-device-plugin -n nvidia-device-plugin --wait",
        "kubectl delete runtimeclass nvidia",
        "git pull --ff-only",
        "flux resume kustomization talos-gpu -n flux-system",
        "flux reconcile kustomization talos-gpu -n flux-system",
    ]
    assert [line for line in told if line in order] == order
    assert "nodes still run" not in next(step.note for step in found.steps if step.command == order[0])


def machine(verdict: Verdict, rule: str, **more: tuple[str, ...]) -> ClusterImpact:
    """A change of the machine configuration of the pool gpu, by a row of the facts."""
    one = replace(cause(verdict), rule=rule, **more)  # type: ignore[arg-type]
    return ClusterImpact(
        "homelab", "changed", ("", ""), (ScopeImpact("gpu", ("gpu-1", "gpu-2"), (one,)),), ScopeImpact("", (), ())
    )


@pytest.mark.parametrize("rule", ["registry-mirror", "component-image", "gpu-label-gone", "hostname"])
def test_a_machine_configuration_is_brought_to_the_nodes_whatever_its_verdict(rule: str) -> None:
    """Another mirror is a danger, and still has to reach the nodes."""
    verdict = next(row.verdict for row in impact_rules() if row.id == rule)
    found = rollout(machine(verdict, rule), plan(PROFILE), plan(PROFILE), CATALOGUE)
    assert {step.node for step in found.steps if "patch mc" in step.command} == {"gpu-1", "gpu-2"}


@pytest.mark.parametrize(("layout", "told"), [("talosctl", 2), ("topf", 0), ("talhelper", 0)])
def test_what_a_patch_cannot_take_away_is_taken_out_by_hand(layout: str, told: int) -> None:
    """talosctl merges a patch into what the node has; the other tools bring a whole config."""
    text = PROFILE.replace("layout: talosctl", f"layout: {layout}")
    gone = ("machine.sysctls", "machine.nodeLabels.a")
    found = rollout(machine("live", "field-live", gone=gone), plan(text), plan(text), CATALOGUE)
    own = [step for step in found.steps if step.title.startswith("Take out of the machine config of gpu-")]
    assert len(own) == told
    assert all(step.title.endswith(": machine.sysctls, machine.nodeLabels.a") for step in own)
    assert all(step.command == f"talosctl --nodes 192.0.2.2{step.node[-1]} edit mc" for step in own)


CUT = PROFILE.replace("v1.12.11", "v1.13.12").replace(
    "RTX 2070 SUPER}", "A100 SXM4 80GB}\n    mig: {strategy: single, profile: 1g.10gb}"
)


@pytest.mark.parametrize(
    ("stack", "title", "line"),
    [
        ("gpu-operator", "Wait until the GPUs of gpu-1 are cut", "kubectl get node gpu-1 -o "),
        ("device-plugin", "Cut the GPUs of gpu-1 into 2g.20gb", ""),
    ],
)
def test_no_pod_comes_back_before_the_gpus_have_their_new_layout(stack: str, title: str, line: str) -> None:
    """The operator cuts them; with the device plugin nothing here does, so a person is told to."""
    old = CUT.replace("device-plugin", stack)
    found = rolled(old, old.replace("1g.10gb", "2g.20gb"), {"gpu": ["drain"]})
    own = [step for step in found.steps if step.node == "gpu-1"]
    (place,) = [place for place, step in enumerate(own) if step.title == title]
    assert own[place].command.startswith(line)
    assert "kubectl drain gpu-1" in own[0].command
    assert own[place + 1].command == "kubectl uncordon gpu-1"
    assert not [step for step in rolled(old, old, {"gpu": ["drain"]}).steps if step.title == title]


def test_what_would_be_lost_is_looked_at_before_the_change_is_merged() -> None:
    """Afterwards nothing is left to look at."""
    told = titles(rolled(PROFILE, PROFILE, {"": ["data-loss"]}))
    assert told.index("Keep what would be lost with a thing") < told.index(
        "Merge the change, and bring it into your clone"
    )
