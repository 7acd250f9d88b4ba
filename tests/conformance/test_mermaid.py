"""Mermaid reads every picture as it is meant: boxes in the order of the chain, with exactly the words that were given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from judge.cluster import Cluster
from judge.mermaid import RELEASES, blocks, read

from talos_gpu.mermaid import STAGES, flowchart
from talos_gpu.output.fleet_picture import MOST, fleet_picture

HOSTILE = (
    '"quoted"',
    'x"] --> evil["y',
    "[a] (b) {c} <d> |e|",
    "#35; #quot; &quot; &amp;lt; a#b;c",
    "one\ntwo\r\nthree",
    "%%{init: {'theme': 'dark'}}%% %% a comment",
    "`**not bold**`",
    "```\nend\n```",
    "<img src=x onerror=alert(1)>",
    "style a:#f00; classDef b:#f00; fill:#35;",
    "click GPU_a href \"javascript:alert(1)\"",
    "end",
    "L40S ﬂ°°35¶ß ß",
    "--> --- -.- ==> o--o x--x",
    "$$x^2$$ fa:fa-user @{shape: rect} :::big",
    "\\n \\\" \\",
    "日本語 ünïcode 𝔊",
)  # fmt: skip
NAMES = ("end", "a.b", "a-b", "a--b", "a..b", "default", "style", "o", "x", "1.2", "graph", "p|<b>`", "subgraph")


def shown(text: str) -> str:
    """What a box shows of a text: HTML folds blanks, and so do we."""
    return " ".join(text.split())


def asked(pictures: list[str], verdict: Any, good: str, bad: str) -> list[dict[str, Any]]:
    """What both releases read, which must be the same."""
    answers = []
    for answer in read(pictures):
        for release, name in RELEASES.items():
            verdict(name, bad if "error" in answer[release] else good)
        assert [found["error"] for found in answer.values() if "error" in found] == []
        first, *others = answer.values()
        assert all({**other, "type": ""} == {**first, "type": ""} for other in others)
        answers.append(first)
    return answers


def assert_chains(found: dict[str, Any], number: int) -> None:
    """Each chain goes through every stage, in order, and touches no other."""
    assert len(found["boxes"]) == number * len(STAGES)
    assert len(found["arrows"]) == number * (len(STAGES) - 1)
    for start, end in found["arrows"]:
        stage, _, name = start.partition("_")
        assert end == f"{STAGES[STAGES.index(stage) + 1]}_{name}"


def test_every_runbook_s_picture_has_a_chain_for_each_pool(everything: list[Cluster], verdict) -> None:
    """Of dist/ and of the matrix."""
    drawn = [(cluster, *blocks(cluster.text("README.md"))) for cluster in everything]
    assert all(len(pictures) == 1 for _, *pictures in drawn)
    answers = asked([picture for _, picture in drawn], verdict, "picture read", "picture NOT READ")
    for (cluster, _), found in zip(drawn, answers, strict=True):
        assert_chains(found, len(cluster.plan.gpu_pools))
        for pool in cluster.plan.gpu_pools:
            assert pool.gpu is not None
            texts = [text for box, text in found["boxes"].items() if box.endswith(f"_{pool.name.replace('-', '_')}")]
            assert f"pool {pool.name}\n{pool.gpu.count} x {shown(pool.gpu.model.value)}" in texts


def test_the_fleet_s_picture_has_a_chain_for_each_cluster(repository: Path, dist: list[Cluster], verdict) -> None:
    """In the frame of its era."""
    (picture,) = blocks((repository / "dist/README.md").read_text())
    (found,) = asked([picture], verdict, "picture read", "picture NOT READ")
    assert_chains(found, len(dist))
    for cluster in dist:
        (nodes,) = [nodes for title, nodes in found["groups"] if title == f"Era {cluster.plan.era.value}"]
        assert f"GPU_{cluster.plan.cluster.replace('-', '_')}" in nodes


def test_a_large_fleet_stays_within_what_mermaid_draws(verdict) -> None:
    """A thousand clusters, all different: as many rows as are drawn, and no more."""
    rows = {f"cluster-{number}": {"driver": f"{number}.1", "era": "cdi"} for number in range(1000)}
    (picture,) = blocks(fleet_picture(rows))
    assert len(picture) < 50_000
    (found,) = asked([picture], verdict, "picture read", "picture NOT READ")
    assert_chains(found, MOST)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str, verdict) -> None:
    """In a box and in a title: what a browser shows is what was written."""
    chain = ((text, "second"), *((stage,) for stage in STAGES[1:]))
    (picture,) = blocks(flowchart({text: {"a": chain}}))
    (found,) = asked([picture], verdict, "hostile words shown as written", "hostile words NOT AS WRITTEN")
    assert_chains(found, 1)
    assert shown(found["boxes"]["GPU_a"]) == shown(f"{text}\nsecond")
    assert [shown(title) for title, _ in found["groups"]] == [shown(text)]


def test_any_name_is_an_id_of_its_own(verdict) -> None:
    """Words of Mermaid's, dots, dashes in a row."""
    chain = tuple((stage,) for stage in STAGES)
    (picture,) = blocks(flowchart({"": dict.fromkeys(NAMES, chain)}))
    (found,) = asked([picture], verdict, "picture read", "picture NOT READ")
    assert_chains(found, len(NAMES))


def test_a_broken_picture_is_seen(verdict) -> None:
    """A quote that nobody escaped, in either release."""
    (answer,) = read(['flowchart LR\n  a["x"y"] --> b\n'])
    with verdict.of("mutations", "picture: red", "picture: NOT SEEN"):
        assert all("error" in found for found in answer.values())
