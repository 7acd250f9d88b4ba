"""Whatever somebody's files hold, reading them ends."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talos_gpu.inventory import Chart, Pod
from talos_gpu.inventory.kubernetes import read_kubernetes
from talos_gpu.inventory.source_file import Files, read_source

FILES = {
    "clusters/a/ks.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec:\n"
    "  path: ./app\n  targetNamespace: gpu\n  components: [../c]\n  images: [{name: nvidia/cuda, newTag: a}]\n"
    "  patches:\n    - target: {kind: HelmRelease}\n      patch: |\n        - {op: add, path: /spec/a, value: b}\n",
    "app/kustomization.yaml": "resources: [r.yaml, ../base]\nnamespace: x\nlabels: [{pairs: {a: b}}]\n"
    "configMapGenerator: [{name: v, files: [values.yaml=v.yaml], literals: [a=b]}]\n"
    "helmCharts: [{name: gpu-operator, version: v1, valuesFile: v.yaml, valuesInline: {a: null}}]\n"
    "patches: [{path: p.yaml}]\n",
    "app/r.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r}\nspec:\n"
    "  chartRef: {kind: OCIRepository, name: o}\n  valuesFrom: [{kind: ConfigMap, name: v}]\n  values: {a: [1]}\n",
    "app/v.yaml": "driver: {enabled: true}\ntoolkit: {}\n",
    "app/p.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r}\nspec: {values: {$patch: replace, b: 1}}\n",
    "base/kustomization.yaml": "bases: [../app]\nresources: [o.yaml]\n",
    "base/o.yaml": "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: o}\nspec:\n"
    "  url: oci://x/gpu-operator\n  ref: {tag: v1}\n",
    "c/kustomization.yaml": "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\npatches: [{patch: '[]'}]\n",
    "argo.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  sources:\n"
    "    - {ref: v}\n    - chart: gpu-operator\n      helm:\n        valueFiles: [$v/app/v.yaml]\n"
    "        parameters: [{name: a.b, value: 'true'}]\n        values: |\n          a: b\n    - path: charts/x\n",
    "set.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec:\n"
    "  generators: [{git: {directories: [{path: app*}]}}]\n  template: {spec: {source: {path: '{{path}}'}}}\n",
    "charts/x/Chart.yaml": "name: x\ndependencies: [{name: gpu-operator, version: v1, condition: a.b}]\n",
    "charts/x/values.yaml": "gpu-operator: {a: b}\na: {b: true}\n",
    "helmfile.yaml": "releases: [{name: a, chart: n/gpu-operator, values: [app/v.yaml, {a: b}], set: [{name: a, value: b}]}]\n",
    "job.yaml": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: {spec: {template: {spec:\n"
    "  {containers: [{name: a, image: nvidia/cuda, env: [{name: NVIDIA_X}]}], tolerations: [{key: gpu}]}}}}}\n",
    "app.yaml": "controllers: {a: {containers: {b: {resources: {limits: {nvidia.com/gpu: 1}}}}}}\ndefaultPodOptions: {a: b}\n",
    "plan.yaml": "apiVersion: upgrade.cattle.io/v1\nkind: Plan\nmetadata: {name: p}\nspec: {version: v1.11.5, upgrade: {image: a/siderolabs/talosctl}}\n",
}  # fmt: skip
PIECES = st.sampled_from(
    [
        "[]",
        "{}",
        "null",
        "- ",
        ": ",
        "[[",
        "&a ",
        "*a",
        "<<: *a",
        "!t ",
        "${X}",
        "{{ a }}",
        "|",
        "\n",
        "../",
        "/",
        "$patch",
        "*",
        "\x85",
    ]
)


@st.composite
def repositories(draw):
    """The files with a few pieces put in, lines taken out, or values turned into something else."""
    texts = dict(FILES)
    for _ in range(draw(st.integers(1, 6))):
        path = draw(st.sampled_from(sorted(texts)))
        text = texts[path]
        at = draw(st.integers(0, len(text)))
        until = min(len(text), at + draw(st.integers(0, 12)))
        texts[path] = text[:at] + draw(PIECES) + text[until:]
    return texts


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(repositories())
def test_nothing_raises(texts) -> None:
    """Any mutation of a repository gives drafts, and subjects whose values can be looked at."""
    files = Files({path: read_source(path, text.encode()) for path, text in texts.items()})
    for draft in read_kubernetes(files, frozenset()):
        for subject in draft.subjects:
            if isinstance(subject, Chart):
                assert subject.values.data is not Ellipsis
                assert subject.version.place.file
            if isinstance(subject, Pod):
                assert subject.gpu_limits is not None


def test_the_repository_itself_is_read() -> None:
    """So that its mutations reach what they are meant to reach."""
    files = Files({path: read_source(path, text.encode()) for path, text in FILES.items()})
    subjects = [subject for draft in read_kubernetes(files, frozenset()) for subject in draft.subjects]
    assert {chart.origin for chart in subjects if isinstance(chart, Chart)} == {"argocd", "flux", "helm", "kustomize"}
    assert len([pod for pod in subjects if isinstance(pod, Pod)]) == 2


def test_circles_end() -> None:
    """Kustomizations that include one another, and themselves."""
    files = {
        "a/kustomization.yaml": "resources: [../b, ., ../a]\ncomponents: [../b]\n",
        "b/kustomization.yaml": "resources: [../a]\n",
        "b/ks.yaml": FILES["clusters/a/ks.yaml"].replace("./app", "./b"),
    }
    read = Files({path: read_source(path, text.encode()) for path, text in files.items()})
    assert list(read_kubernetes(read, frozenset()))
