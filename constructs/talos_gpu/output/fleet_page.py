"""README.md of the output folder: the fleet at a glance, made from ledgers alone.

Standard library only: a no-op synth makes this page to see whether the one on the disk still says what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from talos_gpu.markdown import plain
from talos_gpu.output import header
from talos_gpu.output.fleet_picture import fleet_picture
from talos_gpu.output.names import FLEET_PAGE

__all__ = ["COLUMNS", "fleet_page"]

COLUMNS = ("talos", "era", "gpus", "driver", "cuda", "stack", "layout", "delivery", "notices")
"""The facts of a row that the table shows, in its order."""

_ABOUT = """
# The clusters

One folder for each cluster: machine configuration, Kubernetes objects and the runbook that says how to apply and verify them. All of it is written by `talos-gpu synth` from the profiles; review it in pull requests, and change the profile to change it.

`gpus` counts nodes, then the GPUs of each: `2 x 4 L40S` is two nodes with four cards each, and `?` stands for nodes that the profile does not list. `notices` counts what the runbook wants to be read first.
"""


def fleet_page(rows: Mapping[str, Mapping[str, str]]) -> bytes:
    """The page for `rows` (cluster name to facts).

    One unpadded row a cluster, sorted by name, so that two pull requests rarely touch the same line. A fact that a row
    lacks is shown as a dash: the row was written by another version. Below the table the same as a picture.
    """
    lines = [_row(["cluster", *COLUMNS]), _row(["---"] * (len(COLUMNS) + 1))]
    for cluster in sorted(rows):
        facts = (rows[cluster].get(name) for name in COLUMNS)
        lines.append(_row([f"[{plain(cluster)}]({quote(cluster)}/README.md)", *(plain(fact or "-") for fact in facts)]))
    head = header.for_path(FLEET_PAGE, "profiles/")
    picture = fleet_picture(rows) if rows else ""
    return (head + _ABOUT + "\n" + "\n".join(lines) + "\n" + picture).encode()


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
