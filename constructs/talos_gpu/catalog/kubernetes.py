"""Kubernetes facts that decide: Pod Security, what a worker may set on itself, namespaces that are not ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog.fact import Source, Verdict

__all__ = ["ImagePin", "KubernetesFacts"]


@dataclass(frozen=True, slots=True)
class ImagePin:
    """An image that we render ourselves, by tag; `digest` empty where none could be sourced."""

    name: str
    repository: str
    tag: str
    digest: str
    why: str
    source: Source

    @property
    def reference(self) -> str:
        """Repository and tag, and the digest where it is known."""
        return f"{self.repository}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


@dataclass(frozen=True, slots=True)
class KubernetesFacts:
    """What Kubernetes and Talos's defaults for it allow. `psa_labels`: what a privileged namespace carries."""

    psa_labels: tuple[tuple[str, str], ...]
    psa_exempt_namespaces: tuple[str, ...]
    never_rendered_namespaces: tuple[str, ...]
    operator_owned_labels: tuple[str, ...]
    worker_label_domains: tuple[str, ...]
    worker_label_allowed: tuple[str, ...]
    worker_label_allowed_prefixes: tuple[str, ...]
    worker_label_forbidden_prefixes: tuple[str, ...]
    taint_effects: tuple[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"], ...]
    source: Source

    def worker_may_set(self, label: str) -> Verdict:
        """Says whether NodeRestriction lets a worker set the label `label` on itself."""
        prefix, slash, _ = label.partition("/")
        if not slash or not self._inside(prefix):
            return Verdict("yes", f"{label} is in no domain of Kubernetes", self.source)
        if label in self.worker_label_allowed or _below(prefix, self.worker_label_allowed_prefixes):
            return Verdict("yes", f"{label} is on the kubelet's list of allowed labels", self.source)
        return Verdict("no", f"NodeRestriction forbids a worker to set {label} on itself", self.source)

    def _inside(self, prefix: str) -> bool:
        return _below(prefix, self.worker_label_domains)


def _below(prefix: str, domains: tuple[str, ...]) -> bool:
    return any(prefix == domain or prefix.endswith("." + domain) for domain in domains)
