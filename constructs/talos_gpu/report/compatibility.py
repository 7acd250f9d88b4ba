"""What fits together, as one page: Talos releases, drivers, CUDA, GPU generations, Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from talos_gpu.catalog import Catalogue, Fact, Flavour, Gpu, Minor, Missing, NotListed, Release
from talos_gpu.markdown import cell, plain

__all__ = ["best", "compatibility"]

_HEAD = """\
# Talos releases, NVIDIA drivers, CUDA and GPUs

Generated from the catalogue of talos-gpu by `make docs`; do not edit. What no source states is said to be unknown. `talos-gpu catalog show releases RELEASE` prints every fact of a release with its source, `talos-gpu catalog show gpus NAME` those of a card.

Of a generation marked "in part" some cards need another driver or the other flavour: see the table of cards. CUDA is the newest version that the driver supports natively; images up to it run. Open modules are the extension `nvidia-open-gpu-kernel-modules-*`, proprietary ones `nonfree-kmod-nvidia-*`.
"""
_FLAVOURS: tuple[Flavour, ...] = ("open", "proprietary")
_COLUMNS = (
    "Talos",
    "track",
    "driver",
    "CUDA",
    "open modules drive",
    "proprietary modules drive",
    "toolkit",
    "Kubernetes",
)


@dataclass(frozen=True, slots=True)
class _Row:
    tag: str
    facts: tuple[str, ...]


def compatibility(catalogue: Catalogue) -> str:
    """The page, newest minor first; neighbouring releases with the same facts share a row."""
    parts = [_HEAD]
    for name in reversed(catalogue.minors()):
        minor = catalogue.minor(name)
        assert isinstance(minor, Minor)
        releases = [release for release in catalogue.releases() if release.minor.name == name]
        parts.append("\n".join(_section(catalogue, minor, releases)) + "\n")
    return "\n".join([*parts, "\n".join(_cards(catalogue)) + "\n"])


def _section(catalogue: Catalogue, minor: Minor, releases: list[Release]) -> Iterator[str]:
    yield f"## Talos {minor.name} (era {minor.era.name})\n"
    yield "| " + " | ".join(_COLUMNS) + " |"
    yield "| " + " | ".join("---" for _ in _COLUMNS) + " |"
    for track in minor.tracks:
        rows = [_Row(release.tag, _facts(catalogue, release, track)) for release in reversed(releases)]
        for facts, group in groupby(rows, key=lambda row: row.facts):
            tags = [row.tag for row in group]
            shown = tags[0] if len(tags) == 1 else f"{tags[-1]} to {tags[0]}"
            yield "| " + " | ".join(cell(plain(text)) for text in (shown, track, *facts)) + " |"


def _facts(catalogue: Catalogue, release: Release, track: str) -> tuple[str, ...]:
    driver = release.driver(track)
    kubernetes = release.kubernetes_range
    return (
        _shown(driver),
        _cuda(catalogue, driver),
        _generations(catalogue, driver, "open"),
        _generations(catalogue, driver, "proprietary"),
        _shown(release.container_toolkit),
        "unknown" if isinstance(kubernetes, Missing) else str(kubernetes.value),
    )


def _shown(fact: Fact[str]) -> str:
    return "unknown" if isinstance(fact, Missing) else fact.value


def _cuda(catalogue: Catalogue, driver: Fact[str]) -> str:
    branch = None if isinstance(driver, Missing) else catalogue.branch(driver.value)
    return "unknown" if branch is None or isinstance(branch, NotListed) else _shown(branch.cuda)


def _generations(catalogue: Catalogue, driver: Fact[str], flavour: Flavour) -> str:
    if isinstance(driver, Missing):
        return "unknown"
    by_arch: dict[str, list[Gpu]] = {}
    for gpu in catalogue.all_gpus():
        by_arch.setdefault(gpu.arch, []).append(gpu)
    found = []
    for arch in catalogue.architectures():
        answers = [catalogue.drives(driver.value, flavour, gpu).answer for gpu in by_arch.get(arch.name, ())]
        if "yes" in answers:
            found.append(f"{arch.name} (in part)" if "no" in answers else arch.name)
    return ", ".join(found) or "none"


def _cards(catalogue: Catalogue) -> Iterator[str]:
    """Which stable releases drive each card, in which flavour."""
    yield "## Cards\n"
    yield (
        "A dash says that no known release drives the card in that flavour; a question mark that no source says "
        "whether any does.\n"
    )
    yield "| card | generation | compute capability | open modules | proprietary modules |"
    yield "| --- | --- | --- | --- | --- |"
    releases = [release for release in catalogue.releases() if not release.prerelease]
    for gpu in catalogue.all_gpus():
        spans = (_span(catalogue, releases, gpu, flavour) for flavour in _FLAVOURS)
        yield (
            "| " + " | ".join(cell(plain(text)) for text in (gpu.name, gpu.arch, gpu.compute_capability, *spans)) + " |"
        )


def _span(catalogue: Catalogue, releases: list[Release], gpu: Gpu, flavour: Flavour) -> str:
    answers = {release.tag: best(catalogue, release, gpu, flavour) for release in releases}
    driven = [tag for tag, answer in answers.items() if answer == "yes"]
    if not driven:
        return "?" if "unknown" in answers.values() else "-"
    if driven[-1] == releases[-1].tag:
        return f"from {driven[0]} on"
    return f"{driven[0]} to {driven[-1]}"


def best(catalogue: Catalogue, release: Release, gpu: Gpu, flavour: Flavour) -> str:
    """The best answer of the tracks of a release: `yes`, `unknown` or `no`."""
    answers = {catalogue.drives(fact.value, flavour, gpu).answer for fact in release.drivers.values()}
    return next((answer for answer in ("yes", "unknown") if answer in answers), "no")
