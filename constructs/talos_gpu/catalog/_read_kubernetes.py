"""Kubernetes facts, kernel modules and our own images out of their data files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._data import load
from talos_gpu.catalog.fact import Source
from talos_gpu.catalog.kernel_module import KernelModule
from talos_gpu.catalog.kubernetes import ImagePin, KubernetesFacts

__all__ = ["read_images", "read_kernel_modules", "read_kubernetes"]


@cache
def read_kubernetes() -> KubernetesFacts:
    """Returns the facts of kubernetes.yaml."""
    values = load("kubernetes.yaml")
    labels = values["workerLabels"]
    return KubernetesFacts(
        psa_labels=tuple(values["podSecurity"]["labels"].items()),
        psa_exempt_namespaces=tuple(values["podSecurity"]["exemptNamespaces"]),
        never_rendered_namespaces=tuple(values["neverRenderedNamespaces"]),
        operator_owned_labels=tuple(values["operatorOwnedLabels"]),
        worker_label_domains=tuple(labels["domains"]),
        worker_label_allowed=tuple(labels["allowed"]),
        worker_label_allowed_prefixes=tuple(labels["allowedPrefixes"]),
        worker_label_forbidden_prefixes=tuple(labels["forbiddenPrefixes"]),
        taint_effects=tuple(values["taintEffects"]),
        source=Source(values["source"], values["checked"]),
    )


@cache
def read_kernel_modules() -> Mapping[str, KernelModule]:
    """Returns the modules by name: first the required ones in load order, then those that a profile may add."""
    values = load("kernel-modules.yaml")
    modules = [
        _module(item, required, Source(item.get("source", values["source"]), values["checked"]))
        for key, required in (("modules", True), ("optional", False))
        for item in values[key]
    ]
    return {module.name: module for module in modules}


@cache
def read_images() -> Mapping[str, ImagePin]:
    """Returns the images that we render ourselves, by what they are for."""
    values = load("images.yaml")
    return {
        name: ImagePin(
            name,
            item["repository"],
            str(item["tag"]),
            item.get("digest", ""),
            item["why"],
            Source(item["source"], values["checked"]),
        )
        for name, item in values["images"].items()
    }


def _module(item: Mapping[str, Any], required: bool, source: Source) -> KernelModule:
    return KernelModule(
        name=item["name"],
        required=required,
        why=item["why"],
        flavours=tuple(item["flavours"]),
        since=item.get("since", ""),
        extension_role=item.get("extensionRole", ""),
        source=source,
        brings=tuple(item.get("brings", ())),
        cuda=item.get("cuda", False),
    )
