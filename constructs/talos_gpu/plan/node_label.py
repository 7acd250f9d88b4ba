"""Which labels a pool's nodes may carry, wherever they are written: in the pool, or in a patch of the user's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from talos_gpu.catalog import KubernetesFacts
from talos_gpu.plan.fact import cited
from talos_gpu.profile.pool import Pool

__all__ = ["OPERATOR_WRITES", "LabelFault", "LabelRules"]

OPERATOR_WRITES = "found a label that the GPU operator writes itself, from what its node feature discovery finds"

_OPERANDS = "nvidia.com/gpu.deploy.operands"
_OPERANDS_SOURCE = "NVIDIA/gpu-operator:controllers/state_manager.go"
"""Alike from v24.9.2 to v26.7.0."""


@dataclass(frozen=True, slots=True)
class LabelFault:
    """What is wrong with the label `key`, and what to write instead."""

    key: str
    message: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class LabelRules:
    """What a pool's labels are judged by.

    `needed`: label to (value, reason), for the stack that was chosen. `operator`: whether that is the GPU operator.
    """

    facts: KubernetesFacts
    pool: Pool
    needed: Mapping[str, tuple[str, str]]
    operator: bool

    def faults(self, labels: Mapping[str, object]) -> Iterator[LabelFault]:
        """What is wrong with these labels: forbidden to a worker, owned by the operator, or against the stack."""
        for key, value in labels.items():
            yield from self._restricted(key)
            yield from self._owned(key)
            yield from self._contradicting(key, value)

    def _restricted(self, key: str) -> Iterator[LabelFault]:
        verdict = self.facts.worker_may_set(key)
        if self.pool.role == "worker" and verdict.answer == "no":
            yield LabelFault(
                key,
                f"found a label that a worker may not set on itself: {verdict.reason}",
                "One forbidden label keeps Talos from setting all others. Choose a prefix of your own, or use kubectl label.",
                cited(verdict.source),
            )

    def _owned(self, key: str) -> Iterator[LabelFault]:
        if self.operator and key in self.facts.operator_owned_labels:
            yield LabelFault(
                key,
                OPERATOR_WRITES,
                "Remove the line.",
                cited(self.facts.source),
            )

    def _contradicting(self, key: str, value: object) -> Iterator[LabelFault]:
        found = "a deletion" if isinstance(value, Mapping) else value or "nothing"
        if key in self.needed and value != self.needed[key][0]:
            yield LabelFault(
                key,
                f"found {found}, but the stack needs {self.needed[key][0]}: {self.needed[key][1]}",
                "Remove the line: the label is set without it.",
                "",
            )
        if key == _OPERANDS and value == "false" and self.operator and self.pool.gpu:
            yield LabelFault(
                key,
                "found false, which keeps everything of the GPU operator off nodes that shall advertise their GPUs",
                "Remove the line, or remove gpu: from the pool.",
                _OPERANDS_SOURCE,
            )
