"""How a person is told: the runbook of a cluster.

`readme` is the cluster's page, `row` what the fleet's page says of it. What depends on the plan's facts (symptoms, what is not
needed, what an upgrade changes) are rows in `data/`, each with a condition and a source; `templates/` hold the rest.
"""

from __future__ import annotations

from talos_gpu.runbook.readme import render
from talos_gpu.runbook.row import row

__all__ = ["render", "row"]
