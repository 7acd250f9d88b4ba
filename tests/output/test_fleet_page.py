"""The fleet at a glance: one row a cluster, from what ledgers keep."""

from __future__ import annotations

from talos_gpu.output.fleet_page import COLUMNS, fleet_page

ROWS = {
    "b": {"talos": "v1", "gpus": "1 x 1 L40S"},
    "a": dict.fromkeys(COLUMNS, "x"),
    "c": {"talos": "v2"},
}


def test_clusters_stand_sorted_in_unpadded_rows() -> None:
    """A pull request that adds one cluster adds one line."""
    whole = fleet_page(ROWS).decode().splitlines()
    without = fleet_page({name: facts for name, facts in ROWS.items() if name != "b"}).decode().splitlines()
    assert [line for line in whole if line not in without] == [
        "| [b](b/README.md) | v1 | - | 1 x 1 L40S | - | - | - | - | - | - |"
    ]
    names = [line.split("]")[0] for line in whole if line.startswith("| [")]
    assert names == sorted(names)


def test_a_ledger_cannot_break_the_table() -> None:
    """Ledgers are input: their text is escaped, and what they lack is a dash."""
    page = fleet_page({"a": {"talos": "v1|<b>", "gpus": "`x`\n| y"}}).decode()
    assert r"| [a](a/README.md) | v1\|\<b\> | - | \`x\` \| y | - |" in page


def test_no_cluster_makes_an_empty_table() -> None:
    """The page exists before the first cluster does."""
    page = fleet_page({}).decode()
    assert page.rstrip().endswith("| --- |")
    assert page.startswith("<!-- Written by talos-gpu")
