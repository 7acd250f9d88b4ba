"""A draft becomes a small, commented profile that says what was meant and nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.errors import NotUnderstood
from talos_gpu.profile import Profile, parse_profile
from talos_gpu.profile.draft import Draft, DraftNode, DraftPool, profile_text

SMALL = Draft(cluster="small", talos="v1.14.6", pools=(DraftPool("gpu", nvidia=True, model="L4"),))
SMALL_TEXT = """\
# yaml-language-server: $schema=./schema.json
cluster: small  # its folder below dist/ has this name
talos: v1.14.6  # the release that the nodes run, or shall run
# contract: v1.14  # the minor that generated the machine config, if it was an older one

# layout: talosctl  # the default; or talhelper, topf, opentofu
# delivery: plain  # the default: kubectl and helm by hand; or flux, argocd
# stack: gpu-operator  # or device-plugin, none; the default follows the Talos release

pools:
  # Nodes that share role, GPU and boot image.
  gpu:
    gpu: {model: L4}  # of one node: marketing name or PCI id, how many
    # driver: {track: lts, flavour: open}  # default: what suits the card; `talos-gpu explain` says why
    # taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]
    # sharing: {timeSlicing: {replicas: 4}}  # several pods a GPU; or mps, or mig: {profile: ...}
    # nodes: {gpu-1: {address: 192.0.2.10, installDisk: /dev/nvme0n1}}  # the runbook then names each
"""


def parsed(draft: Draft) -> Profile:
    return parse_profile(profile_text(draft).encode(), "draft.yaml").profile


def test_a_small_draft_writes_three_keys_and_comments() -> None:
    """Nothing that is a default is spelt out; what is worth knowing stands beside it, switched off."""
    assert profile_text(SMALL, "./schema.json") == SMALL_TEXT
    assert parsed(SMALL).model_dump(exclude_unset=True) == {
        "cluster": "small",
        "talos": "v1.14.6",
        "pools": {"gpu": {"gpu": {"model": "L4"}}},
    }


@pytest.mark.parametrize(
    "line", [line for line in SMALL_TEXT.splitlines()[1:] if line.lstrip().startswith("# ") and ": " in line]
)
def test_every_key_that_is_switched_off_may_be_switched_on(line: str) -> None:
    """Taking the mark away leaves a profile that is understood."""
    parse_profile(SMALL_TEXT.replace(line, line.replace("# ", "", 1)).encode(), "draft.yaml")


def test_without_a_schema_beside_it_the_profile_says_how_to_get_one() -> None:
    """The language server's line would point at nothing."""
    text = profile_text(SMALL)
    assert "talos-gpu schema > schema.json" in text.splitlines()[0]
    assert not text.startswith("# yaml-language-server")


def test_everything_that_a_draft_can_hold_arrives_in_the_profile() -> None:
    """Driver, role, facts and nodes, IPv6 and Argo CD's repository among them."""
    facts: dict[str, Any] = {
        "arch": "arm64",
        "extensions": ["iscsi-tools"],
        "kernelArgs": ["arm64.nobti", "x=\u00e4: # {"],
        "labels": {"role": "gpu", "slot": "7", "on": "true"},
        "taints": [{"key": "gpu", "value": "true", "effect": "NoSchedule"}],
        "meta": [{"key": 10, "value": "two\nlines"}],
    }
    nodes = (DraftNode("gpu-1", "2001:db8::1", "/dev/sda"), DraftNode("gpu-2", "node.example.org"))
    pool = DraftPool("gpu", "control-plane", True, True, "H100 NVL", 2, "production", "open", facts, nodes)
    repository = "https://git.example.org/platform/cluster.git"
    draft = replace(
        SMALL, contract="v1.13", kubernetes="v1.36.6", endpoint="https://[2001:db8::10]:6443", layout="topf",
        delivery="argocd", repo_url=repository, stack="device-plugin", pools=(pool,),
    )  # fmt: skip
    profile = parsed(draft)
    found = profile.pools["gpu"]
    assert (profile.contract, profile.kubernetes, profile.endpoint) == ("v1.13", "v1.36.6", draft.endpoint)
    assert (profile.layout.kind, profile.delivery.source.repo_url, profile.stack.kind) == (
        "topf",
        repository,
        "device-plugin",
    )
    assert (found.role, found.schedulable, found.gpu and found.gpu.count) == ("control-plane", True, 2)
    assert found.model_dump(
        by_alias=True, include={"arch", "extensions", "kernel_args", "labels", "taints", "meta"}
    ) == {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()} | {
        "kernelArgs": tuple(facts["kernelArgs"])
    }
    assert {name: node.address for name, node in found.nodes.items()} == {
        "gpu-1": "2001:db8::1",
        "gpu-2": "node.example.org",
    }


def test_long_lists_take_a_line_for_each_entry() -> None:
    """A reviewer sees what was added."""
    facts = {"extensions": [f"some-rather-long-extension-name-{index}" for index in range(5)]}
    text = profile_text(replace(SMALL, pools=(replace(SMALL.pools[0], facts=facts),)))
    assert "    extensions:\n      - some-rather-long-extension-name-0\n" in text


def refused_at(draft: Draft) -> set[str]:
    try:
        parsed(draft)
    except NotUnderstood as error:
        return {finding.path for finding in error.findings}
    return set()


@given(st.text(min_size=1, max_size=20))
def test_a_text_is_read_back_as_it_was_or_refused(text: str) -> None:
    """No value can pass for another type, another key or another line of the profile."""
    draft = replace(SMALL, pools=(replace(SMALL.pools[0], model=text),))
    refused = refused_at(draft)
    assert refused in (set(), {"pools.gpu.gpu.model"})
    if not refused:
        gpu = parsed(draft).pools["gpu"].gpu
        assert gpu is not None
        assert gpu.model == text
