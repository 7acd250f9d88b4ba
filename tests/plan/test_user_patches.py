"""Patches of the user's are judged on what the merge makes of them: none may undo what the plan puts on a node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.errors import Refused
from talos_gpu.plan import ClusterPlan, Known, plan_cluster
from talos_gpu.profile import load_profile

Plan = Callable[[str], ClusterPlan]
Refusal = Callable[[str], str]

LEGACY = "v1.11.6"
DOCUMENTS = "v1.14.6"


def profile(patches: str, talos: str = LEGACY, pool: str = "", top: str = "") -> str:
    return f"""\
cluster: a
talos: {talos}
{top}
pools:
  gpu:
    gpu: {{model: L40S}}
    {pool}
    patches: [{patches}]
"""


class TestInstaller:
    """A reinstall with another image would lose the extensions that carry driver and toolkit."""

    @pytest.mark.parametrize(
        ("talos", "patch"),
        [
            (LEGACY, "{machine: {install: {image: 'ghcr.io/siderolabs/installer:v1.11.6'}}}"),
            (LEGACY, "{machine: {install: {image: 'factory.talos.dev/metal-installer/0123:v1.11.6'}}}"),
            (
                DOCUMENTS,
                "{apiVersion: v1alpha1, kind: UnattendedInstallConfig, installer: {image: 'a/b:v1'}, "
                "provisioning: {diskSelector: {match: 'true'}}}",
            ),
        ],
        ids=["no extensions", "another schematic", "document"],
    )
    def test_another_image_is_refused(self, refusal: Refusal, talos: str, patch: str) -> None:
        assert "found another installer image than this plan's factory.talos.dev/" in refusal(profile(patch, talos))

    def test_the_same_image_from_a_mirror_passes(self, plan: Plan) -> None:
        """Id and release say what is inside; which registry serves it does not matter."""
        identity = plan(profile("")).pools[0].schematic.id
        assert isinstance(identity, Known)
        image = f"mirror.example/factory/metal-installer/{identity.value}:{LEGACY}"
        plan(profile(f"{{machine: {{install: {{image: '{image}'}}}}}}"))

    def test_a_document_that_loses_the_disk_is_refused(self, refusal: Refusal) -> None:
        patch = "{apiVersion: v1alpha1, kind: UnattendedInstallConfig, reboot: true}"
        assert "diskSelector.match, which loses the disk" in refusal(profile(patch, DOCUMENTS))


class TestContainerdFile:
    FILE = "{machine: {files: [{path: /etc/cri/conf.d/20-customization.part, op: create, content: a}]}}"

    def test_one_entry_passes(self, plan: Plan) -> None:
        plan(profile(self.FILE))

    def test_it_is_refused_beside_a_default_runtime(self, refusal: Refusal) -> None:
        told = refusal(profile(self.FILE, pool="defaultRuntime: nvidia"))
        assert "pools.gpu.patches[0].machine.files[0]" in told
        assert "a second 20-customization.part beside defaultRuntime: nvidia" in told

    def test_two_patches_may_not_both_bring_it(self, refusal: Refusal) -> None:
        told = refusal(profile(f"{self.FILE}, {self.FILE}"))
        assert "pools.gpu.patches[1].machine.files[0]" in told
        assert "patches[0]" not in told

    def test_a_document_of_ours_is_not_overwritten(self, refusal: Refusal) -> None:
        patch = "{apiVersion: v1alpha1, kind: CRICustomizationConfig, name: nvidia-default-runtime, content: a}"
        assert "would overwrite" in refusal(profile(patch, DOCUMENTS, "defaultRuntime: nvidia"))


class TestLabels:
    """Labels of a patch are judged as those of the pool."""

    @pytest.mark.parametrize(
        ("label", "stack", "says"),
        [
            ("node-role.kubernetes.io/gpu: ''", "device-plugin", "a worker may not set on itself"),
            ("nvidia.com/gpu.present: 'true'", "gpu-operator", "the GPU operator writes itself"),
            ("nvidia.com/gpu.present: 'false'", "device-plugin", "found false, but the stack needs true"),
            ("nvidia.com/gpu.present: {$patch: delete}", "device-plugin", "found a deletion, but the stack needs true"),
            ("nvidia.com/gpu.deploy.operands: 'false'", "gpu-operator", "keeps everything of the GPU operator off"),
        ],
    )
    def test_what_a_pool_may_not_carry_is_refused(self, refusal: Refusal, label: str, stack: str, says: str) -> None:
        told = refusal(profile(f"{{machine: {{nodeLabels: {{{label}}}}}}}", top=f"stack: {stack}"))
        assert "pools.gpu.patches[0].machine.nodeLabels" in told
        assert says in told

    def test_documents_are_judged_alike(self, refusal: Refusal) -> None:
        patch = "{apiVersion: v1alpha1, kind: KubeNodeConfig, labels: {node-role.kubernetes.io/gpu: ''}}"
        assert "a worker may not set on itself" in refusal(profile(patch, DOCUMENTS))

    def test_operands_may_stay_off_nodes_without_a_gpu(self, plan: Plan, refusal: Refusal) -> None:
        off = "labels: {nvidia.com/gpu.deploy.operands: 'false'}"
        text = profile("", DOCUMENTS).replace("patches: []\n", f"\n  cpu: {{{off}}}\n")
        assert plan(text).pools
        assert "keeps everything" in refusal(profile("", DOCUMENTS, off))


class TestTaints:
    def test_a_worker_that_may_not_taint_itself_is_told_what_works(self, refusal: Refusal) -> None:
        told = refusal(profile("{machine: {nodeTaints: {a: ':NoSchedule'}}}"))
        assert "registerWithTaints" in told
        assert "NodeRestriction" in told

    def test_a_control_plane_may(self, plan: Plan) -> None:
        plan(profile("{machine: {nodeTaints: {a: ':NoSchedule'}}}", pool="role: control-plane"))

    def test_a_planned_taint_is_not_changed(self, refusal: Refusal) -> None:
        patch = "{apiVersion: v1alpha1, kind: KubeNodeConfig, taints: {gpu: 'no:NoSchedule'}}"
        text = profile(patch, DOCUMENTS, "taints: [{key: gpu, value: 'yes', effect: NoSchedule}]")
        assert "another taint gpu than this plan's yes:NoSchedule" in refusal(text)


def test_a_control_plane_that_runs_workloads_keeps_running_them(refusal: Refusal) -> None:
    text = profile(
        "{cluster: {allowSchedulingOnControlPlanes: false}}", pool="role: control-plane\n    schedulable: true"
    )
    assert "but the pool is declared schedulable" in refusal(text)


class TestModulesAndSysctls:
    def test_a_module_that_ours_loads_would_stand_twice(self, refusal: Refusal) -> None:
        """Talos appends lists, and a dash in a module's name is an underscore."""
        told = refusal(profile("{machine: {kernel: {modules: [{name: nvidia-uvm}, {name: br_netfilter}]}}}"))
        assert "modules[0]" in told
        assert "modules[1]" not in told

    def test_a_document_may_bring_parameters_of_a_module(self, plan: Plan) -> None:
        """Documents of one name merge, so nothing stands twice."""
        plan(profile("{apiVersion: v1alpha1, kind: KernelModuleConfig, name: nvidia, parameters: [a=1]}", DOCUMENTS))

    @pytest.mark.parametrize(
        ("talos", "patch"),
        [
            (LEGACY, "{machine: {kernel: {$patch: delete}}}"),
            (LEGACY, "{machine: {sysctls: {$patch: delete}}}"),
            (LEGACY, "{machine: {nodeLabels: {$patch: delete}}}"),
            (DOCUMENTS, "{apiVersion: v1alpha1, kind: KernelModuleConfig, name: nvidia, $patch: delete}"),
        ],
    )
    def test_deleting_what_ours_sets_is_refused(self, refusal: Refusal, talos: str, patch: str) -> None:
        assert "found a deletion of" in refusal(profile(patch, talos))

    @pytest.mark.parametrize("value", ["2", "'2'"])
    def test_the_sysctl_of_the_era_is_not_contradicted(self, refusal: Refusal, value: str) -> None:
        told = refusal(profile(f"{{machine: {{sysctls: {{net.core.bpf_jit_harden: {value}}}}}}}"))
        assert "than the 1 that is needed" in told

    def test_repeating_it_is_harmless(self, plan: Plan) -> None:
        plan(profile("{machine: {sysctls: {net.core.bpf_jit_harden: 1}}}"))


class TestKinds:
    @pytest.mark.parametrize(
        ("talos", "kind", "says"),
        [
            ("v1.13.12", "KernelModuleConfig", '("not registered"): it came with v1.14'),
            ("v1.11.6", "HostnameConfig", '("not registered"): it came with v1.12'),
            ("v1.14.6", "KernelModulesConfig", "Did you mean KernelModuleConfig?"),
        ],
    )
    def test_a_kind_that_the_release_lacks_is_refused(self, refusal: Refusal, talos: str, kind: str, says: str) -> None:
        assert says in refusal(profile(f"{{apiVersion: v1alpha1, kind: {kind}, name: a}}", talos))

    def test_an_upgraded_node_takes_new_kinds_beside_its_old_config(self, plan: Plan) -> None:
        patch = "{apiVersion: v1alpha1, kind: SysctlConfig, params: {a.b: '1'}}"
        plan(profile(patch, DOCUMENTS, top="contract: v1.13"))

    @pytest.mark.parametrize("kind", ["KubeletConfig", "UnattendedInstallConfig"])
    def test_a_kind_that_its_old_config_conflicts_with_is_refused(self, refusal: Refusal, kind: str) -> None:
        patch = f"{{apiVersion: v1alpha1, kind: {kind}, provisioning: {{diskSelector: {{match: 'true'}}}}}}"
        assert f"found a {kind}, which conflicts with" in refusal(profile(patch, DOCUMENTS, top="contract: v1.13"))

    def test_labels_of_both_dialects_conflict(self, refusal: Refusal, plan: Plan) -> None:
        """Measured: beside machine.nodeLabels a KubeNodeConfig is invalid, and alone it is valid."""
        patch = "{apiVersion: v1alpha1, kind: KubeNodeConfig, labels: {role: gpu}}"
        plan(profile(patch, DOCUMENTS, top="contract: v1.13"))
        told = refusal(profile(patch, DOCUMENTS, "labels: {slot: a}", "contract: v1.13"))
        assert "machine.nodeLabels" in told

    def test_talhelper_knows_fewer(self, refusal: Refusal, plan: Plan) -> None:
        patch = "{apiVersion: v1alpha1, kind: KernelModuleConfig, name: a}"
        assert "the last talhelper does not know" in refusal(profile(patch, DOCUMENTS, top="layout: talhelper"))
        plan(profile("{apiVersion: v1alpha1, kind: SysctlConfig, params: {}}", DOCUMENTS, top="layout: talhelper"))

    def test_what_a_newer_minor_may_bring_passes(self, plan: Plan) -> None:
        plan(profile("{apiVersion: v1alpha1, kind: BrandNewConfig}", "v1.15.0-beta.0"))


class TestKeys:
    @pytest.mark.parametrize(
        ("patch", "says"),
        [
            ("{machine: {sysctl: {a: b}}}", "Did you mean sysctls?"),
            ("{cluster: {allowSchedulingOnControlPlane: true}}", "Did you mean allowSchedulingOnControlPlanes?"),
            ("{machines: {sysctls: {}}}", "Did you mean machine?"),
            ("{machine: {xyzzy: 1}}", "Talos knows here: acceptedCAs,"),
        ],
    )
    def test_a_key_that_talos_does_not_decode_names_the_nearest(self, refusal: Refusal, patch: str, says: str) -> None:
        assert says in refusal(profile(patch))


def test_a_patch_file_is_judged_at_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/a.yaml").write_text(profile("p.yaml"), encoding="utf-8")
    text = "machine:\n  env: {A: b}\n---\nmachine:\n  sysctl: {a: b}\n"
    (tmp_path / "profiles/p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        plan_cluster(load_profile("profiles/a.yaml", tmp_path), load_catalogue())
    assert [str(finding.position) for finding in caught.value.findings] == ["profiles/p.yaml:5:11"]


def test_a_json_patch_is_judged_as_the_merge_that_it_is(tmp_path: Path) -> None:
    """Machine configs of Talos 1.11 are one document, which takes JSON patches."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/a.yaml").write_text(profile("p.yaml"), encoding="utf-8")
    text = "- {op: remove, path: /machine/nodeLabels/nvidia.com~1gpu.present}\n- {op: add, path: /machine/env/A, value: b}\n"
    (tmp_path / "profiles/p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        plan_cluster(load_profile("profiles/a.yaml", tmp_path), load_catalogue())
    (finding,) = caught.value.findings
    assert "found a deletion, but the stack needs true" in finding.message
    assert finding.position.line == 1
