"""Charts that kustomize, helmfile, k3s or somebody's own hands install."""

from __future__ import annotations

import pytest


def test_a_chart_that_kustomize_inflates(read) -> None:
    """Inline values lie over the file's; to kustomize a null deletes."""
    chart = read(
        {
            "gpu/kustomization.yaml": """
                namespace: gpu-operator
                helmCharts:
                  - name: gpu-operator
                    repo: https://helm.ngc.nvidia.com/nvidia
                    version: v25.10.1
                    valuesFile: values.yaml
                    valuesInline:
                      toolkit: {enabled: false}
                      cdi: null
                """,
            "gpu/values.yaml": "toolkit: {enabled: true}\ncdi: {enabled: true}\ndriver: {enabled: false}\n",
        }
    ).chart
    assert (chart.origin, chart.namespace, chart.version.text) == ("kustomize", "gpu-operator", "v25.10.1")
    assert str(chart.value("toolkit.enabled").place) == "gpu/kustomization.yaml:8:26"
    assert not chart.value("cdi").exists
    assert str(chart.value("driver.enabled").place) == "gpu/values.yaml:3:19"
    assert chart.complete


@pytest.mark.parametrize(("merge", "expected"), [("override", False), ("merge", True), ("replace", False)])
def test_how_kustomize_merges_values(read, merge, expected) -> None:
    """By its option valuesMerge."""
    text = f"helmCharts:\n  - name: gpu-operator\n    valuesFile: v.yaml\n    valuesMerge: {merge}\n    valuesInline: {{toolkit: {{enabled: false}}}}\n"
    chart = read({"kustomization.yaml": text, "v.yaml": "toolkit: {enabled: true}\ndriver: {}\n"}).chart
    assert chart.value("toolkit.enabled").boolean is expected
    assert chart.value("driver").exists is (merge != "replace")


def test_a_helmfile(read) -> None:
    """Files and maps of values in order, single values last; what is not installed is left out."""
    repository = read(
        {
            "helmfile.yaml": """
                repositories:
                  - name: nvidia
                    url: https://helm.ngc.nvidia.com/nvidia
                releases:
                  - name: gpu-operator
                    namespace: gpu-operator
                    chart: nvidia/gpu-operator
                    version: v26.3.3
                    values:
                      - values/gpu.yaml
                      - toolkit: {enabled: false}
                    set:
                      - {name: driver.enabled, value: false}
                  - name: dp
                    chart: nvdp/nvidia-device-plugin
                    installed: false
                """,
            "values/gpu.yaml": "toolkit: {enabled: true}\ncdi: {enabled: true}\ndriver: {enabled: true}\n",
        }
    )
    chart = repository.chart
    assert (chart.origin, chart.namespace, str(chart.version.place)) == ("helm", "gpu-operator", "helmfile.yaml:8:14")
    assert chart.repository is not None
    assert chart.repository.text == "https://helm.ngc.nvidia.com/nvidia"
    assert str(chart.value("toolkit.enabled").place) == "helmfile.yaml:11:28"
    assert str(chart.value("driver.enabled").place) == "helmfile.yaml:13:39"
    assert str(chart.value("cdi.enabled").place) == "values/gpu.yaml:2:16"
    assert chart.complete


def test_a_helmfile_with_a_template(read) -> None:
    """A file that only helmfile can name leaves the values incomplete."""
    text = 'releases:\n  - name: a\n    chart: x/gpu-operator\n    values: ["{{ .Environment.Name }}.yaml", {toolkit: {}}]\n'
    chart = read({"helmfile.yaml": text}).chart
    assert not chart.complete
    assert chart.value("toolkit").exists


def test_a_chart_of_k3s(read) -> None:
    """The chart is read, and the cluster is no Talos."""
    repository = read(
        {
            "gpu.yaml": """
                apiVersion: helm.cattle.io/v1
                kind: HelmChart
                metadata: {name: gpu-operator, namespace: kube-system}
                spec:
                  repo: https://helm.ngc.nvidia.com/nvidia
                  chart: gpu-operator
                  version: v25.10.1
                  targetNamespace: gpu-operator
                  valuesContent: |-
                    toolkit:
                      env: []
                """
        }
    )
    assert repository.chart.namespace == "gpu-operator"
    assert str(repository.chart.value("toolkit.env").place) == "gpu.yaml:11:12"
    assert [draft.is_talos for draft in repository.drafts] == [False]


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("gpu-operator-values.yaml", "driver:\n  enabled: false\ntoolkit:\n  enabled: false\n", "gpu-operator"),
        ("gpu/values.yaml", "toolkit: {}\ndevicePlugin: {}\ndriver: {}\n", "gpu-operator"),
        ("nvidia-device-plugin/values.yaml", "runtimeClassName: nvidia\n", "nvidia-device-plugin"),
        ("nvidia-device-plugin/values.yaml", "runtimeClassName: x\nflags: {a: b}\n", "nvidia-device-plugin"),
        ("kubernetes/device-plugin/values.yaml", "runtimeClassName: x\nnodeSelector: {}\n", "nvidia-device-plugin"),
    ],
)
def test_plain_values(read, path, text, name) -> None:
    """Recognised by keys and by the path; the version is nowhere."""
    chart = read({path: text}).chart
    assert (chart.name, chart.origin, chart.namespace) == (name, "helm", "")
    assert not chart.version.exists
    assert str(chart.place.place) == f"{path}:1:1"
    assert chart.complete


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("values.yaml", "driver: {enabled: true}\ntoolkit: {}\n"),
        ("gpu-operator/config.yaml", "version: v1\nsharing: {}\n"),
        ("apps/generic-device-plugin/values.yaml", "image: {}\nresources: {}\n"),
        ("intel-device-plugin/values.yaml", "nodeSelector: {}\naffinity: {}\n"),
        ("gpu-operator/values.yaml", "a: 1\nb: 2\nc: 3\ndriver: {}\ntoolkit: {}\n"),
        ("gpu-operator/patch.yaml", "machine: {}\ndriver: {}\ntoolkit: {}\n"),
    ],
)
def test_what_is_no_plain_values(read, path, text) -> None:
    """Two keys in any file, or a path alone, tell nothing."""
    assert read({path: text}).charts == []


def test_values_beside_the_vendor_s_chart(read) -> None:
    """A copy of the chart has defaults that nobody chose."""
    chart = "apiVersion: v2\nname: gpu-operator\nversion: v25.10.1\ndependencies:\n  - name: node-feature-discovery\n    version: 0.1.0\n"
    assert read({"c/Chart.yaml": chart, "c/values.yaml": "toolkit: {}\ndriver: {}\ndevicePlugin: {}\n"}).charts == []


def test_several_values_files_may_be_meant_together(read) -> None:
    """Then nothing is missing in one of them."""
    text = "driver: {}\ntoolkit: {}\n"
    charts = read({"gpu-operator/values.yaml": text, "gpu-operator/values-prod.yaml": text}).charts
    assert [chart.complete for chart in charts] == [False, False]


INFLATED = "helmCharts: [{name: nvidia-device-plugin, version: 0.17.1}]\n"


@pytest.mark.parametrize(
    ("patch", "complete"),
    [
        ("{target: {kind: DaemonSet}, patch: '[]'}", False),
        ("{target: {name: nvdp.*}, patch: '[]'}", False),
        ("{path: gone.yaml}", False),
        ("{target: {kind: Namespace}, patch: '[]'}", True),
        ("{patch: 'kind: Namespace'}", True),
    ],
)
@pytest.mark.parametrize("overlay", [False, True])
def test_a_chart_whose_objects_kustomize_patches(read, patch, complete, overlay) -> None:
    """A patch, be it of an overlay, may bring what the values lack where it may mean what the chart renders."""
    patches = f"patches: [{patch}]\n"
    texts = {"k/kustomization.yaml": INFLATED + ("" if overlay else patches)}
    if overlay:
        texts["o/kustomization.yaml"] = "resources: [../k]\n" + patches
    assert read(texts).chart.complete is complete


def test_values_beside_a_release_that_does_not_read_them(read) -> None:
    """Nothing is missing in a leftover: what counts is the release."""
    release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: gpu-operator}\nspec: {chart: {spec: {chart: gpu-operator, version: v26.3.1}}, values: {}}\n"
    charts = read({"gpu/release.yaml": release, "gpu/values.yaml": "driver: {enabled: true}\n"}).charts
    assert {chart.origin: chart.complete for chart in charts} == {"flux": True, "helm": False}
