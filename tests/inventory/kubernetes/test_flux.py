"""Flux: HelmReleases of every version, where their charts and values come from."""

from __future__ import annotations

import pytest

REPOSITORY = """
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: nvidia
  namespace: flux-system
spec:
  url: https://helm.ngc.nvidia.com/nvidia
"""
RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/{version}
kind: HelmRelease
metadata:
  name: gpu-operator
  namespace: gpu-operator
spec:
  chart:
    spec:
      chart: gpu-operator
      version: v25.10.1
      sourceRef:
        kind: HelmRepository
        name: nvidia
        namespace: flux-system
  values:
    driver:
      enabled: false
"""


@pytest.mark.parametrize("version", ["v2beta1", "v2beta2", "v2"])
def test_a_release_with_inline_values(read, version) -> None:
    """Name, version, namespace, repository and values, each at its place."""
    chart = read({"repo.yaml": REPOSITORY, "release.yaml": RELEASE.format(version=version)}).chart
    assert (chart.name, chart.origin, chart.namespace) == ("gpu-operator", "flux", "gpu-operator")
    assert (chart.version.text, str(chart.version.place)) == ("v25.10.1", "release.yaml:10:16")
    assert chart.repository is not None
    assert (chart.repository.text, str(chart.repository.place)) == (
        "https://helm.ngc.nvidia.com/nvidia",
        "repo.yaml:7:8",
    )
    driver = chart.value("driver.enabled")
    assert (driver.boolean, str(driver.place), driver.shown_path) == (
        False,
        "release.yaml:17:16",
        "spec.values.driver.enabled",
    )
    assert chart.complete
    assert chart.object is not None
    assert chart.object.kind == "HelmRelease"


@pytest.mark.parametrize("tag", ["0.18.2", "v0.18.2"])
def test_a_chart_whose_version_stands_in_an_oci_repository(read, tag) -> None:
    """The tag of the source is the version, with or without v."""
    chart = read(
        {
            "app/helmrelease.yaml": """
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata:
                  name: nvidia-device-plugin
                spec:
                  chartRef:
                    kind: OCIRepository
                    name: nvidia-device-plugin
                  targetNamespace: kube-system
                """,
            "app/ocirepository.yaml": f"""
                apiVersion: source.toolkit.fluxcd.io/v1
                kind: OCIRepository
                metadata:
                  name: nvidia-device-plugin
                spec:
                  url: oci://ghcr.io/home-operations/charts-mirror/nvidia-device-plugin
                  ref:
                    tag: {tag}
                """,
        }
    ).chart
    assert (chart.name, chart.namespace) == ("nvidia-device-plugin", "kube-system")
    assert (chart.version.text, str(chart.version.place)) == (tag, "app/ocirepository.yaml:8:10")
    assert not chart.values.exists
    assert chart.complete


def test_a_chart_by_a_source_that_is_not_there(read) -> None:
    """The name of the reference is all that tells the chart; its version is nowhere."""
    chart = read(
        {
            "release.yaml": """
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata: {name: x, namespace: y}
                spec:
                  chartRef: {kind: OCIRepository, name: gpu-operator}
                """
        }
    ).chart
    assert chart.version.text is None
    assert not chart.version.exists


def test_a_chart_of_a_helm_chart_object(read) -> None:
    """A HelmChart says chart, version and repository."""
    chart = read(
        {
            "release.yaml": """
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata: {name: x, namespace: y}
                spec:
                  chartRef: {kind: HelmChart, name: operator}
                ---
                apiVersion: source.toolkit.fluxcd.io/v1
                kind: HelmChart
                metadata: {name: operator, namespace: y}
                spec:
                  chart: gpu-operator
                  version: 25.x
                  sourceRef: {kind: HelmRepository, name: nvidia}
                """
        }
    ).chart
    assert (chart.name, chart.version.text, str(chart.version.place)) == ("gpu-operator", "25.x", "release.yaml:12:12")
    assert chart.repository is not None
    assert chart.repository.text == "nvidia"


VALUES_FROM = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: gpu-operator
  namespace: gpu-operator
spec:
  chart:
    spec: {chart: gpu-operator, version: v26.3.3}
  valuesFrom:
    - kind: ConfigMap
      name: gpu-operator-values
  values:
    toolkit:
      enabled: false
"""
CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: gpu-operator-values
  namespace: gpu-operator
data:
  values.yaml: |
    driver:
      enabled: true
    toolkit:
      enabled: true
"""


def test_values_of_a_config_map_lie_below_those_of_the_release(read) -> None:
    """The text of the ConfigMap is read at its own lines; inline values win."""
    chart = read({"release.yaml": VALUES_FROM, "map.yaml": CONFIG_MAP}).chart
    assert chart.complete
    assert str(chart.value("driver.enabled").place) == "map.yaml:9:16"
    assert chart.value("toolkit.enabled").boolean is False
    assert str(chart.value("toolkit.enabled").place) == "release.yaml:14:16"
    assert len(chart.layers) == 2


@pytest.mark.parametrize("reference", ["", "./"])
def test_values_of_a_generated_config_map(read, reference) -> None:
    """The file that the generator names is the layer, at its own places, and nobody's plain values file."""
    repository = read(
        {
            "app/release.yaml": VALUES_FROM,
            "app/kustomization.yaml": f"""
                resources: [release.yaml]
                configMapGenerator:
                  - name: gpu-operator-values
                    files: [values.yaml={reference}helm-values.yaml]
                generatorOptions: {{disableNameSuffixHash: true}}
                """,
            "app/helm-values.yaml": "driver:\n  enabled: true\ntoolkit: {}\ncdi: {}\n",
        }
    )
    assert str(repository.chart.value("driver.enabled").place) == "app/helm-values.yaml:2:12"
    assert repository.chart.complete
    assert any("app/helm-values.yaml" in draft.files for draft in repository.drafts)


def test_a_secret_leaves_the_values_incomplete(read) -> None:
    """What the Secret may have overridden is not known; inline values are."""
    text = VALUES_FROM.replace("  values:\n", "    - kind: Secret\n      name: more\n  values:\n")
    chart = read({"release.yaml": text, "map.yaml": CONFIG_MAP}).chart
    assert not chart.complete
    assert not chart.value("driver.enabled").exists
    assert chart.value("toolkit.enabled").boolean is False


def test_a_config_map_that_is_not_there_leaves_the_values_incomplete(read) -> None:
    """Somebody else makes it."""
    assert not read({"release.yaml": VALUES_FROM}).chart.complete


def test_a_single_value_of_a_config_map(read) -> None:
    """It stands where targetPath says."""
    text = VALUES_FROM.replace(
        "      name: gpu-operator-values\n",
        "      name: gpu-operator-values\n      valuesKey: version\n      targetPath: driver.version\n",
    )
    data = CONFIG_MAP.partition("\ndata:")[0] + "\ndata:\n  version: 570.86.15\n"
    chart = read({"release.yaml": text, "map.yaml": data}).chart
    assert (chart.value("driver.version").text, str(chart.value("driver.version").place)) == (
        "570.86.15",
        "map.yaml:7:12",
    )


def test_placeholders_stay_unknown(read) -> None:
    """What Flux substitutes is neither namespace nor version."""
    chart = read(
        {
            "release.yaml": RELEASE.format(version="v2")
            .replace("v25.10.1", "${V}")
            .replace("namespace: gpu-operator", "namespace: ${N}")
        }
    ).chart
    assert chart.namespace == ""
    assert chart.version.text is None
    assert chart.version.opaque


def test_a_null_stays_a_null(read) -> None:
    """So that a rule sees that the chart's default is taken away."""
    chart = read(
        {"r.yaml": RELEASE.format(version="v2").replace("    driver:\n      enabled: false", "    affinity: null")}
    ).chart
    assert chart.value("affinity").exists
    assert chart.value("affinity").is_null


def test_a_chart_of_a_git_repository(read) -> None:
    """The folder's name is the chart's, the tag of the repository its version."""
    chart = read(
        {
            "all.yaml": """
                apiVersion: source.toolkit.fluxcd.io/v1
                kind: GitRepository
                metadata: {name: operator, namespace: flux-system}
                spec:
                  url: https://github.com/NVIDIA/gpu-operator
                  ref: {tag: v25.10.1}
                ---
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata: {name: op, namespace: flux-system}
                spec:
                  chart:
                    spec:
                      chart: ./deployments/gpu-operator
                      sourceRef: {kind: GitRepository, name: operator}
                """
        }
    ).chart
    assert (chart.name, chart.version.text) == ("gpu-operator", "v25.10.1")
    assert chart.repository is not None
    assert chart.repository.text == "https://github.com/NVIDIA/gpu-operator"


def test_other_charts_are_none_of_ours(read) -> None:
    """A release of something else is an object, and no chart."""
    repository = read({"r.yaml": RELEASE.format(version="v2").replace("chart: gpu-operator", "chart: cilium")})
    assert repository.charts == []
    assert repository.object("HelmRelease").name == "gpu-operator"


@pytest.mark.parametrize(
    ("change", "complete"),
    [
        ("patches: [{patch: x}]", False),
        ("patchesStrategicMerge: [{}]", False),
        ("images: [{name: a, newTag: b}]", True),
    ],
)
def test_a_release_that_is_changed_after_rendering(read, change, complete) -> None:
    """A post renderer may bring what the values lack; other images leave them as they are."""
    renderers = f"  postRenderers:\n    - kustomize: {{{change}}}\n"
    chart = read({"r.yaml": RELEASE.format(version="v2").rstrip() + "\n" + renderers}).chart
    assert chart.complete is complete
    assert chart.value("driver.enabled").boolean is False


def test_a_single_value_of_a_secret(read) -> None:
    """It hides what stands at its path, and nothing else."""
    text = VALUES_FROM.replace(
        "  values:\n",
        "    - {kind: Secret, name: ngc, valuesKey: key, targetPath: driver.licensingConfig}\n  values:\n",
    )
    chart = read({"release.yaml": text, "map.yaml": CONFIG_MAP}).chart
    assert chart.complete
    assert chart.value("driver.enabled").exists
    assert chart.value("driver.licensingConfig").opaque


def test_a_single_value_is_typed_as_helm_types_it(read) -> None:
    """The data of a ConfigMap are texts, of which a boolean is made; a backslash takes the meaning off a dot."""
    text = VALUES_FROM.replace(
        "      name: gpu-operator-values\n",
        "      name: gpu-operator-values\n      valuesKey: v\n      targetPath: operator.nodeSelector.kubernetes\\.io/os\n",
    )
    data = CONFIG_MAP.partition("\ndata:")[0] + '\ndata:\n  v: "true"\n'
    chart = read({"release.yaml": text, "map.yaml": data}).chart
    assert chart.values.get("operator", "nodeSelector", "kubernetes.io/os").boolean is True
