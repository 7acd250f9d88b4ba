"""Eras out of eras.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._data import load
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.era import Era, RequiredValue, StackSupport, Sysctl
from talos_gpu.catalog.fact import Source

__all__ = ["read_eras"]


@cache
def read_eras() -> Mapping[str, Era]:
    """Returns the eras by name, oldest first."""
    content = load("eras.yaml")
    return {values["name"]: _era(values, content["checked"]) for values in content["eras"]}


def _era(values: Mapping[str, Any], checked: str) -> Era:
    row = Row(values, Source(values["source"], checked))
    return Era(
        name=values["name"],
        minors=values["minors"],
        preview=values["preview"],
        summary=values["summary"],
        toolkit_in_extension=values["toolkitInExtension"],
        runtime_handler=values["runtimeHandler"],
        cdi_spec_service=row.fact("cdiSpecService", f"the CDI specification service of era {values['name']}"),
        driver_install_dir=values["driverInstallDir"],
        sysctls=tuple(
            Sysctl(item["key"], item["value"], item["why"], Source(item["source"], checked))
            for item in values["sysctls"]
        ),
        default_runtime=values["defaultRuntime"],
        services=tuple(values["services"]),
        stacks={name: _stack(name, stack, values["name"], checked) for name, stack in values["stacks"].items()},
        source=row.source,
        notes=tuple(values.get("notes", ())),
        toolkit_config=values.get("toolkitConfig", ""),
    )


def _stack(name: str, values: Mapping[str, Any], era: str, checked: str) -> StackSupport:
    row = Row(values, Source(values["source"], checked))
    where = f"{name} in era {era}"
    return StackSupport(
        stack=name,
        chart=values["chart"],
        support=values["support"],
        why=values["why"],
        source=row.source,
        default_chart=row.stated("defaultChart", f"default chart version of {where}"),
        minimum_chart=row.stated("minimumChart", f"oldest chart version of {where}"),
        runtime_class=values["runtimeClass"],
        pod_runtime_class=values["podRuntimeClass"],
        bridge=values["bridge"],
        node_labels=values["nodeLabels"],
        values=tuple(_value(value, checked) for value in values["values"]),
        cluster_policy_becomes_ready=row.fact("clusterPolicyBecomesReady", f"readiness of ClusterPolicy with {where}"),
        validator_succeeds=values["validatorSucceeds"],
    )


def _value(values: Mapping[str, Any], checked: str) -> RequiredValue:
    source = Source(values["source"], checked)
    return RequiredValue(
        tuple(values["path"]), values["value"], values["why"], source, str(values.get("fromChart", ""))
    )
