"""Pictures hold the words that they were given, and nothing in a word is Mermaid's.

`make conformance` lets Mermaid itself read the same kinds of words.
"""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.mermaid import STAGES, flowchart, label

BOX = r'([A-Z]+)_([a-z0-9._]+)\["([^"\n]*)"\]'
PLAIN = tuple((stage.lower(),) for stage in STAGES)


def read(text: str) -> list[list[tuple[str, str, str]]]:
    """The boxes of each chain, by a reading of our own that knows one form only."""
    first, second, *lines, last = text.splitlines()
    assert (first, second, last) == ("```mermaid", "flowchart LR", "```")
    frame = re.compile(r'  subgraph GROUP_\d+\["[^"]*"\]|    direction LR|  end')
    return [boxes(line.strip()) for line in lines if not frame.fullmatch(line)]


def boxes(line: str) -> list[tuple[str, str, str]]:
    """Stage, name and shown text of each box of a line that holds a chain and nothing else."""
    found = [re.fullmatch(BOX, part) for part in line.split(" --> ")]
    return [(box[1], box[2], shown(box[3])) for box in found if box] if all(found) else []


def shown(text: str) -> str:
    """As Mermaid and a browser read a label."""
    return html.unescape(re.sub(r"#(\w+);", r"&#\1;", text.replace("<br/>", "\n")))


def test_a_chain_is_one_line_through_every_stage() -> None:
    """In order, each box with its lines."""
    assert flowchart({"": {"a-b.c": PLAIN}}).splitlines()[2] == (
        '  GPU_a_b.c["gpu"] --> DRIVER_a_b.c["driver"] --> TOOLKIT_a_b.c["toolkit"] --> RUNTIME_a_b.c["runtime"]'
        ' --> STACK_a_b.c["stack"] --> WORKLOAD_a_b.c["workload"]'
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gpu-operator v26.3.3", "gpu-operator v26.3.3"),
        ('a"b', "a#34;b"),
        ("[x]{y}<z>", "#91;x#93;#123;y#125;#60;z#62;"),
        ("#35; &quot;", "#35;35#59; #38;quot#59;"),
        ("one\ntwo", "one two"),
        ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
        ("style a:#f", "style a#58;#35;f"),
        ("`**x**`", "#96;#42;#42;x#42;#42;#96;"),
        ("a\u202eb\x1b[31m", "a b #91;31m"),
        ("", " "),
    ],
)
def test_what_means_something_to_mermaid_is_a_number(text: str, written: str) -> None:
    """Words and versions stay readable in a pull request."""
    assert label(text) == written


@given(st.text(min_size=1), st.text(), st.text())
def test_any_word_is_shown_as_it_is_written(name: str, one: str, other: str) -> None:
    """Blanks folded, cut where no box would hold it; and no word makes, ends or joins a box."""
    ((first, *rest),) = read(flowchart({other: {name: ((one, other), *PLAIN[1:])}}))
    assert first[0] == "GPU"
    assert [stage for stage, _, _ in rest] == list(STAGES[1:])
    lines = first[2].split("\n")
    for line, text in zip(lines, (one, other), strict=True):
        kept = label(text)
        assert len(shown(kept)) <= 160
        assert line == shown(kept)
        if text.isprintable() and 0 < len(text.strip()) <= 160:
            assert line == " ".join(re.split(r"\s+", text.strip()))


@given(st.sets(st.from_regex(r"[a-z0-9][a-z0-9.-]{0,8}", fullmatch=True), min_size=2))
def test_names_of_clusters_stay_apart(names: set[str]) -> None:
    """Dots and dashes too."""
    chains = read(flowchart({"x": dict.fromkeys(names, PLAIN)}))
    assert len({chain[0][1] for chain in chains}) == len(names)
    assert not any("--" in name for chain in chains for _, name, _ in chain)
