"""TAL: settings of containerd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.finding import Edit
from talos_gpu.inventory import Node, Value
from talos_gpu.plan.patch_fault import CRI_FILE
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.machine_config.machine_files import files_of
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_PLUGIN = re.compile(r"""plugins\s*\.\s*["'](?P<key>io\.containerd\.(?:grpc\.v1\.cri|cri\.v1\.runtime))["']""")
_DEFAULT = re.compile(r"""default_runtime_name\s*=\s*["'](?P<name>[\w-]+)["']""")
_SPEC_DIRS = re.compile(r"cdi_spec_dirs\s*=\s*\[(?P<dirs>[^\]]*)\]")


def _inside(content: Value, start: int, facts: Facts) -> Value:
    """A place inside a text: where it stands in its file, as far as that can be told, else the place of the text."""
    place = facts.cluster.place_inside(content, start)
    return replace(content, place=place) if place else content


def _contents(node: Node) -> Iterator[tuple[Value, str]]:
    """The texts for containerd, and the same with their comments blanked out."""
    places = [file.get("content") for file in files_of(node) if file.get("path").text == CRI_FILE]
    places += [document.get("content") for document in node.of_kind("CRICustomizationConfig")]
    for place in places:
        if place.text:
            yield place, _COMMENT.sub(lambda match: " " * len(match[0]), place.text)


def _wrong_generation(node: Node, facts: Facts) -> Iterator[Offence]:
    for content, text in _contents(node):
        for match in _PLUGIN.finditer(text):
            expected = facts.minor.cri_plugin_key
            if match["key"] == expected:
                continue
            message = f"found the plugin {match['key']}; expected {expected} because the containerd of Talos"
            at = _inside(content, match.start("key"), facts)
            fix = (Edit(at.place, match["key"], expected),) if at is not content else ()
            yield Offence(at, f"{message} {facts.minor.name} does not read the other", fix=fix)
            break


def _default_runtime(node: Node, facts: Facts) -> Iterator[Offence]:
    for content, text in _contents(node):
        match = _DEFAULT.search(text)
        if match is None or not match["name"].startswith("nvidia") or facts.era.default_runtime:
            continue
        found, at = f"found {match['name']} as the default runtime", _inside(content, match.start(), facts)
        if facts.era.runtime_handler is None:
            message = f"{found}; expected none because Talos {facts.minor.name} has no such handler, and no pod starts"
            yield Offence(at, message, severity="error")
        else:
            message = f"{found}; expected none because GPUs are injected under any runtime on Talos {facts.minor.name}"
            yield Offence(at, message, severity="info")


def _spec_dirs(node: Node, facts: Facts) -> Iterator[Offence]:
    for content, text in _contents(node):
        match = _SPEC_DIRS.search(text)
        if match is None:
            continue
        dirs = set(re.findall(r"""["']([^"']+)["']""", match["dirs"]))
        lost = [path for path in facts.minor.cdi_spec_dirs if path not in dirs]
        if lost and "ext-nvidia-cdi-gen" in facts.era.services:
            message = (
                f"found cdi_spec_dirs without {', '.join(lost)}; expected it because the NVIDIA extension of Talos"
            )
            at = _inside(content, match.start(), facts)
            yield Offence(at, f"{message} {facts.minor.name} writes its specification there")


_CRI = "siderolabs/talos:hack/cri-plugin.part"
RULES: tuple[Rule[Node], ...] = (
    Rule(
        id="TAL003",
        name="containerd plugin of another generation",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_wrong_generation,
        remedy="Write the name of the plugin that this release of Talos has.",
        source="siderolabs/talos:hack/cri-plugin.part (commit 3f2058aba); docs.siderolabs.com nvidia-gpu",
    ),
    Rule(
        id="TAL026",
        name="default runtime without need",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_default_runtime,
        remedy="Remove the setting: pods that need the runtime ask for it by runtimeClassName.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-gpu (the section is gone); siderolabs/extensions#1222",
        waivable=True,
    ),
    Rule(
        id="TAL027",
        name="CDI folders without that of the extension",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_spec_dirs,
        remedy="Add the folder to the list, or remove cdi_spec_dirs.",
        source=f"{_CRI}; siderolabs/extensions:nvidia-gpu/nvidia-container-toolkit (nvidia-cdi-gen)",
    ),
)
