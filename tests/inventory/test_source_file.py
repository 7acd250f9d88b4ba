"""Files as people have them: what is read of each, and what is said of the rest."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import UNKNOWN, Given, take
from talos_gpu.inventory.source_file import BROKEN, NOT_READ, SourceFile, read_source


def read(text: str | bytes, path: str = "a.yaml") -> SourceFile:
    return read_source(path, text if isinstance(text, bytes) else text.encode())


def data(file: SourceFile) -> list[object]:
    return [document.data for document in file.documents]


def faults(file: SourceFile) -> list[str]:
    return [f"{fault.position} {fault.rule} {fault.severity}: {fault.message}" for fault in file.faults]


MODULES = {"machine": {"kernel": {"modules": [{"name": "nvidia"}]}}}


@pytest.mark.parametrize(
    "text",
    [
        "machine:\n  kernel:\n    modules:\n      - name: nvidia\n",
        "machine:\r\n  kernel:\r\n    modules:\r\n      - name: nvidia\r\n",
        "\ufeffmachine:\n  kernel:\n    modules:\n      - name: nvidia\n",
        "---\n# a comment\nmachine: {kernel: {modules: [{name: nvidia}]}}\n...\n",
        '{"machine": {"kernel": {"modules": [{"name": "nvidia"}]}}}',
        '{\n\t"machine": {\n\t\t"kernel": {"modules": [{"name": "nvidia"}]}\n\t}\n}\n',
        "x-modules: &modules\n  - name: nvidia\nmachine: {kernel: {modules: *modules}}\n",
        "x: &k {kernel: {modules: [{name: nvidia}]}}\nmachine:\n  <<: *k\n",
        "machine: !patch\n  kernel:\n    modules:\n      - name: nvidia\n",
    ],
    ids=["plain", "CRLF", "BOM", "markers", "JSON", "JSON with tabs", "anchor", "merge key", "foreign tag"],
)
def test_spellings_of_the_same(text: str) -> None:
    """All of them are read alike."""
    file = read(text, "a.json" if text.startswith("{") else "a.yaml")
    assert faults(file) == []
    assert {key: value for key, value in data(file)[0].items() if key == "machine"} == MODULES


def test_places_count_lines_and_columns_as_editors_do() -> None:
    """With CRLF, a BOM and characters of several bytes before them."""
    file = read("\ufeffname: größe\r\nmachine: # ä\r\n  ä: nvidia\r\n")
    assert str(file.documents[0].get("machine", "ä").place) == "a.yaml:3:6"
    assert str(file.documents[0].get("name").place) == "a.yaml:1:7"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_empty_files_hold_no_document(text: str) -> None:
    """And no fault."""
    assert (data(read(text)), faults(read(text))) == ([], [])


def test_empty_documents_among_others_are_null() -> None:
    """A leading or trailing separator does no harm."""
    assert data(read("---\n---\na: 1\n---\n")) == [None, {"a": 1}, None]


def test_broken_yaml_is_an_error_and_what_stands_before_it_is_kept() -> None:
    """Documents before the one that breaks."""
    file = read("a: 1\n---\nmachine:\n  kernel: {modules: [\n  x: y\n")
    assert data(file) == [{"a": 1}]
    assert faults(file) == ["a.yaml:6:1 LNT003 error: not YAML: did not find expected ',' or ']'"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: \xff\n", "byte 0xff is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "the file looks like UTF-16, UTF-32 or binary data"),
        (b"a: *x\n", "no anchor `&x` above this alias"),
        (b"a:\n\t- b\n", "a tab where YAML wants blanks"),
    ],
)
def test_what_is_no_yaml(text: bytes, message: str) -> None:
    """Each says what it is."""
    assert [fault.message for fault in read(text).faults] == [message]
    assert {fault.rule for fault in read(text).faults} == {"LNT003"}


def test_a_duplicate_key_is_a_warning_at_the_second_one() -> None:
    """The last one counts, as for most readers."""
    file = read("machine:\n  sysctls: {a: '1'}\n  sysctls: {b: '2'}\n")
    assert faults(file) == [
        "a.yaml:3:3 LNT004 warning: the key `sysctls` stands twice in one map, first at line 2, column 3"
    ]
    assert file.documents[0].get("machine", "sysctls").data == {"b": "2"}


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100 + "]" * 100,
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(8)),
        "a: [" + "x, " * 100_001 + "]",
        "# " + "x" * (1 << 20),
    ],
    ids=["deep", "alias bomb", "many values", "large"],
)
def test_beyond_the_limits_one_info(text: str) -> None:
    """Nobody writes such a file by hand: it is not read, and that is said."""
    file = read(text)
    assert data(file) == []
    assert [(fault.rule, fault.severity) for fault in file.faults] == [("LNT002", "info")]
    assert file.faults[0].message.startswith("not read any further: ")


SOPS = """\
machine:
  token: ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]
  sysctls:
    net.core.bpf_jit_harden: "1"
sops:
  age:
    - recipient: age1qqq
      enc: |
        -----BEGIN AGE ENCRYPTED FILE-----
        -----END AGE ENCRYPTED FILE-----
"""


def test_encrypted_values_are_unknown_and_the_rest_is_read() -> None:
    """SOPS keeps the keys."""
    (document,) = read(SOPS).documents
    assert document.get("machine", "token").data is UNKNOWN
    assert document.get("machine", "token").text is None
    assert document.get("machine", "sysctls").data == {"net.core.bpf_jit_harden": "1"}


@pytest.mark.parametrize(
    "text",
    [
        b"\x00GITCRYPT\x00\x12\x9f\xff",
        b"$ANSIBLE_VAULT;1.1;AES256\n6162: *x\n",
        b"machine: ENC[AES256_GCM,data:x]\n  broken: [\n",
    ],
    ids=["git-crypt", "ansible-vault", "SOPS"],
)
def test_an_encrypted_file_that_is_no_yaml_is_an_info(text: bytes) -> None:
    """It is not broken."""
    assert [(fault.rule, fault.severity) for fault in read(text).faults] == [("LNT002", "info")]


GO_TEMPLATE = """\
machine:
{{- if .Node.Data.gpu }}
  kernel:
    modules:
      {{- range .Node.Data.modules }}
      - name: {{ . }}
      {{- end }}
      - name: nvidia_uvm
{{- end }}
  nodeLabels:
    {{ toYaml .labels | nindent 4 }}
"""
JINJA = """\
machine:
  {% if gpu %}
  kernel:
    modules:
      {# the driver #}
      - name: {{ module }}
      - name: nvidia_uvm
  {% endif %}
"""
ERB = "machine:\n<% if gpu %>\n  kernel:\n    modules:\n      - name: x\n      - name: nvidia_uvm\n<% end %>\n"
TOFU = """\
machine:
%{ if gpu ~}
  kernel:
    modules:
%{ for module in modules ~}
      - name: ${module}
%{ endfor ~}
      - name: nvidia_uvm
%{ endif ~}
"""


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        (GO_TEMPLATE, "a.yaml.tpl", 8),
        (GO_TEMPLATE, "a.yaml", 8),
        (JINJA, "a.yaml.j2", 7),
        (JINJA, "a.yaml", 7),
        (ERB, "a.yaml", 6),
        (TOFU, "a.yaml.tftpl", 8),
    ],
    ids=["Go", "Go by content", "Jinja", "Jinja by content", "ERB", "OpenTofu"],
)
def test_a_template_is_read_between_its_directives(text: str, path: str, line: int) -> None:
    """Everything stays in its line and column, and nothing in it passes for complete."""
    file = read(text, path)
    assert faults(file) == []
    assert file.templated
    modules = list(file.documents[0].get("machine", "kernel", "modules").items())
    assert str(modules[-1].get("name").place) == f"{path}:{line}:15"
    assert modules[-1].get("name").text == "nvidia_uvm"


def test_a_template_that_is_still_no_yaml_is_an_info() -> None:
    """Once, with what to do."""
    file = read('machine: {{ if .gpu }}{ "a": 1 }{{ else }}[ {{ end }}\n  - b\n{{ .rest }}:\n', "patch.yaml")
    (fault,) = file.faults
    assert (fault.rule, fault.severity) == ("LNT002", "info")
    assert fault.message.startswith("not read any further: it is a template, and not YAML: ")
    assert fault.remedy == "Lint what it renders to, or what it decrypts to."


MAKEJINJA = """\
#% if nvidia %#
schematic: &gpu
  customization: {}
#% endif %#
#| a comment |#
talosVersion: #{ talos_version }#
endpoint: https://#{ address }#:6443
nodes:
  #% for node in nodes %#
  - hostname: "#{ node.name }#"
  #% endfor %#
#% if lab %#
domain: a
#% else %#
domain: b
#% endif %#
"""


def test_makejinja_is_yaml_whose_comments_mean_something() -> None:
    """`#{ }#` is a placeholder and no comment; keys of two branches do not stand twice."""
    file = read(MAKEJINJA)
    (document,) = file.documents
    assert faults(file) == []
    assert file.templated
    assert document.get("talosVersion").exists
    assert document.get("talosVersion").data is UNKNOWN
    assert document.get("endpoint").text is None
    assert document.get("nodes", 0, "hostname").text is None


@pytest.mark.parametrize(
    "text",
    [
        "talosVersion: ${talosVersion}\n",
        'talosVersion: "${talosVersion}"\n',
        "talosVersion: '{{ .Values.talos }}'\n",
        "talosVersion: {{ talos }}\n",
        "talosVersion: <path:vault/talos#version>\n",
        "talosVersion: ref+sops://a.yaml#/talos\n",
        "talosVersion: !Ref Talos\n",
        "talosVersion: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
    ],
)
def test_placeholders_are_unknown(text: str) -> None:
    """Nothing is made of them, and nothing is missed: something is written there."""
    (document,) = read(text).documents
    assert document.get("talosVersion").exists
    assert document.get("talosVersion").text is None
    assert document.get("talosVersion").data is UNKNOWN
    assert not read(text).templated


def test_json_escapes_pictures_in_two_halves() -> None:
    """As every dashboard does; YAML refuses that, and columns stay what they are."""
    text = r'{"title": "GPU \ud83d\ude80 \\ud83d\\ude80", "uid": "x"}'
    file = read_source("dashboard.json", text.encode())
    assert file.faults == ()
    (root,) = file.documents
    assert root.get("title").text == "GPU \ufffd\ufffd \\ud83d\\ude80"
    assert root.get("uid").place.column == text.index('"x"') + 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{\n  // nvidia\n  "a": "b", /* c */\n}\n', "JSON with comments"),
        ('{"a": "nvidia"}\n{"b": 1}\n', "several JSON values"),
        ('{"a": "nvidia \u0080"}\n', "JSON with what YAML refuses"),
    ],
)
def test_json_that_is_no_yaml_is_an_info(text: str, why: str) -> None:
    """Nobody said that it is YAML; under another name it is broken."""
    (fault,) = read_source("a.json", text.encode()).faults
    assert (fault.rule, fault.severity) == (NOT_READ, "info")
    assert f"it is {why}, and " in fault.message
    assert read_source("a.yaml", text.encode()).faults[0].rule == BROKEN


def test_broken_json_is_an_error() -> None:
    """A patch of machine configs may be JSON, too."""
    (fault,) = read_source("patch.json", b'[{"op": "add", "path": "/machine/kernel"\n').faults
    assert (fault.rule, fault.severity) == (BROKEN, "error")


@pytest.mark.parametrize("path", ["main.tf", "main.tofu"])
def test_hcl_has_no_documents_and_is_no_broken_yaml(path: str) -> None:
    """Its reader reads the text."""
    file = read('resource "talos_image_factory_schematic" "gpu" {\n  schematic = "x"\n}\n', path)
    assert (file.documents, file.faults) == ((), ())


def test_of_a_large_bundle_only_documents_that_matter_are_read() -> None:
    """Their places are those in the whole file."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    text = "---\n".join([service] * 2000 + ["kind: RuntimeClass\nhandler: nvidia\n"] + [service] * 2000)
    file = read(text)
    read_documents = [document for document in file.documents if document]
    assert [document.data for document in read_documents] == [{"kind": "RuntimeClass", "handler": "nvidia"}]
    assert read_documents[0].get("handler").place.line == 2000 * 4 + 2


BAD = "machine:\n  kernel: [\n"


def notes(**files: str) -> list[str]:
    given = {path.replace("__", "/").replace("_", "."): text.encode() for path, text in files.items()}
    return [f"{note.position} {note.rule}" for note in take(given, Given()).notes]


def test_faults_are_told_where_the_file_matters() -> None:
    """Broken YAML that holds nothing of ours is somebody else's business."""
    assert notes(talos__patch_yaml=BAD) == ["talos/patch.yaml:3:1 LNT003"]
    assert notes(web_yaml="service:\n  web: [\n") == []


def test_a_duplicate_key_is_told_of_files_that_a_reader_took() -> None:
    """Of others nobody knows who reads them."""
    twice = "customization:\n  extraKernelArgs: [a]\n  extraKernelArgs: [b]\n"
    assert notes(schematic_yaml=twice) == ["schematic.yaml:3:3 LNT004"]
    assert notes(compose_yaml="gpu: 1\ngpu: 2\n") == []
