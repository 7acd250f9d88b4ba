"""The verdicts without which a run of the whole suite has judged less than it says."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from judge.build import MACHINERIES

__all__ = ["FULL", "REQUIRED", "missing"]

_SERVER = "kube-apiserver v*"
_SCHEDULER = "kube-scheduler v*"
_TALOSVET = (
    "valid, new config",
    "valid, upgraded config",
    "as documented when applied twice",
)

REQUIRED = {
    ("the plan", "profile of the pairwise matrix allowed"),
    ("the plan", "pair refused with its reason"),
    ("schematicid *", "text and id equal"),
    ("schematicid *", "published id"),
    ("schematicid *", "random text and id equal"),
    ("schematicid *", "refused by both"),
    *((f"talosvet {tag}", word) for tag in MACHINERIES for word in _TALOSVET),
    *(("talosvet v* (1.15 unproven)", word) for word in _TALOSVET),
    *((f"talosvet {tag}", "merged as the inventory merges") for tag in MACHINERIES),
    ("talosvet v1.14.1", "refused when applied twice, as documented"),
    ("talhelper v*", "talconfig valid"),
    ("talhelper v*", "node config exactly as planned"),
    ("talhelper v*", "node told as the inventory tells it"),
    ("topf's rules *", "patch file"),
    ("topf's rules *", "topf.yaml: no key ignored"),
    ("tofu v*", "formatted"),
    ("tofu v*", "valid"),
    ("tofu v*", "locals as planned"),
    ("tofu v*", "templatefile(true) canonical"),
    ("tofu v*", "templatefile(false) canonical"),
    ("kustomize v*", "folder built"),
    ("kustomize v*", "every file is applied by somebody"),
    ("kustomize v*", "objects as the plan promises"),
    ("kustomize v*", "values hash reaches the HelmRelease"),
    ("kustomize v*", "affinity: null still null"),
    ("kustomize v*", "Component on comfyui"),
    ("kustomize v*", "Component on ollama"),
    ("kustomize v*", "Component on vllm"),
    ("kubernetes-validate * (strict)", "valid"),
    ("fluxvet *", "valid"),
    ("references of Flux", "path resolves"),
    ("references of Flux", "source stands or is the user's"),
    ("references of Flux", "chart as planned"),
    ("references of Argo CD", "path resolves"),
    ("references of Argo CD", "chart as planned"),
    ("helm v*", "values merged as planned"),
    (_SERVER, "accepted (dry run)"),
    (_SERVER, "applied"),
    (_SERVER, "node registered with its labels and taints"),
    (_SERVER, "privileged pod admitted"),
    (_SERVER, "PodSecurity refuses and exempts as Talos does"),
    (_SERVER, "label accepted as the rule says"),
    (_SERVER, "label refused as the rule says"),
    (_SERVER, "kubelet may not taint itself"),
    (_SCHEDULER, "bridge on every GPU node and nowhere else"),
    (_SCHEDULER, "smoke test on a GPU node"),
    ("cdk8s-cli v*", "same bytes as main.py synth"),
    ("cdk8s-cli v*", "dist untouched"),
    ("cdk8s-cli v*", "--stdout prints what is rendered"),
    ("SARIF 2.1.0 schema *", "report valid"),
    ("SARIF 2.1.0 schema *", "broken report: red"),
    ("shellcheck", "clean"),
    ("yamllint", "clean"),
    ("markdownlint", "clean"),
    ("mermaid v10*", "picture read"),
    ("mermaid v12*", "picture read"),
    ("mermaid v*", "hostile words shown as written"),
    ("mutations", "patch: red"),
    ("mutations", "taint: red"),
    ("mutations", "schematic: red"),
    ("mutations", "HelmRelease: red"),
    ("mutations", "namespace: red"),
    ("mutations", "kustomization: red"),
    ("mutations", "talconfig: red"),
    ("mutations", "reference: red"),
    ("mutations", "picture: red"),
    ("mutations", "silent judge: red"),
    ("control plane", "gone after an exception"),
    ("control plane", "gone after a kill"),
    ("control plane", "dead server named"),
}
"""(oracle, word); an asterisk stands for any version."""

FULL = {
    ("the plan", "allowed"),
    ("the plan", "refused with its reason"),
    ("talosctl v*", "command of commands.sh works as written"),
    ("talosctl v*", "gen config --config-patch"),
    ("talosctl v*", "machineconfig patch"),
    ("talosctl v*", "validate -m metal --strict"),
}
"""What `make conformance-full` alone asks."""


def missing(counts: Mapping[tuple[str, str], int], *, full: bool) -> list[tuple[str, str]]:
    """The required verdicts that were never given."""
    given = [key for key, number in counts.items() if number > 0]
    required = REQUIRED | FULL if full else REQUIRED
    return sorted(
        (oracle, word)
        for oracle, word in required
        if not any(word == found and fnmatchcase(name, oracle) for name, found in given)
    )
