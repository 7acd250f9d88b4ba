"""The six committed profiles: every fact that their systems are known for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from talos_gpu.plan import ClusterPlan, Unknown

System = Callable[[str], ClusterPlan]

FACTS = {
    # profile: era, dialect, track, flavour, driver, branch, CUDA, chart and version, bridge, runtime class, test image
    "quadro-k2200-opentofu": (
        *("legacy", "v1alpha1", "production", "proprietary", "570.133.20", "570", "12.8"),
        *(None, None, False, False, "12.8.1"),
    ),
    "official-proprietary-guide": (
        *("legacy", "v1alpha1", "production", "proprietary", "570.172.08", "570", "12.8"),
        *("nvidia-device-plugin", "0.13.0", False, True, "12.4.1"),
    ),
    "rtx-5070-ti-gpu-operator": (
        *("legacy", "v1alpha1", "production", "open", "570.211.01", "570", "12.8"),
        *("gpu-operator", "v25.10.1", True, False, "12.8.0"),
    ),
    "h100-nvl-argocd": (
        *("legacy", "v1alpha1", "production", "open", "570.172.08", "570", "12.8"),
        *("nvidia-device-plugin", "0.18.2", False, True, "12.5.0"),
    ),
    "velaryon-talhelper-flux": (
        *("legacy", "v1alpha1", "lts", "proprietary", "535.247.01", "535", "12.2"),
        *("nvidia-device-plugin", "0.18.2", False, True, "12.2.0"),
    ),
    "current-topf-gpu-operator": (
        *("cdi", "documents", "lts", "open", "580.196.07", "580", "13.0"),
        *("gpu-operator", "v26.3.3", False, False, "13.0.3"),
    ),
}


@pytest.mark.parametrize("name", FACTS)
def test_what_is_decided(system: System, name: str) -> None:
    plan = system(name)
    (pool,) = plan.gpu_pools
    gpu, stack = pool.gpu, plan.stack
    assert gpu is not None
    assert (
        plan.era.value,
        plan.dialect.value,
        gpu.track.value,
        gpu.flavour.value,
        gpu.driver.value,
        gpu.branch.value,
        gpu.cuda.value,
        stack.chart.name if stack.chart else None,
        stack.chart.version.value if stack.chart else None,
        stack.bridge.value,
        stack.runtime_class.value,
        plan.smoke_test.cuda.value,
    ) == FACTS[name]


IDS = {
    ("quadro-k2200-opentofu", "gpu"): "c35d5bd14fd96abc839f9f44f5effd00c48f654edb8a42648f4b2eb6051d1dd6",
    ("quadro-k2200-opentofu", "workers"): "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b",
    ("velaryon-talhelper-flux", "velaryon"): "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7",
    ("velaryon-talhelper-flux", "pis"): "ee21ef4a5ef808a9b7484cc0dda0f25075021691c8c09a276591eedb638ea1f9",
    ("current-topf-gpu-operator", "control-plane"): "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba",
}


@pytest.mark.parametrize(("name", "pool"), IDS, ids=lambda value: value)
def test_schematic_ids_are_those_that_the_image_factory_gives(system: System, name: str, pool: str) -> None:
    plan = next(item for item in system(name).pools if item.name == pool)
    assert plan.schematic.id.value == IDS[name, pool]
    assert IDS[name, pool] in plan.schematic.installer.value


def test_quadro_knows_the_image_without_nvidia_too(system: System) -> None:
    """One template renders both: with needs_nvidia_extensions and without."""
    gpu, workers = system("quadro-k2200-opentofu").pools
    assert gpu.schematic.without_nvidia_id == workers.schematic.id.value
    assert workers.gpu is None
    assert workers.machine.modules.value == ()
    assert workers.machine.sysctls.value == {}


def test_quadro_is_about_the_operating_system_only(system: System) -> None:
    stack = system("quadro-k2200-opentofu").stack
    assert stack.kind.value == "none"
    assert not stack.render_namespace.value


def test_v100_gets_the_default_runtime_under_the_key_of_its_containerd(system: System) -> None:
    (pool,) = system("official-proprietary-guide").pools
    assert pool.machine.default_runtime.value == "nvidia"
    assert pool.machine.containerd_plugin.value == "io.containerd.cri.v1.runtime"


def test_modules_and_toolkit_of_v100_agree_in_the_driver(system: System) -> None:
    (pool,) = system("official-proprietary-guide").pools
    versions = {name: decision.value for name, decision in pool.schematic.versions.items()}
    assert versions == {
        "siderolabs/nonfree-kmod-nvidia-production": "570.172.08-v1.11.6",
        "siderolabs/nvidia-container-toolkit-production": "570.172.08-v1.17.8",
    }


def test_rtx_5070_ti_has_the_values_of_the_legacy_era(system: System) -> None:
    chart = system("rtx-5070-ti-gpu-operator").stack.chart
    assert chart is not None
    assert chart.values.value == {
        "driver": {"enabled": False},
        "toolkit": {"enabled": False},
        "cdi": {"enabled": False},
        "devicePlugin": {"env": [{"name": "DEVICE_LIST_STRATEGY", "value": "envvar"}]},
    }
    assert not chart.wait.value


def test_rtx_5070_ti_leaves_the_operators_label_alone(system: System) -> None:
    (pool,) = system("rtx-5070-ti-gpu-operator").pools
    assert "nvidia.com/gpu.present" not in pool.machine.labels.value


def test_h100_keeps_the_null_of_its_values(system: System) -> None:
    """`affinity: null` takes the chart's default away; a lost null would bring it back."""
    plan = system("h100-nvl-argocd")
    assert plan.stack.chart is not None
    values = plan.stack.chart.values.value
    assert "affinity" in values
    assert values["affinity"] is None
    assert values["tolerations"] == [
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"},
    ]
    assert not plan.stack.render_namespace.value


def test_h100_advertises_two_gpus_and_needs_no_fabric_manager(system: System) -> None:
    (pool,) = system("h100-nvl-argocd").pools
    assert pool.gpu is not None
    assert pool.gpu.resources.value == {"nvidia.com/gpu": 2}
    assert pool.gpu.fabric_manager.value is False
    assert pool.schematic.installer.value.startswith("factory.talos.dev/metal-installer/")
    assert pool.schematic.installer.value.endswith(":v1.11.5")


def test_velaryon_registers_with_its_taint_and_everything_tolerates_it(system: System) -> None:
    """A worker may not taint itself before Talos 1.14, so the kubelet does when it registers."""
    plan = system("velaryon-talhelper-flux")
    pool = next(item for item in plan.pools if item.gpu)
    assert pool.machine.taint_method.value == "register-with-taints"
    (toleration,) = plan.stack.tolerations.value
    assert (toleration.key, toleration.value, toleration.effect) == ("gpu", "true", "NoSchedule")
    assert plan.stack.chart is not None
    assert plan.stack.chart.values.value["tolerations"][-1]["key"] == "gpu"
    assert pool.machine.labels.value == {"nvidia.com/gpu.present": "true", "role": "gpu", "slot": "X"}


def test_velaryon_is_a_whole_talconfig(system: System) -> None:
    plan = system("velaryon-talhelper-flux")
    assert plan.complete.value
    pis = next(item for item in plan.pools if item.name == "pis")
    assert (pis.role, pis.arch, len(pis.nodes)) == ("control-plane", "arm64", 3)


def test_current_says_that_its_toolkit_version_is_unknown(system: System) -> None:
    """No source names the toolkit of v1.14.6: the last known one is named, none is guessed."""
    plan = system("current-topf-gpu-operator")
    assert isinstance(plan.toolkit, Unknown)
    assert "v1.19.1" in plan.toolkit.why
    assert plan.toolkit.declare.splitlines() == [
        "catalogue:",
        "  talos:",
        "    v1.14.6:",
        "      containerToolkit: ...",
    ]


def test_current_has_the_vendors_values_and_nothing_of_the_legacy_era(system: System) -> None:
    plan = system("current-topf-gpu-operator")
    pool = next(item for item in plan.pools if item.gpu)
    assert pool.machine.sysctls.value == {}
    assert pool.machine.taint_method.value == "kube-node-config"
    assert plan.workload.runtime_class.value is None
    assert plan.stack.chart is not None
    values = plan.stack.chart.values.value
    config = values.pop("devicePlugin")["config"]
    assert values == {
        "driver": {"enabled": False},
        "toolkit": {"enabled": False},
        "hostPaths": {"driverInstallDir": "/usr/local"},
        "node-feature-discovery": {"gc": values["node-feature-discovery"]["gc"]},
    }
    assert list(config["data"]) == [config["default"]] == ["default"]
    assert "replicas: 4" in config["data"]["default"]
    assert pool.gpu is not None
    assert pool.gpu.resources.value == {"nvidia.com/gpu": 16}


@pytest.mark.parametrize("name", FACTS)
def test_every_value_of_ours_has_its_why(system: System, name: str) -> None:
    chart = system(name).stack.chart
    if chart is None:
        return
    for path, why in chart.comments.items():
        found = chart.values.value
        for step in path:
            found = found[step]
        assert why.endswith(".")


def test_current_has_no_untainted_node_for_the_helpers(system: System) -> None:
    """Its workers are tainted and its control plane runs no workloads: the garbage collector would stay Pending."""
    chart = system("current-topf-gpu-operator").stack.chart
    assert chart is not None
    tolerated = chart.values.value["node-feature-discovery"]["gc"]["tolerations"]
    assert [item["key"] for item in tolerated] == ["node-role.kubernetes.io/control-plane", "nvidia.com/gpu"]


def test_official_runs_its_old_chart_on_gpu_nodes_only(system: System) -> None:
    chart = system("official-proprietary-guide").stack.chart
    assert chart is not None
    assert chart.values.value["nodeSelector"] == {"nvidia.com/gpu.present": "true"}


END_OF_LIFE = {name for name, facts in FACTS.items() if facts[5] in {"535", "570"}}


@pytest.mark.parametrize("name", FACTS)
def test_a_driver_past_its_end_of_life_is_noticed(system: System, name: str) -> None:
    told = [notice.text for notice in system(name).notices if "end of life" in notice.text]
    assert bool(told) == (name in END_OF_LIFE)
