"""Makes `cluster_plans` importable beside the tests, and lets snapshots be real manifests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

sys.path.insert(0, str(Path(__file__).parent))


class YamlSnapshot(SingleFileSnapshotExtension):
    """One YAML file a snapshot."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


@pytest.fixture
def manifest(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """A snapshot that is a YAML file."""
    return snapshot.use_extension(YamlSnapshot)
