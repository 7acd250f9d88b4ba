"""Which drafts become one cluster, by where they lie and what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from talos_gpu.finding import Position
from talos_gpu.inventory import Chart, Cluster, Given, Object, Said, Schematic, Value, take
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.joining import join
from talos_gpu.inventory.source_file import read_source


def manifest(path: str) -> Object:
    text = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: gpu}\n"
    return Object(read_source(path, text).documents[0], "v1", "Namespace", "gpu", "")


def kubernetes(
    *paths: str, folder: str = "", is_talos: bool | None = None, admission_removed: bool = False, talos: str = ""
) -> Draft:
    """A draft for manifests that lie in no cluster's folder, or in one, as the reader of Kubernetes makes it."""
    objects = tuple(manifest(path) for path in paths)
    return Draft(
        folder,
        objects,
        frozenset(paths),
        talos=Said(talos, Position(paths[0], 1, 1)) if talos else None,
        is_talos=is_talos,
        admission_removed=admission_removed,
        together=bool(folder),
    )


def loose(path: str, talos: str = "") -> Draft:
    """A patch or schematic on its own."""
    root = read_source(path, b"customization: {}\n").documents[0]
    said = Said(talos, Position(path, 1, 1)) if talos else None
    folder = path.rpartition("/")[0]
    return Draft(folder, (Schematic(root, "talos", (), (), None),), frozenset({path}), talos=said)


def source(path: str, name: str = "", talos: str = "", kubernetes: str = "", gpus: tuple[str, ...] = ()) -> Draft:
    """What defines a cluster, such as a talconfig.yaml."""
    root = read_source(path, b"clusterName: x\n").documents[0]
    return Draft(
        path.rpartition("/")[0],
        (Schematic(root, "talhelper", (), (), None),),
        frozenset({path}),
        name=name,
        talos=Said(talos) if talos else None,
        kubernetes=Said(kubernetes) if kubernetes else None,
        gpus=tuple(map(Said, gpus)),
        is_talos=True,
    )


def joined(*drafts: Draft, talos: str = "", kubernetes: str = "", gpus: tuple[str, ...] = ()) -> list[Cluster]:
    return list(
        join(drafts, Said(talos) if talos else None, Said(kubernetes) if kubernetes else None, tuple(map(Said, gpus)))
    )


def files(*drafts: Draft) -> dict[str, list[str]]:
    return {cluster.name: sorted(cluster.files) for cluster in joined(*drafts)}


def test_the_only_source_takes_all() -> None:
    """Wherever the rest lies."""
    drafts = (
        source("talos/talconfig.yaml", "home"),
        loose("image/schematic.yaml"),
        kubernetes("apps/gpu/release.yaml", "apps/namespaces.yaml"),
    )
    assert files(*drafts) == {
        "home": ["apps/gpu/release.yaml", "apps/namespaces.yaml", "image/schematic.yaml", "talos/talconfig.yaml"]
    }


def test_without_a_source_everything_is_one_cluster() -> None:
    """Loose patches and manifests of one repository."""
    drafts = (loose("patches/gpu.yaml", "v1.12.4"), loose("schematic.yaml"), kubernetes("apps/release.yaml"))
    (cluster,) = joined(*drafts)
    assert sorted(cluster.files) == ["apps/release.yaml", "patches/gpu.yaml", "schematic.yaml"]
    assert cluster.talos == Said("v1.12.4", Position("patches/gpu.yaml", 1, 1))


def test_folders_named_clusters_keep_clusters_apart() -> None:
    """Flux's usual layout, without anything of Talos."""
    drafts = (kubernetes("clusters/one/gpu.yaml", "clusters/other/gpu.yaml", "apps/base/gpu.yaml"),)
    assert files(*drafts) == {
        "clusters/one": ["clusters/one/gpu.yaml"],
        "clusters/other": ["clusters/other/gpu.yaml"],
        "": ["apps/base/gpu.yaml"],
    }


def test_a_source_below_clusters_takes_nothing_of_another_cluster() -> None:
    """clusters/edge has no Talos source, and may be k3s."""
    drafts = (
        source("clusters/home/talos/talconfig.yaml", "home"),
        kubernetes("clusters/home/apps/gpu.yaml", "clusters/edge/apps/gpu.yaml", "apps/base/gpu.yaml"),
    )
    assert files(*drafts) == {
        "home": ["apps/base/gpu.yaml", "clusters/home/apps/gpu.yaml", "clusters/home/talos/talconfig.yaml"],
        "clusters/edge": ["clusters/edge/apps/gpu.yaml"],
    }


def test_a_path_that_holds_a_clusters_name_is_its_own() -> None:
    """Talos and Kubernetes side by side, each with folders by cluster."""
    drafts = (
        source("talos/prod/talconfig.yaml", "prod"),
        source("talos/lab/talconfig.yaml", "testing"),
        kubernetes("kubernetes/prod/gpu.yaml", "kubernetes/lab/gpu.yaml", "kubernetes/base/gpu.yaml"),
        loose("images/testing/schematic.yaml"),
    )
    assert files(*drafts) == {
        "prod": ["kubernetes/prod/gpu.yaml", "talos/prod/talconfig.yaml"],
        "testing": ["images/testing/schematic.yaml", "kubernetes/lab/gpu.yaml", "talos/lab/talconfig.yaml"],
        "": ["kubernetes/base/gpu.yaml"],
    }


def test_folders_that_are_divided_alike_are_a_cluster_each() -> None:
    """What lies in one of them is for no other, though only one of them has a Talos source."""
    drafts = (
        source("prod/talos/talconfig.yaml", "home"),
        kubernetes("prod/apps/gpu.yaml", "prod/flux/ks.yaml", folder="prod"),
        kubernetes("edge/apps/gpu.yaml", "edge/flux/ks.yaml", folder="edge"),
        loose("edge/talos/schematic.yaml"),
        kubernetes("base/gpu.yaml"),
    )
    assert files(*drafts) == {
        "home": ["base/gpu.yaml", "prod/apps/gpu.yaml", "prod/flux/ks.yaml", "prod/talos/talconfig.yaml"],
        "edge": ["edge/apps/gpu.yaml", "edge/flux/ks.yaml", "edge/talos/schematic.yaml"],
    }


def test_a_fact_stays_with_the_part_that_states_it() -> None:
    """An upgrade plan of one cluster says nothing of the other."""
    drafts = (
        source("clusters/one/talconfig.yaml", "one"),
        source("clusters/two/talconfig.yaml", "two"),
        kubernetes("clusters/one/upgrade.yaml", "clusters/two/gpu.yaml", talos="v1.13.2"),
    )
    assert [cluster.talos and cluster.talos.value for cluster in joined(*drafts)] == ["v1.13.2", None]


def test_else_the_nearest_folder_decides() -> None:
    """The longest way that both share; one that lies around the file beats one beside it."""
    drafts = (
        source("talconfig.yaml", "home"),
        source("lab/talos/talconfig.yaml", "testing"),
        kubernetes("lab/apps/gpu.yaml", "apps/gpu.yaml"),
    )
    assert files(*drafts) == {
        "home": ["apps/gpu.yaml", "talconfig.yaml"],
        "testing": ["lab/apps/gpu.yaml", "lab/talos/talconfig.yaml"],
    }


def test_what_is_for_any_of_several_holds_what_they_agree_on() -> None:
    """A shared base is judged by facts that all of them state."""
    drafts = (
        source("one/talconfig.yaml", "one", "v1.13.2", "v1.35.0"),
        source("two/talconfig.yaml", "two", "v1.13.2", "v1.34.0"),
        kubernetes("base/gpu.yaml"),
    )
    shared = joined(*drafts)[-1]
    assert shared.files == {"base/gpu.yaml"}
    assert (shared.talos, shared.kubernetes, shared.is_talos) == (Said("v1.13.2"), None, True)


def test_a_fact_that_only_some_state_is_not_shared() -> None:
    """The other may run anything."""
    drafts = (source("one/t.yaml", "one", "v1.13.2"), source("two/t.yaml", "two"), kubernetes("base/gpu.yaml"))
    assert joined(*drafts)[-1].talos is None


def test_several_descriptions_of_one_cluster_are_one() -> None:
    """Generated machine configs below the talconfig, a profile and its dist, a topf.yaml beside an old talconfig."""
    drafts = (
        source("profiles/velaryon.yaml", "velaryon", "v1.11.1"),
        source("profiles/driftmark.yaml", "driftmark", "v1.12.4"),
        source("dist/velaryon/talos/talconfig.yaml", "velaryon", "v1.11.1"),
        source("dist/velaryon/talos/clusterconfig/node.yaml", "velaryon"),
        source("dist/driftmark/talos/topf.yaml", "driftmark"),
        source("dist/driftmark/talos/talconfig.yaml"),
        kubernetes("dist/velaryon/kubernetes/class.yaml", "dist/driftmark/kubernetes/class.yaml"),
    )
    assert {cluster.name: len(cluster.files) for cluster in joined(*drafts)} == {"velaryon": 4, "driftmark": 4}


def test_a_name_beats_any_folder() -> None:
    """What is rendered lies beside what others rendered, and far from its profile."""
    drafts = (
        source("profiles/velaryon.yaml", "velaryon"),
        source("profiles/driftmark.yaml", "driftmark"),
        source("dist/driftmark/talos/topf.yaml", "driftmark"),
        kubernetes("dist/velaryon/kubernetes/class.yaml", "dist/velaryon/smoke-test/job.yaml"),
        loose("dist/velaryon/talos/schematics/gpu.yaml"),
    )
    assert {cluster.name: len(cluster.files) for cluster in joined(*drafts)} == {"velaryon": 4, "driftmark": 2}


def test_clusters_of_one_name_in_different_places_stay_apart() -> None:
    """Somebody called both of them kubernetes."""
    drafts = (source("lab/talconfig.yaml", "kubernetes"), source("prod/talconfig.yaml", "kubernetes"))
    assert [sorted(cluster.files) for cluster in joined(*drafts)] == [["lab/talconfig.yaml"], ["prod/talconfig.yaml"]]


def machine_config(address: str, release: str = "v1.12.4") -> bytes:
    return (
        f"machine: {{type: worker, token: x, install: {{image: 'ghcr.io/siderolabs/installer:{release}'}}}}\n"
        f"cluster: {{clusterName: home, controlPlane: {{endpoint: 'https://{address}:6443'}}}}\n"
    ).encode()


def test_machine_configs_of_one_name_and_endpoint_are_one_cluster() -> None:
    """Each node in a folder of its own; another cluster of the name is reached elsewhere."""
    data = {
        "nodes/a/config.yaml": machine_config("192.0.2.1"),
        "nodes/b/config.yaml": machine_config("192.0.2.1"),
        "lab/config.yaml": machine_config("192.0.2.9"),
    }
    found = take(data, Given()).clusters
    assert [sorted(cluster.files) for cluster in found] == [
        ["lab/config.yaml"],
        ["nodes/a/config.yaml", "nodes/b/config.yaml"],
    ]


def test_descriptions_that_contradict_one_another_stay_apart() -> None:
    """A cluster runs one release."""
    drafts = (source("talos/a.yaml", "", "v1.12.4"), source("talos/b.yaml", "", "v1.13.2"))
    assert [cluster.talos for cluster in joined(*drafts)] == [Said("v1.12.4"), Said("v1.13.2")]


def test_the_source_has_the_last_word() -> None:
    """A loose file that says otherwise is judged by the cluster's own release."""
    (cluster,) = joined(source("talconfig.yaml", "home", "v1.13.2"), loose("old/schematic.yaml", "v1.9.1"))
    assert cluster.talos == Said("v1.13.2")


def test_a_missing_fact_comes_from_another_draft_and_then_from_the_options() -> None:
    """The options never contradict a file."""
    drafts = (source("talconfig.yaml", "home", kubernetes="v1.34.1"), loose("schematic.yaml", "v1.12.4"))
    (cluster,) = joined(*drafts, talos="v1.9.0", kubernetes="v1.20.0", gpus=("L40S",))
    assert (cluster.talos.value, cluster.kubernetes.value, cluster.gpus) == ("v1.12.4", "v1.34.1", (Said("L40S"),))


def test_a_minor_is_made_exact_by_a_release_of_it() -> None:
    """Both say the same, one of them more."""
    (cluster,) = joined(source("talconfig.yaml", "home", "v1.12"), loose("schematic.yaml", "v1.12.4"))
    assert cluster.talos.value == "v1.12.4"


def test_a_minor_is_made_exact_by_an_option_and_a_release_is_not() -> None:
    """A rule that asks for the patch release says so, and the option must then help."""
    assert joined(source("a/talconfig.yaml", talos="v1.12"), talos="v1.12.4")[0].talos == Said("v1.12.4")
    assert joined(source("a/talconfig.yaml", talos="v1.1"), talos="v1.12.4")[0].talos == Said("v1.1")
    assert joined(source("a/talconfig.yaml", talos="v1.12.1"), talos="v1.12.4")[0].talos == Said("v1.12.1")


def test_loose_files_for_different_releases_are_different_clusters() -> None:
    """Examples for two releases in one repository; what lies beside neither is for both, and nothing is known of it."""
    drafts = (loose("v1.12/gpu.yaml", "v1.12.4"), loose("v1.14/gpu.yaml", "v1.14.2"), kubernetes("apps/gpu.yaml"))
    assert [(cluster.name, cluster.talos and cluster.talos.value) for cluster in joined(*drafts)] == [
        ("v1.12", "v1.12.4"),
        ("v1.14", "v1.14.2"),
        ("", None),
    ]


def test_another_distribution_does_not_join_a_talos_cluster() -> None:
    """What is known to be k3s has no Talos release."""
    drafts = (source("talos/talconfig.yaml", "home", "v1.12.4"), kubernetes("k3s/gpu.yaml", is_talos=False))
    assert [(cluster.is_talos, cluster.talos) for cluster in joined(*drafts)] == [
        (True, Said("v1.12.4")),
        (False, None),
    ]


def test_what_lies_nearer_to_a_sign_of_another_distribution_is_its_own() -> None:
    """A plan that upgrades k3s speaks for its folder, not for the apps of the Talos cluster beside it."""
    manifests = kubernetes("old/apps/gpu.yaml", "old/plan.yaml", "kubernetes/apps/gpu.yaml", is_talos=False)
    drafts = (source("talos/talconfig.yaml", "home"), replace(manifests, foreign=frozenset({"old"})))
    assert [(cluster.is_talos, sorted(cluster.files)) for cluster in joined(*drafts)] == [
        (True, ["kubernetes/apps/gpu.yaml", "talos/talconfig.yaml"]),
        (False, ["old/apps/gpu.yaml", "old/plan.yaml"]),
    ]


def test_a_talos_source_far_from_manifests_of_another_distribution_does_not_take_them() -> None:
    """What is left of an old try, or prepared for a move."""
    manifests = kubernetes("kubernetes/apps/gpu.yaml", "kubernetes/system/plan.yaml", is_talos=False)
    drafts = (source("talos/talconfig.yaml", "home"), replace(manifests, foreign=frozenset({"kubernetes/system"})))
    assert [cluster.is_talos for cluster in joined(*drafts)] == [True, False]


@pytest.mark.parametrize(
    ("talconfig", "release", "is_talos"),
    [
        ("talos/talconfig.yaml", "k3s/apps/gpu.yaml", [True, False]),
        ("talos/talconfig.yaml", "rke2-lab/gpu.yaml", [True, False]),
        ("k3s/talos/talconfig.yaml", "k3s/apps/gpu.yaml", [True]),
        ("talos/talconfig.yaml", "apps/gpu.yaml", [True]),
    ],
)
def test_a_folder_that_is_called_after_another_distribution(talconfig: str, release: str, is_talos: list[bool]) -> None:
    """Unless the Talos cluster lies in it too."""
    assert [cluster.is_talos for cluster in joined(source(talconfig, "home"), kubernetes(release))] == is_talos


def test_admission_that_one_draft_removes_is_removed() -> None:
    """The Talos config says it, the namespaces feel it."""
    (cluster,) = joined(source("talconfig.yaml", "home"), kubernetes("gpu.yaml", admission_removed=True))
    assert cluster.admission_removed


def chart(path: str, version: str = "") -> Draft:
    """A release, or values on their own."""
    root = read_source(path, f"version: {version}\n".encode() if version else b"a: 1\n").documents[0]
    absent = Value(None, root.place)
    subject = Chart("gpu-operator", "helm", root, root.get("version"), "gpu", absent)
    return Draft(path.rpartition("/")[0], (subject,), frozenset({path}))


def test_values_on_their_own_have_the_version_that_the_cluster_states() -> None:
    """Where all who state one agree, however they write the v."""
    talos = source("talconfig.yaml", "home")
    (cluster,) = joined(talos, chart("values.yaml"), chart("release.yaml", "v25.10.1"), chart("other.yaml", "25.10.1"))
    assert [item.version.text for item in cluster.of(Chart)] == ["v25.10.1", "v25.10.1", "25.10.1"]
    (cluster,) = joined(talos, chart("values.yaml"), chart("release.yaml", "v25.10.1"), chart("other.yaml", "v25.3.0"))
    assert [item.version.text for item in cluster.of(Chart)] == [None, "v25.10.1", "v25.3.0"]


def test_every_subject_is_in_exactly_one_cluster() -> None:
    """Nothing is lost, nothing judged twice."""
    paths = [f"{place}/{name}.yaml" for place in ("clusters/a/x", "clusters/b", "base", "") for name in ("m", "n")]
    drafts = (source("clusters/a/t.yaml", "a"), source("clusters/b/t.yaml", "b"), kubernetes(*paths))
    found = [subject.root.place.file for cluster in joined(*drafts) for subject in cluster.of(Object)]
    assert sorted(found) == sorted(paths)


def test_nothing_makes_no_cluster() -> None:
    """An empty folder is fine."""
    assert joined() == []


def application(name: str, chart: str, destination: str) -> str:
    return f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}}}
spec:
  source: {{repoURL: https://helm.example.com, chart: {chart}, targetRevision: 1.0.0}}
  destination: {{namespace: gpu, {destination}}}
"""


SENT = {
    "talos/talconfig.yaml": "clusterName: home\ntalosVersion: v1.13.2\nendpoint: https://192.0.2.1:6443\nnodes: [{hostname: a, ipAddress: 192.0.2.2, controlPlane: true}]\n",
    "apps/other.yaml": application("other", "nvidia-device-plugin", "name: elsewhere"),
}


@pytest.mark.parametrize("destination", ["name: home", "server: 'https://192.0.2.1:6443'", "name: in-cluster"])
def test_what_argo_cd_sends_to_several_clusters(destination: str) -> None:
    """Each has its own; the one of the Talos files is told by name or address, or is Argo CD's own."""
    texts = {**SENT, "apps/mine.yaml": application("mine", "gpu-operator", destination)}
    clusters = take({path: text.encode() for path, text in texts.items()}, Given()).clusters
    charts = {cluster.name: [chart.name for chart in cluster.of(Chart)] for cluster in clusters}
    assert charts == {"home": ["gpu-operator"], "elsewhere": ["nvidia-device-plugin"]}
    assert [cluster.talos.value if cluster.talos else None for cluster in clusters] == ["v1.13.2", None]


def test_what_argo_cd_sends_to_one_cluster() -> None:
    """Its name tells nothing: it is the one that the other files describe."""
    (cluster,) = take({path: text.encode() for path, text in SENT.items()}, Given()).clusters
    assert [chart.name for chart in cluster.of(Chart)] == ["nvidia-device-plugin"]


def test_a_folder_that_argo_cd_sends_to_another_cluster() -> None:
    """The objects in it go there too."""
    texts = {
        **SENT,
        "apps/mine.yaml": application("mine", "gpu-operator", "name: home"),
        "apps/folder.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: f}\nspec:\n  source: {repoURL: https://github.com/me/cluster, path: gpu}\n  destination: {name: elsewhere}\n",
        "gpu/class.yaml": "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: nvidia}\nhandler: nvidia\n",
    }
    clusters = take({path: text.encode() for path, text in texts.items()}, Given()).clusters
    homes = {item.kind: cluster.name for cluster in clusters for item in cluster.of(Object)}
    assert homes["RuntimeClass"] == "elsewhere"
