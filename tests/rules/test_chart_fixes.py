"""Fixes of chart values: what is certain is written in place, in whatever way the values are delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.finding import Finding
from talos_gpu.inventory import Given, take
from talos_gpu.rules import RULES, check
from talos_gpu.rules.fixing import fix

FIXTURES = Path(__file__).parent / "fixtures"
FAMILIES = ("OPR", "DPL")
CASES = sorted(path.parent for path in FIXTURES.glob("*/bad*/expected.txt") if path.parts[-3].startswith(FAMILIES))


def found(data: dict[str, bytes], talos: str) -> set[Finding]:
    return set(check(take(data, Given(talos=talos)).clusters, load_catalogue(), RULES))


def release(folder: Path) -> str:
    words = (folder / "expected.txt").read_text().splitlines()[0].split()
    return words[words.index("--talos") + 1] if "--talos" in words else ""


@pytest.mark.parametrize("folder", CASES, ids=[f"{path.parent.name}-{path.name}" for path in CASES])
def test_a_fix_puts_its_finding_right(folder: Path) -> None:
    """It can be made where it stands, and nothing is found there afterwards."""
    data = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.yaml")}
    fixable = [finding for finding in found(data, release(folder)) if finding.fix and finding.rule.startswith(FAMILIES)]
    gone = set()
    for name, content in data.items():
        here = [finding for finding in fixable if finding.position.file == name]
        done = fix(content, here)
        # Parameters of Argo CD are quoted, which the tree of values does not tell: they are left to people.
        assert len(done.findings) == len(here) or b"parameters:" in content
        data[name] = done.data
        gone |= {(finding.position, finding.rule) for finding in done.findings}
    assert not gone & {(finding.position, finding.rule) for finding in found(data, release(folder))}


def operator(values: str) -> bytes:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: gpu}\nspec:\n  source:\n"
    source = "    repoURL: https://helm.ngc.nvidia.com/nvidia\n    chart: gpu-operator\n    targetRevision: v26.3.3\n"
    return f"{head}{source}    helm:\n      values: |\n{values}  destination: {{namespace: gpu-operator}}\n".encode()


def test_a_comment_stays_beside_the_new_word() -> None:
    """In values that are a text inside of an Application."""
    before = operator("        driver:\n          enabled: true   # for now\n")
    findings = [finding for finding in found({"app.yaml": before}, "v1.13.5") if finding.rule == "OPR005"]
    assert fix(before, findings).data == before.replace(b"enabled: true   # for now", b"enabled: false   # for now")


def test_a_word_keeps_its_quotes() -> None:
    """Whichever they are."""
    before = operator("        devicePlugin:\n          env: [{name: DEVICE_LIST_STRATEGY, value: 'envvars'}]\n")
    findings = [finding for finding in found({"app.yaml": before}, "") if finding.rule == "OPR013"]
    assert fix(before, findings).data == before.replace(b"'envvars'", b"'envvar'")


def test_a_key_is_not_renamed_to_one_that_is_there() -> None:
    """Two keys of one name would be worse."""
    before = operator("        nfd:\n          enabled: true\n          enable: true\n")
    findings = [finding for finding in found({"app.yaml": before}, "") if finding.rule == "OPR010"]
    assert [finding.fix for finding in findings] == [()]


@pytest.mark.parametrize("word", ["cdi", "env"])
def test_a_strategy_that_is_only_guessed_is_left_to_people(word: str) -> None:
    """`cdi` may mean either of two strategies; what is meant is told, and not written."""
    before = operator(f"        devicePlugin:\n          env: [{{name: DEVICE_LIST_STRATEGY, value: {word}}}]\n")
    findings = [finding for finding in found({"app.yaml": before}, "") if finding.rule == "OPR013"]
    assert [finding.fix for finding in findings] == [()]
    assert fix(before, findings).data == before
