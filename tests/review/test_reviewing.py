"""A review holds together what each part of it says of the same change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from talos_gpu.finding import Position
from talos_gpu.output.digest import code_digest
from talos_gpu.output.ledger import to_bytes
from talos_gpu.output.render import render
from talos_gpu.review.review import Review
from talos_gpu.review.reviewing import costs, reviewed
from talos_gpu.review.states import State, difference
from talos_gpu.review.tree import MemoryTree

PROFILE = """\
cluster: homelab
talos: v1.13.12
kubernetes: v1.34.1
layout: talosctl
delivery: flux
pools:
  gpu:
    gpu: {model: RTX 5090}
    nodes: {gpu-1: {address: 192.0.2.21}}
    labels: {example.org/rack: a1}
"""
OTHER = PROFILE.replace("homelab", "other").replace("RTX 5090", "L40S")


def state(tmp_path, name: str, profiles: Mapping[str, str]) -> State:
    """What a commit with these profiles holds when it is rendered."""
    root = tmp_path / name
    (root / "profiles").mkdir(parents=True)
    files: dict[str, bytes] = {}
    for file, text in profiles.items():
        (root / "profiles" / file).write_text(text)
        files[f"profiles/{file}"] = text.encode()
    for cluster in render(sorted(files), root):
        files |= {f"dist/{cluster.name}/{path}": content for path, content in cluster.files.items()}
        files[f"dist/{cluster.name}/.talos-gpu.json"] = to_bytes(cluster.ledger(code_digest()))
    return State.of(MemoryTree(name, files), "dist")


@pytest.fixture(scope="module")
def review(tmp_path_factory) -> Review:
    folder = tmp_path_factory.mktemp("review")
    changed = PROFILE.replace("rack: a1", "rack: b2").replace("v1.13.12", "v1.14.6\ncontract: v1.13")
    before = state(folder, "before", {"a.yaml": PROFILE, "b.yaml": OTHER})
    after = state(folder, "after", {"a.yaml": changed, "b.yaml": OTHER})
    return reviewed(difference(before, after), date(2026, 11, 28))


def test_the_verdict_is_the_worst_of_the_clusters_that_changed(review: Review) -> None:
    """The other one is told in the fleet alone."""
    assert review.verdict == "node-upgrade"
    assert [impact.name for impact in review.impacts] == ["homelab"]
    assert sorted(review.fleet) == ["homelab", "other"]


def test_each_cause_names_the_line_of_the_profile(review: Review) -> None:
    """The release in its line, the label in its own."""
    lines = {cause.rule: cause.lines for cause in review.impacts[0].causes}
    assert lines["talos-changed"] == (Position("profiles/a.yaml", 2, 1),)
    (label,) = [cause for cause in review.impacts[0].causes if "rack" in cause.path]
    assert label.lines == (Position("profiles/a.yaml", 11, 14),)


def test_the_rollout_goes_with_the_verdict(review: Review) -> None:
    """One node gets another image, so it reboots once."""
    (rollout,) = review.rollouts
    assert (rollout.cluster, rollout.reboots, rollout.blocked) == ("homelab", 1, ())
    assert any(" upgrade " in step.command for step in rollout.steps)


def test_decisions_findings_and_history_are_of_the_state_after(review: Review) -> None:
    """With reasons, and both moments."""
    decided = {(fact.pool, fact.what): fact for fact in review.decisions["homelab"]}
    assert decided["", "talos"].value == "v1.14.6"
    assert decided["gpu", "gpu.driver"].source
    assert [moment.row["talos"] for moment in review.timelines["homelab"]] == ["v1.13.12", "v1.14.6"]
    assert all(finding.position.file.startswith("profiles/") for finding in review.findings)


def test_costs_alone_say_the_same(tmp_path) -> None:
    """What `impact` prints is what a report holds, without the lines."""
    before = state(tmp_path, "before", {"a.yaml": PROFILE})
    after = state(tmp_path, "after", {"a.yaml": PROFILE.replace("rack: a1", "rack: b2")})
    impacts, rollouts = costs(difference(before, after))
    assert [impact.verdict for impact in impacts] == ["live"]
    assert [step.node for step in rollouts[0].steps if step.node][:1] == ["gpu-1"]


def test_a_cluster_whose_profile_is_refused_is_still_told(tmp_path) -> None:
    """By what is committed; why there is no plan is a note."""
    before = state(tmp_path, "before", {"a.yaml": PROFILE})
    broken = {**before.tree.read(before.entries), "profiles/a.yaml": PROFILE.replace("RTX 5090", "RTX 509O").encode()}
    broken["dist/homelab/kubernetes/namespace.yaml"] = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n"
    found = reviewed(difference(before, State.of(MemoryTree("after", broken), "dist")), date(2026, 11, 28))
    assert any("RTX 509O" in note for note in found.impacts[0].notes)
    assert found.impacts[0].causes
    assert found.rollouts[0].blocked
