"""DRV: GPUs that several pods share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.rules.drivers.layouts import plugin_configs
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_METHODS = ("timeSlicing", "mps")
_SOURCE = "NVIDIA/k8s-device-plugin:README.md (shared access to GPUs) and api/config/v1: replicas.go, sharing.go"


def _replicas(subject: object, facts: Facts) -> Iterator[Offence]:
    for config in plugin_configs(subject, facts.cluster):
        for method in _METHODS:
            for resource in config.resources(method):
                replicas = resource.get("replicas")
                count = replicas.data
                if isinstance(count, int) and not isinstance(count, bool) and count < 2:
                    found = f"found replicas {count} of {excerpt(resource.get('name').raw)}; expected 2 or more because"
                    why = "one shares nothing" if count == 1 else "the plugin refuses such a configuration"
                    yield Offence(replicas, f"{found} {why}", severity="warning" if count == 1 else None)


def _two_methods(subject: object, facts: Facts) -> Iterator[Offence]:
    for config in plugin_configs(subject, facts.cluster):
        if all(list(config.resources(method)) for method in _METHODS):
            message = "found timeSlicing beside mps; expected one of them because mps wins and the other is ignored"
            place = config.root.get("sharing", _METHODS[0])
            yield Offence(replace(place, place=place.key or place.place), message)


RULES: tuple[Rule[object], ...] = (
    Rule(
        id="DRV015",
        name="sharing with less than two replicas",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_replicas,
        remedy="Write how many pods may share a GPU, or remove the resource.",
        source=_SOURCE,
        waivable=True,
    ),
    Rule(
        id="DRV016",
        name="two ways of sharing",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=_two_methods,
        remedy="Keep timeSlicing or mps, not both.",
        source=_SOURCE,
    ),
)
