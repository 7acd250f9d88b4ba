"""Manifests, read into drafts of clusters: objects, charts and pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.kubernetes.app_template import app_template_pods
from talos_gpu.inventory.kubernetes.applied import Delivery
from talos_gpu.inventory.kubernetes.charts import releases
from talos_gpu.inventory.kubernetes.distribution import hints_elsewhere, installs_another, told_by
from talos_gpu.inventory.kubernetes.folders import cluster_folders, folder_of
from talos_gpu.inventory.kubernetes.manifest import Manifest, Manifests
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.kubernetes.pods import gpu_claims, workload_pods
from talos_gpu.inventory.kubernetes.release import Release
from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.subject import Subject

__all__ = ["read_kubernetes"]


def read_kubernetes(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """A draft for every cluster folder, and one for what lies in none."""
    delivery = Delivery(files, claimed)
    manifests = Manifests(delivery.manifests(), files)
    found = list(releases(delivery, manifests, files, claimed))
    folders = cluster_folders(file.path for file in files)
    parts: dict[str, _Part] = {}
    for manifest in manifests:
        parts.setdefault(folder_of(manifest.start, folders), _Part()).manifests.append(manifest)
    for release in found:
        parts.setdefault(folder_of(release.start, folders), _Part()).releases.append(release)
    for path in delivery.used_files - claimed:
        parts.setdefault(folder_of(path, folders), _Part()).files.add(path)
    elsewhere = not claimed and any(map(installs_another, files))
    for folder, part in sorted(parts.items()):
        yield part.draft(folder, hinted=elsewhere or (not claimed and hints_elsewhere(part.releases)))


@dataclass(slots=True)
class _Part:
    """What belongs to one cluster."""

    manifests: list[Manifest] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def draft(self, folder: str, hinted: bool) -> Draft:
        told = told_by(self.manifests)
        read = {layer.place.file for release in self.releases for layer in release.layers if layer is not None}
        own = {item.file for item in self.manifests} | {item.file for item in self.releases}
        return Draft(
            folder,
            tuple(_once(self._subjects())),
            frozenset(self.files | read | own),
            talos=told.talos,
            kubernetes=told.kubernetes,
            is_talos=told.is_talos,
            hardly_talos=hinted,
            together=bool(folder),
        )

    def _subjects(self) -> Iterator[Subject]:
        claims = gpu_claims(self.manifests)
        for manifest in self.manifests:
            own = object_of(manifest)
            if own is not None:
                yield own
            if manifest.live:
                yield from workload_pods(manifest, claims)
        for release in self.releases:
            if (chart := release.subject) is not None:
                yield chart
            yield from app_template_pods(release)


def _once(subjects: Iterable[Subject]) -> list[Subject]:
    """Each subject once, in order; several ways of delivery may lead to the same."""
    found: list[Subject] = []
    seen: dict[object, list[Subject]] = {}
    for subject in subjects:
        place = getattr(subject, "place", None) or getattr(subject, "root", None) or getattr(subject, "spec", None)
        same = seen.setdefault((type(subject), place and place.place), [])
        if subject not in same:
            same.append(subject)
            found.append(subject)
    return found
