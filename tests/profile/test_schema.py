"""The JSON Schema beside the profiles: current, and of one mind with the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from talos_gpu.profile import parse_profile
from talos_gpu.profile.schema import json_schema, json_schema_text

SMALL: dict[str, Any] = {"cluster": "a", "talos": "v1.14.6", "pools": {"gpu": {"gpu": {"model": "L40S"}}}}
POOL: dict[str, Any] = SMALL["pools"]["gpu"]
PROFILES = sorted((Path(__file__).resolve().parents[2] / "profiles").glob("*.yaml"))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def with_pool(**keys: Any) -> dict[str, Any]:
    return {**SMALL, "pools": {"gpu": {**POOL, **keys}}}


def test_the_committed_schema_is_what_the_models_say(repository: Path) -> None:
    """After a change of the models: `python main.py schema > profiles/schema.json`."""
    assert (repository / "profiles/schema.json").read_text(encoding="utf-8") == json_schema_text()


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_profile_validates(validator: jsonschema.Draft202012Validator, path: Path) -> None:
    validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_every_profile_names_the_schema_for_editors(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=./schema.json\n")


UNDERSTOOD = {
    "the smallest": SMALL,
    "layout by name": {**SMALL, "layout": "topf"},
    "delivery by name": {**SMALL, "delivery": "flux"},
    "stack by name": {**SMALL, "stack": "none"},
    "secure boot switched on": with_pool(secureBoot=True),
    "secure boot in full": with_pool(secureBoot={"enrollKeys": "force", "includeWellKnownCertificates": True}),
    "modules by name": with_pool(modules=["nvidia_peermem", {"name": "ib_umad", "parameters": ["a=1"]}]),
    "patch files and patches in place": with_pool(
        patches=["a.yaml", {"file": "b.yaml"}, {"inline": {"machine": {}}}, {"machine": {"env": {"a": "b"}}}]
    ),
    "time slicing": with_pool(sharing={"timeSlicing": {"replicas": 4}}),
    "MIG": with_pool(mig={"strategy": "mixed", "profile": "1g.10gb+me"}),
    "what is allowed": {**SMALL, "allow": [{"rule": "K8S017", "reason": "one card", "until": "2027-06-30"}]},
    "a declared release": {**SMALL, "catalogue": {"talos": {"v1.14.7": {"sameAs": "v1.14.6"}}}},
    "a declared GPU": {**SMALL, "catalogue": {"gpus": {"RTX 9999": {"arch": "blackwell", "class": "geforce"}}}},
    "an image by digest": {
        **SMALL,
        "images": {"mirror": "a.example:5000/b", "digests": {"c/d:1": "sha256:" + "0" * 64}},
    },
    "values with a null": {**SMALL, "stack": {"values": {"affinity": None}}},
}


@pytest.mark.parametrize("profile", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_the_models_understand_the_schema_allows(
    validator: jsonschema.Draft202012Validator, profile: dict[str, Any]
) -> None:
    parse_profile(json.dumps(profile).encode(), "profile.yaml")
    validator.validate(profile)


REFUSED = {
    "an unknown key": {**SMALL, "clusters": "a"},
    "an unknown key of a pool": with_pool(extension=[]),
    "a name with capitals": {**SMALL, "cluster": "A"},
    "a pool name with capitals": {**SMALL, "pools": {"Gpu": POOL}},
    "a release without its v": {**SMALL, "talos": "1.14.6"},
    "a layout that does not exist": {**SMALL, "layout": "helm"},
    "a stack that does not exist": {**SMALL, "stack": "operator"},
    "no pools": {**SMALL, "pools": {}},
    "a switch in words": with_pool(schedulable="yes"),
    "no GPU at all": with_pool(gpu={"model": "L40S", "count": 0}),
    "a short schematic id": with_pool(schematicId="abc"),
    "too few replicas": with_pool(sharing={"timeSlicing": {"replicas": 1}}),
}


@pytest.mark.parametrize("profile", REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_in_shape_an_editor_marks(
    validator: jsonschema.Draft202012Validator, profile: dict[str, Any]
) -> None:
    assert list(validator.iter_errors(profile))


def test_every_key_tells_the_editor_what_it_is_for() -> None:
    """Top-level keys and those of a pool: a description of their own, or of what they refer to."""
    schema = json_schema()
    without = [
        key
        for keys in (schema["properties"], schema["$defs"]["Pool"]["properties"])
        for key, rules in keys.items()
        if "description" not in rules and "$ref" not in json.dumps(rules)
    ]
    assert without == []
