"""Reviews to be shown: a small one of rendered profiles, one that somebody made to harm its readers, a large fleet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest

from talos_gpu.finding import Finding, Position
from talos_gpu.output.ledger import Ledger
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.rendered import rendered_tree
from talos_gpu.review.review import Fact, Moment, Review
from talos_gpu.review.rollout.plan import Expected, Rollout, RolloutStep
from talos_gpu.review.states import State, difference
from talos_gpu.review.tree import MemoryTree

PROFILE = """\
cluster: homelab
talos: v1.11.5
kubernetes: v1.34.1
endpoint: https://192.0.2.10:6443
layout: talosctl
delivery: plain
stack: {kind: device-plugin}
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: L40S}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
"""
VOID = frozenset({"meta", "link", "br", "col", "input", "rect"})


@dataclass
class Element:
    """A start tag, its attributes, and the text directly in it."""

    tag: str
    attributes: dict[str, str]
    ancestors: tuple[str, ...]
    hidden: bool
    text: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The text in one line."""
        return " ".join("".join(self.text).split())


class Elements(HTMLParser):
    """A page as its elements, in order; `faults` are tags that close nothing, or that nothing closes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.every: list[Element] = []
        self.faults: list[str] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        self.faults += [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"{tag} with an attribute twice")
        hidden = "hidden" in names or bool(self._open and self._open[-1].hidden)
        ancestors = tuple(element.tag for element in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, ancestors, hidden)
        self.every.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One of the drawing's, which closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """An element ends: the one that began last."""
        if self._open and self._open[-1].tag == tag:
            self._open.pop()
        else:
            self.faults.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Text, for every element that it is in."""
        for element in self._open:
            element.text.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a name, with these attributes (`class_` for class)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.every
            if element.tag == tag and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def only(self, tag: str, **attributes: str) -> Element:
        """The one element of this kind."""
        (found,) = self.all(tag, **attributes)
        return found


@pytest.fixture
def read() -> Callable[[str], Elements]:
    """A page as its elements."""
    return Elements


def state(name: str, files: dict[str, bytes]) -> State:
    """A state of files in memory."""
    return State.of(MemoryTree(name, files), "dist")


def ledger(cluster: str, profile: str, *inputs: str) -> Ledger:
    """What a cluster came from."""
    return Ledger(cluster, profile, dict.fromkeys((profile, *inputs), ""), "", {}, {})


def cause(verdict: Verdict, words: str = "", *, subject: str = "ClusterPolicy", path: str = "spec.driver") -> Cause:
    """A cause all of whose texts say `words`."""
    return Cause(
        verdict, f"{subject}{words}", f"{path}{words}", "changed", f"before{words}", f"after{words}",
        Position("dist/homelab/talos/patches/gpu/10-kernel-modules.yaml", 4, 2), f"a-rule{words}",
        f"It is why{words}.", f"siderolabs/talos#6750{words}", f"Do it{words}.", f"Undo it{words}.",
        (Position(f"profiles/homelab.yaml{words}", 2, 8),),
    )  # fmt: skip


def told(words: str = "") -> Review:
    """A review in which everything that can be told is told. `words` is in every text of it, and in names of files."""
    old, new = f"# a{words}\na: 1\nkey{words}: one{words}\nlast: true", f"# a{words}\na: 1\nkey{words}: two{words}\n"
    named = "" if "\x00" in words or "/" in words else words
    folder = f"dist/homelab{named}"
    files = {
        f"{folder}/.talos-gpu.json": b"{}",
        f"dist/other{named}/.talos-gpu.json": b"{}",
        "dist/gone/.talos-gpu.json": b"{}",
    }
    before = {
        **files,
        f"{folder}/a.yaml": old.encode(errors="surrogateescape"),
        f"{folder}/gone{named}.sh": f"# one{words}\n".encode(errors="surrogateescape"),
        f"catalogue/x{named}.yaml": old.encode(errors="surrogateescape"),
    }
    after = {
        **files,
        f"{folder}/a.yaml": new.encode(errors="surrogateescape"),
        f"{folder}/new{named}.md": f"# one{words}\n".encode(errors="surrogateescape"),
        f"dist/x{named}.md": f"one{words}".encode(errors="surrogateescape"),
    }
    del after["dist/gone/.talos-gpu.json"]
    name = f"homelab{named}"
    nodes = (f"gpu-1{words}", f"gpu-2{words}")
    causes = (cause("source-changed", words), cause("node-upgrade", words), cause("live", words), cause("none", words))
    impacts = (
        ClusterImpact("gone", "removed", ("v1.11.5", ""), (ScopeImpact("gpu", (), (cause("drain", words),)),), ScopeImpact("", (), ())),
        ClusterImpact(name, "changed", ("v1.11.5", f"v1.12.12{words}"), (ScopeImpact(f"gpu{words}", nodes, causes),), ScopeImpact("", (), (cause("restart-pods", words),)), (f"a note{words}",)),
    )  # fmt: skip
    steps = (
        RolloutStep("before", f"Look{words}", f"talosctl health{words}", f"It is well{words}.", "", f"Nothing{words}.", f"siderolabs/talos#1{words}"),
        RolloutStep("node", f"Upgrade{words}", f"talosctl upgrade{words}", "", nodes[0], f"talosctl rollback{words}"),
        RolloutStep("after", f"Look again{words}"),
    )  # fmt: skip
    expected = (Expected(f"gpu{words}", f"6.18{words}", f"570{words}", "", "", f"nobody measured it{words}"),)
    rollouts = (Rollout(name, steps, expected, ("v1.11.5", f"v1.12.12{words}"), 2, (f"it is blocked{words}",)),)
    row = {"talos": f"v1.12.12{words}", "era": "legacy", "gpus": f"2 x 1 L40S{words}", "driver": f"570{words}", "cuda": "12.8", "stack": f"device-plugin{words} 0.18.2", "layout": "talosctl", "delivery": f"plain{words}", "notices": "0"}  # fmt: skip
    findings = (
        Finding(Position(f"profiles/site{named}.yaml", 3, 1), f"stack{words}", f"found{words}", f"write\nthis{words}", f"siderolabs/talos#2{words}", f"ABC001{words}", "error"),
        Finding(Position(f"elsewhere{words}.yaml"), "", f"found{words}", severity="info"),
    )  # fmt: skip
    decisions = {
        name: (
            Fact("", f"Talos{words}", f"v1.12.12{words}", f"as the profile says{words}", f"siderolabs/talos#3{words}", f"the profile{words}"),
            Fact(f"gpu{words}", f"Driver{words}", f"570{words}", f"the catalogue{words}", "", "catalogue"),
        )
    }  # fmt: skip
    moments = (
        Moment(f"1a2b3c4{words}", 1_760_000_000, {**row, "talos": f"v1.10.2{words}"}),
        Moment(f"2b3c4d5{words}", 1_761_000_000, {**row, "talos": f"v1.11.5{words}"}),
        Moment(f"the work tree{words}", 0, row),
    )
    found = difference(state(f"main{words}", before), state(f"work tree{words}", after))
    found = replace(found, clusters=tuple(replace(change, after=ledger(change.name, f"profiles/site{named}.yaml")) if change.name == name else change for change in found.clusters))  # fmt: skip
    rows = {name: row, f"other{named}": {**row, "talos": "v1.14.6", "stack": "gpu-operator v26.3.3"}}
    return Review(found, impacts, rollouts, rows, findings, decisions, {name: moments})


@pytest.fixture
def whole() -> Review:
    """Everything that can be told, in harmless words."""
    return told()


@pytest.fixture
def rendered() -> Review:
    """A small profile on its way from Talos 1.11 to 1.12, as it is rendered, and one cluster that did not change."""
    other = PROFILE.replace("homelab", "other").replace("v1.11.5", "v1.14.6").replace("device-plugin", "gpu-operator")
    before = {"profiles/homelab.yaml": PROFILE.encode(), "profiles/other.yaml": other.encode()}
    after = before | {"profiles/homelab.yaml": PROFILE.replace("v1.11.5", "v1.12.12").encode()}
    trees = (rendered_tree(MemoryTree(name, files), "dist") for name, files in (("main", before), ("next", after)))
    found = difference(*(State.of(tree, "dist") for tree in trees))
    pools = (
        ScopeImpact("cp", ("cp-1",), (cause("node-upgrade"),)),
        ScopeImpact("gpu", ("gpu-1",), (cause("node-upgrade"),)),
    )
    impacts = (ClusterImpact("homelab", "changed", ("v1.11.5", "v1.12.12"), pools, ScopeImpact("", (), ())),)
    rows = {
        "homelab": {"talos": "v1.12.12", "stack": "device-plugin 0.18.2", "gpus": "1 x 1 L40S"},
        "other": {"talos": "v1.14.6", "stack": "gpu-operator v26.3.3", "gpus": "1 x 1 L40S"},
    }
    return Review(found, impacts, fleet=rows)
