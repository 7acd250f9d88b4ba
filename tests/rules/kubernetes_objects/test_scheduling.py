"""Which tolerations let a pod pass which taint."""

from __future__ import annotations

import pytest

from talos_gpu.inventory.source_file import read_source
from talos_gpu.rules.kubernetes_objects.scheduling import Taint, tolerates

TAINT = Taint("gpu", "true", "NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "passes"),
    [
        ("{operator: Exists}", True),
        ("{operator: Exists, effect: NoSchedule}", True),
        ("{operator: Exists, effect: NoExecute}", False),
        ("{key: gpu, operator: Exists}", True),
        ('{key: gpu, operator: Equal, value: "true"}', True),
        ('{key: gpu, value: "true", effect: NoSchedule}', True),
        ("{key: gpu, value: other}", False),
        ("{key: gpu}", False),
        ("{key: nvidia.com/gpu, operator: Exists}", False),
        ("{effect: NoSchedule}", False),
        ('{key: "${TAINT}", operator: Exists}', True),
        ('{key: gpu, value: "${VALUE}"}', True),
    ],
)
def test_as_the_scheduler_does_and_what_is_not_known_passes(toleration: str, passes: bool) -> None:
    (value,) = read_source("a.yaml", toleration.encode()).documents
    assert tolerates(value, TAINT) is passes


def test_a_taint_is_shown_as_kubectl_does() -> None:
    assert str(TAINT) == "gpu=true:NoSchedule"
    assert str(Taint("gpu", "", "NoExecute")) == "gpu:NoExecute"
