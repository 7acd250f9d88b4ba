"""What Kubernetes is told: objects, releases of charts and pods, as the tools of delivery apply them."""

from __future__ import annotations

from talos_gpu.inventory.kubernetes.reading import read_kubernetes

__all__ = ["read_kubernetes"]
