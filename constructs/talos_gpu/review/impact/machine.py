"""What the nodes of each pool are told in all: the texts of a layout merged in its order, as Talos merges them.

So a label that moves from one patch to another costs nothing, and an entry that stands in two patches is seen twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename

from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.talhelper_node import told
from talos_gpu.inventory.talhelper_patch import PatchTexts
from talos_gpu.inventory.talos_merge import identity
from talos_gpu.inventory.talos_text import TalosText, merge_texts, text_of_file
from talos_gpu.review.impact.side import Side

__all__ = ["Told", "covered", "told_in"]

_TALHELPER = ("talconfig.yaml", "talconfig.nodes.yaml")
_ROLES = {"worker": "worker", "control-plane": "control-plane"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a node is told, or what all nodes of a pool are that no file names (`node` is empty then).

    `documents` are the ones beside the legacy document, by kind and name. `whole` is False where something of it
    could not be read.
    """

    pool: str
    node: str
    legacy: Value
    documents: Mapping[tuple[str, str], Value]
    whole: bool


def covered(side: Side, file: str) -> bool:
    """Whether the file is one of those that are merged here, so that it needs no verdict of its own."""
    if not file.startswith(f"{side.layout_path}/") or not file.endswith(".yaml"):
        return False
    inner = file.removeprefix(f"{side.layout_path}/")
    return inner.startswith(("patches/", "node/", "all/", *(f"{role}/" for role in _ROLES)))


def told_in(side: Side) -> tuple[Told, ...]:
    """Everything that the cluster's nodes are told, pool by pool."""
    files = side.below(side.layout_path)
    if side.layout == "talhelper":
        return tuple(_talhelper(side, files))
    by_node = _topf(side, files) if side.layout == "topf" else ()
    return (*by_node, *_folders(side, files))


def _folders(side: Side, files: Mapping[str, SourceFile]) -> Iterator[Told]:
    """patches/<pool>/ in the order of the names. What is for one node alone has the node's name at the end of its own."""
    for pool in side.pools:
        start = f"{side.layout_path}/patches/{pool}/"
        own = [file for path, file in files.items() if path.startswith(start) and _is_yaml(path)]
        nodes = side.nodes(pool)
        groups: dict[str, list[SourceFile]] = {}
        for file in own:
            groups.setdefault(_only_for(file, nodes), []).append(file)
        for node, group in groups.items():
            yield _told(pool, node, (text_of_file(file, "talos") for file in group), Position(group[0].path))


def _only_for(file: SourceFile, nodes: Iterable[str]) -> str:
    stem = basename(file.path).removesuffix(".yaml")
    return next((node for node in sorted(nodes, key=len, reverse=True) if stem.endswith(f"-{node}")), "")


def _topf(side: Side, files: Mapping[str, SourceFile]) -> Iterator[Told]:
    """all/, the role's folder, node/<host>/: each in the order of the names, byte by byte."""
    start = f"{side.layout_path}/node/"
    hosts = {path[len(start) :].partition("/")[0] for path in files if path.startswith(start)}
    named = {node for pool in side.pools for node in side.nodes(pool)}
    for host in sorted(hosts | named):
        pool = side.pool_of(host) or _pool_by_schematic(side, files, host)
        folders = ("all", side.role(pool), f"node/{host}")
        own = [file for folder in folders for file in _below(files, f"{side.layout_path}/{folder}/")]
        if own:
            yield _told(pool, host, (text_of_file(file, "topf") for file in own), Position(own[-1].path))


def _below(files: Mapping[str, SourceFile], start: str) -> list[SourceFile]:
    found = sorted((path for path in files if path.startswith(start) and _is_yaml(path)), key=str.encode)
    return [files[path] for path in found]


def _is_yaml(path: str) -> bool:
    return path.endswith((".yaml", ".yml"))


def _pool_by_schematic(side: Side, files: Mapping[str, SourceFile], host: str) -> str:
    """The pool whose schematic topf.yaml gives to the node; of nodes without one, the only pool or none."""
    main = files.get(f"{side.layout_path}/topf.yaml")
    for document in main.documents if main else ():
        for node in document.get("nodes").items():
            if node.get("host").raw == host:
                return _only(side, basename(node.get("schematicId").raw.removeprefix("@")).removesuffix(".yaml"))
    return _only(side, "")


def _only(side: Side, pool: str) -> str:
    return pool if pool in side.pools or len(side.pools) != 1 else side.pools[0]


def _talhelper(side: Side, files: Mapping[str, SourceFile]) -> Iterator[Told]:
    """Each entry of `nodes`, with the patches that it names."""
    every = Files({file.path: file for file in files.values()})
    for name in _TALHELPER:
        file = files.get(f"{side.layout_path}/{name}")
        for document in file.documents[:1] if file else ():
            assert file is not None
            texts = PatchTexts(every, file, document, {})
            for entry in document.get("nodes").items():
                said = told(document, entry, texts)
                host = entry.get("hostname").raw
                pool = side.pool_of(host) or _pool_by_patches(side, entry)
                yield _told(pool, host, said.texts, entry.place, whole=said.complete)


def _pool_by_patches(side: Side, entry: Value) -> str:
    folders = (patch.raw.rpartition("/")[0] for patch in entry.get("patches").items())
    return next((pool for pool in map(basename, folders) if pool in side.pools), _only(side, ""))


def _told(pool: str, node: str, texts: Iterable[TalosText], place: Position, *, whole: bool = True) -> Told:
    every = tuple(texts)
    legacy, documents = merge_texts(every)
    by_name = {identity(document)[1:]: document for document in documents}
    complete = whole and all(text.complete for text in every)
    return Told(pool, node, legacy or Value(None, place), by_name, complete)
