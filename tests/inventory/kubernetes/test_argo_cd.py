"""Argo CD: Applications and ApplicationSets, and the layers of values that their sources bring."""

from __future__ import annotations

import pytest

HEAD = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: gpu-operator
  namespace: argocd
spec:
  destination:
    namespace: gpu-operator
  source:
    repoURL: https://helm.ngc.nvidia.com/nvidia
    chart: gpu-operator
    targetRevision: v25.10.1
    helm:
"""


def test_values_inside_a_block_string(read) -> None:
    """Everything in the text has its own line and column."""
    chart = read(
        {
            "app.yaml": HEAD
            + """
      values: |
        # how the driver comes
        driver:
          enabled: true
""".lstrip("\n")
        }
    ).chart
    assert (chart.origin, chart.namespace, chart.version.text) == ("argocd", "gpu-operator", "v25.10.1")
    assert (chart.value("driver.enabled").boolean, str(chart.value("driver.enabled").place)) == (True, "app.yaml:17:20")
    assert chart.complete


def test_a_values_object_takes_the_place_of_values(read) -> None:
    """Argo CD does not merge the two."""
    text = HEAD + "      values: |\n        toolkit: {}\n      valuesObject:\n        driver: {enabled: false}\n"
    chart = read({"app.yaml": text}).chart
    assert chart.value("driver.enabled").boolean is False
    assert not chart.value("toolkit").exists


@pytest.mark.parametrize(
    ("value", "forced", "expected"),
    [("false", "", False), ('"false"', "", False), ('"false"', "true", "false"), ('"3"', "", 3), ("1.5", "", "1.5")],
)
def test_parameters_are_typed_as_helm_types_them(read, value, forced, expected) -> None:
    """A boolean in quotes is one, unless it is forced to be a string; they win over all other layers."""
    force = f"\n          forceString: {forced}" if forced else ""
    text = f"{HEAD}      valuesObject: {{driver: {{enabled: true}}}}\n      parameters:\n        - name: driver.enabled\n          value: {value}{force}\n"
    chart = read({"app.yaml": text}).chart
    assert chart.value("driver.enabled").data == expected
    assert str(chart.value("driver.enabled").place) == "app.yaml:17:18"


MULTI = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: dp, namespace: argocd}
spec:
  destination: {namespace: kube-system}
  sources:
    - repoURL: https://github.com/me/cluster
      targetRevision: main
      ref: values
    - repoURL: https://nvidia.github.io/k8s-device-plugin
      chart: nvidia-device-plugin
      targetRevision: 0.18.2
      helm:
        valueFiles:
          - $values/%s
"""


def test_values_of_another_source(read) -> None:
    """A file of the same repository is found from its top, and claimed."""
    repository = read({"app.yaml": MULTI % "apps/dp/values.yaml", "apps/dp/values.yaml": "runtimeClassName: nvidia\n"})
    value = repository.chart.value("runtimeClassName")
    assert (value.text, str(value.place)) == ("nvidia", "apps/dp/values.yaml:1:19")
    assert repository.chart.complete


def test_values_of_a_repository_below_the_root(read) -> None:
    """Where lint is run above the repository, its top is the folder that holds the Application and the file."""
    files = {
        "site/argocd/app.yaml": MULTI % "values/dp.yaml",
        "site/values/dp.yaml": "runtimeClassName: nvidia\n",
        "other/values/dp.yaml": "runtimeClassName: other\n",
    }
    repository = read(files)
    assert repository.chart.value("runtimeClassName").text == "nvidia"
    assert repository.chart.complete


def test_values_of_a_file_that_is_not_there(read) -> None:
    """Nothing is known then, so nothing is missing."""
    assert not read({"app.yaml": MULTI % "elsewhere.yaml"}).chart.complete


def test_an_application_set(read) -> None:
    """The template is read; its placeholders stay unknown, and a templatePatch may change anything."""
    text = """
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: operators}
        spec:
          generators: [{clusters: {}}]
          template:
            metadata: {name: "{{name}}"}
            spec:
              destination: {namespace: gpu-operator}
              source:
                repoURL: https://helm.ngc.nvidia.com/nvidia
                chart: gpu-operator
                targetRevision: "{{metadata.labels.version}}"
                helm: {valuesObject: {toolkit: {enabled: true}}}
        """
    chart = read({"set.yaml": text}).chart
    assert chart.version.text is None
    assert chart.value("toolkit.enabled").boolean is True
    assert chart.complete
    assert not read({"set.yaml": text.rstrip() + "\n          templatePatch: |\n            spec: {}\n"}).chart.complete


def test_nvidia_s_git_tree(read) -> None:
    """A chart from a path of NVIDIA's repository: its name is the folder's."""
    chart = read(
        {
            "app.yaml": """
                apiVersion: argoproj.io/v1alpha1
                kind: Application
                metadata: {name: op}
                spec:
                  source:
                    repoURL: https://github.com/NVIDIA/gpu-operator.git
                    path: deployments/gpu-operator
                    targetRevision: main
                """
        }
    ).chart
    assert (chart.name, chart.version.text) == ("gpu-operator", "main")


UMBRELLA = {
    "charts/gpu/Chart.yaml": """
        apiVersion: v2
        name: gpu
        version: 0.1.0
        dependencies:
          - name: gpu-operator
            version: v25.10.1
            repository: https://helm.ngc.nvidia.com/nvidia
            condition: gpu-operator.enabled
        """,
    "charts/gpu/values.yaml": "gpu-operator:\n  enabled: true\n  toolkit:\n    enabled: true\n",
}


def test_an_umbrella_chart(read) -> None:
    """The values stand under the name of the dependency."""
    chart = read(UMBRELLA).chart
    assert (chart.version.text, str(chart.version.place)) == ("v25.10.1", "charts/gpu/Chart.yaml:6:14")
    assert str(chart.value("toolkit.enabled").place) == "charts/gpu/values.yaml:4:14"


def test_an_umbrella_chart_that_an_application_installs(read) -> None:
    """Its values lie over those of the chart, and it says the namespace."""
    app = """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: gpu}
        spec:
          destination: {namespace: gpu-system}
          source:
            repoURL: https://github.com/me/cluster
            path: charts/gpu
            helm:
              valueFiles: [production.yaml]
              parameters:
                - {name: gpu-operator.driver.enabled, value: "false"}
        """
    production = "gpu-operator:\n  toolkit:\n    enabled: false\n"
    chart = read({**UMBRELLA, "app.yaml": app, "charts/gpu/production.yaml": production}).chart
    assert (chart.namespace, chart.origin) == ("gpu-system", "argocd")
    assert str(chart.value("toolkit.enabled").place) == "charts/gpu/production.yaml:3:14"
    assert chart.value("driver.enabled").boolean is False


@pytest.mark.parametrize(
    ("files", "optional", "complete"),
    [("/charts/gpu/production.yaml", "false", True), ("gone.yaml", "false", False), ("gone.yaml", "true", True)],
)
def test_values_files_of_a_chart_in_the_repository(read, files, optional, complete) -> None:
    """A path may begin at the top of the repository, and a file that is not there may be left out."""
    app = f"""
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {{name: gpu}}
        spec:
          destination: {{namespace: gpu-system}}
          source:
            repoURL: https://github.com/me/cluster
            path: charts/gpu
            helm: {{valueFiles: [{files}], ignoreMissingValueFiles: {optional}}}
        """
    production = "gpu-operator: {driver: {enabled: false}}\n"
    chart = read({**UMBRELLA, "app.yaml": app, "charts/gpu/production.yaml": production}).chart
    assert chart.complete is complete
    assert chart.value("driver.enabled").exists is files.endswith("production.yaml")


def test_an_umbrella_of_a_workload(read) -> None:
    """The chart that people use for every workload may be a dependency too: its pods are read."""
    chart = "apiVersion: v2\nname: llm\ndependencies: [{name: app-template, alias: app, version: 4.2.0}]\n"
    values = "app:\n  controllers:\n    llm:\n      containers:\n        app:\n          resources: {limits: {nvidia.com/gpu: 1}}\n"
    (pod,) = read({"llm/Chart.yaml": chart, "llm/values.yaml": values}).pods
    assert str(pod.gpu_limits[0].place) == "llm/values.yaml:6:48"


def test_a_dependency_that_is_switched_off(read) -> None:
    """Its condition is false."""
    off = UMBRELLA["charts/gpu/values.yaml"].replace("  enabled: true\n  toolkit", "  enabled: false\n  toolkit")
    assert read({**UMBRELLA, "charts/gpu/values.yaml": off}).charts == []


@pytest.mark.parametrize(
    ("parameter", "path"),
    [
        ("{name: 'devicePlugin.env[0].name', value: A}", "devicePlugin.env"),
        ("{name: validator.env, value: '{a,b}'}", "validator.env"),
    ],
)
def test_parameters_of_a_list(read, parameter, path) -> None:
    """They hide the list, and nothing else of what was said before."""
    text = f"{HEAD}      valuesObject: {{driver: {{enabled: true}}}}\n      parameters: [{parameter}]\n"
    chart = read({"app.yaml": text}).chart
    assert chart.complete
    assert chart.value("driver.enabled").boolean is True
    assert chart.value(path).opaque


def test_parameters_out_of_files(read) -> None:
    """The text of a file of the chart's repository is not known here."""
    text = f"{HEAD}      valuesObject: {{driver: {{enabled: true}}}}\n      fileParameters: [{{name: a.b, path: x}}]\n"
    chart = read({"app.yaml": text}).chart
    assert chart.value("driver.enabled").boolean is True
    assert chart.value("a.b").opaque


def test_a_parameter_whose_name_cannot_be_read(read) -> None:
    """It may override anything."""
    text = f"{HEAD}      valuesObject: {{driver: {{enabled: true}}}}\n      parameters: [{{name: '{{{{x}}}}', value: y}}]\n"
    chart = read({"app.yaml": text}).chart
    assert not chart.complete
    assert not chart.value("driver.enabled").exists


LISTED = """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: charts}
spec:
  generators:
    - list:
        elements:
          - {name: operator, chart: gpu-operator, version: v26.3.1, server: https://a}
          - {name: plugin, chart: nvidia-device-plugin, version: 0.18.2, server: %s}
  template:
    metadata: {name: "{{name}}"}
    spec:
      destination: {namespace: "{{ .name }}-system", server: "{{server}}"}
      sources:
        - repoURL: https://helm.example.com
          chart: "{{chart}}"
          targetRevision: "{{version}}"
          helm: {valueFiles: ["$mine/charts/{{name}}.yaml"]}
        - {repoURL: https://github.com/me/cluster, ref: mine}
"""


def test_an_application_set_that_lists_its_elements(read) -> None:
    """Each is a release; what fills the template stands where the element says it."""
    repository = read({"set.yaml": LISTED % "https://a", "charts/plugin.yaml": "runtimeClassName: nvidia\n"})
    operator, plugin = repository.charts
    assert (operator.name, operator.namespace, operator.complete) == ("gpu-operator", "operator-system", False)
    assert (plugin.name, plugin.version.text, str(plugin.version.place)) == (
        "nvidia-device-plugin",
        "0.18.2",
        "set.yaml:9:66",
    )
    assert plugin.complete
    assert str(plugin.value("runtimeClassName").place) == "charts/plugin.yaml:1:19"


def test_elements_of_several_clusters(read) -> None:
    """They are not mixed up: nothing tells which of them the other files describe."""
    assert read({"set.yaml": LISTED % "https://b"}).charts == []


def test_a_list_among_other_generators(read) -> None:
    """What a cluster generator adds is not known, so that nothing is filled in."""
    text = (LISTED % "https://a").replace("    - list:", "    - clusters: {}\n    - list:")
    assert read({"set.yaml": text}).charts == []
