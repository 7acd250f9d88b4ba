"""Plans to write runbooks for: the six committed profiles, and any small profile of a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.document import TextDocument
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.plan.planner import plan_cluster
from talos_gpu.profile.loading import load_profile, parse_profile
from talos_gpu.runbook.readme import render

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
SIX = (
    "current-topf-gpu-operator",
    "h100-nvl-argocd",
    "official-proprietary-guide",
    "quadro-k2200-opentofu",
    "rtx-5070-ti-gpu-operator",
    "velaryon-talhelper-flux",
)


@lru_cache
def _catalogue() -> Catalogue:
    return load_catalogue()


@lru_cache
def _plan(name: str) -> ClusterPlan:
    return plan_cluster(load_profile(f"profiles/{name}.yaml", PROFILES.parent), _catalogue())


def text_of(plan: ClusterPlan) -> str:
    """The runbook's text."""
    (document,) = render(plan)
    assert isinstance(document, TextDocument)
    assert document.path == "README.md"
    return document.text


@pytest.fixture(scope="session")
def plans() -> Mapping[str, ClusterPlan]:
    """The plans of the six profiles, by file name."""
    return {name: _plan(name) for name in SIX}


@pytest.fixture(scope="session")
def runbooks(plans: Mapping[str, ClusterPlan]) -> Mapping[str, str]:
    """The runbooks of the six profiles, by file name."""
    return {name: text_of(plan) for name, plan in plans.items()}


@pytest.fixture(scope="session")
def text_for() -> Callable[[ClusterPlan], str]:
    """Writes the runbook of a plan."""
    return text_of


@pytest.fixture(scope="session")
def plan_of() -> Callable[[str], ClusterPlan]:
    """Plans a profile that a test writes out."""
    return lambda text: plan_cluster(parse_profile(text.encode(), "profiles/test.yaml"), _catalogue())


@pytest.fixture(scope="session")
def runbook_of(plan_of: Callable[[str], ClusterPlan]) -> Callable[[str], str]:
    """Writes the runbook of a profile that a test writes out."""
    return lambda text: text_of(plan_of(text))
