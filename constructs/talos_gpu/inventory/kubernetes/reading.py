"""Manifests, read into drafts of clusters: objects, charts and pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.kubernetes.app_template import app_template_pods
from talos_gpu.inventory.kubernetes.application import cluster_of
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
    """A draft for every cluster folder, and one for what lies in none; apart what Argo CD sends to several clusters."""
    delivery = Delivery(files, claimed)
    manifests = Manifests(delivery.manifests(), files)
    found = list(releases(delivery, manifests, files, claimed))
    folders = cluster_folders(file.path for file in files)
    destinations: dict[str, set[str]] = {}
    for manifest in manifests:
        if manifest.live and manifest.kind in ("Application", "ApplicationSet"):
            destinations.setdefault(folder_of(manifest.start, folders), set()).add(cluster_of(manifest))
    parts: dict[tuple[str, str], _Part] = {}

    def part_of(start: str, cluster: str) -> _Part:
        # Who sends everything to one cluster says nothing by its name.
        folder = folder_of(start, folders)
        several = len(destinations.get(folder, ())) > 1
        return parts.setdefault((folder, cluster if several else ""), _Part())

    for manifest in manifests:
        part_of(manifest.start, cluster_of(manifest)).manifests.append(manifest)
    for release in found:
        part_of(release.start, release.cluster).releases.append(release)
    for path in delivery.used_files - claimed:
        part_of(path, "").files.add(path)
    elsewhere = not claimed and any(map(installs_another, files))
    for (folder, cluster), part in sorted(parts.items()):
        hinted = elsewhere or (not claimed and hints_elsewhere(part.releases))
        yield replace(part.draft(folder, hinted), cluster=cluster)


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
            foreign=told.foreign,
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
