"""Small whole profiles rendered at two states, and what the way from one to the other costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from talos_gpu.output import ledger
from talos_gpu.output.render import render
from talos_gpu.review.impact.cluster import impacts
from talos_gpu.review.impact.verdict import ClusterImpact
from talos_gpu.review.profiles import plans_of
from talos_gpu.review.states import State, difference
from talos_gpu.review.tree import MemoryTree

PROFILE = "profiles/a.yaml"
Files = Mapping[str, bytes]


@cache
def _rendered(profile: str) -> Files:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "profiles").mkdir()
        (root / PROFILE).write_text(profile)
        (cluster,) = render([PROFILE], root)
    files = {f"dist/{cluster.name}/{path}": content for path, content in cluster.files.items()}
    files[f"dist/{cluster.name}/.talos-gpu.json"] = ledger.to_bytes(cluster.ledger("0" * 64))
    return {**files, PROFILE: profile.encode()}


@pytest.fixture(scope="session")
def rendered() -> Callable[[str], Files]:
    """A repository that holds a profile and what it is rendered to."""
    return _rendered


@pytest.fixture(scope="session")
def cost() -> Callable[[Files, Files], ClusterImpact]:
    """What the way from one repository to the other costs the one cluster that changes."""

    def told(before: Files, after: Files) -> ClusterImpact:
        states = [State.of(MemoryTree(name, files), "dist") for name, files in (("before", before), ("after", after))]
        found = difference(*states)
        (impact,) = impacts(found, plans_of(found))
        return impact

    return told


@pytest.fixture(scope="session")
def between(cost: Callable[[Files, Files], ClusterImpact]) -> Callable[[str, str], ClusterImpact]:
    """What the way from one profile to another costs, both rendered."""
    return lambda before, after: cost(_rendered(before), _rendered(after))
