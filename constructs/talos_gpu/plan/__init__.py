"""What follows from profile and catalogue: every decision with its reason."""

from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.explain import decisions
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.plan.planner import plan_cluster

__all__ = ["ClusterPlan", "Decision", "Known", "Unknown", "decisions", "plan_cluster"]
