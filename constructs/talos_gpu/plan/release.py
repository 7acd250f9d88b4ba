"""What follows from the Talos release: era, dialect, Kubernetes, kernel, toolkit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.catalog import Catalogue, Contract, Missing, NotListed, Release, Version
from talos_gpu.finding import Finding, Position
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.fact import cited, decide
from talos_gpu.plan.model import Dialect, Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.profile import Profile
from talos_gpu.yaml_events import key_path

__all__ = ["Basis", "find_release", "plan_basis", "release_notices"]


@dataclass(frozen=True, slots=True)
class Basis:
    """What everything else of the plan stands on."""

    release: Release
    talos: Known[str]
    era: Known[str]
    contract: Known[str]
    contract_facts: Contract
    dialect: Known[Dialect]
    kubernetes: Decision[str]
    kernel: Decision[str]
    containerd: Decision[str]
    toolkit: Decision[str]
    toolkit_mode: Decision[str]
    talhelper: bool
    """Whether talhelper reads the patches: it decodes them with a Talos machinery of its own."""


def find_release(catalogue: Catalogue, profile: Profile, problems: Problems) -> Release | None:
    """The release that the profile names; errors in declared facts are noted too."""
    for issue in catalogue.problems:
        if issue.file:
            problems.refuse_in(Finding(Position(issue.file), key_path(issue.path), issue.message, issue.remedy))
        else:
            problems.refuse(("catalogue", *issue.path), issue.message, issue.remedy)
    release = catalogue.release(profile.talos)
    if isinstance(release, NotListed):
        problems.not_understood(("talos",), release.message, release.declare)
        return None
    return release


def plan_basis(catalogue: Catalogue, release: Release, profile: Profile, problems: Problems) -> Basis | None:
    """Era, dialect and versions, or None when the contract cannot be."""
    contract = _contract(catalogue, release, profile, problems)
    if contract is None:
        return None
    era, minor = release.era, release.minor
    return Basis(
        release=release,
        talos=Known(
            release.tag, "as the profile says", cited(release.source), "declared" if release.declared else "profile"
        ),
        era=Known(era.name, f"{minor.name}: {era.summary}", cited(era.source)),
        contract=_contract_decision(contract, profile),
        contract_facts=contract,
        dialect=_dialect(contract, profile, problems),
        kubernetes=_kubernetes(release, profile, problems),
        kernel=decide(release.kernel_release, f"what {release.tag} brings", str),
        containerd=decide(release.containerd, f"what {release.tag} brings", str),
        toolkit=_toolkit(release),
        toolkit_mode=decide(minor.toolkit_mode, "how the nvidia runtime injects a GPU", str),
        talhelper=profile.layout.kind == "talhelper",
    )


def _contract(catalogue: Catalogue, release: Release, profile: Profile, problems: Problems) -> Contract | None:
    if profile.contract is None:
        return release.minor.contract
    found = catalogue.contract(profile.contract)
    if isinstance(found, NotListed):
        problems.not_understood(("contract",), found.message, found.declare)
        return None
    if Version.parse(profile.contract) > Version.parse(release.minor.name):
        problems.refuse(
            ("contract",),
            f"found {profile.contract}, but the nodes run {release.tag}: no release reads a newer machine config",
            f"Write {release.minor.name} or older.",
        )
        return None
    return found


def _contract_decision(contract: Contract, profile: Profile) -> Known[str]:
    if profile.contract:
        return Known(contract.minor, "as the profile says", cited(contract.source), "profile")
    assumed = contract.dialect == "documents"
    reason = "the minor of talos" + (
        ", assumed: a cluster upgraded from an older minor keeps its old config" if assumed else ""
    )
    return Known(contract.minor, reason, cited(contract.source), "default")


def _dialect(contract: Contract, profile: Profile, problems: Problems) -> Known[Dialect]:
    source = cited(contract.source)
    if contract.dialect != "documents":
        return Known(
            "v1alpha1", f"a machine config of {contract.minor} is one legacy document (and few others)", source
        )
    if profile.layout.kind != "talhelper":
        return Known(
            "documents",
            f"a machine config of {contract.minor} consists of documents, and legacy fields conflict",
            source,
        )
    return Known("v1alpha1", "talhelper generates legacy documents only, whatever the contract", source)


def _kubernetes(release: Release, profile: Profile, problems: Problems) -> Decision[str]:
    allowed = release.kubernetes_range
    pinned = profile.kubernetes
    if pinned is None:
        found = decide(
            release.default_kubernetes, f"what {release.tag} brings", lambda text: f"v{text.removeprefix('v')}"
        )
        return Unknown(found.why, "kubernetes: v<version>") if isinstance(found, Unknown) else found
    if not isinstance(allowed, Missing) and Version.parse(pinned) not in allowed.value:
        problems.refuse(
            ("kubernetes",),
            f"found {pinned}, but {release.tag} supports Kubernetes {allowed.value} only",
            "Write a version in that range, or remove the line: Talos then takes its default.",
            cited(allowed.source),
        )
    return Known(pinned, "as the profile says", by="profile")


def _toolkit(release: Release) -> Decision[str]:
    if not release.era.toolkit_in_extension:
        return Unknown("the extension no longer carries the toolkit; the GPU operator installs the one of its chart")
    return decide(release.container_toolkit, f"what the extension of {release.tag} carries", str)


def release_notices(release: Release, basis: Basis) -> Iterator[Notice]:
    """What an operator should know about this release."""
    era = release.era
    if era.preview:
        yield Notice("preview", f"Era {era.name} ({era.minors}) is a preview: {' '.join(era.notes)}", cited(era.source))
    if release.prerelease:
        yield Notice("preview", f"{release.tag} is a pre-release.", cited(release.source))
    if release.declared:
        yield Notice(
            "declared",
            f"{release.tag} is declared by the user; its facts are not the catalogue's.",
            cited(release.source),
        )
    if basis.contract.by == "default" and basis.contract_facts.dialect == "documents":
        yield Notice(
            "contract",
            f"Assumed that {basis.contract.value} generated the nodes' machine config. Nodes that were upgraded from an "
            "older minor keep their old config: set contract: to that minor, or patches conflict.",
            cited(basis.contract_facts.source),
        )
