"""Which lines of a file are never shown."""

from __future__ import annotations

import pytest

from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.secret_line import may_hold_secret
from talos_gpu.inventory.source_file import read_source
from talos_gpu.report.report import Report

ENCODED = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJQakNCOGFBREFnRUNBaEF4"


@pytest.mark.parametrize(
    "line",
    [
        "    token: zyxwvu.0123456789abcdef",
        '  "token": "zyxwvu.0123456789abcdef",',
        "    secret: 6Vkp9s8Kf+",
        "  aescbcEncryptionSecret: abcdefgh",
        "  secretboxEncryptionSecret: abcdefgh",
        f"      key: {ENCODED}",
        f"      crt: {ENCODED}",
        "        password: hunter22",
        "  - REGISTRY_AUTH_TOKEN=abcdefgh",
        "          auth: dXNlcjpwYXNz",
        ENCODED,
    ],
)
def test_a_secret_by_its_name_or_its_looks(line: str) -> None:
    """Wherever it stands in the line."""
    assert may_hold_secret(line)


@pytest.mark.parametrize(
    "line",
    [
        "  - key: nvidia.com/gpu",
        "    secret: ${SECRET}",
        "    token: {{ .token }}",
        "  valuesFrom: [{kind: Secret, name: values}]",
        "kind: Secret",
        "  talosImageURL: factory.talos.dev/installer/af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7",
        "  image: nvcr.io/nvidia/cuda@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "      - name: nvidia_uvm",
        "  secretName: gpu",
        "  automountServiceAccountToken: false",
        "    url: https://github.com/NVIDIA/k8s-device-plugin/releases/download/v0.17.4/nvidia-device-plugin.tgz",
        "",
    ],
)
def test_what_is_no_secret(line: str) -> None:
    """Names of other things, variables, digests and addresses."""
    assert not may_hold_secret(line)


def test_a_report_does_not_quote_such_a_line() -> None:
    """But the others of the same file."""
    file = read_source("worker.yaml", b"machine:\n  token: abcdef.0123456789abcdef\n  type: worker\n")
    report = Report((), (), {"worker.yaml": file})
    shown = [report.line(Finding(Position("worker.yaml", number, 3), "", "found")) for number in (1, 2, 3)]
    assert shown == ["machine:", None, "  type: worker"]
