"""Machine configs and patches in files of their own: which files are some, and what is told by them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.inventory import (
    Cluster,
    Given,
    ImageReference,
    Inventory,
    JsonPatch,
    MachineConfig,
    Node,
    Object,
    take,
)

ID = "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"

PATCH = """\
machine:
  kernel:
    modules:
      - name: nvidia
      - name: nvidia_uvm
  sysctls:
    net.core.bpf_jit_harden: 1
"""
WORKER = f"""\
version: v1alpha1
debug: false
machine:
  type: worker
  token: abcdef.0123456789abcdef
  ca: {{crt: LS0t, key: ""}}
  kubelet:
    image: ghcr.io/siderolabs/kubelet:v1.34.1
  network:
    hostname: gpu-1
  install:
    disk: /dev/sda
    image: factory.talos.dev/installer/{ID}:v1.11.5
cluster:
  clusterName: home
  controlPlane: {{endpoint: "https://10.0.0.1:6443"}}
"""
CONTROL_PLANE = WORKER.replace("type: worker", "type: controlplane")
ADMISSION = """\
  apiServer:
    admissionControl:
      - name: PodSecurity
        configuration:
          defaults: {enforce: baseline}
"""


def taken(**files: str) -> Inventory:
    return take({f"{name.replace('__', '/')}.yaml": text.encode() for name, text in files.items()}, Given())


def only(inventory: Inventory) -> Cluster:
    (cluster,) = inventory.clusters
    return cluster


def node(text: str) -> Node:
    (found,) = only(taken(talos=text)).of(Node)
    return found


def test_a_patch_on_its_own() -> None:
    """It is a patch, and more may be said to the node than it says."""
    cluster = only(taken(gpu=PATCH))
    (config,) = cluster.of(MachineConfig)
    (found,) = cluster.of(Node)
    assert (config.form, config.origin, found.complete, found.role) == ("patch", "talos", False, None)
    assert [(value.text, str(value.place)) for value in found.modules] == [
        ("nvidia", "gpu.yaml:4:15"),
        ("nvidia_uvm", "gpu.yaml:5:15"),
    ]
    sysctl = found.config.get("machine", "sysctls", "net.core.bpf_jit_harden")
    assert (sysctl.data, str(sysctl.place), str(sysctl.key)) == (1, "gpu.yaml:7:30", "gpu.yaml:7:5")
    assert cluster.is_talos


def test_a_whole_config() -> None:
    """It tells the node's name and role, the cluster's, and the releases that its images name."""
    cluster = only(taken(worker=WORKER))
    (found,) = cluster.of(Node)
    (image,) = cluster.of(ImageReference)
    assert (found.name, found.role, found.complete, cluster.name) == ("gpu-1", "worker", True, "home")
    assert (image.id, image.tag, str(image.value.place)) == (ID, "v1.11.5", "worker.yaml:13:12")
    assert cluster.talos is not None
    assert cluster.kubernetes is not None
    assert (cluster.talos.value, cluster.kubernetes.value) == ("v1.11.5", "v1.34.1")
    assert str(cluster.talos.by) == "worker.yaml:13:12"


DOCUMENTS = f"""\
version: v1alpha1
machine:
  type: worker
  token: abcdef.0123456789abcdef
---
apiVersion: v1alpha1
kind: HostnameConfig
hostname: gpu-1
---
apiVersion: v1alpha1
kind: KubeNodeConfig
labels: {{role: gpu}}
---
apiVersion: v1alpha1
kind: KubeletConfig
image: ghcr.io/siderolabs/kubelet:v1.36.6
---
apiVersion: v1alpha1
kind: KernelModuleConfig
name: nvidia
---
apiVersion: v1alpha1
kind: UnattendedInstallConfig
installer:
  image: factory.talos.dev/metal-installer/{ID}:v1.14.6
"""


def test_a_config_of_documents() -> None:
    """Its facts stand in other kinds."""
    cluster = only(taken(worker=DOCUMENTS))
    (found,) = cluster.of(Node)
    assert (found.name, found.complete, found.role) == ("gpu-1", True, "worker")
    assert [str(value.place) for value in found.modules] == ["worker.yaml:20:7"]
    assert [item.get("labels", "role").text for item in found.of_kind("KubeNodeConfig")] == ["gpu"]
    assert cluster.talos is not None
    assert cluster.kubernetes is not None
    assert (cluster.talos.value, cluster.kubernetes.value, cluster.contract) == ("v1.14.6", "v1.36.6", None)


@pytest.mark.parametrize(
    ("release", "documents", "contract"),
    [
        ("v1.11.5", "", None),
        ("v1.13.9", "", "v1.11"),
        ("v1.14.6", "", "v1.11"),
        ("v1.14.6", "---\napiVersion: v1alpha1\nkind: HostnameConfig\nauto: stable\n", "v1.13"),
        ("v1.12.6", "---\napiVersion: v1alpha1\nkind: HostnameConfig\nauto: stable\n", None),
    ],
)
def test_a_config_that_an_older_release_made(release: str, documents: str, contract: str | None) -> None:
    """A node that was upgraded keeps the dialect of its config, which its documents show."""
    cluster = only(taken(worker=WORKER.replace("v1.11.5", release) + documents))
    assert (cluster.contract.value if cluster.contract else None) == contract


JSON_PATCH = """\
- op: add
  path: /machine/kernel
  value:
    modules:
      - name: nvidia
"""


@pytest.mark.parametrize(
    "text",
    [JSON_PATCH, '[{"op": "add", "path": "/machine/kernel", "value": {"modules": [{"name": "nvidia"}]}}]'],
    ids=["YAML", "JSON"],
)
def test_an_rfc_6902_patch(text: str) -> None:
    """It is a subject of its own, and what it adds is told to a node."""
    cluster = only(taken(gpu=text))
    assert [patch.root.place.line for patch in cluster.of(JsonPatch)] == [1]
    assert not list(cluster.of(MachineConfig))
    (found,) = cluster.of(Node)
    assert [value.text for value in found.modules] == ["nvidia"]
    assert not found.complete


def test_an_rfc_6902_patch_of_kustomize_is_none() -> None:
    """Not even when its paths look like Talos's."""
    kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n  - path: patch.yaml\n"
    inventory = taken(app__kustomization=kustomization, app__patch=JSON_PATCH)
    assert not [item for cluster in inventory.clusters for item in cluster.of(JsonPatch)]


NOT_TALOS = {
    "RFC 6902 for an object": "- op: replace\n  path: /spec/replicas\n  value: 2\n",
    "values of Cilium": "cluster:\n  name: home\n  id: 1\nk8sServiceHost: localhost\n",
    "values of Cilium alone": "cluster:\n  name: home\n  id: 1\n",
    "values of a database": "cluster:\n  instances: 3\n  storage: {size: 10Gi}\n",
    "kubeadm": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {extraArgs: []}\n",
    "k3s": "cluster-init: true\ntoken: x\ndisable: [traefik]\n",
    "a ConfigMap": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {machine.yaml: 'machine: {}'}\n",
    "KubeletConfig of OpenShift": "apiVersion: machineconfiguration.openshift.io/v1\nkind: KubeletConfig\nspec: {}\n",
    "a VM": "machine: {type: q35}\n",
    "inventory of something": "machine:\n  network: {subnet: 10.0.0.0/8}\n  type: laptop\n",
    "values with other keys": "machine: {kubelet: {}}\nreplicas: 2\n",
    "OpenShift": "apiVersion: v1alpha1\nkind: AgentConfig\nmetadata: {name: x}\nrendezvousIP: 192.0.2.5\n",
    "Cluster API": "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: x}\nspec: {}\n",
    "a list": "- name: nvidia\n",
    "a text": "machine\n",
    "nothing": "\n",
}


@pytest.mark.parametrize("text", NOT_TALOS.values(), ids=NOT_TALOS)
def test_what_only_looks_like_talos(text: str) -> None:
    """Nothing of it is read here."""
    inventory = taken(some=text)
    assert not [item for cluster in inventory.clusters for item in cluster.of(MachineConfig)]
    assert not [item for cluster in inventory.clusters for item in cluster.of(Node)]


TALOS = {
    "sysctls": "machine:\n  sysctls: {a: b}\n",
    "a misspelt key": "machine:\n  sysctl: {a: b}\n",
    "files": "machine:\n  files: [{path: /var/x, op: create}]\n",
    "a deletion": "cluster:\n  apiServer:\n    admissionControl: {$patch: delete}\n",
    "network": "cluster: {network: {cni: {name: none}}}\n",
    "scheduling": "cluster:\n  allowSchedulingOnControlPlanes: true\n",
    "a kind": "apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: nut-client\n",
    "a kind without its version": "kind: ExtensionServiceConfig\nname: nut-client\n",
    "a kind of nobody's": "apiVersion: v1alpha1\nkind: KernelModulConfig\nname: nvidia\n",
    "JSON": '{"machine": {"sysctls": {"a": "b"}}}\n',
    "CRLF and BOM": "\ufeffmachine:\r\n  sysctls:\r\n    a: b\r\n",
    "encrypted": "machine:\n  kubelet: {}\nsops: {version: 3.9.0}\n",
}


@pytest.mark.parametrize("text", TALOS.values(), ids=TALOS)
def test_what_is_talos(text: str) -> None:
    """Told by its keys and kinds, whatever the file is called."""
    assert [config.form for config in only(taken(some=text)).of(MachineConfig)] == ["patch"]


def test_an_empty_file_among_patches_is_an_empty_patch() -> None:
    """But not among other files."""
    patches = taken(talos__gpu=PATCH, talos__nothing="# later\n")
    assert [len(config.documents) for cluster in patches.clusters for config in cluster.of(MachineConfig)] == [1, 0]
    mixed = taken(talos__gpu=PATCH, talos__nothing="# later\n", talos__values="replicas: 2\n")
    assert [len(config.documents) for cluster in mixed.clusters for config in cluster.of(MachineConfig)] == [1]


@pytest.mark.parametrize(
    ("text", "removed"),
    [
        (PATCH, False),
        ("cluster:\n  apiServer:\n    admissionControl:\n      $patch: delete\n", True),
        ("cluster:\n  apiServer:\n    admissionControl:\n      - name: PodSecurity\n        $patch: delete\n", True),
        ("cluster:\n  apiServer: {$patch: delete}\n", True),
        ("cluster:\n  apiServer:\n    admissionControl: []\n", False),
        ("cluster:\n" + ADMISSION, False),
        ("cluster:\n" + ADMISSION.replace("baseline", "privileged"), True),
        ("- op: remove\n  path: /cluster/apiServer/admissionControl\n", True),
        ("- op: remove\n  path: /cluster/apiServer/admissionControl/0\n", True),
        ("- op: replace\n  path: /cluster/apiServer/admissionControl\n  value: []\n", True),
        ("- op: remove\n  path: /cluster/apiServer/auditPolicy\n", False),
        (CONTROL_PLANE, True),
        (CONTROL_PLANE + ADMISSION, False),
        (WORKER, False),
        ("apiVersion: v1alpha1\nkind: KubeAdmissionControlConfig\nname: PodSecurity\n$patch: delete\n", True),
        ("apiVersion: v1alpha1\nkind: KubeAdmissionControlConfig\nname: Other\n$patch: delete\n", False),
    ],
)
def test_whether_pod_security_is_taken_away(text: str, removed: bool) -> None:
    """Deleted, or told to enforce nothing; an empty list leaves what Talos generates."""
    assert only(taken(controlplane=text)).admission_removed is removed


TEMPLATE = """\
machine:
  kernel:
    modules:
{{- range .modules }}
      - name: {{ . }}
{{- end }}
  sysctls:
    a: ${VALUE}
"""


def test_a_template_is_known_in_part() -> None:
    """Nothing in it passes for complete, and nothing raises."""
    found = node(TEMPLATE)
    assert not found.complete
    assert [value.text for value in found.modules] == [None]
    assert found.config.get("machine", "sysctls", "a").opaque


def test_an_encrypted_config_is_complete_where_only_secrets_are_hidden() -> None:
    """What SOPS hides elsewhere may be anything."""
    secret = "ENC[AES256_GCM,data:abc=,iv:abc=,tag:abc=,type:str]"
    encrypted = WORKER.replace("abcdef.0123456789abcdef", secret) + "sops: {version: 3.9.0}\n"
    assert node(encrypted).complete
    assert not node(encrypted.replace("/dev/sda", secret)).complete
    box = encrypted.replace("cluster:\n", f"cluster:\n  secretboxEncryptionSecret: {secret}\n")
    service = f"---\napiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: tailscale\nenvironment: ['{secret}']\nsops: {{}}\n"
    assert node(box + service).complete


def test_what_is_encrypted_is_noted_once() -> None:
    """At its first place."""
    secret = "ENC[AES256_GCM,data:abc=,iv:abc=,tag:abc=,type:str]"
    text = f"machine:\n  sysctls:\n    a: {secret}\n    b: {secret}\nsops: {{version: 3.9.0}}\n"
    (note,) = take({"patch.yaml": text.encode()}, Given()).notes
    assert (str(note.position), note.rule, note.severity) == ("patch.yaml:3:8", "LNT002", "info")


def test_broken_yaml_is_read_as_far_as_it_goes() -> None:
    """The file's fault is told once."""
    inventory = taken(gpu=PATCH + "---\nmachine: [\n")
    assert [note.rule for note in inventory.notes] == ["LNT003"]
    (found,) = only(inventory).of(Node)
    assert [value.text for value in found.modules] == ["nvidia", "nvidia_uvm"]


def test_objects_that_a_config_carries_are_objects_of_the_cluster() -> None:
    """With the lines that they have in the config."""
    text = """\
cluster:
  inlineManifests:
    - name: gpu
      contents: |-
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: nvidia}
        handler: nvidia
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: other}
"""
    (found,) = only(taken(inline=text)).of(Object)
    assert (found.kind, found.name, found.live) == ("RuntimeClass", "nvidia", True)
    assert str(found.root.get("handler").place) == "inline.yaml:8:18"


PIECES = [
    "{{ x }}",
    "${Y}",
    "[",
    "]",
    "{",
    "null",
    "&a",
    "*a",
    "|-",
    "---",
    "\t",
    "- op: add",
    "$patch: delete",
    "\x00",
    "é",
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_mutation_of_a_config_is_read(data: st.DataObject) -> None:
    """Whatever becomes of its bytes, nothing raises, and every place lies in the file."""
    text = WORKER + ADMISSION + "---\n" + DOCUMENTS + "---\n" + JSON_PATCH
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 5, 40]))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:]
    for cluster in taken(talos=text).clusters:
        for found in cluster.of(Node):
            assert {value.place.file for value in found.config.walk()} == {"talos.yaml"}
