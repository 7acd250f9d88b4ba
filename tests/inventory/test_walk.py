"""Which files below a folder are read."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from talos_gpu.errors import OutsideError
from talos_gpu.inventory.rendered import LEDGER
from talos_gpu.inventory.walk import walk
from talos_gpu.output.names import LEDGER as WRITTEN

RUNTIME_CLASS = """\
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata:
  name: nvidia
handler: nvidia
"""
WEB = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports: [{port: 80}]
"""
KUSTOMIZATION = "resources: [web.yaml]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    return root


def write(root: Path, name: str, text: str = RUNTIME_CLASS) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read(root: Path, *paths: str) -> list[str]:
    return list(walk(root, paths or (".",)).data)


@pytest.mark.parametrize(
    "name",
    [
        "a.yaml", "a.yml", "a.json", "main.tf", "main.tofu", "prod.tfvars", "terragrunt.hcl", "schematic.yaml.tftpl", "schematic.tftpl",
        "values.yaml.gotmpl", "talconfig.yaml.j2", "deep/er/patch.yaml.tpl",
    ],
)  # fmt: skip
def test_names_that_are_read(repository: Path, name: str) -> None:
    """YAML and JSON, templates of them, and OpenTofu."""
    write(repository, name)
    assert read(repository) == [name]


@pytest.mark.parametrize("name", ["README.md", "a.yaml.bak", "notes.txt", "yaml", ".hidden.yaml"])
def test_names_that_are_not_read(repository: Path, name: str) -> None:
    """Anything else, and hidden files."""
    write(repository, name)
    assert read(repository) == []


def test_a_named_file_is_read_whatever_it_is_called(repository: Path) -> None:
    """Somebody asked for it: neither its name, nor its text, nor .gitignore stands against it."""
    write(repository, ".gitignore", "*\n")
    write(repository, "notes.txt", "web\n")
    assert read(repository, "notes.txt") == ["notes.txt"]


@pytest.mark.parametrize(
    "folder", [".git", ".venv", ".archive", "node_modules", "vendor", "third_party", "sub/node_modules/x"]
)
def test_hidden_and_vendored_folders_are_skipped(repository: Path, folder: str) -> None:
    """They hold what others wrote."""
    write(repository, f"{folder}/a.yaml")
    write(repository, "ours/a.yaml")
    assert read(repository) == ["ours/a.yaml"]


def test_parts_of_a_chart_are_skipped_and_its_values_are_read(repository: Path) -> None:
    """Templates are Go templates, charts/ is of others; the values of an umbrella chart are its author's."""
    write(repository, "gpu/Chart.yaml", "name: gpu\ndependencies: [{name: gpu-operator, version: v25.10.1}]\n")
    for name in ("values.yaml", "templates/namespace.yaml", "charts/gpu-operator/values.yaml", "crds/policy.yaml"):
        write(repository, f"gpu/{name}")
    write(repository, "manifests/templates/namespace.yaml")
    assert read(repository) == ["gpu/Chart.yaml", "gpu/values.yaml", "manifests/templates/namespace.yaml"]


def test_a_copy_of_the_vendors_chart_is_skipped(repository: Path) -> None:
    """Its values are defaults, which nobody chose."""
    write(repository, "upstream/Chart.yaml", "apiVersion: v2\nname: gpu-operator\nversion: v25.10.1\n")
    write(repository, "upstream/values.yaml", "driver: {enabled: true}\n")
    write(repository, "upstream/templates/operator.yaml")
    assert read(repository) == []


def test_gitignore_is_respected_as_git_does(repository: Path) -> None:
    """Files of folders above and below, negation, anchors and folders."""
    subprocess.run(["git", "init", "-q", repository], check=True)
    write(repository, ".gitignore", "clusterconfig/\n*.sops.yaml\n/rendered\n")
    write(repository, "talos/.gitignore", "!shown.sops.yaml\nlocal.yaml\n")
    names = {
        "talos/clusterconfig/a.yaml", "talos/clusterconfig/.gitignore", "talos/talsecret.sops.yaml",
        "talos/shown.sops.yaml", "rendered/a.yaml", "talos/rendered/a.yaml", "talos/local.yaml", "local.yaml",
    }  # fmt: skip
    for name in names:
        write(repository, name)
    shown = subprocess.run(
        ["git", "-C", repository, "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True
    ).stdout.split()
    expected = sorted(name for name in shown if name.endswith(".yaml"))
    assert read(repository) == expected == ["local.yaml", "talos/rendered/a.yaml", "talos/shown.sops.yaml"]


def test_rules_above_the_folder_hold_as_far_as_the_repository_reaches(repository: Path) -> None:
    """Run in a folder of a repository, the repository's rules hold; those of a folder around it do not."""
    write(repository.parent, ".gitignore", "*\n")
    write(repository, ".git/HEAD", "ref: refs/heads/main\n")
    write(repository, ".gitignore", "secret.yaml\n")
    write(repository, "talos/secret.yaml")
    write(repository, "talos/a.yaml")
    assert read(repository / "talos") == ["a.yaml"]


def test_a_named_folder_is_read_though_it_is_ignored(repository: Path) -> None:
    """Who names generated files wants to know."""
    write(repository, ".git/HEAD", "ref: refs/heads/main\n")
    write(repository, ".gitignore", "clusterconfig/\n")
    write(repository, "clusterconfig/a.yaml")
    assert read(repository) == []
    assert read(repository, "clusterconfig") == ["clusterconfig/a.yaml"]


def test_a_rule_that_nobody_understands_hides_nothing(repository: Path) -> None:
    """The others hold."""
    write(repository, ".gitignore", "!\nhidden.yaml\n")
    write(repository, "a.yaml")
    write(repository, "hidden.yaml")
    assert read(repository) == ["a.yaml"]


def test_links_are_read_only_where_they_stay_inside(repository: Path) -> None:
    """A link to another file of the root is that file; one that leaves it, a folder or a loop is nothing."""
    write(repository.parent, "outside/secret.yaml")
    write(repository, "node/gpu-1/gpu.yaml")
    (repository / "node/gpu-2.yaml").symlink_to("gpu-1/gpu.yaml")
    (repository / "out.yaml").symlink_to("../outside/secret.yaml")
    (repository / "absolute.yaml").symlink_to(repository.parent / "outside/secret.yaml")
    (repository / "folder").symlink_to("../outside")
    (repository / "loop").symlink_to(".")
    (repository / "self.yaml").symlink_to("self.yaml")
    (repository / "gone.yaml").symlink_to("nowhere.yaml")
    found = walk(repository)
    assert list(found.data) == ["node/gpu-1/gpu.yaml", "node/gpu-2.yaml"]
    assert found.notes == ()


def test_rules_behind_a_link_are_not_read(repository: Path) -> None:
    """A .gitignore that is a link may lead anywhere."""
    write(repository.parent, "rules", "a.yaml\n")
    write(repository, "a.yaml")
    (repository / ".gitignore").symlink_to("../rules")
    assert read(repository) == ["a.yaml"]


def test_pipes_and_devices_are_never_opened_for_reading(repository: Path) -> None:
    """They could wait for ever."""
    os.mkfifo(repository / "pipe.yaml")
    assert read(repository) == []
    assert read(repository, "pipe.yaml") == []


@pytest.mark.parametrize("path", ["..", "../outside/a.yaml", "link.yaml", "gone.yaml"])
def test_a_named_path_must_be_there_and_inside(repository: Path, path: str) -> None:
    """Else it is said, not passed over."""
    write(repository.parent, "outside/a.yaml")
    (repository / "link.yaml").symlink_to("../outside/a.yaml")
    with pytest.raises(OutsideError, match=r"outside|no such file"):
        walk(repository, [path])


def test_what_cannot_matter_is_left_out(repository: Path) -> None:
    """Nothing in the service's path or text is about a GPU or Talos; in a folder of Talos anything may be."""
    for name in ("web/service.yaml", "talos/vars.yaml", "apps/nvidia/service.yaml"):
        write(repository, name, WEB)
    assert read(repository) == ["apps/nvidia/service.yaml", "talos/vars.yaml"]


def test_kustomizations_are_read_where_anything_matters(repository: Path) -> None:
    """They decide whether an object is applied."""
    write(repository, "web/kustomization.yaml", KUSTOMIZATION)
    write(repository, "web/web.yaml", WEB)
    assert read(repository) == []
    write(repository, "gpu/class.yaml")
    assert read(repository) == ["gpu/class.yaml", "web/kustomization.yaml"]


def test_what_applies_others_is_read(repository: Path) -> None:
    """An Application or an ApplicationSet decides about folders without a word of a GPU."""
    application = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: infra}\n"
    write(repository, "bootstrap/infra.yaml", application)
    assert read(repository) == ["bootstrap/infra.yaml"]


def test_a_chart_of_workloads_is_read(repository: Path) -> None:
    """Its values tell of a GPU, and stand beside it."""
    chart = "apiVersion: v2\nname: llm\ndependencies: [{name: app-template, version: 4.2.0}]\n"
    write(repository, "llm/Chart.yaml", chart)
    assert read(repository) == ["llm/Chart.yaml"]


@pytest.mark.parametrize(("text", "is_read"), [("", True), ("# later\n---\n\n", True), ("a: b\n", False)])
def test_empty_files_are_read_where_patches_lie(repository: Path, text: str, is_read: bool) -> None:
    """Talos refuses an empty patch; no word of it says that it is for Talos."""
    write(repository, "patches/later.yaml", text)
    write(repository, "apps/later.yaml", text)
    assert read(repository) == []
    write(repository, "gpu/class.yaml")
    assert read(repository) == ["gpu/class.yaml", *(["patches/later.yaml"] if is_read else [])]


def test_a_huge_file_is_noted_where_it_could_matter(repository: Path) -> None:
    """Once, as an info; one that cannot matter is not worth a word."""
    write(repository, "bundle.yaml", RUNTIME_CLASS + "# " + "x" * (1 << 20))
    write(repository, "dashboard.yaml", "title: web\n# " + "x" * (1 << 20))
    found = walk(repository)
    assert found.data == {}
    assert [f"{note} {note.rule} {note.severity}" for note in found.notes] == [
        "bundle.yaml: not read: it is larger than 1 MiB LNT002 info"
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_the_system_refuses_is_noted(repository: Path) -> None:
    """The walk goes on."""
    write(repository, "a.yaml")
    write(repository, "locked.yaml")
    (repository / "locked.yaml").chmod(0)
    found = walk(repository)
    assert list(found.data) == ["a.yaml"]
    assert [str(note) for note in found.notes] == ["locked.yaml: not read: permission denied"]


def test_deep_folders_do_no_harm(repository: Path) -> None:
    """Deeper than any stack of calls."""
    path = repository
    for _ in range(600):
        path = path / "d"
    path.mkdir(parents=True)
    (path / "a.yaml").write_text(RUNTIME_CLASS)
    assert read(repository) == ["/".join(["d"] * 600 + ["a.yaml"])]


PROFILE = "cluster: lab\ntalos: v1.13.9\npools:\n  gpu: {gpu: {model: L40S}}\n"


def ledger(profile: object) -> str:
    return json.dumps({"tool": "talos-gpu", "schema": 1, "profile": profile})


@pytest.mark.parametrize("path", ["dist", "dist/lab", "dist/lab/kubernetes", "dist/lab/kubernetes/class.yaml"])
def test_the_profile_of_a_rendered_folder_is_read_with_it(repository: Path, path: str) -> None:
    """It says what the files do not: the GPUs, and what is allowed."""
    write(repository, "profiles/lab.yaml", PROFILE)
    write(repository, "profiles/other.yaml", PROFILE)
    write(repository, "dist/lab/kubernetes/class.yaml")
    write(repository, f"dist/lab/{LEDGER}", ledger("profiles/lab.yaml"))
    assert list(walk(repository, [path]).data) == ["dist/lab/kubernetes/class.yaml", "profiles/lab.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        ledger("../outside.yaml"),
        ledger("/etc/hosts.yaml"),
        ledger("profiles/secret.txt"),
        ledger("profiles/ignored.yaml"),
        ledger("profiles/link.yaml"),
        ledger("profiles/no-profile.yaml"),
        ledger("profiles/missing.yaml"),
        ledger("profiles"),
        ledger("profiles/\0.yaml"),
        ledger(["profiles/lab.yaml"]),
        json.dumps({"profile": "profiles/lab.yaml"}),
        "[" * 100_000,
        "no json",
        "",
    ],
)
def test_a_ledger_is_not_believed(repository: Path, text: str) -> None:
    """Whatever it names: only a profile below the root that Git knows is read."""
    write(repository.parent, "outside.yaml", PROFILE)
    for name in ("lab.yaml", "secret.txt", "ignored.yaml"):
        write(repository, f"profiles/{name}", PROFILE)
    write(repository, "profiles/no-profile.yaml", "password: talos\n")
    (repository / "profiles/link.yaml").symlink_to(repository.parent / "outside.yaml")
    write(repository, "profiles/.gitignore", "ignored.yaml\n")
    (repository / ".git").mkdir()
    write(repository, "dist/lab/class.yaml")
    write(repository, f"dist/lab/{LEDGER}", text)
    assert list(walk(repository, ["dist"]).data) == ["dist/lab/class.yaml"]


def test_it_is_the_ledger_that_synth_writes() -> None:
    assert LEDGER == WRITTEN
