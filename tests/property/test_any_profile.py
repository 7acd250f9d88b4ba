"""Laws over any well-formed profile: every release, GPU, stack and layout, in every combination that can be written."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.errors import InputError, Refused
from talos_gpu.output.render import render
from talos_gpu.plan import ClusterPlan, plan_cluster
from talos_gpu.plan.decision import Unknown
from talos_gpu.plan.explain import as_data, decisions
from talos_gpu.profile import parse_profile
from talos_gpu.schematic import schematic_id


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def optional(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A map with any of these keys."""
    return st.fixed_dictionaries({}, optional=keys)


gpus = st.sampled_from([gpu.name for gpu in catalogue().all_gpus()])
releases = st.sampled_from([release.tag for release in catalogue().releases()])
modules = st.sampled_from([module.name for module in catalogue().all_kernel_modules()])
charts = st.sampled_from(
    [
        (stack, version)
        for stack, name in (("gpu-operator", "gpu-operator"), ("device-plugin", "nvidia-device-plugin"))
        for version in getattr(catalogue().chart(name), "versions", ())
    ]
)
sharing = st.one_of(
    st.builds(
        lambda replicas, rename: {"timeSlicing": {"replicas": replicas, "renameByDefault": rename}},
        st.integers(2, 9),
        st.booleans(),
    ),
    st.builds(lambda replicas: {"mps": {"replicas": replicas}}, st.integers(2, 9)),
)
mig = st.builds(
    lambda strategy, profile: {"strategy": strategy, "profile": profile},
    st.sampled_from(["single", "mixed"]),
    st.sampled_from(["1g.5gb", "1g.5gb+me", "1g.10gb", "all-balanced", "all-enabled", "all-disabled"]),
)
taints = st.lists(
    st.builds(
        lambda key, value, effect: {"key": key, "value": value, "effect": effect},
        st.sampled_from(["gpu", "nvidia.com/gpu"]),
        st.sampled_from(["", "true", "present"]),
        st.sampled_from(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ),
    max_size=2,
    unique_by=lambda taint: (taint["key"], taint["effect"]),
)
drivers = optional(
    track=st.sampled_from(["lts", "production", "new-feature", "single"]),
    flavour=st.sampled_from(["open", "proprietary"]),
)
pools = st.fixed_dictionaries(
    {"gpu": gpus.map(lambda model: {"model": model})},
    optional={
        "driver": drivers,
        "arch": st.sampled_from(["amd64", "arm64"]),
        "role": st.sampled_from(["worker", "control-plane"]),
        "sharing": sharing,
        "mig": mig,
        "taints": taints,
        "modules": st.lists(modules, max_size=2, unique=True),
        "labels": st.sampled_from([{"role": "gpu"}, {"rack": "1.10"}, {"example.org/on": "yes"}]),
        "extensions": st.lists(st.sampled_from(["iscsi-tools", "siderolabs/qemu-guest-agent"]), max_size=2),
        "kernelArgs": st.just(["a=b", "quiet"]),
        "secureBoot": st.booleans(),
        "defaultRuntime": st.just("nvidia"),
        "patches": st.sampled_from([[{"machine": {"env": {"A": "b"}}}], [{"machine": {"sysctls": {"a.b": "1"}}}]]),
    },
)
stacks = st.one_of(
    st.sampled_from(["gpu-operator", "device-plugin", "none"]).map(lambda kind: {"kind": kind}),
    charts.map(lambda chart: {"kind": chart[0], "chart": {"version": chart[1]}}),
    st.sampled_from(
        [{"kind": "gpu-operator", "driver": "pre-installed"}, {"kind": "device-plugin", "namespace": "kube-system"}]
    ),
    st.just({"values": {"devicePlugin": {"args": ["a"]}}, "kind": "gpu-operator"}),
)
engines = st.sampled_from(
    ["flux", "plain", {"engine": "argocd", "source": {"repoURL": "https://git.example.org/a.git"}}]
)


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, Any]:
    """A profile that is well formed; whether it can work, the plan says."""
    named = draw(st.dictionaries(st.sampled_from(["gpu", "default", "b"]), pools, min_size=1, max_size=2))
    for index, pool in enumerate(named.values()):
        if draw(st.booleans()):
            pool["nodes"] = {f"n{index}": {"address": f"192.0.2.{index + 1}", "installDisk": "/dev/sda"}}
    rest = draw(
        optional(
            stack=stacks,
            delivery=engines,
            endpoint=st.just("https://192.0.2.10:6443"),
            images=st.just({"mirror": "mirror.example:5000/all"}),
            smokeTest=st.sampled_from([{"cuda": "12.4.1"}, {"deliver": True}]),
        )
    )
    layout = draw(st.sampled_from(["talosctl", "topf", "talhelper", "opentofu"]))
    return {"cluster": "any", "talos": draw(releases), "layout": layout, "pools": named, **rest}


def planned(profile: dict[str, Any]) -> ClusterPlan | None:
    """The plan, or None where it was refused with reasons."""
    loaded = parse_profile(json.dumps(profile).encode(), "p.yaml")
    try:
        return plan_cluster(loaded, catalogue())
    except InputError as error:
        refusal = error
    assert isinstance(refusal, Refused) or all("products" in finding.message for finding in refusal.findings)
    assert all(finding.position.line for finding in refusal.findings)
    return None


@settings(max_examples=500)
@given(profiles())
def test_a_well_formed_profile_is_planned_or_refused(profile: dict[str, Any]) -> None:
    """What is planned keeps every pin, is consistent in itself, and gives a reason for everything."""
    plan = planned(profile)
    if plan is None:
        return
    for entry in decisions(plan):
        json.dumps(as_data(getattr(entry.decision, "value", None)))
        assert entry.decision.why if isinstance(entry.decision, Unknown) else entry.decision.reason, entry.path
    assert plan.talos.value == profile["talos"]
    for pool in plan.gpu_pools:
        pinned, gpu = profile["pools"][pool.name].get("driver", {}), pool.gpu
        assert gpu is not None
        assert pinned.get("track", gpu.track.value) == gpu.track.value
        assert pinned.get("flavour", gpu.flavour.value) == gpu.flavour.value
        assert pool.schematic.id.value == schematic_id(pool.schematic.schematic)  # type: ignore[union-attr]
        assert list(pool.schematic.extensions.value) == sorted(set(pool.schematic.extensions.value))
        nvidia = [name for name in pool.schematic.extensions.value if "nvidia" in name]
        assert len(nvidia) >= 2
        assert {module.name for module in pool.machine.modules.value} >= {"nvidia", "nvidia_uvm", "nvidia_drm"}
        assert gpu.resources is not None
    kind = plan.stack.kind.value
    assert profile.get("stack", {}).get("kind", kind) == kind
    assert (plan.stack.chart is None) == (kind == "none")
    assert plan.stack.bridge.value == (plan.era.value == "legacy" and kind == "gpu-operator")
    assert (plan.stack.bridge_plan is not None) == plan.stack.bridge.value
    assert not (plan.stack.runtime_class.value and kind != "device-plugin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("any")
    (root / "profiles").mkdir()
    return root


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(profiles())
def test_what_is_planned_is_rendered_or_refused_by_its_layout(folder: Path, profile: dict[str, Any]) -> None:
    """Rendering never fails, gives equal bytes twice, and YAML that means one thing in both versions of YAML."""
    (folder / "profiles/any.yaml").write_text(json.dumps(profile), encoding="utf-8")
    try:
        (first,) = render(["profiles/any.yaml"], folder)
    except InputError:
        return
    (second,) = render(["profiles/any.yaml"], folder)
    assert dict(first.files) == dict(second.files)
    for path, data in first.files.items():
        if path.endswith(".yaml"):
            text = data.decode()
            assert list(yaml.safe_load_all(text)) == list(YAML(typ="safe", pure=True).load_all(io.StringIO(text))), path
