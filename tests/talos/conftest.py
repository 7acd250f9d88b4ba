"""Plans out of whole small profiles, by the planner itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from talos_gpu import talos
from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.plan.planner import plan_cluster
from talos_gpu.profile import parse_profile

Planner = Callable[[str], ClusterPlan]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def planned(catalogue: Catalogue) -> Planner:
    """Plans the profile that a text declares."""
    return lambda text: plan_cluster(parse_profile(text.encode(), "profiles/test.yaml"), catalogue)


@pytest.fixture
def rendered(planned: Planner) -> Callable[[str], dict[str, object]]:
    """Path to content: text as it stands, YAML documents as their list of objects."""

    def render(text: str) -> dict[str, object]:
        documents = talos.render(planned(text))
        assert len({document.path for document in documents}) == len(documents)
        return {item.path: item.text if hasattr(item, "text") else list(item.objects) for item in documents}

    return render


@pytest.fixture
def parsed(rendered: Callable[[str], dict[str, str]]) -> Callable[[str], dict[str, list[object]]]:
    """Path to the YAML documents of every patch file."""

    def parse(text: str) -> dict[str, list[object]]:
        found = rendered(text).items()
        return {
            path: list(yaml.safe_load_all(content))
            for path, content in found
            if path.endswith(".yaml") and isinstance(content, str)
        }

    return parse


class TextFile(SingleFileSnapshotExtension):
    """One readable file a snapshot."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextFile)
