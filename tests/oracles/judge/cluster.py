"""A cluster as the tools find it: its plan, and the bytes of its folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from judge.matrix import Case
from talos_gpu.output.render import plan_profile, render
from talos_gpu.plan import ClusterPlan
from talos_gpu.plan.model import NodePlan, PoolPlan

__all__ = ["Cluster", "committed", "rendered"]

_TOPF_READS = re.compile(r"\.ya?ml")
"""topf's filter, unanchored: every file with this anywhere in its name is a patch."""


@dataclass(frozen=True)
class Cluster:
    """`files`: path below the cluster's folder to bytes."""

    origin: str
    plan: ClusterPlan
    files: Mapping[str, bytes]

    def __str__(self) -> str:
        return self.origin

    def text(self, path: str) -> str:
        """A file's text."""
        return self.files[path].decode()

    def data(self, path: str) -> Any:
        """The one YAML document of a file."""
        return yaml.load(self.text(path), Loader=yaml.CSafeLoader)

    def below(self, folder: str) -> dict[str, bytes]:
        """The files of a folder, by path below it."""
        return {
            path.removeprefix(f"{folder}/"): data for path, data in self.files.items() if path.startswith(f"{folder}/")
        }

    def folders(self) -> list[str]:
        """Folders that hold a kustomization.yaml of their own, but for Components."""
        found = [path.rpartition("/")[0] for path in self.files if path.endswith("kustomization.yaml")]
        return [folder for folder in found if not folder.startswith("components/")]

    @property
    def talos_folder(self) -> str:
        """Where the layout's files lie."""
        return self.plan.layout_path

    @cached_property
    def nodes(self) -> tuple[tuple[PoolPlan, NodePlan], ...]:
        """Every node with its pool."""
        return tuple((pool, node) for pool in self.plan.pools for node in pool.nodes)

    def patches_of(self, pool: PoolPlan, node: NodePlan) -> list[tuple[str, str]]:
        """The patches of a node (path, text) in the order in which the layout's tool applies them.

        OpenTofu's root modules append a node's own patches to those of its pool.
        """
        found = {"talosctl": self._by_commands, "opentofu": self._by_locals, "topf": self._by_folders}
        return [(path, self.text(f"{self.talos_folder}/{path}")) for path in found[self.plan.layout.value](pool, node)]

    def _by_commands(self, pool: PoolPlan, node: NodePlan) -> list[str]:
        command = re.compile(
            rf"^talosctl --nodes {re.escape(node.address)} patch mc(?: --mode=\S+)? --patch @(\S+)$", re.MULTILINE
        )
        return command.findall(self.text(f"{self.talos_folder}/commands.sh"))

    def _by_locals(self, pool: PoolPlan, node: NodePlan) -> list[str]:
        text = self.text(f"{self.talos_folder}/locals.tf")
        block = text.partition(f'\n    "{pool.name}" = {{\n')[2].partition("\n    }\n")[0]
        shared, _, own = block.partition("node_patches = {")
        here = re.escape("${path.module}/")
        mine = re.findall(rf'^\s*"{re.escape(node.name)}"\s*= \["{here}([^"]+)"\]$', own, re.MULTILINE)
        return [*re.findall(rf'^ {{8}}"{here}([^"]+)",$', shared, re.MULTILINE), *mine]

    def _by_folders(self, pool: PoolPlan, node: NodePlan) -> list[str]:
        """all/, then the role's folder, then the node's; each walked byte by byte, sub-folders included."""
        found = []
        for folder in ("all", pool.role, f"node/{node.name}"):
            names = self.below(f"{self.talos_folder}/{folder}")
            read = (name for name in names if _TOPF_READS.search(name.rpartition("/")[2]))
            found += [f"{folder}/{name}" for name in sorted(read, key=lambda name: name.encode())]
        return found


def committed(repository: Path) -> Iterator[Cluster]:
    """What lies in dist/, byte for byte, with the plans of the profiles that its ledgers name."""
    for ledger in sorted((repository / "dist").glob("*/.talos-gpu.json")):
        folder = ledger.parent
        names = (path for path in sorted(folder.rglob("*")) if path.is_file() and path != ledger)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in names}
        _, plan = plan_profile(json.loads(ledger.read_text())["profile"], repository)
        yield Cluster(f"dist/{folder.name}", plan, files)


def rendered(cases: Iterable[Case], root: Path) -> dict[Case, Cluster]:
    """What synth makes of the cases, in this process and one start of Node; the profiles are written below `root`."""
    (root / "profiles").mkdir(exist_ok=True)
    wanted = {case: f"profiles/{case.name()}.yaml" for case in cases}
    for case, file in wanted.items():
        (root / file).write_text(case.profile())
    made = render(list(wanted.values()), root)
    return {
        case: Cluster(str(case), plan_profile(file, root)[1], cluster.files)
        for (case, file), cluster in zip(wanted.items(), made, strict=True)
    }
