"""Commands that need more than a word quoted: helm, kubectl run, the smoke test."""

from __future__ import annotations

from talos_gpu import markdown
from talos_gpu.errors import InternalError
from talos_gpu.kubernetes.chart_values import VALUES, stack_folder
from talos_gpu.kubernetes.stack_objects import SMOKE_TEST
from talos_gpu.kubernetes.workload_component import COMPONENT
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.runbook import gpu_pod, shell
from talos_gpu.talos.shell import local_folder

__all__ = ["component", "helm", "kubectl_run", "smoke_test"]

_TEST_NAMESPACE = "default"
_REPOSITORY_NAMES = {"gpu-operator": "nvidia", "nvidia-device-plugin": "nvdp"}
_JOB = "gpu-smoke-test"
"""The name that the smoke test's construct gives its Job."""


def helm(plan: ClusterPlan) -> markdown.Finished:
    """Returns the commands that install the chart or update it, nothing where the stack has none."""
    chart = plan.stack.chart
    if chart is None:
        return markdown.Finished("")
    repository = chart.repository.value
    name = _REPOSITORY_NAMES.get(chart.name, chart.name)
    oci = repository.startswith("oci://")
    prepare = "" if oci else f"helm repo add {name} {shell.quote(repository)}\nhelm repo update {name}\n"
    values = f"{local_folder(plan)}/{stack_folder(plan.stack)}/{VALUES}"
    install = shell.words(
        [
            *("helm", "upgrade", "--install", chart.release, repository if oci else f"{name}/{chart.name}"),
            *("--version", chart.version.value, "-n", plan.stack.namespace.value, "-f", values),
        ]
    )
    return markdown.Finished(prepare + install)


def kubectl_run(plan: ClusterPlan, *, limit: bool) -> markdown.Finished:
    """Returns a command that runs nvidia-smi in a throw-away pod and prints what it says."""
    image = gpu_pod.image(plan)
    if image is None:
        message = "a test pod was asked for without an image"
        raise InternalError(message)
    start = shell.words(
        [
            *("kubectl", "run", "nvidia-smi", "-n", _namespace(plan), "--restart=Never", "-ti", "--rm"),
            *("--image", image, "--overrides"),
        ]
    )
    overrides = shell.quote_json(gpu_pod.overrides(plan, image, limit=limit))
    return markdown.Finished(f"{start} {overrides} -- nvidia-smi")


def smoke_test(plan: ClusterPlan) -> markdown.Finished:
    """Returns the commands that run the smoke test, wait for it, show its log and remove it."""
    folder = shell.quote(f"{local_folder(plan)}/{SMOKE_TEST}")
    namespace = shell.quote(plan.stack.namespace.value)
    return markdown.Finished(
        "\n".join(
            [
                f"kubectl apply -k {folder}",
                f"kubectl wait --for=condition=complete job/{_JOB} -n {namespace} --timeout=5m",
                f"kubectl logs job/{_JOB} -n {namespace} --all-containers",
                f"kubectl delete -k {folder}",
            ]
        )
    )


def component(plan: ClusterPlan) -> str:
    """Returns where the gpu-workload Component lies, seen from a folder below the repository's root."""
    return f"../{local_folder(plan)}/{COMPONENT}"


def _namespace(plan: ClusterPlan) -> str:
    """A privileged namespace of ours where there is one: elsewhere Pod Security would add its warning."""
    return plan.stack.namespace.value if plan.stack.render_namespace.value else _TEST_NAMESPACE
