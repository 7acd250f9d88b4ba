"""How a cluster is told: Kubernetes objects, kustomizations, and what Flux or Argo CD need to apply them.

`props` says what an object is made of, `noun` makes it with cdk8s, `synthesis` decides whether it must be made at
all, `rendering` lays out a cluster's folder. Only `noun` imports cdk8s, and with it a Node process.
"""

from __future__ import annotations

from talos_gpu.kubernetes.manifest_cache import ManifestCache
from talos_gpu.kubernetes.rendering import render

__all__ = ["ManifestCache", "render"]
