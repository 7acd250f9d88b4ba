"""Pods that concern a GPU, of every kind of workload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.subject import Pod
from talos_gpu.inventory.value import Value

__all__ = ["concerns_gpu", "containers_of", "gpu_claims", "workload_pods"]

_DEVICE_CLASS = ("deviceClassName",)

_SPECS = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"), ("spec", "template", "spec")),
}


def gpu_claims(manifests: Iterable[Manifest]) -> frozenset[str]:
    """The names of claims, and of templates of them, for devices of NVIDIA's classes."""
    return frozenset(
        manifest.name
        for manifest in manifests
        if manifest.kind in ("ResourceClaim", "ResourceClaimTemplate")
        and any(value.raw.endswith("nvidia.com") for value in manifest.root.walk() if value.path[-1:] == _DEVICE_CLASS)
    )


def workload_pods(manifest: Manifest, claims: frozenset[str]) -> Iterator[Pod]:
    """The pod of a workload, where it concerns a GPU; `claims` are names of claims for one."""
    steps, owner = _SPECS.get(manifest.kind), object_of(manifest)
    if steps is None or owner is None:
        return
    spec = manifest.root.get(*steps)
    pod = Pod(spec, manifest.kind, owner, manifest.namespace, containers_of(spec))
    if concerns_gpu(pod) or any(_names_one_of(claims, claim) for claim in spec.get("resourceClaims").items()):
        yield pod


def containers_of(spec: Value) -> tuple[Value, ...]:
    """The containers, then those that run before them."""
    return (*spec.get("containers").items(), *spec.get("initContainers").items())


def concerns_gpu(pod: Pod) -> bool:
    """Whether a pod asks for a GPU, or touches what belongs to NVIDIA's stack."""
    spec = pod.spec
    return (
        bool(pod.gpu_limits)
        or (spec.get("runtimeClassName").text or "").startswith("nvidia")
        or any(map(_container_concerns_gpu, pod.containers))
        or any(_is_gpu_word(item.get("key").text) for item in spec.get("tolerations").items())
        or any(_is_gpu_word(key) for key, _ in spec.get("nodeSelector").pairs())
        or any(_is_gpu_word(expression.get("key").text) for expression in _expressions(spec))
        or any("/run/nvidia" in (item.get("hostPath", "path").text or "") for item in spec.get("volumes").items())
    )


def _container_concerns_gpu(container: Value) -> bool:
    image = container.get("image")
    text = image.text or image.get("repository").text or ""
    return "nvidia/" in text or any(name.startswith("NVIDIA_") for name in _variables(container.get("env")))


def _variables(env: Value) -> Iterator[str]:
    """The names of variables, as a list of Kubernetes or the map of a chart."""
    yield from (name for name, _ in env.pairs())
    yield from (item.get("name").text or "" for item in env.items())


def _is_gpu_word(key: str | None) -> bool:
    if not key:
        return False
    prefix, _, name = key.rpartition("/")
    return (
        "nvidia" in prefix
        or "gpu" in name.lower().replace("-", ".").replace("_", ".").split(".")
        or (prefix == "feature.node.kubernetes.io" and "10de" in name)
    )


def _expressions(spec: Value) -> Iterator[Value]:
    affinity = spec.get("affinity", "nodeAffinity")
    terms = [*affinity.get("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms").items()]
    terms += [
        item.get("preference") for item in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items()
    ]
    for term in terms:
        yield from term.get("matchExpressions").items()


def _names_one_of(claims: frozenset[str], claim: Value) -> bool:
    return any(claim.get(key).text in claims for key in ("resourceClaimName", "resourceClaimTemplateName"))
