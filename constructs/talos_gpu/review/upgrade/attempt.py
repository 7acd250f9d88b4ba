"""A profile as it would be, in memory alone: its plan, what it is rendered to, or what refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from talos_gpu.catalog import Catalogue, NotListed, Release
from talos_gpu.errors import InputError, InternalError
from talos_gpu.finding import Finding
from talos_gpu.output import digest, ledger
from talos_gpu.output.names import LEDGER
from talos_gpu.output.render import catalogue_of, plan_loaded, render_planned
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.profile import LoadedProfile
from talos_gpu.profile.loading import parse_profile
from talos_gpu.review.profiles import Planned
from talos_gpu.review.states import State
from talos_gpu.review.tree import MemoryTree

__all__ = ["Attempt", "attempt", "state_of"]

_OUTDIR = "dist"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`plan` is None where `findings` refuse the profile. `name` is the Talos release that it says."""

    name: str
    loaded: LoadedProfile
    catalogue: Catalogue
    plan: ClusterPlan | None
    findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> bytes:
        """The profile's bytes."""
        return self.loaded.inputs[self.loaded.file]

    @property
    def release(self) -> Release:
        """The release; there is one where there is a plan."""
        found = self.catalogue.release(self.name)
        if isinstance(found, NotListed):
            raise InternalError(f"a plan was made of {self.name}, which the catalogue does not know")
        return found

    @property
    def planned(self) -> Planned:
        """The same as the impact of a change takes it."""
        return Planned(self.loaded, self.plan, tuple(map(str, self.findings)))


def attempt(text: bytes, like: LoadedProfile, root: Path) -> Attempt:
    """The profile `like` with this text, planned; the files that it names stay. `root` holds the user's data files."""
    parsed = parse_profile(text, like.file)
    inputs: Mapping[str, bytes] = {**like.inputs, like.file: text}
    loaded = LoadedProfile(parsed.profile, parsed.file, parsed.composed, inputs)
    catalogue = catalogue_of(loaded, root)
    try:
        return Attempt(loaded.profile.talos, loaded, catalogue, plan_loaded(loaded, root))
    except InputError as error:
        return Attempt(loaded.profile.talos, loaded, catalogue, None, error.findings)


def state_of(tried: Attempt) -> State:
    """The profile and what it is rendered to, as a state that can be compared; nothing is written."""
    files = dict(tried.loaded.inputs)
    if tried.plan is not None:
        cluster = render_planned(tried.loaded, tried.plan)
        folder = f"{_OUTDIR}/{cluster.name}"
        files |= {f"{folder}/{path}": content for path, content in cluster.files.items()}
        files[f"{folder}/{LEDGER}"] = ledger.to_bytes(cluster.ledger(digest.code_digest()))
    return State.of(MemoryTree(f"Talos {tried.name}", files), _OUTDIR)
