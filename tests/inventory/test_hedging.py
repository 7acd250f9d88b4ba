"""What comes out of templates, of which nothing passes for complete."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import Chart, Given, Node, Schematic, take

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gpu-operator, namespace: gpu-operator}
spec:
  chart:
    spec:
      chart: gpu-operator
      version: v25.10.1
      sourceRef: {kind: HelmRepository, name: nvidia}
  values:
    driver: {enabled: false}
#% if lab %#
    toolkit: {enabled: false}
#% endif %#
"""
TALCONFIG = """\
clusterName: home
talosVersion: v1.11.1
endpoint: https://192.0.2.10:6443
nodes:
  - hostname: gpu-1
    ipAddress: 192.0.2.21
    controlPlane: false
    installDisk: /dev/sda
    schematic:
      customization:
        systemExtensions:
          officialExtensions:
            #% if gpu %#
            - siderolabs/nonfree-kmod-nvidia-lts
            #% endif %#
            - siderolabs/iscsi-tools
"""


def taken(text: str, path: str) -> tuple[list[Chart], list[Node], list[Schematic]]:
    (cluster,) = take({path: text.encode()}, Given()).clusters
    return list(cluster.of(Chart)), list(cluster.of(Node)), list(cluster.of(Schematic))


def test_values_of_a_template_are_not_complete() -> None:
    """More of them may come with it."""
    (chart,), _, _ = taken(RELEASE, "apps/release.yaml")
    assert not chart.complete
    plain = "".join(line for line in RELEASE.splitlines(keepends=True) if not line.startswith("#"))
    (chart,), _, _ = taken(plain, "apps/release.yaml")
    assert chart.complete


def test_nodes_of_a_template_are_not_complete() -> None:
    """Nor are their images."""
    _, (node,), (schematic,) = taken(TALCONFIG, "talos/talconfig.yaml")
    assert not node.complete
    assert not schematic.text_known
    assert node.schematic is not None
    assert not node.schematic.text_known


@pytest.mark.parametrize("path", ["talos/talconfig.yaml.j2", "talos/talconfig.yaml.tmpl"])
@pytest.mark.parametrize("delimited", ["[[ lab ]]", "<< lab >>", "${lab}", "((lab))"])
def test_a_name_tells_a_template_whose_delimiters_are_plain_text(path: str, delimited: str) -> None:
    """Engines may be set to any; in a file of another name they are text."""
    plain = "".join(line for line in TALCONFIG.splitlines(keepends=True) if "#%" not in line)
    text = plain.replace("clusterName: home", f"clusterName: 'home {delimited}'")
    _, (node,), _ = taken(text, path)
    assert not node.complete
    _, (node,), _ = taken(text, "talos/talconfig.yaml")
    assert node.complete


@pytest.mark.parametrize("path", ["talos/talconfig.yaml.j2", "talos/talconfig.yaml.tmpl"])
def test_what_is_only_called_a_template_is_complete(path: str) -> None:
    """Without any delimiter it comes out as it went in."""
    plain = "".join(line for line in TALCONFIG.splitlines(keepends=True) if "#%" not in line)
    _, (node,), (schematic,) = taken(plain, path)
    assert node.complete
    assert schematic.text_known
