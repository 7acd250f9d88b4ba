"""In which order a change is brought to a cluster, with the commands."""

from __future__ import annotations

from talos_gpu.review.rollout.order import rollout
from talos_gpu.review.rollout.path import Passage, passage
from talos_gpu.review.rollout.plan import Expected, Rollout, RolloutStep

__all__ = ["Expected", "Passage", "Rollout", "RolloutStep", "passage", "rollout"]
