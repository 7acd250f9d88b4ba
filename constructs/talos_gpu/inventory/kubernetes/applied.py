"""Every object of a repository as it reaches its cluster, whichever chain of tools applies it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from talos_gpu.inventory.kubernetes.application import cluster_of, sources_of
from talos_gpu.inventory.kubernetes.build import Builder
from talos_gpu.inventory.kubernetes.kustomization import Kustomization, Kustomizations
from talos_gpu.inventory.kubernetes.liveness import dead_files, included_files, is_archived
from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.patching import apply_patches
from talos_gpu.inventory.kubernetes.substitution import substituted
from talos_gpu.inventory.kubernetes.targets import Targets, is_flux, is_inside
from talos_gpu.inventory.kubernetes.transforming import default_namespace, set_images, set_metadata, set_namespace
from talos_gpu.inventory.source_file import Files

__all__ = ["Delivery"]

_MAX_CHAIN = 12
_MAX_MANIFESTS = 50_000


class Delivery:
    """`files` are all, `claimed` those that no object is read from."""

    def __init__(self, files: Files, claimed: frozenset[str]) -> None:
        self.kustomizations = Kustomizations(files)
        self._files = files
        self._builder = Builder(self.kustomizations)
        self._targets = Targets(self.kustomizations)
        self._own = {
            file.path: found for file in files if file.path not in claimed and (found := self._builder.objects(file))
        }
        self._graph = self._edges()

    @cached_property
    def dead(self) -> frozenset[str]:
        """The files that nothing applies."""
        paths = {*self._own, *(item.file.path for item in self.kustomizations)}
        return dead_files(sorted(paths), self._graph, self.kustomizations, self.is_left_out)

    def is_left_out(self, path: str) -> bool:
        """Whether a file, if nobody names it, is one that people have put aside.

        That is so in a folder that is called like an archive, in one that a generator excludes, and for a
        kustomization below a folder that Flux applies: who wanted it would name it in a Kustomization.
        """
        if is_archived(path) or any(is_inside(path, folder) for folder in self._excluded):
            return True
        top = self.kustomizations.at(path.rpartition("/")[0])
        if top is None or top.file.path != path or not self._reach(path).isdisjoint(self._flux):
            return False
        return any(is_inside(top.folder.rpartition("/")[0], folder) for folder in self._applied_by_flux)

    @cached_property
    def _flux(self) -> dict[str, tuple[Manifest, ...]]:
        """The Kustomizations of Flux, by file."""
        found = {path: tuple(filter(is_flux, objects)) for path, objects in self._own.items()}
        return {path: objects for path, objects in found.items() if objects}

    @cached_property
    def _applied_by_flux(self) -> frozenset[str]:
        """The folders that Flux applies; none where a placeholder leaves open which others it does."""
        items = [item for objects in self._flux.values() for item in objects]
        if any(item.root.get("spec", "path").opaque for item in items):
            return frozenset()
        return frozenset(folder for item in items for folder in self._targets.of(item))

    @cached_property
    def _excluded(self) -> frozenset[str]:
        """The folders that generators of ApplicationSets leave out."""
        items = (item for objects in self._own.values() for item in objects)
        return frozenset(folder for item in items for folder in self._targets.excluded(item))

    def folders_of(self, manifest: Manifest) -> tuple[str, ...]:
        """The folders of this repository that a Kustomization or an Application applies."""
        return self._targets.of(manifest)

    def is_folder(self, path: str, folder: str) -> bool:
        """Whether a path in somebody's words is that folder."""
        return bool(path) and folder in self._targets.folder(path)

    def around(self, top: Kustomization) -> tuple[Kustomization, ...]:
        """The kustomizations that include it, at whatever depth."""
        return tuple(
            item for item in self.kustomizations if item is not top and top.file.path in self._reach(item.file.path)
        )

    @property
    def used_files(self) -> frozenset[str]:
        """The kustomizations, and all files that they name."""
        tops = {item.file.path for item in self.kustomizations}
        return frozenset(tops).union(*(self._graph.get(path, frozenset()) for path in tops))

    def manifests(self) -> tuple[Manifest, ...]:
        """What is applied, each with the file where its chain starts; then what is not."""
        paths = {*self._own, *(item.file.path for item in self.kustomizations)}
        found = [item for start in self._starts(sorted(paths - self.dead)) for item in self._from(start)]
        unapplied = [replace(item, live=False) for path in sorted(self.dead) for item in self._own.get(path, ())]
        return (*_distinct(found[:_MAX_MANIFESTS]), *unapplied)

    def _edges(self) -> dict[str, frozenset[str]]:
        graph = {item.file.path: frozenset(included_files(item, self._files)) for item in self.kustomizations}
        for path, objects in self._own.items():
            folders = {folder: _is_deep(item) for item in objects for folder in self._targets.of(item)}
            found = {file for folder, deep in folders.items() for file in self._files_of(folder, deep)}
            if found:
                graph[path] = graph.get(path, frozenset()) | found
        return graph

    def _files_of(self, folder: str, deep: bool) -> Iterator[str]:
        top = self.kustomizations.at(folder)
        if top is not None:
            yield top.file.path
        else:
            yield from self._targets.loose_files(folder, deep)

    def _starts(self, paths: list[str]) -> Iterator[str]:
        """Where chains begin: what nobody names, then one file of each circle that nothing else reaches."""
        used = {target for path in paths for target in self._graph.get(path, frozenset()) - {path}}
        reached: set[str] = set()
        for path in paths:
            if path not in used:
                yield path
                reached |= self._reach(path)
        circle = {path: self._reach(path) for path in paths if path not in reached}
        # A repository that Flux applies names itself: what reaches most is where it starts.
        for path in sorted(circle, key=lambda path: (-len(circle[path]), path)):
            if path not in reached:
                yield path
                reached |= circle[path]

    def _reach(self, path: str) -> set[str]:
        reached: set[str] = set()
        waiting = [path]
        while waiting:
            here = waiting.pop()
            if here not in reached:
                reached.add(here)
                waiting += self._graph.get(here, ())
        return reached

    def _from(self, start: str) -> Iterator[Manifest]:
        for manifest in self._expanded(self._at(start), ()):
            yield replace(manifest, start=start)

    def _at(self, path: str) -> tuple[Manifest, ...]:
        folder = path.rpartition("/")[0]
        top = self.kustomizations.at(folder)
        return self._builder.folder(folder) if top and top.file.path == path else self._own.get(path, ())

    def _expanded(self, manifests: Iterable[Manifest], chain: tuple[str, ...]) -> Iterator[Manifest]:
        for manifest in manifests:
            yield manifest
            for folder in self._targets.of(manifest):
                step = f"{manifest.root.place} {folder}"
                if step not in chain and len(chain) < _MAX_CHAIN:
                    yield from self._expanded(self._applied(manifest, folder), (*chain, step))

    def _applied(self, by: Manifest, folder: str) -> list[Manifest]:
        found = [item for path in self._files_of(folder, _is_deep(by)) for item in self._at(path)]
        return self._by_flux(by, folder, found) if by.kind == "Kustomization" else self._by_argo_cd(by, found)

    def _by_flux(self, by: Manifest, folder: str, found: list[Manifest]) -> list[Manifest]:
        spec = by.root.get("spec")
        for entry in spec.get("components").items():
            found = self._builder.component(folder, entry.raw, found)
        found = apply_patches(found, spec.get("patches").items(), by.file, self._files)
        found = set_namespace(found, spec.get("targetNamespace"))
        found = set_metadata(found, "labels", spec.get("commonMetadata", "labels"))
        found = set_metadata(found, "annotations", spec.get("commonMetadata", "annotations"))
        found = set_images(found, spec.get("images").items())
        return substituted(found, spec.get("postBuild"))

    def _by_argo_cd(self, by: Manifest, found: list[Manifest]) -> list[Manifest]:
        found = [replace(item, cluster=cluster_of(by)) for item in found]
        for source in sources_of(by):
            found = apply_patches(found, source.get("kustomize", "patches").items(), by.file, self._files)
            found = set_namespace(found, source.get("kustomize", "namespace"))
        spec = by.root.get("spec")
        destination = (spec.get("template", "spec") if by.kind == "ApplicationSet" else spec).get("destination")
        return default_namespace(found, destination.get("namespace"))


def _is_deep(manifest: Manifest) -> bool:
    """Whether sub-folders of a folder without kustomization are applied too."""
    if manifest.kind == "Kustomization":
        return True
    return any(source.get("directory", "recurse").boolean for source in sources_of(manifest))


def _distinct(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Each object once a start, though several ways may lead to it."""
    found: dict[tuple[str, ...], Manifest] = {}
    extra: list[Manifest] = []
    for item in manifests:
        key = (item.start, str(item.root.place), item.kind, item.name, item.namespace, item.cluster)
        if key not in found:
            found[key] = item
        elif found[key].root != item.root:
            extra.append(item)
    return [*found.values(), *extra]
