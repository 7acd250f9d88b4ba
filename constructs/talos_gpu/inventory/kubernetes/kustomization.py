"""A kustomization.yaml: what it includes, and what it does to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.value import Value

__all__ = ["Kustomization", "Kustomizations", "kustomization_of"]

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_UNFOLLOWED = ("transformers", "replacements", "vars", "openapi", "validators")
"""What may change anything in ways that are not followed here."""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """The file, and its first document."""

    file: SourceFile
    root: Value

    @property
    def folder(self) -> str:
        """The folder that kustomize is told."""
        return self.file.folder

    @property
    def is_component(self) -> bool:
        """Whether it does nothing unless another one names it."""
        return self.root.get("kind").text == "Component"

    @property
    def followed(self) -> bool:
        """Whether all that it does to its resources is followed here."""
        return not any(self.root.get(key) for key in _UNFOLLOWED)

    @property
    def inflates(self) -> bool:
        """Whether it makes objects of charts."""
        return bool(self.root.get("helmCharts") or self.root.get("helmChartInflationGenerator"))

    def entries(self, *keys: str) -> Iterator[str]:
        """The texts of these lists."""
        for key in keys:
            yield from (entry.text for entry in self.root.get(key).items() if entry.text)

    def patches(self) -> Iterator[Value]:
        """Its patches in the order in which they count: maps with `path` or `patch`, or texts."""
        for key in ("patchesStrategicMerge", "patches", "patchesJson6902"):
            yield from self.root.get(key).items()

    def used_files(self, files: Files) -> Iterator[SourceFile]:
        """The files that it reads beside its resources: patches, values, sources of generators."""
        for reference in self._references():
            found = files.near(self.file.path, reference)
            if found is not None:
                yield found

    def _references(self) -> Iterator[str]:
        for patch in self.patches():
            yield patch.get("path").text or patch.text or ""
        for generator in self.generators():
            for key in ("files", "envs"):
                yield from (entry.raw.rpartition("=")[2] for entry in generator.get(key).items())
        for chart in (*self.root.get("helmCharts").items(), *self.root.get("helmChartInflationGenerator").items()):
            yield chart.get("valuesFile").raw
            yield from (entry.raw for entry in chart.get("additionalValuesFiles").items())
        yield from self.entries("configurations", "transformers", "generators", "replacements")

    def generators(self) -> tuple[Value, ...]:
        """Its generators of ConfigMaps and Secrets."""
        return (*self.root.get("configMapGenerator").items(), *self.root.get("secretGenerator").items())


class Kustomizations:
    """All kustomizations of a repository, by folder."""

    def __init__(self, files: Files) -> None:
        self.files = files
        found = (kustomization_of(file) for file in files)
        self._by_folder = {item.folder: item for item in found if item is not None}

    def __iter__(self) -> Iterator[Kustomization]:
        return iter(self._by_folder.values())

    def at(self, folder: str) -> Kustomization | None:
        """The one of a folder."""
        return self._by_folder.get(folder)

    def governing(self, folder: str) -> bool:
        """Whether the folder or one above it has one."""
        return any(above in self._by_folder for above in _up(folder))


def kustomization_of(file: SourceFile) -> Kustomization | None:
    """The kustomization in a file of such a name; one that is empty includes nothing."""
    if file.path.rpartition("/")[2] not in _NAMES or len(file.documents) != 1:
        return None
    root = file.documents[0]
    group = (root.get("apiVersion").text or "kustomize.config.k8s.io/v1").partition("/")[0]
    return Kustomization(file, root) if group == "kustomize.config.k8s.io" else None


def _up(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""
