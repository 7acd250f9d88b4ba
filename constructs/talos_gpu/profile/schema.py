"""The JSON Schema of a profile, for editors."""

from __future__ import annotations

import json
from typing import Any

from talos_gpu.profile.profile import Profile

__all__ = ["json_schema", "json_schema_text"]


def json_schema() -> dict[str, Any]:
    """Draft 2020-12 schema of a profile; descriptions are the docstrings of the models."""
    schema = Profile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "talos-gpu profile",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def json_schema_text() -> str:
    """The schema as it is committed beside the profiles: two spaces, final newline."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
