"""Every row of the table decides something: a small change of a rendered cluster, and the verdict an operator gives."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from talos_gpu.review.impact.event import ABOUT
from talos_gpu.review.impact.judging import NO_RULE
from talos_gpu.review.impact.rule import rules
from talos_gpu.review.impact.verdict import VERDICTS

PROFILE = "profiles/a.yaml"
BASES = {
    # talosctl, Flux, the operator, a control plane beside; the last release that reboots.
    "old": """\
cluster: a
talos: v1.13.9
layout: talosctl
delivery: flux
stack: {kind: gpu-operator, chart: {version: v26.3.3}}
smokeTest: {deliver: true}
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: L40S, count: 2}
    sharing: {timeSlicing: {replicas: 4}}
    labels: {example.org/rack: a1}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}}
""",
    # topf, Argo CD, a release that never reboots.
    "new": """\
cluster: a
talos: v1.14.6
contract: v1.14
kubernetes: v1.36.6
endpoint: https://192.0.2.10:6443
layout: topf
delivery: {engine: argocd, source: {repoURL: https://git.example.org/a.git}}
stack: {kind: gpu-operator, chart: {version: v26.3.3}}
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: L40S, count: 2}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
""",
    # talhelper, Flux, the device plugin with its RuntimeClass.
    "plugin": """\
cluster: a
talos: v1.11.6
kubernetes: v1.34.1
endpoint: https://192.0.2.10:6443
layout: talhelper
delivery: flux
stack: {kind: device-plugin, nodeSelector: {example.org/rack: a1}}
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: L40S}
    labels: {example.org/rack: a1}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
""",
    # OpenTofu, by hand, the operator with its validation bridge.
    "hand": """\
cluster: a
talos: v1.12.11
layout: opentofu
delivery: plain
stack: {kind: gpu-operator}
pools:
  gpu:
    gpu: {model: RTX 5070 Ti}
    nodes: {gpu-1: {address: 192.0.2.21}}
""",
}


@dataclass(frozen=True)
class Put:
    """A file with these contents before and after; None: it is not there."""

    file: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Sub:
    """A text of a file, replaced after (`back`: before)."""

    file: str
    old: str
    new: str
    back: bool = False


@dataclass(frozen=True)
class Gone:
    """A file that is not there any more."""

    file: str


def _legacy(before: str, after: str, node: str = "") -> Put:
    folder = f"talos/node/{node}" if node else "talos/patches/gpu"
    return Put(f"{folder}/95-own.yaml", before, after)


FACTS = """\
checked: 2026-11-28
source: example.org/list
talos: {v1.13.99: {sameAs: v1.13.9}}
"""
EMPTY = "machine: {sysctls: {a: '1'}}\n"
MODULE = "machine: {kernel: {modules: [{name: mlx5, parameters: [a=1]}]}}\n"
DOC = "apiVersion: v1alpha1\nkind: "
STACK, RELEASE = "flux/stack.yaml", "kubernetes/gpu-operator/helm-release.yaml"
VALUES, CHART = "kubernetes/gpu-operator/values.yaml", "argocd/chart.yaml"
BRIDGE = "kubernetes/validation-bridge.yaml"


ELSE = "repository: registry.example.org/nvidia"
OPERATORS, PLUGINS = "https://helm.ngc.nvidia.com/nvidia", "https://nvidia.github.io/k8s-device-plugin"
OTHER_STACK = Sub(PROFILE, "stack: {kind: gpu-operator, chart: {version: v26.3.3}}", "stack: {kind: device-plugin}")
REPOSITORY = "kubernetes/gpu-operator/helm-repository.yaml"


def _gpu(before: str, after: str) -> Put:
    """A patch of the pool gpu on 1.13."""
    return _legacy(before, after)


def _topf(before: str, after: str) -> Put:
    """A patch of the node gpu-1 on 1.14."""
    return _legacy(before, after, "gpu-1")


def _cp(before: str, after: str) -> Put:
    return _legacy(before, after, "cp-1")


POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: own}}\nspec: {{containers: [{{name: a, image: {}}}]}}\n"
CASES = [
    ("schematic-changed", "node-upgrade", "old", [Put("talos/schematics/gpu.yaml", "customization: {}\n", "customization: {extraKernelArgs: [a]}\n")]),
    ("schematic-changed", "node-upgrade", "old", [Put("talos/schematics/gpu.yaml", "customization: {}\n", "customization:  {}\n")]),
    ("talos-older", "unknown", "old", [Sub(PROFILE, "v1.13.9", "v1.13.8")]),
    ("talos-changed", "node-upgrade", "old", [Sub(PROFILE, "v1.13.9", "v1.13.10")]),
    ("installer-name", "node-upgrade", "old", [Sub(PROFILE, "  gpu:\n", "  gpu:\n    platform: nocloud\n")]),
    ("pool-added", "live", "old", [Sub(PROFILE, "pools:\n", "pools:\n  more: {}\n")]),
    ("pool-removed", "drain", "old", [Sub(PROFILE, "pools:\n", "pools:\n  more: {}\n", back=True)]),
    ("node-added", "live", "old", [Sub(PROFILE, "nodes: {gpu-1", "nodes: {gpu-0: {address: 192.0.2.20}, gpu-1")]),
    ("node-removed", "drain", "old", [Sub(PROFILE, "nodes: {gpu-1", "nodes: {gpu-0: {address: 192.0.2.20}, gpu-1", back=True)]),
    ("node-moved", "node-upgrade", "old", [
        Sub(PROFILE, "pools:\n", "pools:\n  more: {nodes: {gpu-0: {address: 192.0.2.20}}}\n", back=True),
        Sub(PROFILE, "nodes: {gpu-1", "nodes: {gpu-0: {address: 192.0.2.20}, gpu-1"),
    ]),
    ("node-moved", "node-upgrade", "old", [
        Sub(PROFILE, "pools:\n", "pools:\n  more: {nodes: {gpu-0: {address: 192.0.2.20}}}\n", back=True),
        Sub(PROFILE, "pools:\n", "pools:\n  more: {}\n"),
        Sub(PROFILE, "nodes: {gpu-1", "nodes: {gpu-0: {address: 192.0.2.20}, gpu-1"),
    ]),
    ("node-moved-alike", "none", "old", [
        Sub(PROFILE, "pools:\n", "pools:\n  more: {nodes: {gpu-0: {address: 192.0.2.20}}}\n", back=True),
        Sub(PROFILE, "pools:\n", "pools:\n  other: {nodes: {gpu-0: {address: 192.0.2.20}}}\n"),
    ]),
    ("pool-emptied", "none", "old", [
        Sub(PROFILE, "pools:\n", "pools:\n  more: {nodes: {gpu-0: {address: 192.0.2.20}}}\n", back=True),
        Sub(PROFILE, "pools:\n", "pools:\n  other: {nodes: {gpu-0: {address: 192.0.2.20}}}\n"),
    ]),
    ("node-address", "unknown", "old", [Sub(PROFILE, "192.0.2.22", "192.0.2.23")]),
    ("node-disk", "none", "old", [Sub(PROFILE, "192.0.2.22, installDisk: /dev/sda", "192.0.2.22, installDisk: /dev/sdb")]),
    ("pool-role", "recreate", "old", [Sub(PROFILE, "  gpu:\n", "  gpu:\n    role: control-plane\n    schedulable: true\n")]),
    ("pool-arch", "recreate", "old", [Sub(PROFILE, "{role: control-plane, nodes", "{role: control-plane, arch: arm64, nodes")]),
    ("gpu-hardware", "none", "old", [Sub(PROFILE, "count: 2", "count: 4")]),
    ("mig-layout", "drain", "old", [
        Sub(PROFILE, "model: L40S, count: 2}\n    sharing: {timeSlicing: {replicas: 4}}", "model: H100 NVL, count: 2}\n    mig: {profile: 1g.12gb}", back=True),
        Sub(PROFILE, "model: L40S, count: 2}\n    sharing: {timeSlicing: {replicas: 4}}", "model: H100 NVL, count: 2}\n    mig: {profile: 3g.47gb}"),
    ]),
    ("sharing-mps", "drain", "old", [Sub(PROFILE, "timeSlicing", "mps")]),
    ("sharing", "restart-pods", "old", [Sub(PROFILE, "    sharing: {timeSlicing: {replicas: 4}}\n", "")]),
    ("allocatable", "restart-pods", "old", [Sub(PROFILE, "replicas: 4", "replicas: 8")]),
    ("taint-evicts", "drain", "old", [Sub(PROFILE, "  gpu:\n", "  gpu:\n    taints: [{key: a, value: b, effect: NoExecute}]\n")]),
    ("taint-added", "live", "old", [Sub(PROFILE, "  gpu:\n", "  gpu:\n    taints: [{key: a, value: b, effect: NoSchedule}]\n")]),
    ("taint-removed", "live", "old", [Sub(PROFILE, "  gpu:\n", "  gpu:\n    taints: [{key: a, value: b, effect: NoSchedule}]\n", back=True)]),
    ("taint-control-plane", "live", "old", [Sub(PROFILE, "{role: control-plane, ", "{role: control-plane, taints: [{key: a, effect: NoSchedule}], ")]),
    ("dialect-changed", "unknown", "new", [Sub(PROFILE, "contract: v1.14", "contract: v1.13", back=True)]),
    ("contract-changed", "none", "plugin", [Sub(PROFILE, "talos: v1.11.6", "talos: v1.11.6\ncontract: v1.10", back=True)]),
    ("layout-changed", "none", "old", [Sub(PROFILE, "layout: talosctl", "layout: opentofu")]),
    ("kubernetes-version-by-hand", "none", "old", [Sub(PROFILE, "talos: v1.13.9", "talos: v1.13.9\nkubernetes: v1.35.2")]),
    ("kubernetes-version", "restart-kubelet-or-cri", "new", [Sub(PROFILE, "v1.36.6", "v1.36.5")]),
    ("endpoint-unused", "none", "old", [
        Sub(PROFILE, "layout:", "endpoint: https://192.0.2.1:6443\nlayout:", back=True),
        Sub(PROFILE, "layout:", "endpoint: https://192.0.2.2:6443\nlayout:"),
    ]),
    ("endpoint", "unknown", "new", [Sub(PROFILE, "192.0.2.10:6443", "192.0.2.9:6443")]),
    ("catalogue-declared", "source-changed", "old", [Sub(PROFILE, "pools:\n", "catalogue: {talos: {v1.13.99: {sameAs: v1.13.9}}}\npools:\n")]),
    ("catalogue-file", "source-changed", "old", [Put("/catalogue/own.yaml", None, FACTS)]),
    ("images-from-elsewhere", "source-changed", "old", [Sub(PROFILE, "pools:\n", "images: {mirror: registry.example.org}\npools:\n")]),
    ("patches-same", "none", "old", [_gpu("machine: {sysctls: {a: '1'}}\n", "machine:\n  sysctls:\n    a: '1'\n")]),
    ("stack-comes", "live", "new", [Sub(PROFILE, "stack: {kind: gpu-operator, chart: {version: v26.3.3}}", "stack: none", back=True)]),
    ("stack-kind", "recreate", "plugin", [Sub(PROFILE, "stack: {kind: device-plugin, nodeSelector: {example.org/rack: a1}}", "stack: gpu-operator")]),
    ("stack-namespace", "recreate", "old", [Sub(PROFILE, "kind: gpu-operator", "namespace: other, kind: gpu-operator")]),
    ("stack-told", "none", "old", [Sub(PROFILE, "v26.3.3", "v26.3.2")]),
    ("chart-version-by-hand", "restart-pods", "hand", [Sub(PROFILE, "kind: gpu-operator", "kind: gpu-operator, chart: {version: v25.3.4}", back=True)]),
    ("chart-repository-by-hand", "source-changed", "hand", [Sub(PROFILE, "kind: gpu-operator", "kind: gpu-operator, chart: {repository: https://charts.example.org}")]),
    ("engine-changed", "recreate", "old", [Sub(PROFILE, "delivery: flux", "delivery: plain"), Sub(PROFILE, "smokeTest: {deliver: true}\n", "")]),
    # Modules.
    ("module-removed", "reboot", "old", [_gpu(MODULE, EMPTY)]),
    ("module-added", "live", "old", [_gpu(EMPTY, MODULE)]),
    ("module-parameters", "reboot", "old", [_gpu(MODULE, MODULE.replace("a=1", "a=2"))]),
    ("module-order", "none", "old", [_gpu("machine: {kernel: {modules: [{name: a}, {name: b}]}}\n", "machine: {kernel: {modules: [{name: b}, {name: a}]}}\n")]),
    ("module-document-removed", "reboot", "new", [_topf(f"{DOC}KernelModuleConfig\nname: a\n", EMPTY)]),
    ("module-document-added", "live", "new", [_topf(EMPTY, f"{DOC}KernelModuleConfig\nname: a\n")]),
    ("module-document-parameters", "reboot", "new", [_topf(f"{DOC}KernelModuleConfig\nname: a\n", f"{DOC}KernelModuleConfig\nname: a\nparameters: [a=1]\n")]),
    # What waits on 1.14.
    ("etcd", "reboot", "new", [_cp(EMPTY, "cluster: {etcd: {extraArgs: {a: b}}}\n")]),
    ("volume-keys", "reboot", "new", [_topf(EMPTY, "machine: {systemDiskEncryption: {state: {provider: luks2}}}\n")]),
    ("volume-document-keys", "reboot", "new", [_topf(EMPTY, f"{DOC}VolumeConfig\nname: STATE\nencryption: {{provider: luks2}}\n")]),
    ("environment", "reboot", "new", [_topf(EMPTY, "machine: {env: {A: b}}\n")]),
    ("environment-document", "reboot", "new", [_topf(EMPTY, f"{DOC}EnvironmentConfig\nvariables: {{A: b}}\n")]),
    ("registry-auth", "reboot", "old", [_gpu(EMPTY, "machine: {registries: {config: {a.example.org: {auth: {username: a}}}}}\n")]),
    ("registry-auth-document", "reboot", "old", [_gpu(EMPTY, f"{DOC}RegistryAuthConfig\nname: a.example.org\nusername: a\n")]),
    ("registry-mirror", "source-changed", "old", [_gpu(EMPTY, "machine: {registries: {mirrors: {nvcr.io: {endpoints: [https://a.example.org]}}}}\n")]),
    ("registry-mirror-document", "source-changed", "new", [_topf(EMPTY, f"{DOC}RegistryMirrorConfig\nname: nvcr.io\nendpoints: [{{url: https://a.example.org}}]\n")]),
    # Services.
    ("cri-customization", "restart-kubelet-or-cri", "new", [_topf(EMPTY, "machine: {files: [{op: create, path: /etc/cri/conf.d/20-customization.part, content: a}]}\n")]),
    ("cri-customization-gone", "restart-kubelet-or-cri", "new", [_topf("machine: {files: [{op: create, path: /etc/cri/conf.d/20-customization.part, content: a}]}\n", EMPTY)]),
    ("cri-customization-changed", "restart-kubelet-or-cri", "new", [_topf(
        "machine: {files: [{op: create, path: /etc/cri/conf.d/20-customization.part, content: a}]}\n",
        "machine: {files: [{op: create, path: /etc/cri/conf.d/20-customization.part, content: b}]}\n",
    )]),
    ("files-at-boot", "reboot", "new", [_topf(EMPTY, "machine: {files: [{op: create, path: /var/a, content: a}]}\n")]),
    ("files-reboot", "reboot", "old", [_gpu(EMPTY, "machine: {files: [{op: create, path: /var/a, content: a}]}\n")]),
    ("cri-document", "restart-kubelet-or-cri", "new", [_topf(EMPTY, f"{DOC}CRICustomizationConfig\nname: a\ncontent: a = 1\n")]),
    ("kubelet-taints", "restart-kubelet-or-cri", "old", [_gpu(EMPTY, "machine: {kubelet: {extraConfig: {registerWithTaints: [{key: a, effect: NoSchedule}]}}}\n")]),
    ("component-image", "source-changed", "old", [_gpu(EMPTY, "machine: {kubelet: {image: registry.example.org/kubelet:v1.35.2}}\n")]),
    ("component-image", "source-changed", "new", [_topf("cluster: {apiServer: {image: registry.k8s.io/kube-apiserver:v1.36.6}}\n", f"cluster: {{apiServer: {{image: registry.k8s.io/kube-apiserver:v1.36.6@sha256:{'0' * 64}}}}}\n")]),
    ("kubelet", "restart-kubelet-or-cri", "old", [_gpu(EMPTY, "machine: {kubelet: {image: ghcr.io/siderolabs/kubelet:v1.35.2}}\n")]),
    ("manifests-from-elsewhere", "source-changed", "old", [_gpu(EMPTY, "cluster: {extraManifests: [https://manifests.example.org/a.yaml]}\n")]),
    ("control-plane-component", "restart-pods", "old", [Put("talos/patches/cp/90-user-01.yaml", EMPTY, "cluster: {apiServer: {extraArgs: {v: '4'}}}\n")]),
    ("kubelet", "restart-kubelet-or-cri", "old", [_gpu(EMPTY, "machine: {kubelet: {extraArgs: {v: '4'}}}\n")]),
    ("kubelet-document", "restart-kubelet-or-cri", "new", [_topf(EMPTY, f"{DOC}KubeletConfig\nconfig: {{maxPods: 100}}\n")]),
    ("node-document-taints", "restart-kubelet-or-cri", "new", [_topf(EMPTY, f"{DOC}KubeNodeConfig\ntaints: {{a: 'b:NoSchedule'}}\n")]),
    # Labels and taints.
    ("mig-label", "drain", "old", [_gpu(EMPTY, "machine: {nodeLabels: {nvidia.com/mig.config: all-1g.12gb}}\n")]),
    ("mig-label-document", "drain", "new", [_topf(EMPTY, f"{DOC}KubeNodeConfig\nlabels: {{nvidia.com/mig.config: all-1g.12gb}}\n")]),
    ("gpu-label-gone", "restart-pods", "old", [_gpu("machine: {nodeLabels: {nvidia.com/gpu.present: 'true'}}\n", EMPTY)]),
    ("gpu-label-gone-document", "restart-pods", "new", [_topf(f"{DOC}KubeNodeConfig\nlabels: {{nvidia.com/gpu.present: 'true'}}\n", EMPTY)]),
    ("selected-label-gone", "restart-pods", "plugin", [Sub("talos/talconfig.yaml", "      example.org/rack: a1\n", "")]),
    ("selected-label-gone-document", "restart-pods", "new", [
        Sub(PROFILE, "stack: {kind: gpu-operator", "stack: {nodeSelector: {example.org/rack: a1}, kind: gpu-operator", back=True),
        Sub(PROFILE, "  gpu:\n", "  gpu:\n    labels: {example.org/rack: a1}\n", back=True),
        _topf(f"{DOC}KubeNodeConfig\nlabels: {{example.org/rack: a1}}\n", EMPTY),
    ]),
    ("node-labels", "live", "old", [_gpu(EMPTY, "machine: {nodeLabels: {example.org/a: b}}\n")]),
    ("node-document", "live", "new", [_topf(EMPTY, f"{DOC}KubeNodeConfig\nlabels: {{example.org/a: b}}\n")]),
    ("node-taints-worker", "unknown", "old", [_gpu(EMPTY, "machine: {nodeTaints: {a: 'b:NoSchedule'}}\n")]),
    ("node-taints", "live", "new", [_topf(EMPTY, "machine: {nodeTaints: {a: 'b:NoSchedule'}}\n")]),
    # Installed nodes.
    ("install", "none", "old", [_gpu(EMPTY, "machine: {install: {wipe: true}}\n")]),
    ("install-document", "none", "new", [Sub("talos/node/gpu-1/60-talos-gpu-install-disk.yaml", "/dev/sda", "/dev/sdb")]),
    ("machine-type", "recreate", "old", [_gpu(EMPTY, "machine: {type: controlplane}\n")]),
    ("hostname", "recreate", "old", [_gpu(EMPTY, "machine: {network: {hostname: other}}\n")]),
    ("hostname-document", "recreate", "new", [Gone("talos/node/gpu-1/05-talos-gpu-hostname.yaml")]),
    ("hostname-document", "recreate", "new", [Sub("talos/node/gpu-1/05-talos-gpu-hostname.yaml", "hostname: gpu-1", "hostname: gpu-9")]),
    # Everything else.
    ("field-live", "live", "old", [_gpu(EMPTY, "machine: {sysctls: {a: '2'}}\n")]),
    ("field-reboots", "reboot", "old", [_gpu(EMPTY, "machine: {udev: {rules: [a]}}\n")]),
    ("field-never-reboots", "live", "new", [_topf(EMPTY, "machine: {udev: {rules: [a]}}\n")]),
    ("document-live", "live", "old", [_gpu(EMPTY, f"{DOC}WatchdogTimerConfig\ndevice: /dev/watchdog0\n")]),
    ("document-never-reboots", "live", "new", [_topf(EMPTY, f"{DOC}WatchdogTimerConfig\ndevice: /dev/watchdog0\n")]),
    # Files for people.
    ("page", "none", "old", []),
    ("commands", "none", "old", [Sub("talos/commands.sh", "# == ", "# == == ")]),
    ("module-of-opentofu", "none", "hand", [Sub("talos/outputs.tf", "Pool to its", "Pool to the", back=True)]),
    ("no-rule", "unknown", "hand", [Sub("talos/outputs.tf", "Pool to its", "Pool to the")]),
    ("values-form", "live", "old", [Sub(VALUES, "driver:\n", "# A remark.\ndriver:\n")]),
    ("form", "none", "old", [Sub("kubernetes/namespace.yaml", "kind: Namespace\n", "kind: Namespace # a remark\n")]),
    # The component and objects.
    ("component-object", "restart-pods", "old", [Sub("components/gpu-workload/pod.yaml", '"true"', '"yes"')]),
    ("component", "restart-pods", "old", [Sub("components/gpu-workload/kustomization.yaml", "  - path: pod.yaml\n", "  - path: pod2.yaml\n")]),
    ("workload-image", "source-changed", "hand", [Sub(BRIDGE, "docker.io/library/busybox", "registry.example.org/busybox")]),
    ("workload-image", "source-changed", "hand", [Sub(BRIDGE, "busybox:1.37.0", f"busybox:1.37.0@sha256:{'0' * 64}")]),
    ("repository-of-stack", "live", "old", [OTHER_STACK, Sub(REPOSITORY, OPERATORS, PLUGINS)]),
    ("helm-repository-url", "source-changed", "old", [OTHER_STACK, Sub(REPOSITORY, OPERATORS, "https://charts.example.org")]),
    ("helm-repository-url", "source-changed", "old", [Sub("kubernetes/gpu-operator/helm-repository.yaml", "helm.ngc.nvidia.com", "charts.example.org")]),
    ("source-reference", "source-changed", "old", [Sub(STACK, "name: flux-system\n    namespace", "name: other\n    namespace")]),
    ("source-reference", "source-changed", "old", [Sub(RELEASE, "kind: HelmRepository\n        name: gpu-operator", "kind: HelmRepository\n        name: other")]),
    ("application-chart-version", "restart-pods", "new", [Sub(CHART, "v26.3.3", "v26.3.2")]),
    ("application-of-stack", "live", "new", [OTHER_STACK, Sub(CHART, OPERATORS, PLUGINS)]),
    ("application-source", "source-changed", "new", [OTHER_STACK, Sub(CHART, OPERATORS, "https://charts.example.org")]),
    ("application-source", "source-changed", "new", [OTHER_STACK, Sub(CHART, "      targetRevision: main\n", "")]),
    ("application-source", "source-changed", "new", [Sub(CHART, "targetRevision: main", "targetRevision: other")]),
    ("application-source", "source-changed", "new", [Sub(CHART, "helm.ngc.nvidia.com", "charts.example.org")]),
    ("namespace-removed", "data-loss", "old", [Gone("kubernetes/namespace.yaml")]),
    ("namespace-renamed", "data-loss", "old", [Sub("kubernetes/namespace.yaml", "name: gpu-operator", "name: other")]),
    ("namespace-labels", "none", "old", [Sub("kubernetes/namespace.yaml", "enforce: privileged", "enforce: baseline")]),
    ("object-moved", "none", "old", [Gone("kubernetes/namespace.yaml"), Put("kubernetes/moved.yaml", None, "@kubernetes/namespace.yaml")]),
    ("workload-image", "source-changed", "old", [Put("kubernetes/own.yaml", POD.format("a.example.org/a"), POD.format("b.example.org/a"))]),
    ("object-values-image-source", "source-changed", "old", [Sub("kubernetes/gpu-operator/helm-release.yaml", "\nspec:\n", "\nspec:\n  values: {devicePlugin: {repository: registry.example.org/nvidia}}\n")]),
    ("application-values-image-source", "source-changed", "new", [Sub(CHART, "      helm:\n", "      helm:\n        valuesObject: {operator: {repository: registry.example.org/nvidia}}\n")]),
    ("object-source-added", "source-changed", "old", [Put("kubernetes/own.yaml", None, "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: own}\nspec: {url: https://git.example.org/b}\n")]),
    (NO_RULE, "unknown", "old", [Put("kubernetes/own.yaml", None, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n")]),
    ("object-added", "live", "old", [Put("kubernetes/own.yaml", None, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n")]),
    ("engine-object-gone-with-namespace", "data-loss", "old", [Gone(STACK)]),
    ("engine-object-gone-pruning", "recreate", "plugin", [Put("kubernetes/namespace.yaml", None, None), Gone(STACK)]),
    ("engine-object-gone", "live", "old", [Sub(STACK, "prune: true", "prune: false", back=True), Sub("flux/smoke-test.yaml", "prune: true", "prune: false", back=True), Gone("flux/smoke-test.yaml"), Gone(STACK)]),
    ("release-gone", "recreate", "old", [Gone(RELEASE)]),
    ("release-gone", "recreate", "old", [Sub(RELEASE, "namespace: gpu-operator", "namespace: other")]),
    ("chart-source-gone", "live", "old", [Gone("kubernetes/gpu-operator/helm-repository.yaml")]),
    ("config-renamed", "live", "hand", [Sub(BRIDGE, "name: gpu-validation-bridge-", "name: gpu-validation-bridge-0")]),
    ("runtime-class-gone", "recreate", "plugin", [Gone("kubernetes/runtime-class.yaml")]),
    ("test-gone", "none", "hand", [Gone("smoke-test/job.yaml")]),
    ("workload-gone", "restart-pods", "old", [Gone("smoke-test/job.yaml")]),
    ("workload-gone-by-hand", "restart-pods", "hand", [Gone(BRIDGE)]),
    ("workload-renamed", "recreate", "old", [Sub("smoke-test/job.yaml", "name: gpu-smoke-test\n  namespace", "name: other\n  namespace")]),
    ("runtime-class-handler", "recreate", "plugin", [Sub("kubernetes/runtime-class.yaml", "handler: nvidia", "handler: other")]),
    ("runtime-class-scheduling", "live", "plugin", [Sub("kubernetes/runtime-class.yaml", "handler: nvidia", "handler: nvidia\nscheduling: {nodeSelector: {a: b}}")]),
    ("job-template", "recreate", "old", [Sub("smoke-test/job.yaml", "restartPolicy: Never", "restartPolicy: OnFailure")]),
    ("job-by-hand", "none", "hand", [Sub("smoke-test/job.yaml", "restartPolicy: Never", "restartPolicy: OnFailure")]),
    ("pod-template", "restart-pods", "hand", [Sub(BRIDGE, "memory: 8Mi", "memory: 9Mi")]),
    ("pod-template", "restart-pods", "hand", [Sub(BRIDGE, "busybox:1.37.0", "busybox:1.37.1")]),
    ("selector", "recreate", "hand", [Sub(BRIDGE, "    matchLabels:\n", "    matchLabels:\n      a: b\n")]),
    ("workload-spec", "live", "hand", [Sub(BRIDGE, "maxUnavailable: 100%", "maxUnavailable: 1")]),
    ("config-data", "live", "hand", [Sub(BRIDGE, "set -u\n", "set -eu\n")]),
    ("release-identity", "recreate", "old", [Sub(RELEASE, "releaseName: gpu-operator", "releaseName: other")]),
    ("release-version", "restart-pods", "old", [Sub(RELEASE, "v26.3.3", "v26.3.2")]),
    ("release-values-from", "restart-pods", "old", [Sub(RELEASE, "valuesKey: values.yaml", "valuesKey: other.yaml")]),
    ("release-handling", "live", "old", [Sub(RELEASE, "interval: 1h", "interval: 2h")]),
    ("source-handling", "live", "old", [Sub("kubernetes/gpu-operator/helm-repository.yaml", "interval: 12h", "interval: 2h")]),
    ("prune-on-with-namespace", "data-loss", "old", [Sub(STACK, "prune: true", "prune: false", back=True)]),
    ("prune-on", "recreate", "new", [Sub(CHART, "prune: true", "prune: false", back=True), Put("kubernetes/namespace.yaml", None, None)]),
    ("engine-path", "unknown", "old", [Sub(STACK, "dist/a/kubernetes", "clusters/a/kubernetes")]),
    ("engine-destination", "recreate", "new", [Sub(CHART, "namespace: gpu-operator", "namespace: other")]),
    ("application-values", "restart-pods", "new", [Sub(CHART, "- $values/dist", "- $values/other")]),
    ("application-chart-handling", "live", "new", [Sub(CHART, "selfHeal: true", "selfHeal: false")]),
    ("kustomization-handling", "live", "old", [Sub(STACK, "timeout: 20m", "timeout: 30m")]),
    ("object-metadata", "live", "hand", [Sub(BRIDGE, "  labels:\n    app", "  labels:\n    a: b\n    app")]),
    # Values.
    ("values-fail", "unknown", "old", [Sub(VALUES, "driver:\n", "cdi:\n  enabled: 'yes'\ndriver:\n")]),
    ("values-ignored", "none", "old", [Sub(VALUES, "driver:\n", "driver:\n  nodeSelector: {a: b}\n")]),
    ("values-file", "none", "old", [Gone(VALUES)]),
    ("values-image-source", "source-changed", "old", [Sub(VALUES, "devicePlugin:\n", "devicePlugin:\n  repository: registry.example.org/nvidia\n")]),
    ("values-image-switched-off", "none", "old", [Sub(VALUES, "driver:\n", f"dcgmExporter: {{enabled: false, {ELSE}}}\ndriver:\n")]),
    ("values-image-source", "source-changed", "old", [Sub(VALUES, "driver:\n", f"dcgmExporter: {{enabled: true, {ELSE}}}\ndriver:\n")]),
    ("values-digest", "source-changed", "old", [Sub(VALUES, "devicePlugin:\n", f"devicePlugin:\n  version: sha256:{'0' * 64}\n")]),
    ("values-sharing-mps", "drain", "old", [Sub(VALUES, "timeSlicing:", "mps:")]),
    ("values-sharing-mps-gone", "drain", "old", [Sub(VALUES, "timeSlicing:", "mps:", back=True)]),
    ("values-sharing", "restart-pods", "old", [Sub(VALUES, "replicas: 4", "replicas: 8")]),
    ("values-mig-strategy", "restart-pods", "old", [Sub(VALUES, "driver:\n", "mig: {strategy: mixed}\ndriver:\n")]),
    ("values-mig", "drain", "old", [Sub(VALUES, "driver:\n", "migManager: {config: {name: own}}\ndriver:\n")]),
    ("values-identity", "recreate", "plugin", [Sub("kubernetes/device-plugin/values.yaml", "runtimeClassName: nvidia", "runtimeClassName: nvidia\nfullnameOverride: other")]),
    ("values-changed", "restart-pods", "old", [Sub(VALUES, "driverInstallDir: /usr/local", "driverInstallDir: /usr")]),
    # Files of tools.
    ("kustomization-file", "none", "old", [Gone("kubernetes/kustomization.yaml")]),
    ("resource-left-out", "unknown", "old", [Sub("kubernetes/kustomization.yaml", "  - namespace.yaml\n", "")]),
    ("resource-missing", "unknown", "old", [Sub("kubernetes/kustomization.yaml", "  - namespace.yaml\n", "  - namespace.yaml\n  - other.yaml\n")]),
    ("resources", "none", "old", [Sub("kubernetes/kustomization.yaml", "  - namespace.yaml\n", ""), Gone("kubernetes/namespace.yaml")]),
    ("values-generated", "live", "old", [Sub("kubernetes/kustomization.yaml", "configMapGenerator:", "x-generator:")]),
    ("values-generated-otherwise", "restart-pods", "old", [Sub("kubernetes/kustomization.yaml", "values.yaml=gpu-operator/values.yaml", "values.yaml=gpu-operator/other.yaml")]),
    ("layout-schematic", "node-upgrade", "new", [Sub("talos/topf.yaml", "schematics/gpu.yaml", "schematics/cp.yaml")]),
    ("layout-schematic", "node-upgrade", "plugin", [Sub("talos/talconfig.yaml", "siderolabs/nvidia", "siderolabs/xnvidia")]),
    ("layout-told", "none", "plugin", [Sub("talos/talconfig.yaml", "192.0.2.21", "192.0.2.22")]),
    ("layout-told-topf", "none", "new", [Sub("talos/topf.yaml", "kubernetesVersion: v1.36.6", "kubernetesVersion: v1.36.5")]),
    ("layout-file", "none", "new", [Gone("talos/topf.yaml")]),
    ("cluster-name", "unknown", "new", [Sub("talos/topf.yaml", "clusterName: a", "clusterName: b")]),
]  # fmt: skip

ELSEWHERE = {
    "cluster-added": "test_clusters_come_and_go",
    "cluster-removed": "test_clusters_come_and_go",
    "cluster-renamed": "test_nodes_that_go_in_one_cluster_and_come_in_another_are_not_to_be_reset",
    "hostname-document-same": "test_another_layout_tells_the_nodes_the_same",
    "ledger-only": "test_another_tool_alone",
    "mode": "test_the_mode_of_a_file",
    "installer-host": "no profile of today names another host; the row waits for the one that will",
}
"""Rows that another test hits, and those that nothing can hit yet, with the reason."""


def _path(file: str) -> str:
    return file.removeprefix("/") if file.startswith(("/", "profiles/")) else f"dist/a/{file}"


def states(files, changes):
    """The repository before and after these changes."""
    before, after = dict(files), dict(files)
    for change in changes:
        path = _path(change.file)
        if isinstance(change, Gone):
            after.pop(path)
        elif isinstance(change, Sub):
            side = before if change.back else after
            assert change.old in side[path].decode(), side[path].decode()
            side[path] = side[path].decode().replace(change.old, change.new).encode()
        else:
            for side, content in ((before, change.before), (after, change.after)):
                side.pop(path, None)
                if content is not None:
                    side[path] = files[_path(content[1:])] if content.startswith("@") else content.encode()
    return before, {**after, "dist/a/README.md": b"another page\n"}


@pytest.mark.parametrize(("rule", "verdict", "base", "changes"), CASES, ids=[case[0] for case in CASES])
def test_a_small_change_gets_the_verdict_of_its_row(rendered, cost, rule, verdict, base, changes):
    """By the row that is about it, with its source; and at the place where it stands."""
    impact = cost(*states(rendered(BASES[base]), changes))
    found = [cause for cause in impact.causes if cause.rule == rule]
    assert found, [(cause.rule, cause.verdict, cause.subject, cause.path) for cause in impact.causes]
    assert {cause.verdict for cause in found} == {verdict}
    assert all((cause.source or rule == NO_RULE) and cause.why for cause in found)
    assert all(cause.place.file.startswith(("dist/a", "profiles/", "catalogue/")) for cause in found)
    assert not impact.notes


def test_every_row_is_hit():
    """A row that nothing reaches stands behind one that takes everything from it."""
    hit = {case[0] for case in CASES} - {NO_RULE} | ELSEWHERE.keys()
    assert hit == {rule.id for rule in rules()}


def test_a_row_has_a_source_with_its_date():
    """And everything else that a report prints, in known words."""
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids))
    for rule in rules():
        assert rule.source, rule.id
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", rule.checked), rule.id
        assert rule.about in ABOUT
        assert rule.verdict in VERDICTS
        assert re.fullmatch(r"[a-z0-9-]+", rule.id)
        assert rule.why.endswith("."), rule.id
        assert set(rule.change) <= {"added", "removed", "changed", "reordered", "renamed"}, rule.id
        assert rule.applying in {"", "live", "reboots"}
        assert rule.order in {"", "older", "newer", "same"}
        assert "**" not in {step for pattern in rule.path for step in pattern[:-1]}, rule.id
