"""Whole little repositories with and without each mistake: what the rules find in them, to line and column.

`fixtures/<rule>/<case>/` holds the files; `expected.txt` in it lists every finding as `file:line:column RULE severity`,
after an optional first line `# --talos v1.x.y --to v1.x.y --kubernetes v1.x.y --gpu NAME`. A case whose name starts with `bad`
must hold the rule's own id, any other must not. Waivers count as on a day that is fixed here.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.inventory import Given, take
from talos_gpu.rules import ENTRIES, RULES, check
from talos_gpu.rules.own import OWN
from talos_gpu.rules.waivers import waivers
from talos_gpu.rules.waiving import waive

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.txt"))
PAGES = Path(__file__).parents[2] / "constructs/talos_gpu/rules/pages"
TODAY = date(2026, 11, 24)


def given(line: str) -> Given:
    parser = ArgumentParser()
    parser.add_argument("--talos", default="")
    parser.add_argument("--to", default="")
    parser.add_argument("--kubernetes", default="")
    parser.add_argument("--gpu", action="append", default=[])
    options = parser.parse_args(line.removeprefix("#").split() if line.startswith("#") else [])
    gpus = tuple(name.replace("_", " ") for name in options.gpu)
    return Given(talos=options.talos, target=options.to, kubernetes=options.kubernetes, gpus=gpus)


def findings(folder: Path, options: Given) -> list[str]:
    data = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "expected.txt"
    }
    inventory = take(data, options)
    found = {*check(inventory.clusters, load_catalogue(), RULES), *inventory.notes}
    left = waive(found, waivers(inventory.files, inventory.clusters), ENTRIES, TODAY).findings
    return [f"{finding.position} {finding.rule} {finding.severity}" for finding in left]


@pytest.mark.parametrize("folder", CASES, ids=[f"{path.parent.name}-{path.name}" for path in CASES])
def test_exactly_these_findings(folder: Path) -> None:
    """At exactly these places, and no others."""
    lines = (folder / "expected.txt").read_text().splitlines()
    expected = [line for line in lines if line and not line.startswith("#")]
    assert findings(folder, given(lines[0] if lines else "")) == expected
    ids = {line.split()[1] for line in expected}
    assert (folder.parent.name in ids) == folder.name.startswith("bad")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_complete(rule) -> None:
    """A page, a bad and a good fixture, a remedy and a source."""
    assert (PAGES / f"{rule.id}.md").is_file()
    names = {path.name for path in (FIXTURES / rule.id).glob("*")}
    assert any(name.startswith("bad") for name in names), "no bad fixture"
    assert any(name.startswith("good") for name in names), "no good fixture"
    assert rule.remedy.endswith((".", "`"))
    assert rule.source


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.id)
def test_what_is_found_without_a_check_is_complete(rule) -> None:
    """A page, a remedy and a source; and what is wrong with waivers has fixtures too."""
    assert (PAGES / f"{rule.id}.md").is_file()
    assert rule.remedy.endswith(".")
    assert rule.source
    names = {path.name for path in (FIXTURES / rule.id).glob("*")}
    assert rule.waivable or rule.id.startswith("PRO") or names >= {"bad", "good"}


def test_no_id_stands_twice() -> None:
    ids = [entry.id for entry in ENTRIES]
    assert len(ids) == len(set(ids))


def test_no_id_is_used_again() -> None:
    """`ids.txt` holds every id that there ever was, with its name; that of a rule that is gone stays, marked so.

    A rule that is new gets a line, one that is named anew another name there; another rule gets another id.
    """
    lines = (Path(__file__).parent / "ids.txt").read_text().splitlines()
    ever = dict(line.split(" ", 1) for line in lines)
    assert [line.split(" ", 1)[0] for line in lines] == sorted(ever)
    gone = {name for name, meaning in ever.items() if meaning.endswith("(gone)")}
    assert {name: meaning for name, meaning in ever.items() if name not in gone} == {
        entry.id: entry.name for entry in ENTRIES
    }
