"""Which system extensions belong into a pool's boot image."""

from __future__ import annotations

from collections.abc import Mapping

from talos_gpu.catalog import Catalogue, Missing, Release, Source, Stated
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.driver import Choice
from talos_gpu.plan.fact import cited, who, why_missing
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.pool import Pool

__all__ = ["PREFIX", "Extensions", "extension_versions", "nvidia_extensions", "plan_extensions"]

PREFIX = "siderolabs/"


class Extensions:
    """The extensions of one pool: NVIDIA's by decision, the user's as written."""

    def __init__(self, nvidia: tuple[str, ...], users: tuple[str, ...]) -> None:
        self.nvidia = nvidia
        self.users = users

    @property
    def all(self) -> tuple[str, ...]:
        """Full names, sorted, once each: the order that the Image Factory's own page produces."""
        return tuple(sorted({PREFIX + name for name in (*self.nvidia, *self.users)}))

    @property
    def without_nvidia(self) -> tuple[str, ...]:
        """Full names of the user's extensions alone, sorted."""
        return tuple(sorted({PREFIX + name for name in self.users if name not in self.nvidia}))


def nvidia_extensions(
    catalogue: Catalogue, release: Release, choice: Choice, fabric_manager: bool, pool: Pool
) -> tuple[str, ...]:
    """Names of the NVIDIA extensions: modules and toolkit of one track, and what the board or a module needs."""
    roles: list[str] = [choice.flavour, "container-toolkit"]
    if fabric_manager:
        roles.append("fabric-manager")
    for module in pool.modules:
        known = catalogue.kernel_module(module.name)
        role = getattr(known, "extension_role", "")
        if role:
            roles.append(role)
    names = (release.minor.nvidia_extension(role, choice.track.name) for role in dict.fromkeys(roles))  # type: ignore[arg-type]
    return tuple(name for name in names if name)


def plan_extensions(
    catalogue: Catalogue, release: Release, pool_name: str, pool: Pool, nvidia: tuple[str, ...], problems: Problems
) -> Extensions:
    """The pool's extensions. Names that the release lacks, tags and mixed tracks are refused where they are written."""
    users: list[str] = []
    families = _nvidia_names(release)
    for index, written in enumerate(pool.extensions):
        path = ("pools", pool_name, "extensions", index)
        name = written.removeprefix(PREFIX)
        if _tagged(name):
            plain = PREFIX + name.split(":")[0].split("@")[0]
            problems.refuse(
                path,
                f"found {written}, a tag or digest in an extension name",
                f"Write {plain}: the Talos release decides the version.",
            )
            continue
        if name in families and name not in nvidia:
            problems.refuse(path, *_mixed(name, nvidia))
            continue
        if not _exists(catalogue, release, name, path, problems):
            continue
        users.append(name)
    return Extensions(nvidia, tuple(users))


def _tagged(name: str) -> bool:
    return ":" in name or "@" in name


def _nvidia_names(release: Release) -> set[str]:
    return {name for names in release.minor.nvidia_extensions.values() for name in names.values()}


def _mixed(name: str, nvidia: tuple[str, ...]) -> tuple[str, str]:
    if not nvidia:
        return f"found {name} in a pool without gpu", "Give the pool gpu: {model: ...}; the NVIDIA extensions follow."
    planned = ", ".join(nvidia)
    return (
        f"found {name} beside {planned}: modules and toolkit must come from one track, in one flavour",
        "Remove the name; driver: {track: ..., flavour: ...} selects the NVIDIA extensions.",
    )


def _exists(
    catalogue: Catalogue,
    release: Release,
    name: str,
    path: tuple[str | int, ...],
    problems: Problems,
) -> bool:
    verdict = release.has_extension(name)
    if verdict.answer == "yes":
        return True
    remedy = (_undeclared if verdict.answer == "unknown" else _hint)(catalogue, release, name)
    problems.refuse(path, f"found {name}: {verdict.reason}", remedy, cited(verdict.source))
    return False


def _undeclared(catalogue: Catalogue, release: Release, name: str) -> str:
    """What to write where nobody published the whole list of names: the nearest one, or the lines that declare it."""
    near = _nearest(catalogue, release, name)
    lines = f"catalogue:\n  talos:\n    {release.tag}: {{extensions: [{name}]}}"
    return f"{near + ' ' if near else ''}If it exists, declare it:\n{lines}"


def _hint(catalogue: Catalogue, release: Release, name: str) -> str:
    if catalogue.extension_whereabouts(name):
        return "Remove the name: driver: {track: ..., flavour: ...} selects the NVIDIA extensions."
    return _nearest(catalogue, release, name) or "Remove the name, or correct it."


def _nearest(catalogue: Catalogue, release: Release, name: str) -> str:
    near = catalogue.extension_hint(name, release)
    return f"Did you mean {PREFIX}{near[0]}?" if near else ""


def extension_versions(release: Release, names: tuple[str, ...]) -> Mapping[str, Decision[str]]:
    """Image tag by NVIDIA extension name, as far as known. Other extensions have versions that nobody asserts."""
    known = _nvidia_names(release)
    versions: dict[str, Decision[str]] = {}
    for full in names:
        name = full.removeprefix(PREFIX)
        if name not in known:
            continue
        fact = release.extension_tag(name)
        if isinstance(fact, Missing):
            versions[full] = Unknown(why_missing(fact))
        else:
            source = _weakest(release, fact)
            versions[full] = Known(fact.value, f"what {release.tag} carries", cited(source), who(source))
    return versions


def _weakest(release: Release, tag: Stated[str]) -> Source:
    """Who states the tag: where a version inside it is declared, so is the tag."""
    parts = [part for part in (*release.drivers.values(), release.container_toolkit) if isinstance(part, Stated)]
    declared = (part.source for part in parts if part.source.declared and part.value in tag.value)
    return next(declared, tag.source)
