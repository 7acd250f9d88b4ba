"""What no kustomization includes is not judged; what is patched is judged as patched."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import Chart

RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: gpu-operator
spec:
  chart:
    spec: {chart: gpu-operator, version: v25.10.1}
  values:
    toolkit:
      enabled: true
    daemonsets:
      tolerations: [{key: a}]
"""
KS = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: gpu
  namespace: flux-system
spec:
  path: ./kubernetes/apps/gpu/app
  targetNamespace: gpu-operator
"""


def test_a_file_that_a_kustomization_leaves_out(read) -> None:
    """Commented out is left out: an object that is not live, and no chart."""
    repository = read(
        {
            "app/kustomization.yaml": "resources:\n  - other.yaml\n  # - release.yaml\n",
            "app/other.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n",
            "app/release.yaml": RELEASE,
        }
    )
    assert not repository.object("HelmRelease").live
    assert repository.object("Namespace").live
    assert repository.charts == []


def test_a_kustomization_above_governs_too(read) -> None:
    """A sub-folder that it does not name is not applied."""
    repository = read({"kustomization.yaml": "resources: []\n", "gpu/release.yaml": RELEASE})
    assert not repository.object("HelmRelease").live


def test_files_without_any_kustomization_are_live(read) -> None:
    """Somebody applies them."""
    assert read({"gpu/release.yaml": RELEASE}).object("HelmRelease").live


def test_a_folder_that_flux_applies_needs_no_kustomization(read) -> None:
    """Its objects are live though the folder above has one that does not name them; the target namespace is theirs."""
    repository = read(
        {
            "kubernetes/apps/kustomization.yaml": "resources: [./gpu/ks.yaml]\n",
            "kubernetes/apps/gpu/ks.yaml": KS,
            "kubernetes/apps/gpu/app/release.yaml": RELEASE,
        }
    )
    chart = repository.chart
    assert chart.namespace == "gpu-operator"
    assert chart.object is not None
    assert str(chart.object.root.get("metadata", "namespace").place) == "kubernetes/apps/gpu/ks.yaml:8:20"
    assert str(chart.object.root.get("metadata", "name").place) == "kubernetes/apps/gpu/app/release.yaml:4:9"


def test_a_commented_out_flux_kustomization_takes_its_folder_with_it(read) -> None:
    """What only a dead file names is dead, even with a kustomization of its own."""
    repository = read(
        {
            "kubernetes/apps/kustomization.yaml": "resources:\n  []\n  # - ./gpu/ks.yaml\n",
            "kubernetes/apps/gpu/ks.yaml": KS,
            "kubernetes/apps/gpu/app/kustomization.yaml": "resources: [release.yaml]\n",
            "kubernetes/apps/gpu/app/release.yaml": RELEASE,
        }
    )
    assert repository.charts == []
    assert not any(item.live for item in repository.objects)


def test_a_repository_that_applies_itself(read) -> None:
    """Flux's own sync names the folder that it lies in."""
    sync = KS.replace("./kubernetes/apps/gpu/app", "./clusters/home").replace("  targetNamespace: gpu-operator\n", "")
    repository = read(
        {
            "clusters/home/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
            "clusters/home/flux-system/gotk-sync.yaml": sync,
            "clusters/home/gpu.yaml": KS.replace("kubernetes/apps", "apps"),
            "apps/gpu/app/kustomization.yaml": "resources: [release.yaml]\n",
            "apps/gpu/app/release.yaml": RELEASE,
        }
    )
    assert all(item.live for item in repository.objects)
    assert repository.chart.namespace == "gpu-operator"
    (draft,) = [draft for draft in repository.drafts if any(isinstance(item, Chart) for item in draft.subjects)]
    assert draft.folder == "clusters/home"


def test_the_namespace_of_a_kustomization(read) -> None:
    """It is everybody's, and a Namespace takes its name."""
    repository = read(
        {
            "app/kustomization.yaml": "namespace: gpu\nresources: [release.yaml, namespace.yaml]\n",
            "app/release.yaml": RELEASE,
            "app/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: not-used\n",
        }
    )
    assert repository.chart.namespace == "gpu"
    namespace = repository.object("Namespace")
    assert (namespace.name, str(namespace.root.get("metadata", "name").place)) == ("gpu", "app/kustomization.yaml:1:12")


def test_labels_of_a_kustomization(read) -> None:
    """They are on every object; what an object says itself keeps its place."""
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: gpu\n  labels:\n    a: b\n"
    labels = "labels:\n  - pairs:\n      pod-security.kubernetes.io/enforce: privileged\n"
    root = (
        read({"kustomization.yaml": f"resources: [ns.yaml]\n{labels}", "ns.yaml": namespace}).object("Namespace").root
    )
    enforced = root.get("metadata", "labels", "pod-security.kubernetes.io/enforce")
    assert (enforced.text, str(enforced.place)) == ("privileged", "kustomization.yaml:4:43")
    assert str(root.get("metadata", "labels", "a").place) == "ns.yaml:6:8"
    assert str(root.get("metadata").key) == "ns.yaml:3:1"


def test_a_strategic_patch(read) -> None:
    """An overlay's release is judged as patched; lists of a release are replaced, a null deletes."""
    chart = read(
        {
            "base/kustomization.yaml": "resources: [release.yaml]\n",
            "base/release.yaml": RELEASE,
            "overlay/kustomization.yaml": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
            "overlay/patch.yaml": """
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata: {name: gpu-operator}
                spec:
                  values:
                    toolkit: {enabled: false}
                    daemonsets: {tolerations: null}
                """,
        }
    ).chart
    assert str(chart.value("toolkit.enabled").place) == "overlay/patch.yaml:6:24"
    assert not chart.value("daemonsets.tolerations").exists
    assert chart.complete


def test_a_patch_inside_the_kustomization_with_a_target(read) -> None:
    """Its text is read at its own lines, as a list of operations too; the object keeps its name."""
    chart = read(
        {
            "kustomization.yaml": """
                resources: [release.yaml]
                patches:
                  - target: {kind: HelmRelease, name: gpu-.*}
                    patch: |
                      - op: replace
                        path: /spec/values/toolkit/enabled
                        value: false
                      - op: add
                        path: /spec/values/daemonsets/tolerations/-
                        value: {key: b}
                  - target: {kind: HelmRelease}
                    patch: |
                      kind: HelmRelease
                      metadata: {name: any}
                      spec: {install: {crds: CreateReplace}}
                """,
            "release.yaml": RELEASE,
        }
    ).chart
    assert str(chart.value("toolkit.enabled").place) == "kustomization.yaml:7:16"
    assert [item.get("key").text for item in chart.value("daemonsets.tolerations").items()] == ["a", "b"]
    assert chart.object is not None
    assert chart.object.name == "gpu-operator"
    assert chart.object.root.get("spec", "install", "crds").text == "CreateReplace"
    assert chart.complete


def test_an_operation_that_cannot_be_followed(read) -> None:
    """Then nothing is judged as missing."""
    patch = "  - target: {kind: HelmRelease}\n    patch: |\n      - {op: move, from: /a, path: /b}\n"
    chart = read({"kustomization.yaml": f"resources: [r.yaml]\npatches:\n{patch}", "r.yaml": RELEASE}).chart
    assert not chart.complete


def test_a_target_that_cannot_be_followed(read) -> None:
    """A label selector or an odd expression may mean the release."""
    patch = "  - target: {kind: HelmRelease, name: (a|g)+.*}\n    patch: |\n      - {op: remove, path: /spec/values}\n"
    chart = read({"kustomization.yaml": f"resources: [r.yaml]\npatches:\n{patch}", "r.yaml": RELEASE}).chart
    assert not chart.complete
    assert chart.values.exists


def test_patches_of_kustomize_are_nobody_else_s(read) -> None:
    """The files are claimed, so that a list of operations is not taken for a patch of Talos."""
    repository = read(
        {
            "kustomization.yaml": "resources: [r.yaml]\npatches:\n  - {path: p.yaml, target: {kind: HelmRelease}}\n",
            "r.yaml": RELEASE,
            "p.yaml": "- {op: remove, path: /spec/values/toolkit}\n",
        }
    )
    assert any("p.yaml" in draft.files for draft in repository.drafts)
    assert not repository.chart.value("toolkit").exists


def test_patches_that_flux_hands_down(read) -> None:
    """A Kustomization that patches others so that these patch their releases, as many repositories do for CRDs."""
    top = """
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec:
          path: ./kubernetes/apps
          patches:
            - target: {group: kustomize.toolkit.fluxcd.io, kind: Kustomization}
              patch: |-
                apiVersion: kustomize.toolkit.fluxcd.io/v1
                kind: Kustomization
                metadata: {name: any}
                spec:
                  patches:
                    - target: {group: helm.toolkit.fluxcd.io, kind: HelmRelease}
                      patch: |-
                        apiVersion: helm.toolkit.fluxcd.io/v2
                        kind: HelmRelease
                        metadata: {name: any}
                        spec:
                          upgrade:
                            crds: CreateReplace
        """
    chart = read(
        {
            "kubernetes/flux/apps.yaml": top,
            "kubernetes/apps/kustomization.yaml": "resources: [./gpu/ks.yaml]\n",
            "kubernetes/apps/gpu/ks.yaml": KS,
            "kubernetes/apps/gpu/app/release.yaml": RELEASE,
        }
    ).chart
    assert chart.object is not None
    crds = chart.object.root.get("spec", "upgrade", "crds")
    assert (crds.text, str(crds.place)) == ("CreateReplace", "kubernetes/flux/apps.yaml:21:27")


def test_overlays_of_two_clusters(read) -> None:
    """Each cluster has its own chart, in a draft of its folder."""
    patch = "patches:\n  - target: {{kind: HelmRelease}}\n    patch: |\n      - {{op: replace, path: /spec/values/toolkit/enabled, value: {}}}\n"
    repository = read(
        {
            "base/kustomization.yaml": "resources: [release.yaml]\n",
            "base/release.yaml": RELEASE,
            "clusters/a/kustomization.yaml": "resources: [../../base]\n" + patch.format("false"),
            "clusters/b/kustomization.yaml": "resources: [../../base]\n" + patch.format("true"),
        }
    )
    values = {
        draft.folder: subject.value("toolkit.enabled").boolean
        for draft in repository.drafts
        for subject in draft.subjects
        if isinstance(subject, Chart)
    }
    assert values == {"clusters/a": False, "clusters/b": True}


def test_a_component(read) -> None:
    """Its patches count for those that name it; one that nobody names does nothing."""
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: {kind: HelmRelease}\n    patch: |\n      - {op: remove, path: /spec/values/toolkit}\n"
    files = {"app/release.yaml": RELEASE, "components/gpu/kustomization.yaml": component}
    named = read({**files, "app/kustomization.yaml": "resources: [release.yaml]\ncomponents: [../components/gpu]\n"})
    assert not named.chart.value("toolkit").exists
    unnamed = read({**files, "app/kustomization.yaml": "resources: [release.yaml]\n"})
    assert unnamed.chart.value("toolkit").exists


def test_an_overlay_of_a_workload(read) -> None:
    """Containers are merged by name, and images replaced."""
    repository = read(
        {
            "kustomization.yaml": """
                resources: [job.yaml]
                images:
                  - name: nvidia/cuda
                    newTag: 12.8.1-base-ubuntu24.04
                patches:
                  - path: patch.yaml
                """,
            "job.yaml": """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: smoke}
                spec:
                  template:
                    spec:
                      containers:
                        - name: a
                          image: nvidia/cuda:latest
                        - name: b
                          image: busybox
                """,
            "patch.yaml": """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: smoke}
                spec:
                  template:
                    spec:
                      runtimeClassName: nvidia
                      containers:
                        - name: a
                          resources: {limits: {nvidia.com/gpu: 1}}
                """,
        }
    )
    (pod,) = repository.pods
    first, second = pod.containers
    assert (first.get("image").text, str(first.get("image").place)) == (
        "nvidia/cuda:12.8.1-base-ubuntu24.04",
        "kustomization.yaml:4:13",
    )
    assert second.get("image").text == "busybox"
    assert [str(limit.place) for limit in pod.gpu_limits] == ["patch.yaml:10:48"]
    assert pod.spec.get("runtimeClassName").text == "nvidia"


APPS = KS.replace("./kubernetes/apps/gpu/app", "./kubernetes/apps")


@pytest.mark.parametrize("folder", ["archive", "kubernetes/_archive", "old", "apps/.Disabled"])
def test_an_archive(read, folder) -> None:
    """What lies in such a folder is not applied, unless somebody names it; nor are values files there."""
    texts = {
        f"{folder}/gpu/ks.yaml": KS.replace("./kubernetes/apps", f"./{folder}"),
        f"{folder}/gpu/app/kustomization.yaml": "resources: [release.yaml]\n",
        f"{folder}/gpu/app/release.yaml": RELEASE,
        f"{folder}/gpu-operator/values.yaml": "toolkit: {enabled: true}\ndriver: {enabled: true}\n",
        f"{folder}/more/Chart.yaml": "name: more\ndependencies: [{name: gpu-operator, version: v25.10.1}]\n",
    }
    repository = read(texts)
    assert not repository.object("HelmRelease").live
    assert repository.charts == []
    named = read({**texts, "kustomization.yaml": f"resources: [{folder}/gpu/ks.yaml]\n"})
    assert named.object("HelmRelease").live
    assert len(named.charts) == 1


def test_a_kustomization_that_no_kustomization_of_flux_names_any_more(read) -> None:
    """Below a folder that Flux applies, one that nobody names is not in use: its ks.yaml is commented out."""
    texts = {
        "kubernetes/flux/apps.yaml": APPS,
        "kubernetes/apps/gpu/kustomization.yaml": "resources: [ks.yaml]\n",
        "kubernetes/apps/gpu/ks.yaml": KS.replace("/gpu/app", "/gpu/other"),
        "kubernetes/apps/gpu/app/kustomization.yaml": "resources: [release.yaml]\n",
        "kubernetes/apps/gpu/app/release.yaml": RELEASE,
    }
    assert not read(texts).object("HelmRelease").live
    assert read({**texts, "kubernetes/apps/gpu/ks.yaml": KS}).object("HelmRelease").live


def test_a_kustomization_that_flux_may_name(read) -> None:
    """A placeholder in a path leaves open what Flux applies."""
    repository = read(
        {
            "kubernetes/flux/apps.yaml": APPS,
            "kubernetes/apps/kustomization.yaml": "resources: [gpu.yaml]\n",
            "kubernetes/apps/gpu.yaml": KS.replace("/gpu/app", "/${NAME}/app"),
            "kubernetes/apps/gpu/app/kustomization.yaml": "resources: [release.yaml]\n",
            "kubernetes/apps/gpu/app/release.yaml": RELEASE,
        }
    )
    assert repository.object("HelmRelease").live


def test_a_folder_that_a_generator_excludes(read) -> None:
    """An ApplicationSet makes no Application of it."""
    generator = "[{git: {directories: [{path: apps/*}, {path: apps/off-*, exclude: true}]}}]"
    source = "{repoURL: https://github.com/me/cluster, path: '{{path}}'}"
    inflated = "helmCharts: [{name: %s, version: 1.0.0}]\n"
    repository = read(
        {
            "set.yaml": f"""
                apiVersion: argoproj.io/v1alpha1
                kind: ApplicationSet
                metadata: {{name: apps}}
                spec: {{generators: {generator}, template: {{spec: {{source: {source}}}}}}}
                """,
            "apps/on-gpu/kustomization.yaml": inflated % "gpu-operator",
            "apps/off-gpu/kustomization.yaml": inflated % "nvidia-device-plugin",
        }
    )
    assert repository.chart.name == "gpu-operator"


def substituting(value: str, post_build: str, note: str = "") -> dict[str, str]:
    release = RELEASE.replace("version: v25.10.1", f"version: '{value}'").replace(
        "  name: gpu-operator\n", f"  name: gpu-operator\n{note}"
    )
    return {
        "ks.yaml": f"{KS}  postBuild:\n    {post_build}\n",
        "kubernetes/apps/gpu/app/kustomization.yaml": "resources: [release.yaml]\n",
        "kubernetes/apps/gpu/app/release.yaml": release,
    }


@pytest.mark.parametrize(
    ("value", "post_build", "version"),
    [
        ("${V}", "substitute: {V: v26.3.1}", "v26.3.1"),
        ("v${V:=1.0.0}", "substitute: {V: 26.3.1}", "v26.3.1"),
        ("${W:=v26.3.3}", "substitute: {V: v26.3.1}", "v26.3.3"),
        ("${W:=v26.3.3}", "{substitute: {V: v26.3.1}, substituteFrom: [{kind: Secret, name: x}]}", None),
        ("${W}", "substitute: {V: v26.3.1}", None),
        ("${V}", "substitute: {V: '${X}'}", None),
    ],
)
def test_variables_that_flux_puts_in(read, value, post_build, version) -> None:
    """What the Kustomization itself says is known, at the place where it is put; what stands elsewhere is not."""
    chart = read(substituting(value, post_build)).chart
    assert chart.version.text == version
    assert str(chart.version.place).startswith("kubernetes/apps/gpu/app/release.yaml:")


def test_variables_are_not_put_into_what_refuses_them(read) -> None:
    """An annotation of the object says so."""
    note = "  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n"
    assert read(substituting("${V}", "substitute: {V: v26.3.1}", note)).chart.version.text is None
