"""What the machine configuration of a pool must hold, by release, contract and role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from talos_gpu.plan import ClusterPlan, Known, Unknown
from talos_gpu.schematic import schematic_id

Plan = Callable[[str], ClusterPlan]


def profile(talos: str = "v1.11.6", pool: str = "", top: str = "") -> str:
    return f"cluster: a\ntalos: {talos}\n{top}pools:\n  gpu:\n    gpu: {{model: L40S}}\n    {pool}\n"


@pytest.mark.parametrize(
    ("talos", "top", "dialect"),
    [
        ("v1.13.12", "", "v1alpha1"),
        ("v1.14.6", "", "documents"),
        ("v1.14.6", "contract: v1.13\n", "v1alpha1"),
        ("v1.14.6", "layout: talhelper\n", "v1alpha1"),
    ],
)
def test_the_contract_decides_the_dialect(plan: Plan, talos: str, top: str, dialect: str) -> None:
    """An upgraded cluster keeps its old config, and talhelper generates legacy documents only."""
    assert plan(profile(talos, top=top)).dialect.value == dialect


def test_the_contract_is_assumed_from_1_14_on(plan: Plan) -> None:
    assert any(notice.topic == "contract" for notice in plan(profile("v1.14.6")).notices)
    assert "assumed" in plan(profile("v1.14.6")).contract.reason
    for text in (profile("v1.13.12"), profile("v1.14.6", top="contract: v1.14\n")):
        assert not any(notice.topic == "contract" for notice in plan(text).notices)


@pytest.mark.parametrize(("talos", "needed"), [("v1.12.11", True), ("v1.13.12", False), ("v1.15.0-beta.0", False)])
def test_the_sysctl_belongs_to_the_legacy_era(plan: Plan, talos: str, needed: bool) -> None:
    (pool,) = plan(profile(talos)).pools
    assert pool.machine.sysctls.value == ({"net.core.bpf_jit_harden": "1"} if needed else {})


@pytest.mark.parametrize(
    ("talos", "pool", "method"),
    [
        ("v1.13.12", "", "register-with-taints"),
        ("v1.13.12", "role: control-plane", "node-taints"),
        ("v1.14.6", "", "kube-node-config"),
    ],
)
def test_taints_reach_the_node_by_a_way_that_works(plan: Plan, talos: str, pool: str, method: str) -> None:
    (planned,) = plan(profile(talos, pool)).pools
    assert planned.machine.taint_method.value == method


def test_a_control_plane_may_carry_a_role_label(plan: Plan) -> None:
    (pool,) = plan(profile(pool="role: control-plane\n    labels: {node-role.kubernetes.io/gpu: ''}")).pools
    assert pool.machine.labels.value["node-role.kubernetes.io/gpu"] == ""


@pytest.mark.parametrize("label", ["nvidia.com/gpu.deploy.driver", "role", "example.org/rack", "node.kubernetes.io/x"])
def test_labels_that_a_worker_may_set(plan: Plan, label: str) -> None:
    (pool,) = plan(profile(pool=f"labels: {{{label}: 'a'}}")).pools
    assert pool.machine.labels.value[label] == "a"


def test_the_key_of_containerd_is_that_of_the_release(plan: Plan) -> None:
    keys = [plan(profile(talos)).pools[0].machine.containerd_plugin.value for talos in ("v1.7.7", "v1.8.4")]
    assert keys == ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"]


class TestInstallImage:
    def test_a_legacy_config_always_takes_one(self, plan: Plan) -> None:
        assert plan(profile()).pools[0].machine.install_image == Known(
            True, "a node that is installed anew gets the image with its extensions"
        )

    def test_a_document_without_a_disk_would_lose_its_selector(self, plan: Plan) -> None:
        decision = plan(profile("v1.14.6", "nodes: {n: {address: 192.0.2.1}}")).pools[0].machine.install_image
        assert isinstance(decision, Unknown)
        assert "installDisk" in decision.declare

    def test_with_its_disk_the_document_is_whole(self, plan: Plan) -> None:
        nodes = "nodes: {n: {address: 192.0.2.1, installDisk: /dev/sda}}"
        decision = plan(profile("v1.14.6", nodes)).pools[0].machine.install_image
        assert isinstance(decision, Known)
        assert decision.value


class TestBootImage:
    ALL = """\
    arch: arm64
    platform: nocloud
    extensions: [siderolabs/iscsi-tools, iscsi-tools, qemu-guest-agent]
    kernelArgs: [b=1, a=1]
    overlay: {name: rpi_generic, image: siderolabs/sbc-raspberrypi, options: {configTxt: "a=b"}}
    meta: [{key: 10, value: "a: b"}]
    secureBoot: {enrollKeys: if-safe}
"""

    def test_everything_that_the_factory_knows_reaches_the_schematic(self, plan: Plan) -> None:
        (pool,) = plan(f"cluster: a\ntalos: v1.13.12\npools:\n  gpu:\n    gpu: {{model: L40S}}\n{self.ALL}").pools
        schematic = pool.schematic.schematic
        assert schematic.kernel_args == ("b=1", "a=1")
        assert [(item.key, item.value) for item in schematic.meta] == [(10, "a: b")]
        assert schematic.overlay.name == "rpi_generic"
        assert schematic.enroll_keys == "if-safe"
        assert pool.schematic.id.value == schematic_id(schematic)  # type: ignore[union-attr]
        assert "/nocloud-installer-secureboot/" in pool.schematic.installer.value
        assert pool.schematic.addresses.iso.endswith("/nocloud-arm64-secureboot.iso")

    def test_extensions_are_sorted_and_stand_once(self, plan: Plan) -> None:
        (pool,) = plan(f"cluster: a\ntalos: v1.13.12\npools:\n  gpu:\n    gpu: {{model: L40S}}\n{self.ALL}").pools
        assert pool.schematic.extensions.value == (
            "siderolabs/iscsi-tools",
            "siderolabs/nvidia-container-toolkit-lts",
            "siderolabs/nvidia-open-gpu-kernel-modules-lts",
            "siderolabs/qemu-guest-agent",
        )

    def test_the_installers_had_one_name_before_1_10(self, plan: Plan) -> None:
        assert "/installer/" in plan(profile("v1.9.5")).pools[0].schematic.installer.value
        assert "/metal-installer/" in plan(profile("v1.10.3")).pools[0].schematic.installer.value

    def test_an_asserted_id_that_agrees_is_accepted(self, plan: Plan) -> None:
        found = plan(profile()).pools[0].schematic.id
        assert isinstance(found, Known)
        assert plan(profile(pool=f"schematicId: {found.value}")).pools[0].schematic.id == found


class TestUserPatches:
    def test_they_stay_texts_of_their_own_in_order(self, plan: Plan) -> None:
        text = profile(pool="patches: [{machine: {env: {A: b}}}, {inline: {machine: {sysctls: {a.b: '1'}}}}]")
        (pool,) = plan(text).pools
        assert [patch.text for patch in pool.machine.user_patches] == [
            "machine:\n  env:\n    A: b\n",
            "machine:\n  sysctls:\n    a.b: '1'\n",
        ]
        assert pool.machine.user_patches[1].origin == "profiles/a.yaml, pools.gpu.patches[1]"

    @pytest.mark.parametrize(
        "patch",
        [
            "{machine: {files: [{path: /var/lib/a, op: create, content: b}]}}",
            "{machine: {files: [{path: /etc/cri/conf.d/20-customization.part, op: create, content: b}]}}",
            "{machine: {files: [{path: /etc/kubernetes/manifests/a.yaml, op: create, content: b}]}}",
            "{machine: {kubelet: {extraConfig: {registerWithTaints: [{key: a, effect: NoSchedule}]}}}}",
            "{machine: {systemDiskEncryption: {state: {provider: luks2, keys: [{nodeID: {}, slot: 0}]}}}}",
            "{cluster: {token: null}}",
            "{machine: {env: {TOKEN_FILE: /var/a}}}",
        ],
    )
    def test_what_is_harmless_passes(self, plan: Plan, patch: str) -> None:
        plan(profile(pool=f"patches: [{patch}]"))

    @pytest.mark.parametrize(
        ("patch", "where"),
        [
            ("{machine: {ca: {key: abc}}}", "machine.ca.key"),
            ("{cluster: {secret: abc}}", "cluster.secret"),
            ("{machine: {network: {interfaces: [{wireguard: {privateKey: abc}}]}}}", "wireguard.privateKey"),
            ("{kind: RegistryAuthConfig, password: abc}", "password"),
            ("{machine: {systemDiskEncryption: {state: {keys: [{static: {passphrase: a}}]}}}}", "static.passphrase"),
        ],
    )
    def test_every_kind_of_secret_is_refused(self, refusal: Callable[[str], str], patch: str, where: str) -> None:
        assert where in refusal(profile(pool=f"patches: [{patch}]"))


def test_a_default_runtime_is_noticed_where_the_documentation_dropped_it(plan: Plan) -> None:
    def told(talos: str) -> list[str]:
        return [item.topic for item in plan(profile(talos, "defaultRuntime: nvidia")).notices]

    assert "default runtime" not in told("v1.12.11")
    assert "default runtime" in told("v1.13.12")
