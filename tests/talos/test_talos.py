"""What holds for every layout."""

from __future__ import annotations

import pytest

from talos_gpu import talos
from talos_gpu.errors import InternalError
from talos_gpu.talos.template import write
from talos_gpu.talos.topic import Topic

LAYOUTS = ("talhelper", "topf", "talosctl", "opentofu")
PROFILE = """
cluster: small
talos: v1.11.6
kubernetes: v1.34.0
endpoint: https://192.0.2.10:6443
layout: {kind: LAYOUT, path: cluster/nodes}
stack: {kind: none}
pools:
  gpu:
    gpu: {model: L40S, count: 1}
    nodes: {gpu-1: {address: 192.0.2.30, installDisk: /dev/sda}}
  control:
    role: control-plane
    nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}
"""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_go_where_the_users_repository_has_them(rendered, layout):
    """layout.path is the folder of everything here."""
    assert all(path.startswith("cluster/nodes/") for path in rendered(PROFILE.replace("LAYOUT", layout)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rendering_twice_gives_the_same_documents(planned, layout):
    """Sorted by path."""
    plan = planned(PROFILE.replace("LAYOUT", layout))
    documents = talos.render(plan)
    assert documents == talos.render(plan)
    assert [item.path for item in documents] == sorted(item.path for item in documents)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_commands_are_one_line_each(planned, layout):
    """A runbook prints them as they are."""
    found = talos.steps(planned(PROFILE.replace("LAYOUT", layout)))
    assert {step.phase for step in found} == set(talos.PHASES)
    assert not any("\n" in step.command for step in found)


def test_two_taints_of_one_key_are_named_where_the_config_holds_one(planned):
    """nodeTaints and KubeNodeConfig are maps by key."""
    text = PROFILE.replace("LAYOUT", "talosctl").replace("v1.11.6", "v1.14.6").replace("v1.34.0", "v1.36.6")
    text = text.replace(
        "    gpu: {", "    taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoExecute}]\n    gpu: {"
    )
    (hazard,) = talos.check(planned(text))
    assert hazard.path == ("pools", "gpu", "taints", 1)


def test_a_template_that_says_something_else_than_planned_is_a_bug():
    """The text is parsed again before anybody sees it."""
    topic = Topic(20, "sysctls", ({"machine": {"sysctls": {"a": "2"}}},), {"sysctls": {"a": "1"}})
    with pytest.raises(InternalError, match="planned was"):
        write("v1alpha1", topic)


def test_every_layout_of_the_plan_has_its_module():
    """A further layout is one module and one line."""
    assert set(talos.LAYOUTS) == set(LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_patch_is_written_once_whatever_the_number_of_nodes(planned, monkeypatch, layout):
    """The steps name files without writing them, and the nodes of a pool share its patches."""
    written = []
    monkeypatch.setattr("talos_gpu.talos.patch.write", lambda *topic: written.append(topic[1].name) or write(*topic))
    plan = planned(
        PROFILE.replace("LAYOUT", layout).replace(
            "gpu-1: {", "gpu-0: {address: 192.0.2.29, installDisk: /dev/sda}, gpu-1: {"
        )
    )
    talos.steps(plan)
    assert set(written) <= {"hostname"}
    written.clear()
    talos.render(plan)
    assert written.count("sysctls") == 1
