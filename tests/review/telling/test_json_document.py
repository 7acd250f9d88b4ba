"""The JSON document is what its published schema says, and holds what a gate on merges asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from talos_gpu.review.impact.verdict import VERDICTS, ScopeImpact
from talos_gpu.review.review import Review
from talos_gpu.review.telling.json_document import json_document, json_schema_text

from .conftest import CHANGED, PROFILE, cause, compared, fleet, impact, nothing


@pytest.fixture(scope="module")
def schema(repository: Path) -> Draft202012Validator:
    """As it is published."""
    return Draft202012Validator(json.loads((repository / "docs/review.schema.json").read_text()))


def told(review: Review) -> Any:
    return json.loads(json_document(review))


def test_the_published_schema_is_the_models(repository: Path) -> None:
    """Regenerate with `make schema`."""
    assert (repository / "docs/review.schema.json").read_text() == json_schema_text()
    Draft202012Validator.check_schema(json.loads(json_schema_text()))


def test_the_schema_knows_every_verdict_and_demands_every_key(schema: Draft202012Validator) -> None:
    """A gate need not ask whether a key is there."""
    definitions = schema.schema["$defs"]
    assert definitions["Cause"]["properties"]["verdict"]["enum"] == list(VERDICTS)
    for shape in (schema.schema, *definitions.values()):
        assert set(shape["required"]) == set(shape["properties"])
        assert "additionalProperties" not in shape


def test_every_review_is_valid(schema: Draft202012Validator, small: Review, hostile: Review) -> None:
    """A small change, a stranger's, a fleet, and none."""
    reviews = (small, hostile, fleet(30, "unknown", "reboot"), Review(nothing()), replace(fleet(2), impacts=()))
    for review in reviews:
        schema.validate(told(review))


def test_what_is_not_of_its_shape_is_not_valid(schema: Draft202012Validator, small: Review) -> None:
    """The schema says something."""
    for damage in ({"schemaVersion": 2}, {"verdict": "harmless"}, {"clusters": [{}]}):
        assert not schema.is_valid({**told(small), **damage})


def test_a_gate_finds_verdicts_causes_and_lines(small: Review) -> None:
    """Per cluster and pool, with rule, source, path, both values and where it comes from."""
    document = told(small)
    (cluster,) = document["clusters"]
    assert (document["schemaVersion"], document["verdict"], document["blocked"]) == (1, "node-upgrade", False)
    assert document["totals"] == {
        "added": 0, "removed": 0, "changed": 1, "unchanged": 0,
        "nodes": 2, "unlistedPools": 0, "reboots": 2, "openEnded": 0,
    }  # fmt: skip
    assert [(pool["name"], pool["verdict"], pool["reboots"]) for pool in cluster["pools"]] == [
        ("cp", "none", 0), ("gpu", "node-upgrade", 2),
    ]  # fmt: skip
    assert cluster["kubernetes"]["verdict"] == "restart-pods"
    (found,) = cluster["pools"][1]["causes"]
    assert (found["rule"], found["source"], found["path"]) == (
        "IMG001", "https://docs.siderolabs.com/talos", "customization.systemExtensions",
    )  # fmt: skip
    assert (found["kind"], found["before"], found["after"]) == ("changed", "lts", "production")
    assert found["lines"] == [{"file": "profiles/homelab.yaml", "line": 11, "column": 22}]
    assert cluster["rollout"]["reboots"] == 2
    assert [step["command"] for step in cluster["rollout"]["steps"]][:1] == ["talosctl health --nodes 192.0.2.11"]
    assert cluster["rollout"]["expected"][1]["driver"] == "595.91.07"
    assert document["fleet"]["homelab"]["talos"] == "v1.13.11"
    assert document["findings"][0]["rule"] == "DRV001"


def test_files_objects_and_fields_are_named(small: Review) -> None:
    """Each field with its place; a page by its lines."""
    (cluster,) = told(small)["clusters"]
    files = {file["path"]: file for file in cluster["files"]}
    (job,) = files["dist/homelab/smoke-test/job.yaml"]["objects"]
    assert (job["group"], job["kind"], job["namespace"], job["name"]) == ("batch", "Job", "gpu-operator", "gpu-smoke-test")  # fmt: skip
    (change,) = job["changes"]
    assert change["path"] == "spec.template.spec.initContainers[name=nvidia-smi].image"
    assert change["before"] == "nvcr.io/nvidia/cuda:13.0.3-base-ubuntu22.04"
    assert change["place"]["file"] == "dist/homelab/smoke-test/job.yaml"
    assert change["place"]["line"] > 1
    assert files["dist/homelab/README.md"]["linesAdded"] > 10
    (profile,) = told(small)["inputs"]
    assert profile["objects"][0]["changes"][0]["path"] == "pools.gpu.driver.track"


def test_the_same_review_gives_the_same_bytes_and_a_new_cluster_is_added(small: Review) -> None:
    """Sorted, so that two documents can be compared."""
    assert json_document(small) == json_document(replace(small, fleet=dict(reversed(small.fleet.items()))))
    added = Review(compared(PROFILE.replace("homelab", "other"), CHANGED))
    assert [(one["name"], one["status"], one["verdict"]) for one in told(added)["clusters"]] == [
        ("homelab", "added", "unknown"), ("other", "removed", "unknown"),
    ]  # fmt: skip


def test_a_cluster_that_nobody_judged_blocks() -> None:
    """A gate that reads the verdict alone is closed, too."""
    document = told(replace(fleet(1), impacts=(), rollouts=()))
    assert (document["verdict"], document["blocked"]) == ("unknown", True)
    assert document["clusters"][0]["kubernetes"] is None


def test_no_secret_is_quoted() -> None:
    """Whoever made the cause."""
    secret = cause("live", path="cluster.token", before="", after="0123456789abcdef0123456789abcdef")
    one = replace(impact("homelab"), pools=(ScopeImpact("gpu", (), (secret,)),))
    assert "0123456789abcdef" not in json_document(Review(nothing(), (one,)))


def test_no_command_of_a_ci_system_is_in_it(hostile: Review) -> None:
    """A job's log may show it."""
    text = json_document(hostile)
    assert text.isascii()
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
