"""Where the stack's pods find a node: taints, selectors, affinities, and values that would keep them away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from talos_gpu.plan import ClusterPlan

Plan = Callable[[str], ClusterPlan]
Refusal = Callable[[str], str]

PRESENT = {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"}
CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}


def profile(stack: str, pool: str = "", rest: str = "", talos: str = "v1.14.6") -> str:
    return f"""\
cluster: a
talos: {talos}
stack: {stack}
pools:
  gpu:
    gpu: {{model: L40S}}
    labels: {{role: gpu}}
    {pool}
{rest}"""


TAINTED = "taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]"
OTHER = "taints: [{key: gpu, value: 'true', effect: NoSchedule}]"


def values(plan: ClusterPlan) -> Any:
    assert plan.stack.chart is not None
    return plan.stack.chart.values.value


def topics(plan: ClusterPlan) -> list[str]:
    return [notice.topic for notice in plan.notices]


class TestHelpers:
    """Deployments of the chart that carry no GPU need some node: where all are tainted, they stay Pending."""

    def test_the_garbage_collector_gets_a_node_where_all_are_tainted(self, plan: Plan) -> None:
        """Operator and master tolerate the control plane already, and stay as they are."""
        result = plan(profile("gpu-operator", TAINTED, "  cp: {role: control-plane}\n"))
        assert values(result)["node-feature-discovery"] == {"gc": {"tolerations": [CONTROL_PLANE, PRESENT]}}
        assert "operator" not in values(result)
        assert result.stack.chart is not None
        assert "Pending" in result.stack.chart.comments["node-feature-discovery", "gc", "tolerations"]
        assert "taints" in topics(result)

    @pytest.mark.parametrize(
        "rest",
        ["  cpu: {}\n", "  cp: {role: control-plane, schedulable: true}\n"],
        ids=["a plain worker", "a control plane with workloads"],
    )
    def test_a_node_that_takes_everything_is_enough(self, plan: Plan, rest: str) -> None:
        result = plan(profile("gpu-operator", TAINTED, rest))
        assert "node-feature-discovery" not in values(result)
        assert "taints" not in topics(result)

    def test_a_taint_that_is_a_wish_keeps_nobody_away(self, plan: Plan) -> None:
        wish = "taints: [{key: a, effect: PreferNoSchedule}]"
        assert "gc" not in values(plan(profile("gpu-operator", wish))).get("node-feature-discovery", {})

    def test_control_planes_with_further_taints_shut_out_the_operator_too(self, plan: Plan) -> None:
        """The chart tolerates the usual taint of control planes only."""
        cp = "  cp: {role: control-plane, taints: [{key: b, effect: NoSchedule}]}\n"
        merged = values(plan(profile("gpu-operator", TAINTED, cp)))
        for found in (merged["operator"]["tolerations"], merged["node-feature-discovery"]["master"]["tolerations"]):
            assert PRESENT in found
            assert {"key": "b", "operator": "Exists", "effect": "NoSchedule"} in found
            assert CONTROL_PLANE not in found

    def test_the_device_plugin_has_helpers_with_discovery_only(self, plan: Plan) -> None:
        assert "nfd" not in values(plan(profile("device-plugin", TAINTED, talos="v1.11.6")))
        stack = "{kind: device-plugin, values: {nfd: {enabled: true}}}"
        merged = values(plan(profile(stack, TAINTED, talos="v1.11.6")))
        assert merged["nfd"]["gc"]["tolerations"] == [PRESENT, CONTROL_PLANE]
        assert "master" not in merged["nfd"]

    @pytest.mark.parametrize("switch", ["nfd", "gfd"])
    def test_the_bundled_worker_tolerates_any_taint_of_the_pools(self, plan: Plan, switch: str) -> None:
        """By default it tolerates nvidia.com/gpu=present only, so it would not run on nodes tainted otherwise."""
        stack = f"{{kind: device-plugin, values: {{{switch}: {{enabled: true}}}}}}"
        merged = values(plan(profile(stack, OTHER, "  cpu: {}\n", talos="v1.11.6")))
        assert merged["nfd"]["worker"]["tolerations"][-1] == {**PRESENT, "key": "gpu", "value": "true"}


class TestEveryNode:
    """Charts before 0.15 have no affinity: their pods would start on nodes without a GPU, and fail there."""

    @pytest.mark.parametrize("version", ["0.13.0", "0.14.5"])
    def test_a_chart_without_affinity_gets_a_selector(self, plan: Plan, version: str) -> None:
        stack = f"{{kind: device-plugin, chart: {{version: {version}}}, nodeSelector: {{role: gpu}}}}"
        result = plan(profile(stack, talos="v1.11.6"))
        assert values(result)["nodeSelector"] == {"nvidia.com/gpu.present": "true", "role": "gpu"}
        assert "the nodeSelector given to the chart" in result.pools[0].machine.labels.reason

    def test_a_chart_with_affinity_needs_none(self, plan: Plan) -> None:
        result = plan(profile("device-plugin", talos="v1.11.6"))
        assert "nodeSelector" not in values(result)
        assert "the chart's affinity" in result.pools[0].machine.labels.reason

    def test_a_label_that_the_chart_does_not_read_says_who_does(self, plan: Plan) -> None:
        stack = "{kind: device-plugin, values: {affinity: null}}"
        reason = plan(profile(stack, talos="v1.11.6")).pools[0].machine.labels.reason
        assert "the smoke test select nodes by it; the chart does not" in reason


class TestUserValues:
    """Values that leave GPU nodes without the stack's pods give DESIRED 0, and no error anywhere."""

    @pytest.mark.parametrize(
        "chosen",
        [
            "nodeSelector: {role: other}",
            "nodeSelector: {kubernetes.io/arch: arm64}",
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: role, operator: In, values: [other]}]}]}}}",
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: role, operator: DoesNotExist}]}]}}}",
        ],
    )
    def test_what_no_gpu_pool_satisfies_is_refused(self, refusal: Refusal, chosen: str) -> None:
        told = refusal(profile(f"{{kind: device-plugin, values: {{{chosen}}}}}", talos="v1.11.6"))
        assert f"stack.values.{chosen.split(':')[0]}: found" in told
        assert "which no GPU pool satisfies" in told

    @pytest.mark.parametrize(
        "chosen",
        [
            "nodeSelector: {role: gpu}",
            "nodeSelector: {feature.node.kubernetes.io/pci-10de.present: 'true'}",
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: role, operator: In, values: [gpu]}]}, {matchExpressions: [{key: x, operator: "
            "Exists}]}]}}}",
            "affinity: {podAntiAffinity: {}}",
        ],
    )
    def test_what_a_node_may_satisfy_passes(self, plan: Plan, chosen: str) -> None:
        """Labels that others write on nodes are not in the profile: nobody can tell."""
        plan(profile(f"{{kind: device-plugin, values: {{{chosen}}}}}", talos="v1.11.6"))

    def test_what_some_pools_satisfy_is_noticed(self, plan: Plan) -> None:
        rest = "  more: {gpu: {model: L40S}}\n"
        result = plan(profile("{kind: device-plugin, values: {nodeSelector: {role: gpu}}}", rest=rest, talos="v1.11.6"))
        assert any("leaves out the GPU pools more" in notice.text for notice in result.notices)

    @pytest.mark.parametrize(
        ("stack", "talos"),
        [
            ("{kind: device-plugin, values: {tolerations: []}}", "v1.11.6"),
            ("{kind: device-plugin, values: {tolerations: null}}", "v1.11.6"),
            ("{kind: gpu-operator, values: {daemonsets: {tolerations: [{key: a, operator: Exists}]}}}", "v1.14.6"),
            ("{kind: gpu-operator, values: {node-feature-discovery: {worker: {tolerations: []}}}}", "v1.14.6"),
        ],
    )
    def test_a_taint_that_is_no_longer_tolerated_is_refused(self, refusal: Refusal, stack: str, talos: str) -> None:
        assert "found tolerations without one for the taint gpu of the GPU pool gpu" in refusal(
            profile(stack, OTHER, talos=talos)
        )

    def test_a_list_that_tolerates_everything_passes(self, plan: Plan) -> None:
        stack = "{kind: device-plugin, values: {tolerations: [{operator: Exists}]}}"
        plan(profile(stack, OTHER, talos="v1.11.6"))

    def test_an_operator_without_discovery_is_noticed(self, plan: Plan) -> None:
        def told(stack: str) -> list[str]:
            return [notice.text for notice in plan(profile(stack)).notices if notice.topic == "values"]

        assert told("gpu-operator") == []
        (text,) = told("{kind: gpu-operator, values: {nfd: {enabled: false}}}")
        assert "nfd.enabled is false" in text
