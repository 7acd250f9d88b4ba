"""A cluster in one of the two states: its plan, its pools and its files, as far as they are to be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from posixpath import basename
from typing import Literal

from talos_gpu import talos
from talos_gpu.catalog.version import Version
from talos_gpu.inventory.source_file import SourceFile, read_source
from talos_gpu.output.emitter import encode
from talos_gpu.output.ledger import Ledger
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.profile import LoadedProfile
from talos_gpu.review.profiles import Planned
from talos_gpu.review.states import State

__all__ = ["Side", "side_of"]

_SCHEMATICS = "/schematics/"


@dataclass(frozen=True)
class Side:
    """`files` are those of the cluster's folder, by path inside it. Of a cluster that is not there, all is empty."""

    state: State
    folder: str
    ledger: Ledger | None
    planned: Planned

    @property
    def plan(self) -> ClusterPlan | None:
        """The plan, where there is one."""
        return self.planned.plan

    @property
    def loaded(self) -> LoadedProfile | None:
        """The profile, where there is one that can be planned."""
        return self.planned.loaded

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file of the cluster's folder."""
        start = f"{self.folder}/"
        return tuple(sorted(path[len(start) :] for path in self.state.entries if path.startswith(start)))

    @cached_property
    def talos(self) -> str:
        """The Talos release that the nodes are to run; empty where nobody says it in a way that can be compared."""
        said = self.plan.talos.value if self.plan else self.ledger.row.get("talos", "") if self.ledger else ""
        try:
            Version.parse(said)
        except ValueError:
            return ""
        return said

    @cached_property
    def layout(self) -> str:
        """The tool that brings machine configuration to the nodes; empty where nobody says it."""
        return self.plan.layout.value if self.plan else self.ledger.row.get("layout", "") if self.ledger else ""

    @cached_property
    def engine(self) -> str:
        """Who applies kubernetes/; empty where nobody says it."""
        return self.plan.delivery.engine if self.plan else self.ledger.row.get("delivery", "") if self.ledger else ""

    @cached_property
    def layout_path(self) -> str:
        """The folder of the layout: where the schematics lie."""
        if self.plan:
            return self.plan.layout_path
        found = {path.rpartition(_SCHEMATICS)[0] for path in self.paths if _SCHEMATICS in path}
        return min(found, default="talos")

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """The names of the pools: each has a schematic."""
        if self.plan:
            return tuple(pool.name for pool in self.plan.pools)
        start = f"{self.layout_path}{_SCHEMATICS}"
        return tuple(
            basename(path).removesuffix(".yaml")
            for path in self.paths
            if path.startswith(start) and path.endswith(".yaml")
        )

    def pool(self, name: str) -> PoolPlan | None:
        """The plan of a pool."""
        return next((pool for pool in self.plan.pools if pool.name == name), None) if self.plan else None

    def pool_of(self, node: str) -> str:
        """The pool of a node; empty where no plan names the node."""
        pools = self.plan.pools if self.plan else ()
        return next((pool.name for pool in pools for one in pool.nodes if one.name == node), "")

    def image(self, pool: str) -> str:
        """The installer image of the pool, which names its schematic and its release; empty without a plan."""
        found = self.pool(pool)
        return found.schematic.installer.value if found else ""

    def role(self, pool: str) -> Literal["worker", "control-plane"]:
        """What the pool's nodes are. Where nobody says it, what holds of workers is the more careful word."""
        found = self.pool(pool)
        return found.role if found else "worker"

    def nodes(self, pool: str) -> tuple[str, ...]:
        """The names of the pool's nodes as far as they are listed."""
        found = self.pool(pool)
        return tuple(node.name for node in found.nodes) if found else ()

    def below(self, folder: str) -> Mapping[str, SourceFile]:
        """The files of one of the cluster's folders, read, by path inside the cluster's."""
        return self.read(path for path in self.paths if path.startswith(f"{folder}/"))

    def read(self, paths: Iterable[str]) -> Mapping[str, SourceFile]:
        """These files of the cluster's, read, by path inside its folder; places in them are seen from the root."""
        return {path: self._file(path) for path in sorted(paths) if path in self._contents}

    @cached_property
    def rendered_layout(self) -> Mapping[str, bytes]:
        """What today's code renders the layout to, by path inside the cluster's folder; nothing without a plan."""
        if self.plan is None:
            return {}
        return {document.path: encode(document, self.plan.profile) for document in talos.render(self.plan)}

    @cached_property
    def _contents(self) -> Mapping[str, bytes]:
        """Everything in the cluster's folder, in one go."""
        found = self.state.read(f"{self.folder}/{path}" for path in self.paths)
        start = len(self.folder) + 1
        return {path[start:]: content for path, content in found.items()}

    @cached_property
    def _read(self) -> dict[str, SourceFile]:
        return {}

    def _file(self, path: str) -> SourceFile:
        if path not in self._read:
            self._read[path] = read_source(f"{self.folder}/{path}", self._contents[path])
        return self._read[path]


def side_of(state: State, name: str, ledger: Ledger | None, planned: Planned) -> Side:
    """The cluster `name` in `state`."""
    return Side(state, f"{state.outdir}/{name}", ledger, planned)
