"""The folders of the same repository that Flux's Kustomization and Argo CD's Application apply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import normpath

from talos_gpu.inventory.kubernetes.application import sources_of
from talos_gpu.inventory.kubernetes.kustomization import Kustomizations
from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.value import Value

__all__ = ["Targets", "is_flux", "is_inside"]

_PATH_OF_GENERATOR = re.compile(r"\{\{\s*\.?path(?:\.path)?\s*\}\}")


class Targets:
    """Finds folders by what manifests say; the root may be a folder of the repository, or hold it."""

    def __init__(self, kustomizations: Kustomizations) -> None:
        self._kustomizations = kustomizations
        self._folders = sorted({above for file in kustomizations.files for above in _up(file.folder)})
        self._known = frozenset(self._folders)

    def of(self, manifest: Manifest) -> tuple[str, ...]:
        """The folders that it applies; none where they are elsewhere or it is of another kind."""
        if is_flux(manifest):
            path = manifest.root.get("spec", "path").text
            return self.folder(path) if path else ()
        if manifest.kind == "Application" and manifest.group == "argoproj.io":
            paths = (source.get("path").text for source in sources_of(manifest) if not source.get("chart"))
            return tuple(folder for path in paths if path for folder in self.folder(path))
        if manifest.kind == "ApplicationSet" and manifest.group == "argoproj.io":
            return tuple(self._generated(manifest))
        return ()

    def folder(self, path: str) -> tuple[str, ...]:
        """The folder that a path in somebody's words is, where there is one."""
        words = [word for word in normpath(path).split("/") if word not in ("", ".")]
        ways = ["/".join(words[index:]) for index in range(len(words))] or [""]
        return tuple(way for way in ways if way in self._known)[:1] if ".." not in words else ()

    def loose_files(self, folder: str, deep: bool) -> Iterator[str]:
        """The files of a folder without kustomization; `deep` those below too, of folders that have one only that."""
        for file in self._kustomizations.files.below(folder):
            own = self._kustomizations.at(file.folder)
            is_top = own is not None and own.file.path == file.path
            above = file.folder.rpartition("/")[0] if is_top and file.folder != folder else file.folder
            if (deep or file.folder == folder) and not self._has_own(above, folder):
                yield file.path

    def _has_own(self, folder: str, above: str) -> bool:
        """Whether a kustomization stands between a folder and the one above it."""
        while folder != above and folder:
            if self._kustomizations.at(folder):
                return True
            folder = folder.rpartition("/")[0]
        return False

    def _generated(self, manifest: Manifest) -> Iterator[str]:
        paths = [source.get("path").raw for source in sources_of(manifest)]
        if not any(map(_PATH_OF_GENERATOR.fullmatch, paths)):
            for path in paths:
                yield from self.folder(path) if path and "{" not in path else ()
            return
        left_out = self.excluded(manifest)
        for folder in self._matching(manifest, exclude=False):
            if folder not in left_out:
                yield folder

    def excluded(self, manifest: Manifest) -> frozenset[str]:
        """The folders that the generators of an ApplicationSet leave out."""
        return frozenset(self._matching(manifest, exclude=True) if manifest.kind == "ApplicationSet" else ())

    def _matching(self, manifest: Manifest, exclude: bool) -> Iterator[str]:
        for pattern in _directories(manifest.root.get("spec", "generators"), exclude):
            if 0 < len(pattern) < 200 and pattern.count("*") < 5:
                yield from (folder for folder in self._folders if _same_depth(folder, pattern))


def is_flux(manifest: Manifest) -> bool:
    """Whether it is a Kustomization of Flux."""
    return manifest.kind == "Kustomization" and manifest.group == "kustomize.toolkit.fluxcd.io"


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies below it."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def _directories(generators: Value, exclude: bool) -> Iterator[str]:
    for value in generators.walk():
        if value.path and value.path[-1] == "directories":
            for entry in value.items():
                if (entry.get("exclude").boolean is True) is exclude:
                    yield normpath(entry.get("path").text or "")


def _same_depth(folder: str, pattern: str) -> bool:
    return folder.count("/") == pattern.count("/") and fnmatchcase(folder, pattern)


def _up(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""
