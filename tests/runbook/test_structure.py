"""The runbook is Markdown that a linter has nothing to say about, and its shell is shell."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from talos_gpu.output.fleet_page import COLUMNS, fleet_page
from talos_gpu.output.fleet_picture import FACTS
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, NodePlan
from talos_gpu.profile.pool import Taint
from talos_gpu.runbook.row import row

SIX = (
    "current-topf-gpu-operator",
    "h100-nvl-argocd",
    "official-proprietary-guide",
    "quadro-k2200-opentofu",
    "rtx-5070-ti-gpu-operator",
    "velaryon-talhelper-flux",
)
OTHERS = {
    "MIG, partly unknown, by hand": """\
cluster: a
talos: v1.14.6
stack: gpu-operator
pools:
  gpu: {gpu: {model: H100 NVL, count: 2}, mig: {strategy: mixed, profile: 1g.12gb}, nodes: {g1: {address: 192.0.2.1}}}
""",
    "MIG with the device plugin": """\
cluster: a
talos: v1.11.6
stack: device-plugin
pools:
  gpu: {gpu: {model: H100 NVL, count: 2}, mig: {strategy: single, profile: 1g.12gb}}
""",
    "preview era": """\
cluster: a
talos: v1.15.0-beta.0
stack: gpu-operator
layout: topf
pools:
  gpu: {gpu: {model: L40S, count: 2}, driver: {track: new-feature}}
""",
    "two pools, pre-installed, MPS": """\
cluster: a
talos: v1.12.11
stack: {kind: gpu-operator, driver: pre-installed}
delivery: {engine: argocd, source: {repoURL: "https://git.example.org/a.git"}}
pools:
  small: {gpu: {model: RTX 5070 Ti}, secureBoot: true}
  large: {gpu: {model: L40S, count: 8}, sharing: {mps: {replicas: 4}}, nodes: {g1: {address: 192.0.2.1}, g2: {address: 192.0.2.2}}}
""",
    "conflicting sources": """\
cluster: a
talos: v1.13.9
layout: opentofu
smokeTest: {deliver: true}
pools:
  gpu: {gpu: {model: GB10}, arch: arm64}
""",
}
"""Profiles beside the six that take other ways through the templates."""

BARE_ADDRESS = re.compile(r"(?<![<(`\w/])https?://")


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def _fences(text: str, language: str) -> Iterator[str]:
    yield from (token.content for token in _tokens(text) if token.type == "fence" and token.info == language)


def _prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of fences, with their numbers."""
    inside = False
    for number, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _problems(text: str) -> Iterator[str]:
    """What a linter with its default rules (but for the length of lines) would say, as far as it matters here."""
    headings = [line for _, line in _prose_lines(text) if line.startswith("#")]
    yield from _heading_problems(headings)
    if not text.endswith("\n") or text.endswith("\n\n") or "\n\n\n" in text:
        yield "blank lines in a row, or at the end"
    anchors = {_slug(line.lstrip("# ")) for line in headings}
    lines = text.split("\n")
    for number, line in _prose_lines(text):
        before, after = lines[number - 1] if number else "", lines[number + 1] if number + 1 < len(lines) else ""
        yield from (f"{number}: {problem}" for problem in _line_problems(before, line, after))
        links = re.findall(r"\]\(#([^)]+)\)", line)
        yield from (f"{number}: no heading #{name}" for name in links if name not in anchors)
    yield from (f"a fence without language: {t.content}" for t in _tokens(text) if t.type == "fence" and not t.info)
    yield from _uneven_tables(text)


def _heading_problems(headings: Sequence[str]) -> Iterator[str]:
    if [line for line in headings if line.startswith("# ")] != headings[:1]:
        yield "expected exactly one h1, first"
    if len(set(headings)) != len(headings):
        yield "a heading stands twice"
    if any(len(after.split()[0]) - len(before.split()[0]) > 1 for before, after in pairwise(headings)):
        yield "a heading level is skipped"


def _line_problems(before: str, line: str, after: str) -> Iterator[str]:
    if line != line.rstrip() or "\t" in line:
        yield "trailing blank or tab"
    if BARE_ADDRESS.search(line):
        yield "a bare address"
    if line.startswith("#") and (before or after):
        yield "no blank line around a heading"
    if re.match(r" *(- |\d+\. )", line) and before.lstrip().startswith("```"):
        yield "no blank line between a fence and a list"
    if line.startswith("- ") and before and not before.startswith(("- ", "  ")):
        yield "no blank line above a list"
    if line.startswith("|") and before and not before.startswith("|"):
        yield "no blank line above a table"


def _uneven_tables(text: str) -> Iterator[str]:
    width = 0
    for number, line in _prose_lines(text):
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if cells and width and cells != width:
            yield f"{number}: {cells - 1} cells in a table of {width - 1}"
        if cells and ("|  |" in line or "  |" in line):
            yield f"{number}: a padded or empty cell"
        width = cells


@pytest.mark.parametrize("name", SIX)
def test_a_runbook_is_clean_markdown(name: str, runbooks: Mapping[str, str]) -> None:
    """One h1, unique headings, blank lines, languages, even tables, links that lead somewhere."""
    assert list(_problems(runbooks[name])) == []


@pytest.mark.parametrize("profile", OTHERS.values(), ids=OTHERS.keys())
def test_another_runbook_is_clean_markdown_and_shell(profile: str, runbook_of: Callable[[str], str]) -> None:
    """Unknown values, placeholders, MIG and previews included."""
    text = runbook_of(profile)
    assert list(_problems(text)) == []
    _check_shell(text)


@pytest.mark.parametrize("name", SIX)
def test_every_shell_block_is_shell(name: str, runbooks: Mapping[str, str]) -> None:
    """`bash -n` reads each of them."""
    _check_shell(runbooks[name])


def _check_shell(text: str) -> None:
    blocks = list(_fences(text, "sh"))
    assert blocks
    for block in blocks:
        assert block.strip()
        checked = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, ""), block


def _hostile(plan: ClusterPlan) -> ClusterPlan:
    """The plan as no profile could make it: every name breaks shell, Markdown or both."""
    evil = NodePlan(name="n'; rm -rf / #`|", address="$(reboot)", install_disk=None)
    pools = [
        replace(
            pool,
            name="p|<b>`",
            nodes=(evil,),
            machine=replace(
                pool.machine,
                taints=Known((Taint.model_construct(key="k;x", value="v `w`", effect="NoSchedule"),), "so"),
                labels=Known({"l|": "<i>"}, "a | b <script> `c|d`", "e|f", "profile"),
            ),
        )
        for pool in plan.pools
    ]
    stack = replace(plan.stack, namespace=Known("ns && x", "so"), node_selector=Known({"it's": '"q"'}, "so"))
    delivery = replace(plan.delivery, path="dist/a b;c\n```\n# x")
    return replace(plan, cluster="c|`<x>", pools=tuple(pools), stack=stack, delivery=delivery)


@pytest.mark.parametrize("name", ["official-proprietary-guide", "rtx-5070-ti-gpu-operator"])
def test_hostile_names_stay_words(
    name: str, plans: Mapping[str, ClusterPlan], text_for: Callable[[ClusterPlan], str]
) -> None:
    """Each reaches the shell as one word, and the page keeps its shape."""
    text = text_for(_hostile(plans[name]))
    words: set[str] = set()
    for block in _fences(text, "sh"):
        checked = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, block
        for line in block.splitlines():
            words |= set(shlex.split(line, comments=True))
    assert {"n'; rm -rf / #`|", "$(reboot)", "k;x=v `w`:NoSchedule", "ns && x"} <= words
    assert any(word.startswith("dist/a b;c?```?# x") for word in words)
    assert "rm" not in words
    assert [problem for problem in _problems(text) if "cells" in problem or "h1" in problem or "twice" in problem] == []
    assert not any(token.type.startswith("html") for token in _flat(text))


def _flat(text: str) -> Iterator[Token]:
    for token in _tokens(text):
        yield token
        yield from token.children or []


def test_the_fleet_is_clean_markdown(plans: Mapping[str, ClusterPlan]) -> None:
    """The page above the clusters too."""
    assert list(_problems(fleet_page({plan.cluster: row(plan) for plan in plans.values()}).decode())) == []


def test_a_row_holds_the_facts_of_a_cluster(plans: Mapping[str, ClusterPlan]) -> None:
    """As plain text, so that a ledger can keep it."""
    facts = row(plans["velaryon-talhelper-flux"])
    assert set(facts) == {*COLUMNS, *FACTS}
    assert (facts["toolkit"], facts["containerd"]) == ("v1.17.8", "2.1.4")
    assert facts["talos"] == "v1.11.1"
    assert facts["gpus"] == "1 x 1 GeForce RTX 2070 SUPER"
    assert facts["driver"] == "535.247.01 lts proprietary"
    assert facts["cuda"] == "12.2"
    assert facts["stack"] == "device-plugin 0.18.2"
    assert (facts["layout"], facts["delivery"]) == ("talhelper", "flux")


def test_the_picture_shows_each_gpu_pool_s_versions(
    plans: Mapping[str, ClusterPlan], runbook_of: Callable[[str], str], text_for: Callable[[ClusterPlan], str]
) -> None:
    """Unknown is said, and pools without a GPU have no chain."""
    (drawn,) = _fences(text_for(plans["current-topf-gpu-operator"]), "mermaid")
    assert drawn.splitlines() == [
        "flowchart LR",
        '  GPU_gpu["pool gpu<br/>4 x L40S"] --> DRIVER_gpu["driver 580.196.07<br/>track lts, open modules"]'
        ' --> TOOLKIT_gpu["container toolkit of unknown version<br/>mode jit-cdi"]'
        ' --> RUNTIME_gpu["containerd 2.3.7"] --> STACK_gpu["gpu-operator<br/>chart v26.3.3"]'
        ' --> WORKLOAD_gpu["workload<br/>nvidia.com/gpu<br/>CUDA up to 13.0"]',
    ]
    (two,) = _fences(runbook_of(OTHERS["two pools, pre-installed, MPS"]), "mermaid")
    assert re.findall(r'GPU_\w+\["(.*?)"\]', two) == [
        "pool large<br/>8 x L40S",
        "pool small<br/>1 x GeForce RTX 5070 Ti",
    ]
    (preview,) = _fences(runbook_of(OTHERS["preview era"]), "mermaid")
    assert "container toolkit of unknown version<br/>mode unknown" in preview
    (hostile,) = _fences(text_for(_hostile(plans["rtx-5070-ti-gpu-operator"])), "mermaid")
    assert "pool p#124;#60;b#62;#96;<br/>" in hostile


def test_more_pools_than_anybody_looks_at_are_not_drawn(
    plans: Mapping[str, ClusterPlan], text_for: Callable[[ClusterPlan], str]
) -> None:
    """Mermaid would draw an error; the page stays clean without a picture."""
    plan = plans["rtx-5070-ti-gpu-operator"]
    (pool,) = plan.gpu_pools
    many = replace(plan, pools=tuple(replace(pool, name=f"p{number}") for number in range(41)))
    assert list(_fences(text_for(many), "mermaid")) == []
