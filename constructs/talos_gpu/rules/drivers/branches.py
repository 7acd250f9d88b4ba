"""DRV: what NVIDIA says of the driver branch behind a track."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Minor, NotListed, Stated
from talos_gpu.inventory import Schematic
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.nvidia_image import branch_of, kernel_parts, of_images
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]


def _ended(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part in kernel_parts(schematic):
        end = _end_of(branch_of(part, facts), facts)
        if end:
            message = f"found {part.name}, branch {branch_of(part, facts)} in Talos {facts.minor.name}"
            yield Offence(
                part.entry,
                f"{message}; NVIDIA ended it in {end}, and security fixes with it",
                _alive(facts.minor, facts),
            )


def _end_of(name: str, facts: Facts) -> str:
    """When the branch ended; empty where it did not, or nobody says so."""
    branch = facts.catalogue.branch(name)
    end = None if isinstance(branch, NotListed) else branch.end_of_life
    # Dates are compared with the day on which the sources were read: a rule has no clock.
    return str(end.value) if isinstance(end, Stated) and end.value < end.source.checked else ""


def _alive(minor: Minor, facts: Facts) -> str:
    """A sentence that names the tracks of the minor whose branches go on."""
    alive = [track for track in minor.tracks.values() if not _end_of(track.branch, facts)]
    if not alive:
        return f"Take a newer Talos release: every driver branch of Talos {minor.name} has ended."
    tracks = " or ".join(f"the track {track.name} (branch {track.branch})" for track in alive)
    return f"Take {tracks} where it drives the GPU, or a newer Talos release."


def _newer_lts(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part in kernel_parts(schematic):
        tracks = facts.minor.tracks if part.track == "production" else {}
        lts = tracks.get("lts")
        if lts and int(lts.branch) > int(tracks["production"].branch):
            found = f"found {part.name}, branch {tracks['production'].branch} in Talos {facts.minor.name}"
            yield Offence(part.entry, f"{found}; lts is the newer one here, branch {lts.branch}")


RULES: tuple[Rule[object], ...] = (
    Rule(
        id="DRV007",
        name="driver branch past its end of life",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=of_images(_ended),
        remedy="Take the other track where its branch drives the GPU, or a newer Talos release.",
        source="NVIDIA docs: Supported Drivers and CUDA Toolkit Versions; endoflife.date nvidia-driver",
    ),
    Rule(
        id="DRV008",
        name="track that is the older one here",
        severity="info",
        since="0.1.0",
        looks_at=object,
        check=of_images(_newer_lts),
        remedy="Take lts where the newest driver is wanted; never order tracks by their names.",
        source="siderolabs/extensions:nvidia-gpu/vars.yaml",
    ),
)
