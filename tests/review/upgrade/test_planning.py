"""An upgrade is told as an operator of Talos would judge it, and what nobody knows is not called safe."""

from __future__ import annotations

import pytest
from upgraded_profiles import OPERATOR, TURING, VOLTA, at

from talos_gpu.errors import NotUnderstood, Refused
from talos_gpu.review.upgrade import Hop, Way


def only(hops: tuple[Hop, ...]) -> Hop:
    (hop,) = hops
    return hop


def written(way: Way) -> list[str]:
    return [f"{line.sign}{line.number} {line.text}" for line in way.change.lines]


def titles(way: Way) -> list[str]:
    return [step.title for step in way.rollout.steps] if way.rollout else []


def proposed(hop: Hop) -> Way:
    assert hop.proposed is not None
    return hop.proposed


def test_a_device_plugin_cluster_passes_three_minors_each_in_a_change_of_its_own(upgraded) -> None:
    """Every hop starts at what the one before came to; the newest release of each minor that serves GPUs is taken."""
    found = upgraded(TURING, "v1.14.6")
    assert found.releases == ("v1.11.5", "v1.12.12", "v1.13.12", "v1.14.6")
    assert [hop.way.verdict for hop in found.hops] == ["safe with steps", "safe with steps", "safe"]
    assert (found.verdict, found.reboots) == ("safe with steps", 6)


def test_contract_and_kubernetes_are_written_down_before_a_default_moves_along(upgraded) -> None:
    """An upgrade of Talos changes neither; talhelper would take Kubernetes up with the config otherwise."""
    found = upgraded(TURING, "v1.14.6")
    assert written(found.hops[0].way) == [
        "-2 talos: v1.11.5", "+2 talos: v1.12.12", "+3 contract: v1.11", "+4 kubernetes: v1.34.1",
    ]  # fmt: skip
    assert [written(hop.way) for hop in found.hops[1:]] == [
        ["-2 talos: v1.12.12", "+2 talos: v1.13.12"],
        ["-2 talos: v1.13.12", "+2 talos: v1.14.6"],
    ]
    assert len(found.notes) == 2
    kubernetes = [row for hop in found.hops for row in hop.way.decided if row.what == "Kubernetes"]
    assert kubernetes == []


def test_the_recommended_stack_is_proposed_beside_the_one_at_hand(upgraded) -> None:
    """The plugin still works in the cdi era, as users report; the vendor's recipe is the operator."""
    hop = upgraded(TURING, "v1.13.12").hops[1]
    assert hop.way.verdict == "safe with steps"
    assert "before the nodes: Uninstall the device plugin" in hop.way.reasons
    assert "Delete the RuntimeClass nvidia" not in titles(hop.way)
    other = proposed(hop)
    assert written(other)[-2:] == ["-7 stack: device-plugin", "+7 stack: gpu-operator"]
    assert "Delete the RuntimeClass nvidia" in titles(other)
    assert "the vendor tells users to remove it" in hop.proposal
    assert ("stack", "device-plugin", "gpu-operator") in {(row.what, row.before, row.after) for row in other.decided}


def test_what_is_followed_is_the_profile_as_it_is_where_that_works(upgraded) -> None:
    """A recommendation is never taken in silence."""
    found = upgraded(TURING, "v1.14.6")
    assert found.hops[1].proposed is not None
    assert not found.hops[2].follows_proposal
    assert not any("gpu-operator" in path for _, path in found.hops[2].way.files)


def test_values_of_a_chart_stop_the_proposal_of_another(upgraded) -> None:
    """Nobody translates them."""
    text = TURING.replace("stack: device-plugin", "stack: {kind: device-plugin, values: {gfd: {enabled: true}}}")
    hop = upgraded(text, "v1.13.12").hops[1]
    assert hop.proposed is None
    assert hop.proposal.endswith("another stack needs values of its own")


def test_a_card_that_its_track_leaves_behind_is_blocked_and_the_other_track_proposed(upgraded) -> None:
    """production goes from R570 to R595, and R580 was Volta's last."""
    hop = only(upgraded(VOLTA, "v1.13.12").hops)
    assert hop.way.verdict == "blocked"
    assert hop.way.rollout is None
    (loss,) = hop.way.losses
    assert (loss.pool, loss.kind, loss.answer) == ("v100", "gpu", "no")
    assert "580 is the last driver branch" in loss.why
    other = proposed(hop)
    assert other.verdict == "safe with steps"
    assert [line for line in written(other) if "driver" in line] == [
        "-9     driver: {track: production}",
        "+9     driver: {track: lts}",
    ]
    assert ("driver", "570.211.01", "580.178.04") in {(row.what, row.before, row.after) for row in other.decided}


def test_the_verdict_is_that_of_the_profile_as_it_stands(upgraded) -> None:
    """What it would be with the proposals stands beside it."""
    found = upgraded(VOLTA, "v1.14.6")
    assert (found.verdict, found.verdict_with_changes) == ("blocked", "safe with steps")
    assert found.hops[1].follows_proposal
    assert found.hops[1].way.verdict == "safe"


def test_a_gpu_that_both_tracks_leave_behind_has_no_proposal(upgraded) -> None:
    """Kepler ends with R470, so even the present profile is refused; Maxwell's last is R580."""
    text = at(VOLTA, "v1.12.11").replace("production", "lts").replace("Tesla V100 PCIe 16GB", "Quadro K2200")
    assert upgraded(text, "v1.13.12").verdict == "safe with steps"
    pinned = text.replace("{track: lts}", "{track: production, flavour: proprietary}")
    other = proposed(only(upgraded(pinned, "v1.13.12").hops))
    assert "+9     driver: {track: lts, flavour: proprietary}" in written(other)


def test_assertions_are_written_as_the_new_release_has_it(upgraded) -> None:
    """driver.version never selects: it must agree with what the release carries, and so must schematicId."""
    text = OPERATOR.replace("{model: L40S}", "{model: L40S}\n    driver: {track: lts, version: 580.126.20}")
    hop = only(upgraded(text, "v1.13.12").hops)
    assert (hop.way.verdict, hop.proposed) == ("safe with steps", None)
    assert [line for line in written(hop.way) if "driver" in line] == [
        "-12     driver: {track: lts, version: 580.126.20}",
        "+13     driver: {track: lts, version: 580.178.04}",
    ]


def test_a_schematic_id_that_is_asserted_follows_the_extensions(upgraded) -> None:
    """From production to lts other extensions belong into the image, so its id is another."""
    text = VOLTA.replace("production}", "production, version: 570.211.01}")
    old, new = (
        "26124abcbd408be693df9fe852c80ef1e6cc178e34d7d7d8430a28d1130b4227",
        "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7",
    )
    text = text.replace("    nodes:", f"    schematicId: {old}\n    nodes:")
    hop = only(upgraded(text, "v1.13.12").hops)
    assert hop.way.verdict == "blocked"
    assert [line for line in written(proposed(hop)) if line[0] == "+"] == [
        "+2 talos: v1.13.12",
        "+9     driver: {track: lts, version: 580.178.04}",
        f"+10     schematicId: {new}",
    ]


def test_an_extension_that_took_another_name_is_proposed_by_that(upgraded) -> None:
    """i915-ucode is i915 from 1.9 on."""
    text = at(OPERATOR, "v1.8.4").replace("v1.34.1", "v1.31.1")
    text = text.replace("L40S}", "L40S}\n    extensions: [iscsi-tools, siderolabs/i915-ucode]")
    hop = only(upgraded(text, "v1.9.6").hops)
    assert hop.way.verdict == "blocked"
    assert [line for line in written(proposed(hop)) if "extensions" in line and line[0] == "+"] == [
        "+13     extensions: [iscsi-tools, siderolabs/i915]"
    ]


def test_a_gpu_that_needs_a_newer_driver_than_its_track_has_is_blocked(upgraded) -> None:
    """Blackwell begins with R570; the release's other track has that."""
    declared = (
        "catalogue: {talos: {v1.12.77: {sameAs: v1.12.11, drivers: {lts: 535.247.01, production: 570.211.01}}}}\n"
    )
    text = at(OPERATOR, "v1.12.11").replace("L40S}", "RTX 5070 Ti}\n    driver: {track: lts}")
    hop = only(upgraded(text + declared, "v1.12.77").hops)
    assert hop.way.verdict == "blocked"
    assert any((loss.kind, loss.answer) == ("gpu", "no") for loss in hop.way.losses)
    assert "+12     driver: {track: production}" in written(proposed(hop))


def test_a_stack_that_the_profile_leaves_open_moves_with_the_era_and_that_is_told(upgraded) -> None:
    """The vendor's recipe changed from the plugin to the operator; its steps come with it."""
    hop = only(upgraded(TURING.replace("v1.11.5", "v1.12.11").replace("stack: device-plugin\n", ""), "v1.13.12").hops)
    assert hop.way.verdict == "safe with steps"
    assert "the profile leaves the stack open: it becomes gpu-operator instead of device-plugin" in hop.way.reasons
    assert {"Uninstall the device plugin", "Delete the RuntimeClass nvidia"} <= set(titles(hop.way))


def test_facts_of_the_repository_count(upgraded) -> None:
    """A file in catalogue/ declares a release for all profiles."""
    facts = "checked: 2026-11-28\nsource: the vendor's announcement\ntalos:\n  v1.14.77: {sameAs: v1.14.6}\n"
    found = upgraded(at(OPERATOR, "v1.14.6"), "v1.14.77", {"catalogue/v1.14.77.yaml": facts})
    assert found.verdict == "safe"


def test_what_broke_in_a_neighbour_of_the_release_is_unknown_in_it(upgraded) -> None:
    """Nobody says whether 1.12.11 still has what 1.12.0 had on lts; by default the planner avoids that track."""
    text = at(OPERATOR, "v1.11.6").replace("L40S}", "L40S}\n    driver: {track: lts}")
    hop = only(upgraded(text, "v1.12.11").hops)
    assert hop.way.verdict == "unknown"
    assert (
        "pool gpu: whether v1.12.11 has this, too, is not known: the loader cache of the lts toolkit"
        in hop.way.reasons[0]
    )
    assert only(upgraded(at(OPERATOR, "v1.11.6"), "v1.12.11").hops).way.verdict == "safe with steps"


def test_what_is_known_to_break_there_is_told_with_its_remedy(upgraded) -> None:
    """And not again where it was there before."""
    text = at(OPERATOR, "v1.11.6").replace("L40S}", "L40S}\n    driver: {track: lts}")
    hop = only(upgraded(text, "v1.12.0").hops)
    assert hop.way.verdict == "safe with steps"
    assert any("known trouble: the loader cache" in reason for reason in hop.way.reasons)
    assert "loader cache" not in str(upgraded(text.replace("v1.11.6", "v1.12.9"), "v1.12.11").hops[0].way.reasons)


def test_the_only_track_of_old_releases_goes_on_as_the_one_with_its_branch(upgraded) -> None:
    """single was R535, and so is lts then."""
    text = at(VOLTA, "v1.7.7").replace("v1.12", "v1.7").replace("v1.34.1", "v1.30.1").replace("production", "single")
    hop = only(upgraded(text, "v1.8.4").hops)
    assert "+9     driver: {track: lts}" in written(proposed(hop))


def test_the_operator_crosses_into_the_cdi_era_with_its_chart_and_without_the_bridge(upgraded) -> None:
    """The chart is not pinned, so its default follows the era; that is told, not asked."""
    hop = only(upgraded(OPERATOR, "v1.13.12").hops)
    assert (hop.way.verdict, hop.proposed) == ("safe with steps", None)
    decided = {row.what: (row.before, row.after) for row in hop.way.decided}
    assert decided["chart gpu-operator"] == ("v25.10.1", "v26.3.3")
    assert decided["validation bridge"] == ("rendered", "none")
    assert ("removed", "dist/homelab/kubernetes/validation-bridge.yaml") in hop.way.files
    assert hop.way.findings == ()
    assert titles(hop.way).index("Hold the delivery engine back, before the change is merged") < titles(hop.way).index(
        "Merge the change, and bring it into your clone"
    )


def test_a_pinned_chart_that_the_new_era_refuses_is_a_finding_and_not_moved(upgraded) -> None:
    """The era's own version is proposed."""
    text = OPERATOR.replace("{kind: gpu-operator}", '{kind: gpu-operator, chart: {version: "v25.10.1"}}')
    hop = only(upgraded(text, "v1.13.12").hops)
    assert hop.way.verdict == "blocked"
    assert [finding.path for finding in hop.way.findings] == ["stack.chart.version"]
    assert '+7 stack: {kind: gpu-operator, chart: {version: "v26.3.3"}}' in written(proposed(hop))


def test_within_an_era_nothing_is_to_be_done_but_the_nodes(upgraded) -> None:
    """1.14 reads the config that 1.13 generated; the contract stays."""
    hop = only(upgraded(at(OPERATOR, "v1.13.12"), "v1.14.6").hops)
    assert (hop.way.verdict, hop.way.reasons, hop.way.findings) == ("safe", (), ())
    assert "+3 contract: v1.13" in written(hop.way)
    assert hop.way.impact is not None
    assert {scope.name: scope.verdict for scope in hop.way.impact.scopes} == {
        "cp": "node-upgrade", "gpu": "node-upgrade", "": "none",
    }  # fmt: skip
    assert hop.way.rollout is not None
    assert hop.way.rollout.reboots == 3
    assert [row.driver for row in hop.way.rollout.expected if row.pool == "gpu"] == ["580.196.07"]


def test_a_patch_release_keeps_the_contract_that_nobody_wrote(upgraded) -> None:
    """Its default is the same minor."""
    found = upgraded(at(OPERATOR, "v1.13.9"), "v1.13.12")
    assert written(only(found.hops).way) == ["-2 talos: v1.13.9", "+2 talos: v1.13.12"]
    assert found.verdict == "safe"


def test_a_preview_era_is_unknown(upgraded) -> None:
    """The vendor's values for 1.15 could not be read in full."""
    hop = only(upgraded(at(OPERATOR, "v1.14.6"), "v1.15.0-beta.0").hops)
    assert hop.way.verdict == "unknown"
    assert "the era nri is a preview: not all of its facts could be read" in hop.way.reasons
    assert "+3 contract: v1.14" in written(hop.way)


def test_the_device_plugin_ends_with_the_toolkit_in_the_extension(upgraded) -> None:
    """With the operator it is unknown, not safe: the era is a preview."""
    text = at(OPERATOR, "v1.14.6").replace("{kind: gpu-operator}", "device-plugin")
    found = upgraded(text, "v1.15.0-beta.0")
    assert (found.verdict, found.verdict_with_changes) == ("blocked", "unknown")
    assert "Uninstall the device plugin" in titles(proposed(only(found.hops)))


def test_a_layout_whose_tool_ends_before_the_release_is_blocked_without_a_proposal(upgraded) -> None:
    """Which tool takes its place is a person's choice."""
    text = at(OPERATOR, "v1.14.6").replace("layout: topf", "layout: talhelper")
    hop = only(upgraded(text, "v1.15.0-beta.0").hops)
    assert (hop.way.verdict, hop.proposed) == ("blocked", None)
    assert hop.proposal.startswith("no single change of the profile solves it: layout: found talhelper")


def test_kubernetes_that_is_too_old_goes_up_before_talos_does(upgraded) -> None:
    """One minor at a time, under the old release, which runs both."""
    hop = only(upgraded(at(OPERATOR, "v1.13.12").replace("v1.34.1", "v1.31.4"), "v1.14.6").hops)
    assert hop.way.verdict == "blocked"
    other = proposed(hop)
    assert other.verdict == "safe with steps"
    (step,) = [step for step in other.rollout.steps if "upgrade-k8s" in step.command] if other.rollout else []
    assert step.command.startswith("talosctl --nodes 192.0.2.11 upgrade-k8s --to v1.32.")
    assert titles(other).index(step.title) < titles(other).index("Save etcd")
    assert any(line.startswith("+4 kubernetes: v1.32.") for line in written(other))


def test_kubernetes_that_is_too_new_is_blocked(upgraded) -> None:
    """It does not go back."""
    text = at(OPERATOR, "v1.10.3").replace("v1.34.1", "v1.33.1")
    assert upgraded(text, "v1.11.6").verdict != "blocked"
    declared = f"{text}catalogue:\n  talos:\n    v1.11.77: {{sameAs: v1.11.6, kubernetesRange: [1.28.0, 1.32.99]}}\n"
    hop = only(upgraded(declared, "v1.11.77").hops)
    assert (hop.way.verdict, hop.proposed) == ("blocked", None)
    assert any("Kubernetes does not go back" in reason for reason in hop.way.reasons)


def test_a_cluster_whose_kubernetes_nobody_knows_is_unknown(upgraded) -> None:
    """No source says what v1.13.12 brings, and the profile does not either."""
    text = at(OPERATOR, "v1.13.12").replace("kubernetes: v1.34.1\n", "").replace("layout: topf", "layout: talosctl")
    found = upgraded(text, "v1.14.6")
    assert found.verdict == "unknown"
    assert "write kubernetes: and its version into the profile" in only(found.hops).way.reasons[0]


@pytest.mark.parametrize("to", ["v1.14.77", "1.16.0", "v1.15.0-alpha.9"])
def test_a_release_that_the_catalogue_lacks_is_unknown(upgraded, to: str) -> None:
    """Nothing is guessed from its neighbours; it is said how to declare it."""
    found = upgraded(OPERATOR, to)
    assert (found.verdict, found.hops, found.reboots) == ("unknown", (), None)
    assert "the catalogue knows no Talos release" in found.unknown
    assert f"talos-gpu catalog add v{to.removeprefix('v')} --from list.json" in found.remedy


def test_a_declared_release_is_planned(upgraded) -> None:
    """With the facts that somebody gives."""
    text = at(OPERATOR, "v1.14.6")
    found = upgraded(f"{text}catalogue: {{talos: {{v1.14.77: {{sameAs: v1.14.6}}}}}}\n", "v1.14.77")
    assert found.verdict == "safe"


def test_a_driver_that_nobody_states_is_unknown(upgraded) -> None:
    """Which CUDA runs afterwards cannot be told."""
    text = at(OPERATOR, "v1.14.6")
    found = upgraded(f"{text}catalogue: {{talos: {{v1.14.77: {{kernel: 6.18.99}}}}}}\n", "v1.14.77")
    assert found.verdict == "unknown"
    assert any("nobody states which driver it gets instead of" in reason for reason in only(found.hops).way.reasons)


PATCH = """\
machine:
  files:
    - path: /usr/local/etc/nvidia-container-runtime/config.toml
      op: overwrite
      permissions: 0o644
      content: "disable-require = true\\n"
"""


def test_a_patch_of_the_toolkit_s_config_blocks_the_way_into_the_cdi_era(upgraded) -> None:
    """The file is gone there, and every boot fails on it (UPG001)."""
    text = OPERATOR.replace("{model: L40S}", "{model: L40S}\n    patches: [{file: patches/toolkit.yaml}]")
    hop = only(upgraded(text, "v1.13.12", {"profiles/patches/toolkit.yaml": PATCH}).hops)
    assert hop.way.verdict == "blocked"
    (finding,) = [finding for finding in hop.way.findings if finding.rule == "UPG001"]
    assert (finding.position.file, finding.position.line) == ("profiles/patches/toolkit.yaml", 4)
    assert "error UPG001 appears, at profiles/patches/toolkit.yaml:4:11" in hop.way.reasons
    assert "Look for files of the toolkit in your own patches" in titles(hop.way)


def test_a_finding_that_is_there_already_is_not_repeated(upgraded) -> None:
    """DRV007 says of branch 570 in 1.11 what it says in 1.10."""
    text = at(OPERATOR, "v1.10.9").replace("L40S", "Tesla V100 PCIe 16GB").replace("v1.34.1", "v1.32.1")
    text = text.replace("16GB}", "16GB}\n    driver: {track: production}")
    first, second = upgraded(text, "v1.12.11").hops
    assert first.way.findings == ()
    assert [finding.rule for finding in second.way.findings] == ["DRV008"]


OLDER_DRIVER = """\
catalogue:
  talos:
    v1.12.77: {sameAs: v1.12.11, drivers: {lts: 570.211.01, production: 570.211.01}}
"""


def test_images_that_the_new_driver_does_not_run_are_named(upgraded) -> None:
    """Certainly: images list no GeForce since 12.6.3, so one that needs a newer CUDA than the driver's does not start."""
    text = at(OPERATOR, "v1.12.11").replace("L40S}", "RTX 4090}\n    driver: {track: lts}")
    hop = only(upgraded(text + OLDER_DRIVER, "v1.12.77").hops)
    images = {loss.what.rpartition(":")[2]: loss.answer for loss in hop.way.losses if loss.kind == "image"}
    assert images == dict.fromkeys(
        ("12.9.1-base-ubuntu22.04", "13.0.1-base-ubuntu22.04", "13.0.3-base-ubuntu22.04"), "no"
    )
    assert {loss.what for loss in hop.way.losses if loss.kind == "toolkit"} >= {"CUDA 13.0"}
    assert hop.way.verdict == "safe with steps"
    assert any("3 CUDA images and 6 CUDA toolkits certainly stop running" in reason for reason in hop.way.reasons)


def test_an_image_that_nobody_knows_about_is_not_called_lost(upgraded) -> None:
    """What the image 13.0.1 demands of an older driver on a datacenter card was not read; 13.0.3's was, and it starts."""
    text = at(OPERATOR, "v1.12.11").replace("L40S}", "L40S}\n    driver: {track: lts}")
    losses = only(upgraded(text + OLDER_DRIVER, "v1.12.77").hops).way.losses
    images = {loss.what.rpartition(":")[2]: loss.answer for loss in losses if loss.kind == "image"}
    assert images == {"13.0.1-base-ubuntu22.04": "unknown"}


def test_a_smoke_test_that_is_pinned_to_what_stops_is_refused(upgraded) -> None:
    """The image is in the profile, so the plan says so itself."""
    text = at(OPERATOR, "v1.12.11").replace("L40S}", "RTX 4090}\n    driver: {track: lts}")
    hop = only(upgraded(f"{text}{OLDER_DRIVER}smokeTest: {{cuda: 13.0.3}}\n", "v1.12.77").hops)
    assert hop.way.verdict == "blocked"
    assert [finding.path for finding in hop.way.findings] == ["smokeTest.cuda"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("v1.12.11", "the release that the profile names already"),
        ("1.12.11", "the release that the profile names already"),
        ("v1.12.9", "which is older than v1.12.11"),
        ("v1.9.0", "which is older than v1.12.11"),
        ("v1.13", "expected a Talos release such as v1.14.6"),
        ("newest", "expected a Talos release such as v1.14.6"),
        ("v1.13.12; reboot", "expected a Talos release such as v1.14.6"),
        ("", "expected a Talos release such as v1.14.6"),
    ],
    ids=["same", "same without v", "older patch", "older minor", "a minor", "a word", "more than a version", "empty"],
)
def test_a_target_that_is_no_later_release_is_not_understood(upgraded, to: str, said: str) -> None:
    """Each with what to do instead."""
    with pytest.raises(NotUnderstood) as caught:
        upgraded(OPERATOR, to)
    (finding,) = caught.value.findings
    assert said in finding.message
    assert finding.position.file == "--to"
    assert finding.remedy


def test_latest_is_the_newest_stable_release_known(upgraded) -> None:
    """Never a pre-release."""
    assert upgraded(at(OPERATOR, "v1.14.5"), "latest").after == "v1.14.6"
    with pytest.raises(NotUnderstood, match="the newest stable one known"):
        upgraded(at(OPERATOR, "v1.14.6"), "latest")


def test_a_profile_that_is_broken_or_refused_today_is_no_start(upgraded) -> None:
    """There is no plan to compare with."""
    with pytest.raises(NotUnderstood):
        upgraded(OPERATOR.replace("pools:", "pool:"), "v1.13.12")
    with pytest.raises(Refused):
        upgraded(OPERATOR.replace("v1.34.1", "v1.20.1"), "v1.13.12")


def test_a_worker_that_is_tainted_passes_into_the_release_that_may_taint_it(upgraded) -> None:
    """Its image comes before its configuration, so what an older release forbids counts no more."""
    tainted = at(OPERATOR, "v1.13.12").replace(
        "    nodes: {gpu-1:",
        "    taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]\n    nodes: {gpu-1:",
    )
    assert "taints:" in tainted
    hop = only(upgraded(tainted, "v1.14.6").hops)
    assert hop.way.impact is not None
    causes = [cause for cause in hop.way.impact.causes if "aint" in cause.path]
    assert {cause.rule: cause.verdict for cause in causes} == {
        "kubelet-taints": "restart-kubelet-or-cri",
        "node-taints": "live",
    }
