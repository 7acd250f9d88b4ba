"""The schema of SARIF 2.1.0 judges what `lint --format sarif` prints."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from jsonschema import Draft4Validator
from judge.build import program

from talos_gpu.inventory import Given
from talos_gpu.report.linting import lint
from talos_gpu.report.sarif import sarif

ORACLE = "SARIF 2.1.0 schema (go-sarif v3.3.0)"


def test_every_report_is_valid_sarif(repository: Path, verdict) -> None:
    """Of every fixture of every rule, so that each rule's help, place and fix is judged."""
    schema = json.loads(program("sarif-schema", "sarif-schema-2.1.0.json").read_text())
    validator = Draft4Validator(schema)
    fixtures = repository / "tests" / "rules" / "fixtures"
    results = 0
    for folder in sorted(path.parent for path in fixtures.glob("*/*/expected.txt")):
        text = sarif(lint(folder, ["."], Given(), date(2026, 1, 1), "strict").report)
        faults = [
            f"{folder.name}: {fault.json_path}: {fault.message}" for fault in validator.iter_errors(json.loads(text))
        ]
        verdict(ORACLE, "report invalid" if faults else "report valid")
        assert not faults, faults[:5]
        results += len(json.loads(text)["runs"][0]["results"])
    assert results
    broken = {"version": "2.1.0", "runs": [{"tool": {"driver": {"nmae": "x"}}}]}
    assert list(validator.iter_errors(broken)), "the schema refuses nothing"
    verdict(ORACLE, "broken report: red")
