"""Laws over any patch and any chart values of the user's: whatever they hold, they are planned or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.catalog import load_catalogue
from talos_gpu.errors import InputError
from talos_gpu.plan import plan_cluster
from talos_gpu.profile import load_profile

WORDS = [
    "$patch", "affinity", "cluster", "daemonsets", "effect", "enabled", "files", "gc", "image", "install", "installer",
    "kernel", "key", "kind", "labels", "machine", "matchExpressions", "modules", "name", "nfd", "node-feature-discovery",
    "nodeAffinity", "nodeLabels", "nodeSelector", "nodeSelectorTerms", "nodeTaints", "nvidia.com/gpu.present",
    "op", "operator", "params", "path", "requiredDuringSchedulingIgnoredDuringExecution", "sysctls", "taints",
    "tolerations", "value", "values", "worker",
]  # fmt: skip
LEAVES = [
    "delete", "create", "add", "remove", "/machine/nodeLabels/a~1b", "/etc/cri/conf.d/20-customization.part", "nvidia",
    "KubeNodeConfig", "UnattendedInstallConfig", "KernelModuleConfig", "SysctlConfig", "In", "Exists", "", 1, True, None,
]  # fmt: skip

leaves = st.sampled_from(LEAVES)
trees = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.just(1), below, max_size=4),
    max_leaves=12,
)
maps = st.dictionaries(st.sampled_from(WORDS), trees, max_size=4)
machines = st.builds(lambda content: {"machine": content}, maps)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("patch")
    (root / "profiles").mkdir()
    return root


def planned_or_refused(folder: Path, **facts: Any) -> None:
    gpu = {"gpu": {"model": "L40S"}, "taints": [{"key": "gpu", "effect": "NoSchedule"}], "patches": ["patch.yaml"]}
    profile = {"cluster": "any", "pools": {"gpu": gpu}, **facts}
    (folder / "profiles/any.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    try:
        plan_cluster(load_profile("profiles/any.yaml", folder), load_catalogue())
    except InputError as error:
        refusal = error
    else:
        return
    assert all(finding.position.line and finding.message for finding in refusal.findings)


@settings(max_examples=300)
@given(st.sampled_from(["v1.11.6", "v1.13.12", "v1.14.6"]), trees | machines | st.lists(maps, max_size=2))
def test_any_patch_is_planned_or_refused(folder: Path, talos: str, patch: Any) -> None:
    (folder / "profiles/patch.yaml").write_text(yaml.safe_dump(patch), encoding="utf-8")
    planned_or_refused(folder, talos=talos)


@settings(max_examples=300)
@given(st.sampled_from([("v1.11.6", "device-plugin"), ("v1.14.6", "gpu-operator")]), maps)
def test_any_values_are_planned_or_refused(folder: Path, case: tuple[str, str], values: dict[str, Any]) -> None:
    (folder / "profiles/patch.yaml").write_text("machine:\n  env: {A: b}\n", encoding="utf-8")
    talos, kind = case
    planned_or_refused(folder, talos=talos, stack={"kind": kind, "values": values})
