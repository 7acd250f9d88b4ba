"""Laws of the cache: it makes a run faster, and changes nothing else."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cluster_plans import cdi_operator, device_plugin, files, legacy_operator, text

from talos_gpu.kubernetes import render
from talos_gpu.kubernetes.manifest_cache import ManifestCache
from talos_gpu.kubernetes.props import NamespaceProps, Props
from talos_gpu.kubernetes.synthesis import synthesize

FILE = "kubernetes-objects.txt"
MANIFESTS: tuple[dict[str, Any], ...] = ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "grün"}},)
PLANS = (legacy_operator(), cdi_operator(), device_plugin())


def written(cache: ManifestCache) -> dict[str, str]:
    return {
        f"{cluster}/{document.path}": text(document)
        for cluster, documents in render(PLANS, cache).items()
        for document in documents
    }


def kept(folder: Path) -> Path:
    """A folder in which one manifest was kept."""
    ManifestCache(folder).keep({"key": MANIFESTS})
    return folder / FILE


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    """By another run, too."""
    kept(tmp_path / "new" / "folder")
    assert ManifestCache(tmp_path / "new" / "folder").get("key") == MANIFESTS
    assert ManifestCache(tmp_path / "new" / "folder").get("other") is None


def test_output_is_the_same_with_without_and_after_the_cache(tmp_path: Path) -> None:
    """Nobody can tell from the files where a manifest came from."""
    cold = written(ManifestCache(tmp_path))
    assert cold == written(ManifestCache(tmp_path))
    assert cold == written(ManifestCache(None))


def test_with_everything_kept_cdk8s_is_not_imported(tmp_path: Path, repository: Path) -> None:
    """No jsii, no Node process."""
    files(legacy_operator(), ManifestCache(tmp_path))
    code = (
        "import sys; from cluster_plans import files, legacy_operator; files(legacy_operator());"
        "print([name for name in ('jsii', 'cdk8s', 'constructs') if name in sys.modules])"
    )
    search = os.pathsep.join((str(repository / "constructs"), str(repository / "tests/kubernetes")))
    environment = {**os.environ, "PYTHONPATH": search, "TALOS_GPU_CACHE": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("torn", lambda content: content[:-20]),
        ("edited", lambda content: content.replace(b"Namespace", b"ConfigMap")),
        ("moved to another key", lambda content: content.replace(b"key ", b"foo ", 1)),
        ("empty", lambda content: b""),
        ("not ours", lambda content: b"\x00\xff\n\n key\nkey  \n"),
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, name: str, damage: Any) -> None:
    """What does not agree with its digest does not exist."""
    file = kept(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    assert [ManifestCache(tmp_path).get(key) for key in ("key", "foo")] == [None, None], name


def test_a_file_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    """Digests tell accidents, not forgeries."""
    file = kept(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o666)
    assert ManifestCache(tmp_path).get("key") is None


def test_damage_is_repaired_by_the_next_run(tmp_path: Path) -> None:
    """A miss writes the whole file anew."""
    request: Props = NamespaceProps("gpu")
    first = synthesize([request], ManifestCache(tmp_path))
    (tmp_path / FILE).write_bytes(b"damaged")
    assert synthesize([request], ManifestCache(tmp_path)) == first
    assert b"damaged" not in (tmp_path / FILE).read_bytes().split(b"\n")


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A file stands where the folder should be: the result is there all the same."""
    (tmp_path / "file").write_text("")
    cache = ManifestCache(tmp_path / "file" / "folder")
    request = NamespaceProps("gpu")
    assert json.loads(json.dumps(synthesize([request], cache)[request]))[0]["kind"] == "Namespace"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_the_environment_names_the_folder_or_switches_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TALOS_GPU_CACHE wins over the user's cache folder."""
    kept(tmp_path)
    monkeypatch.setenv("TALOS_GPU_CACHE", str(tmp_path))
    assert ManifestCache.of_user().get("key") == MANIFESTS
    monkeypatch.setenv("TALOS_GPU_CACHE", "")
    assert ManifestCache.of_user().get("key") is None


def test_runs_that_keep_different_things_add_up(tmp_path: Path) -> None:
    """Two profiles rendered one after the other are both there."""
    kept(tmp_path)
    ManifestCache(tmp_path).keep({"second": MANIFESTS})
    second = ManifestCache(tmp_path)
    second.get("second")
    second.keep({"third": MANIFESTS})
    assert all(ManifestCache(tmp_path).get(key) for key in ("key", "second", "third"))
