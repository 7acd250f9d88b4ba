"""OpenTofu: schematics and patches wherever HCL writes them as text, at their own places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.inventory import Cluster, Given, ImageReference, JsonPatch, MachineConfig, Node, Schematic, Value, take
from talos_gpu.inventory.hcl import read_hcl

ID = "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"
PAIR = ["siderolabs/nonfree-kmod-nvidia-lts", "siderolabs/nvidia-container-toolkit-lts"]


def cluster(text: str, path: str = "tofu/main.tf", **files: str) -> Cluster:
    named = {f"tofu/{name.replace('_', '.')}": text for name, text in files.items()}
    (found,) = take({path: text.encode(), **{name: text.encode() for name, text in named.items()}}, Given()).clusters
    return found


def schematics(text: str, path: str = "tofu/main.tf") -> list[tuple[list[tuple[str | None, str]], bool]]:
    return [
        ([(entry.text, str(entry.place).partition(":")[2]) for entry in item.extensions], item.whole)
        for item in cluster(text, path).of(Schematic)
    ]


ENCODED = """\
resource "talos_image_factory_schematic" "gpu" {
  schematic = yamlencode({
    customization = {
      # the pair of one track
      systemExtensions = {
        officialExtensions = [
          "siderolabs/nonfree-kmod-nvidia-lts", // kernel modules
          "siderolabs/nvidia-container-toolkit-lts",
        ]
      }
    }
  })
}
"""
HEREDOC = """\
resource "talos_image_factory_schematic" "gpu" {
  schematic = <<-EOT
    customization:
      systemExtensions:
        officialExtensions:
          - siderolabs/nonfree-kmod-nvidia-lts
          - siderolabs/nvidia-container-toolkit-lts
  EOT
}
"""


@pytest.mark.parametrize(
    ("text", "places"),
    [(ENCODED, ["7:11", "8:11"]), (HEREDOC, ["6:13", "7:13"]), (HEREDOC.replace("\n", "\r\n"), ["6:13", "7:13"])],
    ids=["yamlencode", "heredoc", "CRLF"],
)
def test_a_schematic_as_text(text: str, places: list[str]) -> None:
    """Whole, with its id."""
    assert schematics(text) == [(list(zip(PAIR, places, strict=True)), True)]
    (schematic,) = cluster(text).of(Schematic)
    assert (schematic.origin, schematic.id) == ("opentofu", ID)


@pytest.mark.parametrize("path", ["tofu/main.tofu", "main.tf", "live/schematic.hcl", "prod.tfvars"])
def test_names_of_files(path: str) -> None:
    """OpenTofu's own suffix, variables, and Terragrunt's files too."""
    assert len(schematics(ENCODED, path)) == 1


def test_what_is_computed_is_not_judged() -> None:
    """A list that is a variable, an entry that is one, text with a condition."""
    variable = ENCODED[: ENCODED.index("[")] + "var.extensions\n      }\n    }\n  })\n}\n"
    assert schematics(variable) == [([], False)]
    entry = ENCODED.replace('"siderolabs/nonfree-kmod-nvidia-lts"', "local.kmod")
    assert schematics(entry) == [([(None, "7:11"), (PAIR[1], "8:11")], False)]
    directive = HEREDOC.replace("          - siderolabs/nvidia-c", "%{ if var.gpu ~}\n          - siderolabs/nvidia-c")
    directive = directive.replace("  EOT", "%{ endif ~}\n  EOT")
    assert schematics(directive) == [([(PAIR[0], "6:13"), (PAIR[1], "8:13")], False)]


def test_lists_that_are_put_together_elsewhere() -> None:
    """Each list of extensions is a part of a schematic; a condition's branches are two."""
    text = """\
locals {
  base = ["siderolabs/iscsi-tools"]
  gpu  = var.open ? ["siderolabs/nvidia-open-gpu-kernel-modules-lts"] : ["siderolabs/nonfree-kmod-nvidia-lts"]
  all  = concat(local.base, ["siderolabs/nvidia-container-toolkit-lts:1.2"], var.more)
  ports = ["80", "443"]
}
data "talos_image_factory_extensions_versions" "this" {
  filters = { names = ["siderolabs/zfs"] }
}
"""
    assert schematics(text) == [
        ([("siderolabs/iscsi-tools", "2:11")], False),
        ([("siderolabs/nvidia-open-gpu-kernel-modules-lts", "3:22")], False),
        ([("siderolabs/nonfree-kmod-nvidia-lts", "3:74")], False),
        ([("siderolabs/nvidia-container-toolkit-lts:1.2", "4:30")], False),
    ]


def test_a_template_file_is_known_in_part() -> None:
    """With its directives, at the places of the file."""
    text = """\
customization:
  systemExtensions:
    officialExtensions:
      - siderolabs/qemu-guest-agent
%{ if needs_nvidia_extensions }
      - siderolabs/nonfree-kmod-nvidia-production:535.247.01-v1.10.3
%{ endif }
%{ for name in more ~}
      - ${name}
%{ endfor ~}
"""
    (schematic,) = cluster(text, "tofu/image/schematic.yaml.tftpl").of(Schematic)
    assert [(entry.text, entry.place.line) for entry in schematic.extensions] == [
        ("siderolabs/qemu-guest-agent", 4),
        ("siderolabs/nonfree-kmod-nvidia-production:535.247.01-v1.10.3", 6),
        (None, 9),
    ]
    assert (schematic.text_known, schematic.id) == (False, None)


MACHINE = """\
data "talos_machine_configuration" "gpu" {
  cluster_name       = var.name
  machine_type       = "worker"
  talos_version      = "v1.11.1"
  kubernetes_version = "v1.34.1"
  config_patches = [
    yamlencode({
      machine = {
        kernel = { modules = [{ name = "nvidia" }] }
      }
    }),
    <<-EOT
      machine:
        sysctls:
          net.core.bpf_jit_harden: 1
    EOT
    ,
    jsonencode([{ op = "add", path = "/machine/kernel", value = {} }]),
  ]
}
data "talos_image_factory_urls" "this" {
  talos_version = "v1.11.3"
  schematic_id  = talos_image_factory_schematic.gpu.id
}
"""


def test_patches_in_hcl() -> None:
    """Each on its own, RFC 6902 too: which nodes of the role get it, nobody knows from text."""
    found = cluster(MACHINE)
    modules, sysctls = found.of(MachineConfig)
    assert str(modules.documents[0].get("machine", "kernel", "modules", 0, "name").place) == "tofu/main.tf:9:40"
    assert str(sysctls.documents[0].get("machine", "sysctls", "net.core.bpf_jit_harden").place) == "tofu/main.tf:15:36"
    assert [(node.complete, node.role) for node in found.of(Node)] == [(False, "worker")] * 3
    (json_patch,) = found.of(JsonPatch)
    assert json_patch.root.place.line == 18


APPLY = """\
resource "talos_machine_configuration_apply" "gpu" {
  config_patches = [yamlencode({ machine = { nodeLabels = { a = "b" } } })]
}
"""


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        (MACHINE.replace('"worker"', '"controlplane"'), ["control-plane"] * 3),
        (MACHINE.replace('"worker"', "each.value.type"), [None] * 3),
        (MACHINE + APPLY, ["worker", "worker", "worker", None]),
    ],
    ids=["control plane", "computed", "a patch of something else below a heredoc"],
)
def test_the_role_that_a_patch_is_for(text: str, roles: list[str | None]) -> None:
    """Where the type stands beside the list that it is in."""
    assert [node.role for node in cluster(text).of(Node)] == roles


def test_a_patch_that_both_roles_get_is_for_none() -> None:
    """It is one patch."""
    used = 'data "talos_machine_configuration" "{0}" {{\n  machine_type = "{0}"\n  config_patches = [yamlencode(local.gpu)]\n}}\n'
    text = 'locals {\n  gpu = { machine = { kernel = { modules = [{ name = "nvidia" }] } } }\n}\n'
    (node,) = cluster(text + used.format("worker")).of(Node)
    assert (node.role, [str(name.place) for name in node.modules]) == ("worker", ["tofu/main.tf:2:54"])
    (node,) = cluster(text + used.format("worker") + used.format("controlplane")).of(Node)
    assert node.role is None


SCHEMATIC = """resource "talos_image_factory_schematic" "gpu" {
  schematic = yamlencode({ customization = { systemExtensions = { officialExtensions = NAMED } } })
}
"""
LOCALS = """locals {
  pair = ["siderolabs/nonfree-kmod-nvidia-lts", "siderolabs/nvidia-container-toolkit-lts"]
  more = concat(local.pair, ["siderolabs/zfs"])
  part = concat(local.pair, var.more)
  self = [local.other]
  other = [local.self]
}
"""


@pytest.mark.parametrize(
    ("named", "names", "whole"),
    [
        ("local.pair", PAIR, True),
        ("local.more", [*PAIR, "siderolabs/zfs"], True),
        ('flatten([local.pair, "siderolabs/drbd"])', [*PAIR, "siderolabs/drbd"], True),
        ("local.part", [*PAIR, None], False),
        ("local.absent", [], False),
        ("local.pair[0]", [], False),
        ("var.gpu ? local.pair : []", [], False),
        ("local.self", [None], False),
    ],
)
def test_local_values_stand_where_they_are_named(named: str, names: list[str | None], whole: bool) -> None:
    """From any file of the folder, each entry at its own place; what names itself is not known."""
    found = cluster(SCHEMATIC.replace("NAMED", named), locals_tf=LOCALS)
    (schematic,) = (item for item in found.of(Schematic) if item.root.get("customization"))
    assert ([entry.text for entry in schematic.extensions], schematic.whole) == (names, whole)
    assert (schematic.id is not None) == whole
    assert schematic.id == ID or names != PAIR
    assert {entry.place.file for entry in schematic.extensions if entry.text in PAIR} <= {"tofu/locals.tf"}


def test_locals_that_name_one_another_many_times_do_no_harm() -> None:
    """Their value would not fit into memory."""
    chain = "".join(f"  a{at} = [{', '.join([f'local.a{at + 1}'] * 9)}]\n" for at in range(40))
    text = "locals {\n" + chain + '  a40 = ["siderolabs/zfs"]\n}\n' + SCHEMATIC.replace("NAMED", "local.a0")
    assert len(list(cluster(text).of(Schematic))) == 2


def test_releases_in_hcl() -> None:
    """The release of the image, and that of the configuration, which is the contract."""
    found = cluster(MACHINE)
    assert found.talos is not None
    assert (found.talos.value, str(found.talos.by)) == ("v1.11.3", "tofu/main.tf:22:19")
    assert found.contract is not None
    assert found.contract.value == "v1.11"
    assert found.kubernetes is not None
    assert found.kubernetes.value == "v1.34.1"


@pytest.mark.parametrize(
    "text",
    [
        'variable "talos_version" {\n  type = string\n  default = "1.11.3"\n}\n',
        'locals {\n  talos_version = "v1.11.3"\n}\n',
        'module "talos" {\n  talos_image = {\n    version = "v1.11.3"\n  }\n}\n',
        'variable "talos" {\n  default = {\n    version = "v1.11.3"\n  }\n}\n',
    ],
)
def test_spellings_of_a_release(text: str) -> None:
    """As a variable's default, a local value, an argument of a module."""
    found = cluster(ENCODED, variables_tf=text)
    assert found.talos is not None
    assert found.talos.value == "v1.11.3"


@pytest.mark.parametrize(
    "text",
    [
        'terraform {\n  required_providers {\n    talos = { source = "siderolabs/talos", version = "0.9.0" }\n  }\n}\n',
        'terraform {\n  required_providers {\n    talos = { source = "siderolabs/talos", version = "1.2.0" }\n  }\n}\n',
        'module "talos" {\n  source = "x/talos/hcloud"\n  version = "2.1.0"\n}\n',
        'locals {\n  version = "v1.11.3"\n}\n',
        'variable "talos_version" {\n  default = "latest"\n}\n',
    ],
)
def test_versions_of_other_things(text: str) -> None:
    """Of the provider, of a module, of nobody knows what."""
    assert cluster(ENCODED, versions_tf=text).talos is None


def test_releases_that_contradict_one_another_are_not_taken() -> None:
    """An upgrade in two steps names both."""
    text = 'locals {\n  old = { talos_version = "v1.10.3" }\n  new = { talos_version = "v1.11.3" }\n}\n'
    assert cluster(ENCODED, locals_tf=text).talos is None


def test_an_installer_image_in_hcl() -> None:
    """Where it is written out."""
    text = f'locals {{\n  image = "factory.talos.dev/metal-installer/{ID}:v1.11.1"\n  url = "https://x/installer"\n}}\n'
    (image,) = cluster(text).of(ImageReference)
    assert (image.id, image.tag, image.key, str(image.value.place)) == (ID, "v1.11.1", "text", "tofu/main.tf:2:11")


def test_hcl_without_anything_of_talos_is_no_cluster() -> None:
    """Maps called machine are common."""
    text = 'module "vm" {\n  machine = { type = "worker", kernel = "x" }\n  tags = ["gpu"]\n}\n'
    assert take({"tofu/main.tf": text.encode()}, Given()).clusters == ()


def tree(text: str) -> object:
    root = read_hcl(text, "a.tf").root
    return Value(root, root.position).data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('a = "x"', {"a": "x"}),
        ("a = 1\nb = -2.5\nc = true\nd = null", {"a": 1, "b": -2.5, "c": True, "d": None}),
        ("a = [1, 2,]", {"a": [1, 2]}),
        ('a = {b = 1, "c" : 2}', {"a": {"b": 1, "c": 2}}),
        ('r "x" "y" {\n  a = 1\n  b {\n    c = 2\n  }\n}', {"r.x.y": {"a": 1, "b": {"c": 2}}}),
        (r'a = "x\"y\\z\n"', {"a": 'x"y\\z\n'}),
        ("# c\na = 1 // c\n/* b = 2\n*/ c = 3", {"a": 1, "c": 3}),
        ("a = (1)", {"a": 1}),
        ("a = tolist([1])", {"a": [1]}),
        ("a = <<E\nx: 1\nE\nb = 2", {"a": "x: 1\n", "b": 2}),
    ],
)
def test_plain_data_is_read(text: str, data: object) -> None:
    """As OpenTofu reads it."""
    assert tree(text) == data


@pytest.mark.parametrize(
    "value",
    [
        "var.x", 'var.x["a"].b', "a ? 1 : 2", "1 + 2", '"${var.x}"', 'f("x")', "[for x in y : x]", "{ for k in y : k => 1 }",
        "[1][0]", "!true", '"a" == "b"', '"%{ if x }a%{ endif }"',
    ],
)  # fmt: skip
def test_what_is_computed_is_unknown(value: str) -> None:
    """And what follows is read."""
    found = tree(f"a = {value}\nb = 2\n")
    assert isinstance(found, dict)
    assert found["b"] == 2
    assert not found["a"]


@given(st.text(alphabet='{}[]()"<>\n\r\t ,=:$%#/*-EOT?.\\a1', max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever stands in it."""
    root = read_hcl(text, "a.tf").root
    assert all(value.place.line >= 1 for value in Value(root, root.position).walk())


@pytest.mark.parametrize("text", ["a = " + "[" * 50_000, "a " + "{" * 50_000, "b {\n" * 50_000, "a = f(" * 50_000])
def test_deep_nesting_does_no_harm(text: str) -> None:
    """Deeper than anybody writes."""
    root = read_hcl(text, "a.tf").root
    assert list(Value(root, root.position).walk())
