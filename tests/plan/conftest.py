"""Small whole profiles, and their plans."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.errors import Refused
from talos_gpu.plan import ClusterPlan, plan_cluster
from talos_gpu.profile import LoadedProfile, load_profile, parse_profile

Plan = Callable[[str], ClusterPlan]


def _planned(loaded: LoadedProfile) -> ClusterPlan:
    declared = loaded.profile.catalogue.model_dump(by_alias=True, exclude_unset=True)
    return plan_cluster(loaded, load_catalogue(declared))


@pytest.fixture
def plan() -> Plan:
    """Plans a profile given as text."""
    return lambda text: _planned(parse_profile(text.encode(), "profiles/a.yaml"))


@pytest.fixture(scope="session")
def system(repository: Path) -> Plan:
    """Plans one of the six committed profiles, by its name."""
    return lambda name: _planned(load_profile(f"profiles/{name}.yaml", repository))


@pytest.fixture
def refusal(plan: Plan) -> Callable[[str], str]:
    """What is said about a profile that is refused."""

    def told(text: str) -> str:
        with pytest.raises(Refused) as caught:
            plan(text)
        return "\n".join(f"{finding}\n{finding.remedy}" for finding in caught.value.findings)

    return told
