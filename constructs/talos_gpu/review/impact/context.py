"""What holds of a cluster while its change is brought to it."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Value
from talos_gpu.review.impact.event import Context
from talos_gpu.review.impact.side import Side

__all__ = ["context_of"]

_PRUNE = (("spec", "prune"), ("spec", "syncPolicy", "automated", "prune"))
_ENGINES = {"flux": "flux", "argocd": "argocd"}


def context_of(before: Side, after: Side) -> Context:
    """The context of the whole cluster: no pool, the release that runs, and these flags.

    engine: Flux or Argo CD applies it. prune: what goes in Git, the engine deletes. owns-namespace: a namespace lies
    among what it applies. test-delivered: the smoke test too. patched: patches are brought to the nodes, and no main
    file. dialects: the machine configs are of another dialect than before.
    same-nodes: of a cluster that comes or goes, its nodes go or come in another one.
    images: a schematic's file changed. layouts: another tool brings configuration than before.
    """
    side = after if after.paths else before
    flags = {name for name, holds in _flags(before, after, side) if holds}
    selectors = before.plan.stack.node_selector.value if before.plan else {}
    addresses = {node.name: node.address for pool in (before.plan.pools if before.plan else ()) for node in pool.nodes}
    return Context(
        running=before.talos,
        arriving=after.talos,
        flags=frozenset(flags),
        selectors=frozenset(selectors),
        addresses=tuple(addresses.items()),
    )


def _flags(before: Side, after: Side, side: Side) -> Iterator[tuple[str, bool]]:
    yield "engine", bool({before.engine, after.engine} & _ENGINES.keys())
    yield (
        "prune",
        any(_prunes(root) for root in (*_documents(side, "flux/"), *_documents(side, "argocd/")))
        or any(_prunes(root) for root in (*_documents(before, "flux/"), *_documents(before, "argocd/"))),
    )
    yield "owns-namespace", any(root.get("kind").raw == "Namespace" for root in _documents(before, "kubernetes/"))
    yield "test-delivered", any(path in side.paths for path in ("flux/smoke-test.yaml", "argocd/smoke-test.yaml"))
    yield "patched", side.layout in {"talosctl", "opentofu"}
    yield "images", _schematics(before) != _schematics(after)
    yield "layouts", bool(before.layout and after.layout) and before.layout != after.layout
    plans = before.plan, after.plan
    yield "dialects", len({plan.dialect.value for plan in plans if plan}) > 1


def _schematics(side: Side) -> list[bytes]:
    return [file.data for file in side.below(f"{side.layout_path}/schematics").values()]


def _documents(side: Side, folder: str) -> Iterator[Value]:
    paths = (path for path in side.paths if path.startswith(folder) and path.endswith(".yaml"))
    for file in side.read(paths).values():
        yield from file.documents


def _prunes(root: Value) -> bool:
    return any(root.get(*path).boolean is True for path in _PRUNE)
