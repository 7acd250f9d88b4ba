"""The fleet at a glance: one row a cluster, from what ledgers keep."""

from __future__ import annotations

import re

from talos_gpu.mermaid import STAGES
from talos_gpu.output.fleet_page import COLUMNS, fleet_page
from talos_gpu.output.fleet_picture import MOST

ROWS = {
    "b": {"talos": "v1", "gpus": "1 x 1 L40S"},
    "a": dict.fromkeys(COLUMNS, "x"),
    "c": {"talos": "v2"},
}


def test_clusters_stand_sorted_in_unpadded_rows() -> None:
    """A pull request that adds one cluster adds one row to the table and one line to the picture."""
    whole = fleet_page(ROWS).decode().splitlines()
    without = fleet_page({name: facts for name, facts in ROWS.items() if name != "b"}).decode().splitlines()
    assert [line for line in whole if line not in without] == [
        "| [b](b/README.md) | v1 | - | 1 x 1 L40S | - | - | - | - | - | - |",
        '    GPU_b["b<br/>1 x 1 L40S"] --> DRIVER_b["driver<br/>unknown"] --> TOOLKIT_b["container toolkit<br/>unknown"]'
        ' --> RUNTIME_b["containerd<br/>unknown"] --> STACK_b["stack<br/>unknown"]'
        ' --> WORKLOAD_b["workload<br/>CUDA up to unknown"]',
    ]
    assert [line for line in without if line not in whole] == []
    names = [line.split("]")[0] for line in whole if line.startswith("| [")]
    assert names == sorted(names)


def test_a_ledger_cannot_break_the_table() -> None:
    """Ledgers are input: their text is escaped, and what they lack is a dash."""
    page = fleet_page({"a": {"talos": "v1|<b>", "gpus": "`x`\n| y"}}).decode()
    assert r"| [a](a/README.md) | v1\|\<b\> | - | \`x\` \| y | - |" in page
    assert 'GPU_a["a<br/>#96;x#96; #124; y"] -->' in page


def test_no_cluster_makes_an_empty_table() -> None:
    """The page exists before the first cluster does."""
    page = fleet_page({}).decode()
    assert page.rstrip().endswith("| --- |")
    assert page.startswith("<!-- Written by talos-gpu")


def test_the_picture_frames_each_era() -> None:
    """Sorted by name, and whoever does not say his era stands in a frame of his own."""
    page = fleet_page({**ROWS, "d": {"era": "cdi"}}).decode()
    frames = re.findall(r'subgraph GROUP_(\d)\["(.*)"\]\n    direction LR\n((?:    GPU_.*\n)+)  end\n', page)
    found = [(number, title, re.findall(r"GPU_(\w+)", lines)) for number, title, lines in frames]
    assert found == [("1", "Era cdi", ["d"]), ("2", "Era unknown", ["b", "c"]), ("3", "Era x", ["a"])]


def test_a_large_fleet_is_drawn_by_what_its_clusters_have_in_common() -> None:
    """Two kinds of clusters are two rows, whatever the number of clusters and GPUs; one more changes none of them."""
    rows = {
        f"cluster-{number}": {"gpus": f"{number} x {number} L40S", "era": "cdi", "driver": "1.2 lts open"}
        for number in range(MOST)
    }
    assert picture(rows).count("GPU_") == MOST
    more = {**rows, "other": {"gpus": "1 x 8 H100 NVL, 2 x 4 L40S", "era": "cdi", "driver": "1.3 lts open"}}
    drawn = [line for line in picture(more).splitlines() if "GPU_" in line]
    assert [re.findall(r'"driver<br/>(.*?)"', line) for line in drawn] in ([["1.2 lts open"], ["1.3 lts open"]],
                                                                           [["1.3 lts open"], ["1.2 lts open"]])  # fmt: skip
    assert sorted(line.split(" --> ")[0].split('["')[1] for line in drawn) == ['H100 NVL, L40S"]', 'L40S"]']
    assert picture({**more, "another": more["other"]}) == picture(more)


def test_no_fleet_is_too_large_for_mermaid() -> None:
    """It draws 500 arrows and 50,000 characters."""
    drawn = picture({f"c{number}": {"driver": f"{number}"} for number in range(1000)})
    assert drawn.count("GPU_") == MOST
    assert drawn.count(" --> ") == MOST * (len(STAGES) - 1) <= 500


def picture(rows: dict[str, dict[str, str]]) -> str:
    """The block of the page."""
    ((drawn),) = re.findall(r"^```mermaid\n(.*?)^```$", fleet_page(rows).decode(), re.MULTILINE | re.DOTALL)
    assert isinstance(drawn, str)
    return drawn
