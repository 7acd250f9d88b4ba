"""What advertises the GPUs: stack, chart, values, labels, tolerations, and how GPUs are shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from talos_gpu.plan import ClusterPlan, Unknown

Plan = Callable[[str], ClusterPlan]
Refusal = Callable[[str], str]


def profile(talos: str = "v1.11.6", stack: str = "{}", pool: str = "", rest: str = "", model: str = "L40S") -> str:
    return f"""\
cluster: a
talos: {talos}
stack: {stack}
pools:
  gpu:
    gpu: {{model: {model}, count: 2}}
    {pool}
{rest}"""


def values(plan: ClusterPlan) -> Any:
    assert plan.stack.chart is not None
    return plan.stack.chart.values.value


@pytest.mark.parametrize(
    ("talos", "kind", "chart"),
    [
        ("v1.11.6", "device-plugin", "0.18.2"),
        ("v1.12.11", "device-plugin", "0.18.2"),
        ("v1.13.12", "gpu-operator", "v26.3.3"),
        ("v1.14.6", "gpu-operator", "v26.3.3"),
        ("v1.15.0-beta.0", "gpu-operator", "v26.7.0"),
    ],
)
def test_the_default_stack_is_what_the_vendor_recommends_for_the_era(
    plan: Plan, talos: str, kind: str, chart: str
) -> None:
    stack = plan(profile(talos)).stack
    assert stack.kind.value == kind
    assert stack.chart is not None
    assert stack.chart.version.value == chart


def test_the_nri_era_lets_the_operator_bring_the_toolkit(plan: Plan) -> None:
    result = plan(profile("v1.15.0-beta.0"))
    assert values(result).get("toolkit", {"enabled": True}) == {"enabled": True}
    assert values(result)["cdi"]["nriPluginEnabled"] is True
    assert result.preview
    assert any(notice.topic == "preview" for notice in result.notices)


@pytest.mark.parametrize(
    ("talos", "kind", "says"),
    [
        ("v1.13.12", "device-plugin", "the vendor tells users to remove it"),
        ("v1.12.11", "gpu-operator", "validation bridge"),
        ("v1.12.11", "device-plugin", ""),
        ("v1.14.6", "gpu-operator", ""),
    ],
)
def test_a_stack_that_only_users_report_is_noticed(plan: Plan, talos: str, kind: str, says: str) -> None:
    told = [notice for notice in plan(profile(talos, kind)).notices if notice.topic == "stack"]
    assert bool(told) == bool(says)
    assert all(says in notice.text and notice.source for notice in told)


def test_a_runtime_class_of_ours_stands_beside_the_device_plugin_only(plan: Plan) -> None:
    assert plan(profile(stack="device-plugin")).stack.runtime_class.value
    assert not plan(profile(stack="gpu-operator")).stack.runtime_class.value
    assert not plan(profile("v1.15.0-beta.0")).stack.runtime_class.value


@pytest.mark.parametrize(("talos", "needed"), [("v1.12.11", True), ("v1.13.12", False), ("v1.15.0-beta.0", False)])
def test_the_bridge_belongs_to_the_operator_of_the_legacy_era(plan: Plan, talos: str, needed: bool) -> None:
    stack = plan(profile(talos, "gpu-operator")).stack
    assert stack.bridge.value is needed
    assert (stack.bridge_plan is not None) is needed


def test_the_bridge_tells_the_operators_pods_where_the_driver_is(plan: Plan) -> None:
    bridge = plan(profile("v1.12.11", "gpu-operator")).stack.bridge_plan
    assert bridge is not None
    assert bridge.content == {
        "IS_HOST_DRIVER": "false",
        "NVIDIA_DRIVER_ROOT": "/",
        "DRIVER_ROOT_CTR_PATH": "/host",
        "NVIDIA_DEV_ROOT": "/",
        "DEV_ROOT_CTR_PATH": "/host",
    }


def test_a_driver_that_is_pre_installed_is_told_by_label(plan: Plan) -> None:
    """The page's driver.enabled=true works with the node label only, so both come together."""
    result = plan(profile("v1.12.11", "{kind: gpu-operator, driver: pre-installed}"))
    assert "driver" not in values(result)
    (pool,) = result.gpu_pools
    assert pool.machine.labels.value["nvidia.com/gpu.deploy.driver"] == "pre-installed"


class TestNamespace:
    def test_it_is_rendered_with_a_name_of_its_own(self, plan: Plan) -> None:
        stack = plan(profile()).stack
        assert (stack.namespace.value, stack.render_namespace.value) == ("nvidia-device-plugin", True)

    def test_kube_system_is_never_rendered(self, plan: Plan) -> None:
        stack = plan(profile(stack="{kind: gpu-operator, namespace: kube-system}")).stack
        assert (stack.namespace.value, stack.render_namespace.value) == ("kube-system", False)


class TestTolerations:
    def test_what_the_chart_tolerates_already_is_not_repeated(self, plan: Plan) -> None:
        result = plan(profile(stack="device-plugin", pool="taints: [{key: nvidia.com/gpu, effect: NoSchedule}]"))
        assert "tolerations" not in values(result)
        assert [item.key for item in result.stack.tolerations.value] == ["nvidia.com/gpu"]

    def test_a_taint_of_another_effect_is_added(self, plan: Plan) -> None:
        result = plan(profile(stack="device-plugin", pool="taints: [{key: nvidia.com/gpu, effect: NoExecute}]"))
        assert values(result)["tolerations"][-1] == {
            "key": "nvidia.com/gpu",
            "operator": "Exists",
            "effect": "NoExecute",
        }

    def test_control_planes_without_workloads_are_tolerated(self, plan: Plan) -> None:
        """A GPU in a control plane that runs no workloads needs the toleration of its taint."""
        keys = [item.key for item in plan(profile(pool="role: control-plane")).stack.tolerations.value]
        assert keys == ["node-role.kubernetes.io/control-plane"]
        shared = profile(pool="role: control-plane\n    schedulable: true")
        assert plan(shared).stack.tolerations.value == ()

    def test_the_operators_discovery_tolerates_the_taint_too(self, plan: Plan) -> None:
        text = profile("v1.14.6", "gpu-operator", "taints: [{key: gpu, value: 'true', effect: NoSchedule}]")
        merged = values(plan(text))
        for found in (merged["daemonsets"]["tolerations"], merged["node-feature-discovery"]["worker"]["tolerations"]):
            assert found[-1] == {"key": "gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
            assert len(found) > 1


class TestUserValues:
    def test_maps_merge_and_lists_replace(self, plan: Plan) -> None:
        text = profile("v1.14.6", "{values: {driver: {rdma: {enabled: true}}, daemonsets: {tolerations: []}}}")
        merged = values(plan(text))
        assert merged["driver"] == {"enabled": False, "rdma": {"enabled": True}}
        assert merged["daemonsets"]["tolerations"] == []

    def test_a_null_is_kept(self, plan: Plan) -> None:
        merged = values(plan(profile(stack="{kind: device-plugin, values: {affinity: null}}")))
        assert "affinity" in merged
        assert merged["affinity"] is None

    def test_what_the_user_replaced_loses_our_comment(self, plan: Plan) -> None:
        text = profile(
            stack="{kind: device-plugin, values: {tolerations: [{operator: Exists}]}}",
            pool="taints: [{key: gpu, effect: NoSchedule}]",
        )
        chart = plan(text).stack.chart
        assert chart is not None
        assert ("tolerations",) not in chart.comments
        assert ("runtimeClassName",) in chart.comments

    def test_an_environment_may_hold_more_than_is_needed(self, plan: Plan) -> None:
        env = "[{name: DEVICE_LIST_STRATEGY, value: envvar}, {name: PASS_DEVICE_SPECS, value: 'true'}]"
        merged = values(plan(profile("v1.12.11", f"{{kind: gpu-operator, values: {{devicePlugin: {{env: {env}}}}}}}")))
        assert [item["name"] for item in merged["devicePlugin"]["env"]] == ["DEVICE_LIST_STRATEGY", "PASS_DEVICE_SPECS"]

    def test_a_name_that_stands_twice_in_an_environment_is_refused(self, refusal: Callable[[str], str]) -> None:
        env = "[{name: DEVICE_LIST_STRATEGY, value: envvar}, {name: DEVICE_LIST_STRATEGY, value: cdi-cri}]"
        told = refusal(profile("v1.12.11", f"{{kind: gpu-operator, values: {{devicePlugin: {{env: {env}}}}}}}"))
        assert "needs DEVICE_LIST_STRATEGY=envvar" in told

    def test_a_trap_of_the_chart_names_what_works_instead(self, refusal: Callable[[str], str]) -> None:
        told = refusal(profile("v1.14.6", "{values: {gfd: {nodeSelector: {a: b}}}}"))
        assert "nvidia.com/gpu.deploy.gpu-feature-discovery=false" in told

    def test_a_path_in_one_key_is_refused(self, refusal: Callable[[str], str]) -> None:
        """Only `helm --set` splits a key at its dots; in a map the chart never finds it."""
        text = refusal(profile("v1.13.6", "{kind: gpu-operator, values: {dcgmExporter.enabled: false}}"))
        assert "found the key dcgmExporter.enabled" in text
        assert "dcgmExporter: {enabled: ...}" in text

    @pytest.mark.parametrize(
        ("value", "told"),
        [("[envvar]", "found [envvar]"), ("[]", "found []"), ("true", "found true")],
    )
    def test_what_was_found_is_told_as_it_is_written(
        self, refusal: Callable[[str], str], value: str, told: str
    ) -> None:
        """A list of strategies is no empty list."""
        text = refusal(profile("v1.11.6", f"{{kind: device-plugin, values: {{deviceListStrategy: {value}}}}}"))
        assert f"{told}; nvidia-device-plugin" in text

    def test_a_quoted_boolean_is_told_from_a_plain_one(self, refusal: Callable[[str], str]) -> None:
        text = refusal(profile("v1.11.6", '{kind: device-plugin, values: {failOnInitError: "false"}}'))
        assert 'found "false"; nvidia-device-plugin' in text

    def test_metrics_are_touched_only_when_asked_for(self, plan: Plan) -> None:
        """v26.7.0 creates the ServiceMonitor by default: silence does not switch it off."""
        assert "dcgmExporter" not in values(plan(profile("v1.15.0-beta.0")))
        off = values(plan(profile("v1.15.0-beta.0", "{metrics: {serviceMonitor: false}}")))
        assert off["dcgmExporter"]["serviceMonitor"]["enabled"] is False
        on = values(plan(profile("v1.14.6", "{metrics: {serviceMonitor: true}}")))
        assert on["dcgmExporter"]["serviceMonitor"]["enabled"] is True


class TestSelector:
    def test_it_reaches_the_discovery_of_the_operator(self, plan: Plan) -> None:
        result = plan(profile("v1.14.6", "{nodeSelector: {role: gpu}}", "labels: {role: gpu}"))
        assert values(result)["node-feature-discovery"]["worker"]["nodeSelector"] == {"role": "gpu"}
        assert result.stack.node_selector.value == {"nvidia.com/gpu.present": "true", "role": "gpu"}

    @pytest.mark.parametrize("label", ["kubernetes.io/os: linux", "kubernetes.io/arch: amd64"])
    def test_what_every_node_carries_satisfies_it(self, plan: Plan, label: str) -> None:
        plan(profile(stack=f"{{kind: device-plugin, nodeSelector: {{{label}}}}}"))

    def test_the_label_of_control_planes_satisfies_it(self, plan: Plan) -> None:
        selector = "{kind: device-plugin, nodeSelector: {node-role.kubernetes.io/control-plane: ''}}"
        plan(profile(stack=selector, pool="role: control-plane"))

    def test_the_operators_own_label_is_no_selector(self, refusal: Callable[[str], str]) -> None:
        """Discovery selected by a label that follows from discovery would never start."""
        told = refusal(profile("v1.14.6", "{nodeSelector: {nvidia.com/gpu.present: 'true'}}"))
        assert "which the GPU pool" not in told
        assert "writes itself" in told


class TestSharing:
    def test_pools_that_share_alike_have_one_configuration(self, plan: Plan) -> None:
        result = plan(profile(pool="sharing: {timeSlicing: {replicas: 4, renameByDefault: true}}"))
        assert list(values(result)["config"]["map"]) == ["default"]
        config = yaml.safe_load(values(result)["config"]["map"]["default"])
        assert config["sharing"]["timeSlicing"] == {
            "renameByDefault": True,
            "resources": [{"name": "nvidia.com/gpu", "replicas": 4}],
        }
        (pool,) = result.gpu_pools
        assert pool.gpu is not None
        assert pool.gpu.resources.value == {"nvidia.com/gpu.shared": 8}
        assert result.workload.resource == "nvidia.com/gpu.shared"
        assert "nvidia.com/device-plugin.config" not in pool.machine.labels.value

    TWO = """\
cluster: a
talos: v1.11.6
pools:
  default:
    gpu: {model: L40S}
    sharing: {timeSlicing: {replicas: 2}}
  whole: {gpu: {model: L40S}}
"""

    def test_pools_that_differ_name_theirs_by_label(self, plan: Plan) -> None:
        """Even a pool called `default` shares alone: nodes without the label share nothing."""
        result = plan(self.TWO)
        configs = values(result)["config"]["map"]
        assert yaml.safe_load(configs["default"]) == {"version": "v1"}
        shared, whole = result.pools
        name = shared.machine.labels.value["nvidia.com/device-plugin.config"]
        assert yaml.safe_load(configs[name])["sharing"]["timeSlicing"]["resources"][0]["replicas"] == 2
        assert "nvidia.com/device-plugin.config" not in whole.machine.labels.value

    def test_pools_that_advertise_different_names_are_told(self, plan: Plan) -> None:
        text = self.TWO.replace("{replicas: 2}", "{replicas: 2, renameByDefault: true}")
        (told,) = [notice.text for notice in plan(text).notices if notice.topic == "workload"]
        assert "default: nvidia.com/gpu.shared, whole: nvidia.com/gpu" in told

    def test_mps_needs_its_label_beside_the_device_plugin(self, plan: Plan) -> None:
        (pool,) = plan(profile(pool="sharing: {mps: {replicas: 4}}")).gpu_pools
        assert pool.machine.labels.value["nvidia.com/mps.capable"] == "true"


class TestMig:
    def test_the_operator_makes_the_layout_that_the_label_names(self, plan: Plan) -> None:
        """A label value holds no plus sign."""
        text = profile("v1.14.6", pool="mig: {profile: 1g.5gb+me}", model="A100 PCIe 40GB")
        (pool,) = plan(text).gpu_pools
        assert pool.machine.labels.value["nvidia.com/mig.config"] == "all-1g.5gb.me"

    def test_mixed_devices_are_requested_by_their_profile(self, plan: Plan) -> None:
        text = profile("v1.14.6", pool="mig: {profile: 1g.5gb, strategy: mixed}", model="A100 PCIe 40GB")
        result = plan(text)
        assert values(result)["mig"] == {"strategy": "mixed"}
        assert result.workload.resource == "nvidia.com/mig-1g.5gb"

    def test_the_comment_follows_the_strategy(self, plan: Plan) -> None:
        for strategy in ("single", "mixed"):
            mig = f"mig: {{profile: 1g.5gb, strategy: {strategy}}}"
            chart = plan(profile("v1.11.6", pool=mig, model="A100 PCIe 40GB")).stack.chart
            assert chart is not None
            assert chart.comments["migStrategy",].startswith(f"{strategy}: ")

    BALANCED = "mig: {profile: all-balanced, strategy: mixed}"

    def test_a_layout_of_several_sizes_leaves_open_what_is_requested(self, plan: Plan, refusal: Refusal) -> None:
        text = profile("v1.14.6", pool=self.BALANCED, model="A100 PCIe 40GB")
        assert any("smokeTest: {resource: " in notice.text for notice in plan(text).notices)
        assert "which of them a pod shall request is unknown" in refusal(text + "smokeTest: {deliver: true}\n")

    def test_a_resource_that_is_written_down_is_requested(self, plan: Plan, refusal: Refusal) -> None:
        text = profile("v1.14.6", pool=self.BALANCED, model="A100 PCIe 40GB")
        result = plan(text + "smokeTest: {resource: nvidia.com/mig-1g.5gb, deliver: true}\n")
        assert result.workload.resource == "nvidia.com/mig-1g.5gb"
        assert not any("unknown" in notice.text for notice in result.notices if notice.topic == "mig")
        told = refusal(text + "smokeTest: {resource: nvidia.com/gpu}\n")
        assert "found nvidia.com/gpu, which no pool advertises (gpu: nvidia.com/mig-*)" in told

    def test_the_resource_of_most_pools_is_requested(self, plan: Plan) -> None:
        result = plan(
            """\
cluster: a
talos: v1.14.6
pools:
  a: {gpu: {model: A100 PCIe 40GB}, mig: {profile: 1g.5gb, strategy: mixed}}
  b: {gpu: {model: L40S}}
  c: {gpu: {model: L40S}}
"""
        )
        assert result.workload.resource == "nvidia.com/gpu"
        (told,) = [notice.text for notice in result.notices if notice.topic == "workload"]
        assert "a: nvidia.com/mig-1g.5gb, b: nvidia.com/gpu" in told
        assert told.endswith("smoke test request nvidia.com/gpu.")

    def test_shared_mig_devices_keep_their_name(self, plan: Plan) -> None:
        pool = "mig: {profile: 1g.5gb, strategy: mixed}\n    sharing: {timeSlicing: {replicas: 2}}"
        result = plan(profile("v1.14.6", pool=pool, model="A100 PCIe 40GB"))
        config = yaml.safe_load(values(result)["devicePlugin"]["config"]["data"]["default"])
        assert config["sharing"]["timeSlicing"]["resources"] == [{"name": "nvidia.com/mig-1g.5gb", "replicas": 2}]

    def test_the_operators_manager_is_expected_to_fail_where_the_host_is_read_only(self, plan: Plan) -> None:
        text = profile("v1.14.6", pool="mig: {profile: 1g.5gb}", model="A100 PCIe 40GB")
        assert any("read-only" in notice.text for notice in plan(text).notices if notice.topic == "mig")


class TestImages:
    MIRROR = "images: {mirror: 'mirror.example:5000/all'}\n"

    def test_a_mirror_reaches_every_image_of_the_device_plugin(self, plan: Plan) -> None:
        result = plan(profile(rest=self.MIRROR))
        assert values(result)["image"] == {"repository": "mirror.example:5000/all/nvidia/k8s-device-plugin"}
        assert set(values(result)) == {"runtimeClassName", "image"}
        image = result.smoke_test.smi_image
        assert image.value.reference.startswith("mirror.example:5000/all/nvidia/cuda:")  # type: ignore[union-attr]

    def test_a_mirror_reaches_every_image_that_the_operator_pulls(self, plan: Plan) -> None:
        merged = values(plan(profile("v1.12.11", "gpu-operator", rest=self.MIRROR)))
        assert merged["operator"]["repository"] == "mirror.example:5000/all/nvidia"
        assert merged["node-feature-discovery"]["image"]["repository"].startswith("mirror.example:5000/all/nfd/")
        assert merged["driver"] == {"enabled": False}
        assert merged["toolkit"] == {"enabled": False}

    def test_a_digest_stands_behind_the_tag(self, plan: Plan) -> None:
        """Chart and operator write the version behind a colon, so a bare digest would be no reference."""
        digest = "sha256:" + "0" * 64
        name = "nvcr.io/nvidia/k8s-device-plugin:v0.18.2"
        merged = values(plan(profile(rest=f"images: {{digests: {{'{name}': '{digest}'}}}}\n")))
        assert merged["image"] == {"tag": f"v0.18.2@{digest}"}

    def test_operands_that_never_start_get_no_image(self, plan: Plan) -> None:
        """Sandbox operands are switched on by default, and wait for sandboxWorkloads all the same."""
        merged = values(plan(profile("v1.14.6", "gpu-operator", rest=self.MIRROR)))
        pulled = {"validator", "operator", "devicePlugin", "dcgmExporter", "gfd", "migManager"}
        assert {key for key, item in merged.items() if "repository" in item} == pulled
        sandbox = values(plan(profile("v1.14.6", "{values: {sandboxWorkloads: {enabled: true}}}", rest=self.MIRROR)))
        assert "repository" in sandbox["vfioManager"]

    def test_one_comment_stands_above_all_of_them(self, plan: Plan) -> None:
        chart = plan(profile("v1.14.6", "gpu-operator", rest=self.MIRROR)).stack.chart
        assert chart is not None
        assert len([why for why in chart.comments.values() if "mirror" in why]) == 1

    def test_what_a_mirror_does_not_reach_is_told(self, plan: Plan) -> None:
        def told(stack: str) -> str:
            (notice,) = [
                item for item in plan(profile(stack=stack, rest=self.MIRROR)).notices if item.topic == "images"
            ]
            return notice.text

        assert "the chart still comes from https://nvidia.github.io" in told("device-plugin")
        own = told("{kind: device-plugin, chart: {repository: 'https://mirror.example/charts'}}")
        assert "chart still" not in own
        assert "the installer image from the Image Factory" in own

    def test_a_digest_of_an_operand_that_never_starts_is_refused(self, refusal: Refusal) -> None:
        name = "nvcr.io/nvidia/cloud-native/k8s-cc-manager:v0.4.0"
        told = refusal(profile("v1.14.6", rest=f"images: {{digests: {{'{name}': 'sha256:{'0' * 64}'}}}}\n"))
        assert "an image that this plan does not use" in told


class TestSmokeTest:
    TWO = """\
cluster: a
talos: v1.11.6
pools:
  new: {gpu: {model: %s}, driver: {track: production}}
  old: {gpu: {model: RTX 2070 SUPER}}
"""

    def test_it_takes_the_newest_image_that_every_driver_runs(self, plan: Plan) -> None:
        assert plan(self.TWO % "L40S").smoke_test.cuda.value == "12.2.2"  # type: ignore[union-attr]

    def test_where_no_image_fits_both_there_is_none(self, plan: Plan) -> None:
        """Blackwell needs CUDA 12.8, and the driver of the other pool ends at 12.2: nothing is guessed."""
        cuda = plan(self.TWO % "RTX 5090").smoke_test.cuda
        assert isinstance(cuda, Unknown)
        assert cuda.declare == "smokeTest: {cuda: <version>}"

    def test_a_pinned_image_that_nobody_can_judge_is_kept_with_a_notice(self, plan: Plan) -> None:
        result = plan(profile("v1.11.1", model="RTX 2070 SUPER", rest="smokeTest: {cuda: 12.5.0}\n"))
        assert result.smoke_test.cuda.value == "12.5.0"  # type: ignore[union-attr]
        assert any(notice.topic == "smoke test" for notice in result.notices)
