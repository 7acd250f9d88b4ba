"""A validation bridge is known by what its script does, and so is what is wrong with it."""

from __future__ import annotations

import textwrap

import pytest

from talos_gpu.inventory import Given, Pod, take
from talos_gpu.rules.kubernetes_objects.bridge import Bridge, bridge_of

POD = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: bridge
  namespace: gpu-operator
spec:
  template:
    spec:
      containers:
        - name: bridge
          image: {image}
          command: [sh, -c]
          env:
            - name: CONTENT
              value: "{content}"
          args:
            - |
{script}
      volumes:
        - name: validations
          hostPath:
            path: {path}
"""
FOLDER = "/run/nvidia/validations"


def found(script: str, image: str = "busybox:1.37.0", path: str = FOLDER, content: str = "") -> Bridge | None:
    text = POD.format(script=textwrap.indent(script, " " * 14), image=image, path=path, content=content)
    (cluster,) = take({"bridge.yaml": text.encode()}, Given()).clusters
    (pod,) = cluster.of(Pod)
    return bridge_of(pod, cluster)


def bridge(script: str, content: str = "") -> Bridge:
    it = found(script, content=content)
    assert it is not None
    return it


@pytest.mark.parametrize(
    ("script", "image", "path"),
    [
        ("until [ -f /run/nvidia/validations/toolkit-ready ]; do sleep 5; done", "busybox:1.37.0", FOLDER),
        ("touch /run/nvidia/validations/toolkit-ready", "nvcr.io/nvidia/gpu-operator:v9", FOLDER),
        ("touch /run/nvidia/validations/toolkit-ready", "busybox:1.37.0", "/run/nvidia-persistenced"),
        ("touch /tmp/already-done", "busybox:1.37.0", FOLDER),
        ("# touch toolkit-ready\nsleep infinity", "busybox:1.37.0", FOLDER),
    ],
    ids=["waits only", "NVIDIA's own", "another folder", "other files", "a comment"],
)
def test_what_is_no_bridge(script: str, image: str, path: str) -> None:
    assert found(script, image, path) is None


@pytest.mark.parametrize(
    ("script", "repeats"),
    [
        ("while true; do touch /v/toolkit-ready; sleep 5; done", True),
        ("until false\ndo\n  touch /v/toolkit-ready\n  sleep 5\ndone", True),
        ("while :; do for f in driver-ready toolkit-ready; do touch /v/$f; done; sleep 5; done", True),
        ("mark() { touch /v/toolkit-ready; }\nwhile :; do mark; sleep 5; done", True),
        ("touch /v/toolkit-ready; sleep infinity", False),
        ("touch /v/toolkit-ready; while true; do sleep 3600; done", False),
        ("until [ -e /sys/module/nvidia ]; do sleep 1; done; touch /v/toolkit-ready; sleep infinity", False),
        ("for f in driver-ready toolkit-ready; do touch /v/$f; done; sleep infinity", False),
        ("mark() { touch /v/toolkit-ready; }\nmark\nsleep infinity", False),
    ],
)
def test_whether_it_writes_again(script: str, repeats: bool) -> None:
    assert bridge(script).repeats is repeats


@pytest.mark.parametrize(
    ("script", "empty"),
    [
        ("touch /v/.driver-ctr-ready /v/driver-ready", True),
        ("touch /v/.driver-ctr-ready \\\n  /v/driver-ready", True),
        ("for f in driver-ready toolkit-ready; do touch /v/$f; done", True),
        (": > /v/driver-ready", True),
        ("touch /v/.driver-ctr-ready /v/toolkit-ready", False),
        ("echo NVIDIA_DRIVER_ROOT=/ > /v/driver-ready; touch /v/toolkit-ready", False),
        ('echo "$CONTENT" > /v/driver-ready; touch /v/toolkit-ready', False),
        ("rm -f /v/driver-ready; touch /v/toolkit-ready", False),
    ],
)
def test_whether_driver_ready_stays_empty(script: str, empty: bool) -> None:
    assert bridge(script).leaves_driver_ready_empty is empty


def test_what_an_environment_variable_brings_counts() -> None:
    script = "touch /v/driver-ready; cat $SOMETHING > /v/driver-ready"
    assert bridge(script).leaves_driver_ready_empty
    assert not bridge(script, content="IS_HOST_DRIVER=false").leaves_driver_ready_empty


@pytest.mark.parametrize(
    ("check", "looks"),
    [
        ("[ -e /host/sys/module/nvidia/refcnt ]", True),
        ("grep -q ^nvidia /proc/modules", True),
        ("nvidia-smi", True),
        ("[ -d /v ]", False),
        ("true # /sys/module/nvidia", False),
    ],
)
def test_whether_it_looks_for_the_module(check: str, looks: bool) -> None:
    assert bridge(f"if {check}\nthen touch /v/toolkit-ready; fi").checks_module is looks
