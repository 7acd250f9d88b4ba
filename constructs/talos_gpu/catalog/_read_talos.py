"""Talos minors and releases out of talos/*.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._data import load
from talos_gpu.catalog._read_era import read_eras
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.fact import Fact, Missing, Source, Stated
from talos_gpu.catalog.talos import Contract, Extension, KubernetesRange, Minor, Problem, Release, Track
from talos_gpu.catalog.version import Version

__all__ = ["read_minor", "read_release", "release_row"]


@cache
def read_minor(name: str) -> Minor:
    """Returns the minor of `talos/<name>.yaml`."""
    values = load(f"talos/{name}.yaml")
    row = Row(values, Source(values["source"], values["checked"]))
    return Minor(
        name=name,
        era=read_eras()[values["era"]],
        contract=_contract(name, values),
        tracks={track: _track(track, values, row.source) for track in values["tracks"]},
        extensions=_extensions(values),
        extension_names_complete=values["extensionNamesComplete"],
        extension_names_source=Source(values["extensionNamesSource"], values["checked"]),
        not_extensions=load("extensions.yaml")["never"],
        nvidia_extensions=values["nvidiaExtensions"],
        toolkit_mode=row.stated("toolkitMode", f"toolkit mode of Talos {name}"),
        cri_plugin_key=values["criPluginKey"],
        installer=values["installer"],
        disk_image_suffix=values["diskImageSuffix"],
        public_installer=values["publicInstaller"],
        install_kernel_args_reach_node=values["installKernelArgsReachNode"],
        install_extensions_reach_node=values.get("installExtensionsReachNode", True),
        worker_node_taints=row.verdict("workerNodeTaints"),
        cdi_spec_dirs=tuple(values["cdiSpecDirs"]),
        nri_enabled=values["nriEnabled"],
        extension_labels=values["extensionLabels"],
        problems=_problems(values, values["checked"]),
        source=row.source,
    )


def release_row(name: str, tag: str) -> Row:
    """Returns what the file of minor `name` states of release `tag`, with what holds for every release of it.

    A release without sources of its own was read from Git tags, which `gitSources` of the minor names by fact.
    """
    minor = load(f"talos/{name}.yaml")
    values = {key: minor[key] for key in ("kubernetesRange", "cdiSpecService") if key in minor}
    own = minor["releases"][tag]
    if "sources" in own:
        return Row({**values, **own}, Source("; ".join(own["sources"]), minor["checked"]), _announced(own, minor))
    of = minor["gitSources"]
    origins = {fact: Source(text.format(tag=tag), minor["checked"]) for fact, text in of.items()}
    return Row({**values, **own}, origins.pop("release"), origins)


def _announced(own: Mapping[str, Any], minor: Mapping[str, Any]) -> Mapping[str, Source]:
    """Returns who announced what: announcements of siderolabs/talos say nothing of the extensions' versions."""
    origins: dict[str, Source] = {}
    if "kubernetesRange" not in own and "kubernetesRange" in minor["gitSources"]:
        origins["kubernetesRange"] = Source(minor["gitSources"]["kubernetesRange"], minor["checked"])
    texts = [text for text in own["sources"] if not text.startswith("siderolabs/talos")]
    if texts:
        source = Source("; ".join(texts), minor["checked"])
        origins.update(dict.fromkeys(("drivers", "containerToolkit", "gdrcopy", "extensionTags"), source))
    return origins


def read_release(tag: str, row: Row, minor: Minor) -> Release:
    """Returns the release that `row` describes. `minor` is the one whose general facts hold for it."""
    here = ("talos", tag)
    toolkit = row.stated("containerToolkit", f"container toolkit of Talos {tag}", (*here, "containerToolkit"))
    drivers = {
        track: Stated(
            str(driver), row.origins.get(f"drivers.{track}", row.source_of("drivers", {})), _note(row, "drivers")
        )
        for track, driver in row.get("drivers", {}).items()
    }
    return Release(
        tag=tag,
        version=Version.parse(tag),
        minor=minor,
        prerelease=Version.parse(tag).prerelease,
        date=row.stated("date", f"date of Talos {tag}", (*here, "date")),
        kernel=row.stated("kernel", f"kernel of Talos {tag}", (*here, "kernel")),
        containerd=row.stated("containerd", f"containerd of Talos {tag}", (*here, "containerd")),
        default_kubernetes=row.stated(
            "defaultKubernetes", f"default Kubernetes of Talos {tag}", (*here, "defaultKubernetes")
        ),
        kubernetes_range=_range(
            row.fact("kubernetesRange", f"Kubernetes range of Talos {tag}", (*here, "kubernetesRange"))
        ),
        drivers=drivers,
        container_toolkit=toolkit,
        cdi_spec_service=row.fact("cdiSpecService", f"CDI service of Talos {tag}", (*here, "cdiSpecService")),
        extension_tags=_extension_tags(tag, row, minor, drivers, toolkit),
        problems=(*minor.problems, *_problems(row.values, row.source.checked)),
        source=row.source,
    )


def _contract(name: str, values: Mapping[str, Any]) -> Contract:
    facts = values["contract"]
    return Contract(
        minor=name,
        dialect=facts["dialect"],
        multi_document=facts["multiDocument"],
        json6902=facts["json6902"],
        install_kernel_args=facts["installKernelArgs"],
        machine_files=facts["machineFiles"],
        install_document=facts["installDocument"],
        worker_taints_in_config=facts["workerTaintsInConfig"],
        source=Source(facts["source"], values["checked"]),
    )


def _track(name: str, values: Mapping[str, Any], source: Source) -> Track:
    facts = values["tracks"][name]
    reasons = (item for item in values.get("problems", ()) if item.get("track") == name and item.get("avoidByDefault"))
    avoid = next((_problem(item, values["checked"]) for item in reasons), None)
    return Track(name, facts["branch"], tuple(facts["flavours"]), source, facts.get("note", ""), avoid)


def _extensions(values: Mapping[str, Any]) -> Mapping[str, Extension]:
    since, shown = values["extensionsSince"], values["manifestNames"]
    here = {name: Extension(name, since.get(name, ""), "", shown.get(name, "")) for name in values["extensions"]}
    renamed = load("extensions.yaml")["renamed"]
    gone = {old: Extension(old, "", new["to"]) for old, new in renamed.items() if old not in here and new["to"] in here}
    return {**here, **gone}


def _problems(values: Mapping[str, Any], checked: str) -> tuple[Problem, ...]:
    return tuple(_problem(item, checked) for item in values.get("problems", ()))


def _problem(item: Mapping[str, Any], checked: str) -> Problem:
    return Problem(
        item["text"],
        item["remedy"],
        Source(item["source"], checked),
        item["severity"],
        item.get("arch", ""),
        item.get("track", ""),
        tuple(item.get("breaks", ())),
        item.get("seenOn", ""),
    )


def _range(fact: Fact[Any]) -> Fact[KubernetesRange]:
    if isinstance(fact, Missing):
        return fact
    oldest, newest = fact.value
    return Stated(KubernetesRange(Version.parse(oldest), Version.parse(newest)), fact.source, fact.note)


def _note(row: Row, key: str) -> str:
    return str(row.get("derived", {}).get(key, ""))


def _extension_tags(
    tag: str, row: Row, minor: Minor, drivers: Mapping[str, Stated[str]], toolkit: Fact[str]
) -> Mapping[str, Fact[str]]:
    """Returns the image tags of the NVIDIA extensions, made by the minor's rule out of the release's versions."""
    rules = load(f"talos/{minor.name}.yaml")["extensionTags"]
    gdrcopy = row.stated("gdrcopy", f"gdrcopy of Talos {tag}")
    made: dict[str, Fact[str]] = {}
    for role, names in minor.nvidia_extensions.items():
        for track, name in names.items():
            if track == "any" or track in drivers:
                parts = {"driver": drivers.get(track, gdrcopy), "toolkit": toolkit, "gdrcopy": gdrcopy}
                made[name] = _made_tag(tag, name, rules[role], parts, row)
    stated = row.get("extensions", {})
    if isinstance(stated, Mapping):
        made.update({name: Stated(str(text), row.source) for name, text in stated.items() if text})
    return made


def _made_tag(tag: str, name: str, rule: str, parts: Mapping[str, Fact[str]], row: Row) -> Fact[str]:
    reason = row.get("missing", {}).get("containerToolkitTags", "")
    if reason and "container-toolkit" in name:
        return Missing(f"tag of {name} in {tag}", reason)
    texts = {"release": tag}
    for part, fact in parts.items():
        if "{" + part + "}" in rule:
            if isinstance(fact, Missing):
                return Missing(f"tag of {name} in {tag}", fact.note, "", fact.declare)
            texts[part] = fact.value
    return Stated(rule.format(**texts), row.source_of("extensionTags", {}), _note(row, "extensionTags"))
