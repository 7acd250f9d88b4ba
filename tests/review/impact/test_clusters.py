"""Whole clusters on their way from one profile to another, rendered at both ends."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.output import ledger
from talos_gpu.review.impact.cluster import impacts
from talos_gpu.review.impact.verdict import VERDICTS
from talos_gpu.review.profiles import plans_of
from talos_gpu.review.rollout import rollout
from talos_gpu.review.states import State, difference
from talos_gpu.review.tree import Entry, MemoryTree

PROFILE = """\
cluster: a
talos: v1.13.9
kubernetes: v1.35.2
endpoint: https://192.0.2.10:6443
layout: talosctl
delivery: plain
stack: {kind: gpu-operator, chart: {version: v26.3.3}}
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: L40S}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
"""
ARGOCD = "delivery: {engine: argocd, source: {repoURL: https://git.example.org/a.git}}"
LAYOUTS, ENGINES = ("talosctl", "talhelper", "topf", "opentofu"), ("plain", "flux", "argocd")


def made(layout: str = "talosctl", engine: str = "plain") -> str:
    """The profile for a layout and an engine."""
    delivery = ARGOCD if engine == "argocd" else f"delivery: {engine}"
    return PROFILE.replace("layout: talosctl", f"layout: {layout}").replace("delivery: plain", delivery)


def with_pool(profile: str, keys: str) -> str:
    """The profile with more keys in its GPU pool."""
    return profile.replace("  gpu:\n", f"  gpu:\n    {keys}\n", 1)


def verdicts(impact) -> dict[str, str]:
    """Scope to verdict; the Kubernetes side has no name."""
    return {scope.name: scope.verdict for scope in impact.scopes}


def rules_of(impact, scope: str = "") -> set[str]:
    """The rows that decide in a scope, but for those without effect."""
    (found,) = [one for one in impact.scopes if one.name == scope]
    return {cause.rule for cause in found.causes if cause.verdict != "none"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layout", LAYOUTS)
class TestInEveryLayoutAndByEveryEngine:
    def test_a_changed_label_is_live_on_its_pool_alone(self, between, layout, engine):
        """Talos writes it to the node object."""
        before = made(layout, engine)
        impact = between(before, with_pool(before, "labels: {example.org/rack: a1}"))
        assert verdicts(impact) == {"cp": "none", "gpu": "live", "": "none"}
        assert rules_of(impact, "gpu") == {"node-labels"}
        assert not impact.notes

    def test_another_extension_is_an_upgrade_of_its_pool(self, between, layout, engine):
        """With the name that came."""
        before = made(layout, engine)
        impact = between(before, with_pool(before, "extensions: [iscsi-tools]"))
        assert verdicts(impact) == {"cp": "none", "gpu": "node-upgrade", "": "none"}
        (cause,) = [cause for cause in impact.causes if cause.verdict == "node-upgrade"]
        assert cause.rule == "schematic-changed"
        assert "siderolabs/iscsi-tools" in cause.after
        assert cause.back.startswith("talosctl --nodes 192.0.2.21 rollback, node by node")

    def test_another_release_upgrades_every_pool(self, between, layout, engine):
        """And nothing is told twice: the installer in machine.install has no effect."""
        before = made(layout, engine)
        impact = between(before, before.replace("v1.13.9", "v1.13.10"))
        assert impact.talos == ("v1.13.9", "v1.13.10")
        assert {"talos-changed"} <= rules_of(impact, "cp")
        assert {"talos-changed"} <= rules_of(impact, "gpu")
        assert "unknown" not in verdicts(impact).values()

    def test_a_file_of_the_user_reboots_up_to_1_13(self, between, layout, engine):
        """Undrained, when the config is applied."""
        patch = "patches: [{machine: {files: [{op: create, path: /var/etc/a, content: a, permissions: 0o644}]}}]"
        before = made(layout, engine)
        impact = between(before, with_pool(before, patch))
        assert verdicts(impact)["gpu"] == "reboot"
        assert rules_of(impact, "gpu") == {"files-reboot"}
        assert verdicts(impact)["cp"] == "none"

    def test_another_chart_rolls_what_it_deploys(self, between, layout, engine):
        """By whatever tells its version."""
        before = made(layout, engine)
        impact = between(before, before.replace("v26.3.3", "v26.3.2"))
        assert verdicts(impact) == {"cp": "none", "gpu": "none", "": "restart-pods"}
        expected = {"plain": "chart-version-by-hand", "flux": "release-version", "argocd": "application-chart-version"}
        assert rules_of(impact) == {expected[engine]}

    def test_time_slicing_says_from_how_many_to_how_many(self, between, layout, engine):
        """The nodes advertise another number."""
        before = made(layout, engine)
        impact = between(before, with_pool(before, "sharing: {timeSlicing: {replicas: 4}}"))
        assert verdicts(impact)["gpu"] == verdicts(impact)[""] == "restart-pods"
        (cause,) = [cause for cause in impact.causes if cause.rule == "allocatable"]
        assert (cause.before, cause.after) == ("nvidia.com/gpu: 1", "nvidia.com/gpu: 4")


RICH = (
    made().replace("talos: v1.13.9", "talos: v1.13.9\ncontract: v1.13")
    + """\
    labels: {example.org/rack: a1}
    modules: [{name: nbd, parameters: [nbds_max=64]}]
    patches: [{machine: {files: [{op: create, path: /var/etc/a, content: a, permissions: 0o644}]}}]
"""
)


@pytest.mark.parametrize(("before", "after"), tuple(permutations(LAYOUTS, 2)))
def test_another_layout_tells_the_nodes_the_same(between, before, after):
    """One tells each node, another all nodes of a pool; only topf names the hosts in documents of their own."""
    impact = between(*(RICH.replace("layout: talosctl", f"layout: {layout}") for layout in (before, after)))
    expected = "live" if "topf" in {before, after} else "none"
    assert verdicts(impact) == {"cp": expected, "gpu": expected, "": "none"}
    assert rules_of(impact, "gpu") <= {"hostname-document-same"}


MOVING = (
    made()
    + """\
  other:
    gpu: {model: L40S}
    labels: {example.org/rack: a1}
    nodes: {gpu-3: {address: 192.0.2.23, installDisk: /dev/sda}}
"""
)
WITH_GPU_2 = "gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}"


@pytest.mark.parametrize("image", ["alike", "another"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_node_that_moves_to_another_pool_costs_nobody_else(between, layout, image):
    """It is told what its new pool is told, and gets its image where that is another one."""
    text = MOVING.replace("layout: talosctl", f"layout: {layout}")
    if image == "another":
        text = text.replace("    labels:", "    kernelArgs: [mitigations=off]\n    labels:")
    before = text.replace("gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}", WITH_GPU_2)
    after = text.replace("{gpu-3:", "{gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}, gpu-3:")
    impact = between(before, after)
    expected = "live" if image == "alike" else "node-upgrade"
    assert verdicts(impact) == {"cp": "none", "gpu": "none", "other": expected, "": "none"}
    assert "node-labels" in rules_of(impact, "other")
    (other,) = [scope for scope in impact.pools if scope.name == "other"]
    assert {cause.nodes for cause in other.causes if cause.verdict != "none"} == {("gpu-2",)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_unlike_dialect_is_compared_by_what_it_means(between, layout):
    """The modules are the same; which dialect the nodes are in is what nobody knows, and that is said."""
    before = made(layout)
    impact = between(before, before.replace("v1.13.9", "v1.14.6"))
    rules = {cause.rule for cause in impact.causes}
    assert "talos-changed" in rules
    assert not {"module-removed", "module-document-added"} & rules
    assert ("dialect-changed" in rules) == (layout != "talhelper"), "the last talhelper writes the old dialect alone"


def test_into_1_13_the_device_plugin_must_go_first(between):
    """The stack changes with the era, and the RuntimeClass goes."""
    before = made(engine="flux").replace("v1.13.9", "v1.12.11").replace("v1.35.2", "v1.34.1")
    before = before.replace("stack: {kind: gpu-operator, chart: {version: v26.3.3}}", "stack: device-plugin")
    impact = between(before, made(engine="flux"))
    assert {"stack-kind", "release-gone", "runtime-class-gone", "namespace-removed"} & rules_of(impact) >= {
        "stack-kind",
        "release-gone",
        "runtime-class-gone",
    }
    (cause,) = [cause for cause in impact.causes if cause.rule == "stack-kind"]
    assert (cause.before, cause.after) == ("device-plugin", "gpu-operator")
    assert "delete runtimeclass" in cause.do
    assert verdicts(impact)["gpu"] == "node-upgrade"


def test_a_label_that_moves_to_another_patch_costs_nothing(rendered, cost):
    """All patches together tell the nodes the same."""
    files = rendered(with_pool(made(), "labels: {example.org/rack: a1}"))
    place = "dist/a/talos/patches/gpu"
    before = {**files, f"{place}/95-own.yaml": b"machine: {sysctls: {a: '1'}}\n"}
    after = {name: content for name, content in before.items() if name != f"{place}/30-node-labels.yaml"}
    after[f"{place}/95-own.yaml"] = b"machine: {sysctls: {a: '1'}, nodeLabels: {example.org/rack: a1}}\n"
    impact = cost(before, after)
    assert verdicts(impact)["gpu"] == "none"
    assert "patches-same" in {cause.rule for cause in impact.causes}


def test_an_entry_that_stands_in_two_patches_is_seen_twice(rendered, cost):
    """Lists grow: a second patch with the same module is another config."""
    files = rendered(made())
    after = {**files, "dist/a/talos/patches/gpu/95-own.yaml": b"machine: {kernel: {modules: [{name: nvidia}]}}\n"}
    impact = cost(files, after)
    (cause,) = [cause for cause in impact.causes if cause.rule == "module-added"]
    assert cause.path == "machine.kernel.modules[name=nvidia #2]"


def test_a_taint_is_told_with_the_command_that_sets_it(between):
    """For the nodes of its pool, quoted."""
    impact = between(made(), with_pool(made(), "taints: [{key: a/b, value: c, effect: NoSchedule}]"))
    (cause,) = [cause for cause in impact.causes if cause.rule == "taint-added"]
    assert (cause.do, cause.back) == (
        "kubectl taint node gpu-1 a/b=c:NoSchedule",
        "kubectl taint node gpu-1 a/b=c:NoSchedule-",
    )
    assert "kubelet-taints" in rules_of(impact, "gpu")


def test_clusters_come_and_go(rendered):
    """A new one disturbs nothing; the namespace of one that goes is deleted with all that is in it."""
    files = rendered(made(engine="flux"))
    nothing = {"profiles/a.yaml": files["profiles/a.yaml"]}
    came, went = (
        difference(*(State.of(MemoryTree(name, tree), "dist") for name, tree in (("before", one), ("after", other))))
        for one, other in ((nothing, files), (files, nothing))
    )
    (new,) = impacts(came, plans_of(came))
    assert (new.status, new.verdict) == ("added", "live")
    assert {cause.rule for cause in new.causes} == {"cluster-added"}
    (gone,) = impacts(went, plans_of(went))
    assert (gone.status, gone.verdict) == ("removed", "data-loss")
    rules = {cause.rule for cause in gone.causes}
    assert {"cluster-removed", "namespace-removed", "engine-object-gone-with-namespace"} <= rules


def test_a_new_ledger_beside_old_files_is_no_new_cluster(rendered):
    """Who renders into a folder that was there changes what runs."""
    files = rendered(made(engine="flux"))
    before = {name: content for name, content in files.items() if not name.endswith(".talos-gpu.json")}
    found = difference(*(State.of(MemoryTree(name, tree), "dist") for name, tree in (("b", before), ("a", files))))
    (impact,) = impacts(found, plans_of(found))
    assert (impact.status, impact.verdict) == ("changed", "unknown")


@pytest.mark.parametrize("network", ["192.0.2.", "198.51.100."])
def test_nodes_that_go_in_one_cluster_and_come_in_another_are_not_to_be_reset(rendered, network):
    """Somebody gave the cluster another name: its machines run on. With other addresses it is another cluster."""
    text = made(engine="flux")
    assert "192.0.2." in text
    old, new = rendered(text), rendered(text.replace("cluster: a\n", "cluster: b\n").replace("192.0.2.", network))
    found = difference(*(State.of(MemoryTree(name, tree), "dist") for name, tree in (("b", old), ("a", new))))
    told = {impact.name: impact for impact in impacts(found, plans_of(found))}
    assert {name: impact.status for name, impact in told.items()} == {"a": "removed", "b": "added"}
    rules = {name: {cause.rule for cause in impact.causes} for name, impact in told.items()}
    same = network == "192.0.2."
    assert all(("cluster-renamed" in of_one) == same for of_one in rules.values())
    assert ("cluster-removed" in rules["a"], "cluster-added" in rules["b"]) == (not same, not same)
    steps = rollout(told["b"], None, plans_of(found)["b"][1].plan, load_catalogue())
    assert bool(steps.blocked) == same
    assert not same or [step.command for step in steps.steps] == [""]


def test_a_ledger_alone_that_goes_takes_no_cluster_along(rendered):
    """Nobody is told to reset nodes whose files still lie there."""
    files = rendered(made(engine="flux"))
    after = {name: content for name, content in files.items() if not name.endswith(".talos-gpu.json")}
    found = difference(*(State.of(MemoryTree(name, tree), "dist") for name, tree in (("b", files), ("a", after))))
    (impact,) = impacts(found, plans_of(found))
    assert (impact.status, {scope.verdict for scope in impact.scopes}) == ("changed", {"unknown"})
    assert any("is not there" in note for note in impact.notes)


def test_another_tool_alone(rendered, cost):
    """Nothing that anybody applies changed."""
    files = rendered(made())
    place = "dist/a/.talos-gpu.json"
    other = ledger.to_bytes(replace(ledger.parse(files[place], place), code="1" * 64))
    impact = cost(files, {**files, place: other})
    assert impact.verdict == "none"
    assert [cause.rule for cause in impact.causes] == ["ledger-only"]


class _Modes(MemoryTree):
    """A tree whose files can be executed."""

    def entries(self, folders):
        return {path: Entry(entry.id, "executable") for path, entry in super().entries(folders).items()}


class _Links(MemoryTree):
    """A tree whose namespace is a link."""

    def entries(self, folders):
        found = super().entries(folders)
        return {path: Entry(entry.id, "link") if "namespace" in path else entry for path, entry in found.items()}

    def read(self, entries):
        return super().read({path: entry for path, entry in entries.items() if entry.has_content})


def _with(rendered, kind):
    files = rendered(made(engine="flux"))
    found = difference(State.of(MemoryTree("b", files), "dist"), State.of(kind("a", files), "dist"))
    (impact,) = impacts(found, plans_of(found))
    return impact


def test_the_mode_of_a_file(rendered):
    """Nothing is executed where it lies."""
    impact = _with(rendered, _Modes)
    assert {cause.rule for cause in impact.causes} == {"mode"}
    assert impact.verdict == "none"


def test_a_file_that_becomes_a_link_is_unknown(rendered):
    """Whatever it leads to."""
    impact = _with(rendered, _Links)
    assert impact.verdict == "unknown"
    assert any(cause.rule == "no-rule" and "namespace.yaml" in cause.subject for cause in impact.causes)


def test_what_no_row_tells_is_unknown_and_says_so(rendered, cost):
    """A field of a kind that nobody wrote down."""
    files = rendered(made(engine="flux"))
    place = "dist/a/flux/stack.yaml"
    impact = cost(files, {**files, place: files[place].replace(b"spec:\n", b"spec:\n  suspend: true\n")})
    (cause,) = [cause for cause in impact.causes if cause.verdict == "unknown"]
    assert (cause.rule, cause.path, cause.source) == ("no-rule", "spec.suspend", "")
    assert cause.why.startswith("Nobody has written down")
    assert cause.do


def test_without_the_running_release_what_depends_on_it_is_unknown(rendered, cost):
    """The ledger says nonsense, and no profile lies there."""
    files = dict(rendered(made()))
    place = "dist/a/.talos-gpu.json"
    known = ledger.parse(files[place], place)
    files[place] = ledger.to_bytes(replace(known, row={**known.row, "talos": "soon"}))
    del files["profiles/a.yaml"]
    impact = cost(files, {**files, "dist/a/talos/patches/gpu/95-own.yaml": b"machine: {udev: {rules: [a]}}\n"})
    (cause,) = [cause for cause in impact.causes if cause.verdict == "unknown"]
    assert "which Talos release" in cause.why
    assert any("profiles/a.yaml is not there" in note for note in impact.notes)


def test_without_a_plan_the_files_still_tell(rendered, cost):
    """Pools come from the schematics, the release from the ledger; the note says what was refused, and where."""
    files = dict(rendered(made()))
    broken = {**files, "profiles/a.yaml": b"cluster: a\ntalos: v1.13.9\npools: {gpu: {gpu: {modell: L40S}}}\n"}
    place = "dist/a/talos/schematics/gpu.yaml"
    impact = cost(files, {**broken, place: files[place].replace(b"nvidia-container", b"nvidia-other")})
    assert {scope.name for scope in impact.pools} == {"cp", "gpu"}
    assert verdicts(impact)["gpu"] == "node-upgrade"
    assert any(note.startswith("after: no plan: profiles/a.yaml:3:") for note in impact.notes)


def test_a_patch_that_cannot_be_read_is_unknown(rendered, cost):
    """Nobody knows what the node makes of it."""
    files = rendered(made())
    impact = cost(files, {**files, "dist/a/talos/patches/gpu/95-own.yaml": b"machine: {sysctls: [\n"})
    assert verdicts(impact)["gpu"] == "unknown"


def test_causes_of_one_row_are_told_once(rendered, cost):
    """With what they have in common, and three examples."""
    files = rendered(made())
    many = ", ".join(f"example.org/{number}: x{number}" for number in range(5))
    after = {**files, "dist/a/talos/patches/gpu/95-own.yaml": f"machine: {{nodeLabels: {{{many}}}}}\n".encode()}
    first = {**files, "dist/a/talos/patches/gpu/95-own.yaml": b"machine: {nodeLabels: {a: b}}\n"}
    impact = cost(first, after)
    (cause,) = [cause for cause in impact.causes if cause.rule == "node-labels"]
    assert cause.path == "machine.nodeLabels"
    assert cause.after == "x0, x1, x2 and 2 more"
    assert cause.kind == "changed"


@pytest.mark.parametrize(("layout", "engine"), [("talosctl", "flux"), ("topf", "argocd"), ("talhelper", "plain"), ("opentofu", "flux")])  # fmt: skip
def test_no_change_of_any_file_is_passed_over(rendered, layout, engine):
    """Each file is taken away, emptied, and gets a key that nobody knows: a cause stands at its place each time."""
    files = rendered(made(layout, engine))
    plans = None
    for path, content in files.items():
        if not path.startswith("dist/") or path.endswith(".talos-gpu.json"):
            continue
        gone = {name: text for name, text in files.items() if name != path}
        odd = {**files, path: content + b"\nodd: 1\n"}
        for after in (gone, {**files, path: b""}, odd):
            states = (State.of(MemoryTree(name, tree), "dist") for name, tree in (("before", files), ("after", after)))
            found = difference(*states)
            plans = plans or plans_of(found)  # no profile changes here
            (impact,) = impacts(found, plans)
            assert path in {cause.place.file for cause in impact.causes}, (path, impact.causes)
            if after is odd and re.search(r"/(kubernetes|flux|argocd)/[^v][^/]*\.yaml$", path):
                assert impact.verdict == "unknown", (path, impact.causes)


def test_the_worst_comes_first(between):
    """In the cluster, and in each scope."""
    impact = between(
        made(engine="flux"),
        with_pool(made(engine="flux"), "sharing: {timeSlicing: {replicas: 4}}").replace("v1.13.9", "v1.13.10"),
    )
    order = [VERDICTS.index(cause.verdict) for cause in impact.causes]
    assert order == sorted(order, reverse=True)
    assert len(set(impact.causes)) == len(impact.causes)


def test_no_secret_is_told(rendered, cost):
    """Though somebody committed one."""
    files = rendered(made())
    patch = "machine: {registries: {config: {a.example.org: {auth: {username: a, password: PLACE}}}}}\n"
    place = "dist/a/talos/patches/gpu/95-own.yaml"
    impact = cost(*({**files, place: patch.replace("PLACE", word).encode()} for word in ("hunter1", "hunter2")))
    assert verdicts(impact)["gpu"] == "reboot"
    assert "hunter" not in str(impact)
