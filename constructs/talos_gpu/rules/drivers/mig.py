"""DRV: GPUs that are partitioned (MIG)."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Gpu, Stated, Version
from talos_gpu.inventory import Chart, Object, Pod
from talos_gpu.rules.drivers.layouts import Layout, layouts, names_for, plugin_configs, strategy
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.nvidia_image import drivers_in
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_GUIDE = "NVIDIA docs: MIG User Guide (610 Supported GPUs; 620 Deployment Considerations)"
_PLUGIN = "NVIDIA/k8s-device-plugin:README.md and api/config/v1 (command line and environment win over the file)"


def _cards(layout: Layout, facts: Facts) -> tuple[Gpu, ...]:
    return facts.gpus(names_for(layout, facts))


def _is_able(gpu: Gpu) -> bool:
    """Whether it can be partitioned, or nobody says that it cannot."""
    return not isinstance(gpu.mig, Stated) or gpu.mig.value


def _unable(subject: object, facts: Facts) -> Iterator[Offence]:
    for layout in layouts(subject):
        cards = _cards(layout, facts)
        if not any(map(_is_able, cards)):
            message = f"found {excerpt(layout.text)}; expected a GPU with MIG because {cards[0].name} has none"
            yield Offence(layout.value, message)


def _old_driver(subject: object, facts: Facts) -> Iterator[Offence]:
    for layout in layouts(subject):
        cards = [gpu for gpu in _cards(layout, facts) if _is_able(gpu)]
        floors = [gpu.mig_details.min_driver for gpu in cards]
        known = [Version.parse(floor.value) for floor in floors if isinstance(floor, Stated)]
        if not cards or len(known) < len(cards) or facts.cluster.is_talos is False:
            continue
        drivers = drivers_in(facts)
        if drivers and all(Version.parse(driver) < min(known) for driver in drivers):
            found = f"found {excerpt(layout.text)} with driver {drivers[-1]}"
            yield Offence(
                layout.value, f"{found}; expected {min(known)} or newer because {cards[0].name} has MIG from there on"
            )


def _unknown_profile(subject: object, facts: Facts) -> Iterator[Offence]:
    for layout in layouts(subject):
        if not layout.profile or _has_own_layouts(facts):
            continue
        cards = [gpu for gpu in _cards(layout, facts) if _is_able(gpu)]
        lists = [gpu.mig_details.profiles for gpu in cards]
        known = [profile for names in lists if isinstance(names, Stated) for profile in names.value]
        complete = bool(cards) and all(isinstance(names, Stated) for names in lists)
        if complete and layout.profile not in {profile.replace("+", ".") for profile in known}:
            offered = ", ".join(dict.fromkeys(known))
            yield Offence(
                layout.value,
                f"found {excerpt(layout.text)}; expected a profile of {cards[0].name}: {offered}",
                "Write one of these.",
            )


def _has_own_layouts(facts: Facts) -> bool:
    """Whether somebody gives the MIG manager layouts of another name than the operator's."""
    charts = [chart for chart in facts.cluster.of(Chart) if chart.name == "gpu-operator"]
    if any(chart.value(f"migManager.config.{key}") for chart in charts for key in ("name", "data")):
        return True
    texts = (value.raw for item in facts.cluster.of(Object) for _, value in item.root.get("data").pairs())
    return any("mig-configs" in text for text in texts)


def _strategies(subject: object, facts: Facts) -> Iterator[Offence]:
    if isinstance(subject, Chart):
        yield from _overruled(subject, facts)
    said = {text for chart in facts.cluster.of(Chart) if (text := strategy(chart))}
    for layout in layouts(subject) if len(said) == 1 else ():
        found = excerpt(layout.text)
        if layout.text == "all-balanced" and said == {"single"}:
            message = f"found {found} with strategy single; expected mixed because single needs devices of one size"
            yield Offence(layout.value, message)
        elif isinstance(subject, Pod) and "mixed" not in said:
            message = f"found {found}; expected strategy mixed because only that one has resources of this name"
            yield Offence(layout.value, message)


def _overruled(chart: Chart, facts: Facts) -> Iterator[Offence]:
    wanted = strategy(chart)
    for config in plugin_configs(chart, facts.cluster):
        own = config.strategy.text
        if wanted and own and own != wanted:
            message = f"found migStrategy {excerpt(own)} beside {excerpt(wanted)} in the values"
            yield Offence(config.strategy, f"{message}; expected one because the file's is ignored", severity="warning")


def _mps(subject: object, facts: Facts) -> Iterator[Offence]:
    wanted = strategy(subject) if isinstance(subject, Chart) else None
    for config in plugin_configs(subject, facts.cluster):
        shared = list(config.resources("mps"))
        named = [item for item in shared if (item.get("name").text or "").startswith("nvidia.com/mig-")]
        mixed = "mixed" in (wanted, config.strategy.text)
        if shared and (named or mixed):
            message = (
                "found MPS for MIG devices; expected time slicing or none because the plugin refuses both together"
            )
            yield Offence((named or shared)[0].get("name"), message)


RULES: tuple[Rule[object], ...] = (
    Rule(
        id="DRV010",
        name="MIG on a GPU without it",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_unable,
        remedy="Remove it; GPUs without MIG can be shared by time slicing.",
        source=_GUIDE,
        waivable=True,
    ),
    Rule(
        id="DRV011",
        name="MIG below its driver",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_old_driver,
        remedy="Take a newer track or Talos release.",
        source=_GUIDE,
        waivable=True,
    ),
    Rule(
        id="DRV012",
        name="MIG profile that the GPU does not have",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_unknown_profile,
        remedy="Write a profile of this GPU.",
        source="NVIDIA/gpu-operator:assets/state-mig-manager/0400_configmap.yaml",
        waivable=True,
    ),
    Rule(
        id="DRV013",
        name="contradicting MIG strategies",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_strategies,
        remedy="Say one strategy in one place: single for devices of one size, mixed for several.",
        source=f"{_PLUGIN}; NVIDIA docs: MIG Support in Kubernetes",
        waivable=True,
    ),
    Rule(
        id="DRV014",
        name="MPS with MIG",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_mps,
        remedy="Share MIG devices by time slicing, or GPUs without MIG by MPS.",
        source="NVIDIA/k8s-device-plugin:README.md (CUDA MPS) and cmd/nvidia-device-plugin/main.go",
        waivable=True,
    ),
)
