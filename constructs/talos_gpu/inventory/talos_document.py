"""By what a document of Talos configuration is told from all other YAML."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from talos_gpu.inventory.json_patch import is_json_patch
from talos_gpu.inventory.talos_merge import PATCH_KEYS
from talos_gpu.inventory.value import Value
from talos_gpu.plan.machine_config import first_minors, legacy_keys

__all__ = ["is_legacy", "is_machine_patch", "is_talos", "is_whole"]

_API_VERSION = "v1alpha1"
_OTHER_ROOTS = PATCH_KEYS | {"sops"}


def _has(*keys: str) -> Callable[[Value], bool]:
    return lambda value: any(value.get(key).exists for key in keys)


def _items_have(key: str) -> Callable[[Value], bool]:
    return lambda value: any(item.get(key).exists for item in value.items())


def _speaks_of_driver(value: Value) -> bool:
    return any("nvidia" in item.raw or "NVreg_" in item.raw for item in value.walk())


_AMBIGUOUS: dict[str, dict[str, Callable[[Value], bool]]] = {
    "machine": {
        "ca": _has("crt", "key"),
        "controlPlane": _has("controllerManager", "scheduler"),
        "disks": _items_have("device"),
        "env": lambda _: False,
        "features": lambda value: value.is_map,
        "files": _items_have("path"),
        "install": lambda value: value.is_map,
        "kernel": lambda value: _has("modules", "$patch", "$$patch")(value) or _speaks_of_driver(value),
        "logging": _has("destinations"),
        "network": _has("hostname", "interfaces", "nameservers", "kubespan", "extraHostEntries", "disableSearchDomain"),
        "pods": lambda value: value.is_list,
        "registries": _has("mirrors", "config"),
        "time": _has("servers", "disabled", "bootTimeout"),
        "token": lambda _: False,
        "type": lambda value: value.text in {"worker", "controlplane", "init"},
        "udev": _has("rules"),
    },
    "cluster": {
        "ca": _has("crt", "key"),
        "clusterName": lambda _: False,
        "controlPlane": _has("endpoint", "localAPIServerPort"),
        "discovery": _has("enabled", "registries"),
        "etcd": _has("advertisedSubnets", "ca", "extraArgs", "image", "listenSubnets", "subnet"),
        "id": lambda _: False,
        "network": _has("cni", "dnsDomain", "podSubnets", "serviceSubnets"),
        "proxy": _has("disabled", "extraArgs", "image", "mode"),
        "scheduler": _has("config", "disabled", "env", "extraArgs", "extraVolumes", "image", "resources"),
        "secret": lambda _: False,
        "serviceAccount": _has("key"),
        "token": lambda _: False,
    },
}
"""Keys that others have too, and what tells Talos's own; every other key of the legacy document tells by itself."""


def is_talos(document: Value) -> bool:
    """Whether it is a document of Talos configuration, whole or a patch."""
    return _has_kind(document) or is_legacy(document)


def _has_kind(document: Value) -> bool:
    kind, version = document.get("kind").raw, document.get("apiVersion")
    if version.exists:
        ours = kind in first_minors() or (kind.endswith("Config") and not document.get("metadata").exists)
        return version.raw == _API_VERSION and ours
    return kind in first_minors()


def is_legacy(document: Value) -> bool:
    """Whether it is a v1alpha1 document, which has no kind, or a patch of one."""
    keys = {key for key, _ in document.pairs()}
    if not keys & {"machine", "cluster"} or not keys <= legacy_keys("root") | _OTHER_ROOTS:
        return False
    return any(_tells(document.get(part), part) for part in ("machine", "cluster"))


def _tells(content: Value, part: str) -> bool:
    known, ambiguous = legacy_keys(part), _AMBIGUOUS[part]
    return any(
        ambiguous.get(key, _always)(value) if key in known else _misspelt(key, part) for key, value in content.pairs()
    )


def _always(_: Value) -> bool:
    return True


def _misspelt(key: str, part: str) -> bool:
    clear = legacy_keys(part) - _AMBIGUOUS[part].keys()
    return len(key) > 5 and bool(get_close_matches(key, clear, n=1, cutoff=0.85))


def is_whole(document: Value) -> bool:
    """Whether a v1alpha1 document is a node's config rather than a patch: it says what the node is, and how it joins."""
    machine, cluster = document.get("machine"), document.get("cluster")
    joins = (machine.get("token"), machine.get("ca"), cluster.get("token"), cluster.get("controlPlane", "endpoint"))
    return machine.get("type").exists and any(place.exists for place in joins)


def is_machine_patch(document: Value) -> bool:
    """Whether it is an RFC 6902 patch of a machine config: every path leads below `/machine` or `/cluster`."""
    if not is_json_patch(document):
        return False
    roots = {
        item.get("path").raw.split("/")[1:2][0] if "/" in item.get("path").raw else "" for item in document.items()
    }
    return roots <= {"machine", "cluster"}
