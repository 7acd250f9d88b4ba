"""An upgrade of Talos that nobody has made yet: what it would come to, fail closed."""

from __future__ import annotations

from talos_gpu.review.upgrade.model import Hop, Upgrade, UpgradeVerdict, Way
from talos_gpu.review.upgrade.planning import plan_upgrade

__all__ = ["Hop", "Upgrade", "UpgradeVerdict", "Way", "plan_upgrade"]
