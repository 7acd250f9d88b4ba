"""A cluster whose files are rendered and not yet written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from talos_gpu.output import digest
from talos_gpu.output.ledger import Ledger

__all__ = ["Fleet", "RenderedCluster"]

Fleet = Callable[[Mapping[str, Mapping[str, str]]], bytes]
"""Makes the fleet's page from the row of each cluster, sorted by cluster."""


@dataclass(frozen=True, slots=True)
class RenderedCluster:
    """Everything that `dist/<name>/` is to hold, apart from the ledger.

    `profile` and the keys of `inputs` (SHA-256 in hexadecimal) are posix paths relative to the working root, the
    keys of `files` to the cluster's folder. `row` holds the facts for the fleet's page.
    """

    name: str
    profile: str
    inputs: Mapping[str, str]
    files: Mapping[str, bytes]
    row: Mapping[str, str]

    def ledger(self, code: str) -> Ledger:
        """The ledger of these files when `code` is the digest of the talos-gpu that rendered them."""
        files = {path: digest.of(content) for path, content in self.files.items()}
        return Ledger(self.name, self.profile, self.inputs, code, files, self.row)
