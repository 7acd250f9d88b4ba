"""Whole small profiles: a device plugin on Turing, a Volta card, an operator."""

from __future__ import annotations

__all__ = ["OPERATOR", "TURING", "VOLTA", "at"]

TURING = """\
cluster: homelab
talos: v1.11.5
endpoint: https://192.0.2.10:6443
layout: talhelper
stack: device-plugin
delivery: flux
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: RTX 2070 SUPER}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
"""
VOLTA = """\
cluster: lab
talos: v1.12.11
contract: v1.12
kubernetes: v1.34.1
stack: device-plugin
pools:
  v100:
    gpu: {model: Tesla V100 PCIe 16GB}
    driver: {track: production}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
"""
OPERATOR = """\
cluster: homelab
talos: v1.12.11
kubernetes: v1.34.1
endpoint: https://192.0.2.10:6443
layout: topf
stack: {kind: gpu-operator}
delivery: flux
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: L40S}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}}
"""


def at(text: str, talos: str, *lines: str) -> str:
    """The profile at another release, with lines below it."""
    return text.replace("talos: v1.12.11\n", "\n".join([f"talos: {talos}", *lines, ""]))
