"""The JSON Schema of a profile, for editors."""

from __future__ import annotations

import json
from typing import Any

from talos_gpu.profile.profile import Profile

__all__ = ["json_schema", "json_schema_text"]


def json_schema() -> dict[str, Any]:
    """Draft 2020-12 schema of a profile; descriptions are the docstrings of the models."""
    schema = _tidied(Profile.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "talos-gpu profile", **schema}


def json_schema_text() -> str:
    """The schema as it is committed beside the profiles: two spaces, final newline."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(value: Any) -> Any:
    """Without generated titles and null defaults; a map whose keys have a shape allows no others."""
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _tidied(item) for key, item in value.items() if not _is_noise(key, item)}
    return {**kept, "additionalProperties": False} if "patternProperties" in kept else kept


def _is_noise(key: str, item: Any) -> bool:
    return (key == "title" and isinstance(item, str)) or (key == "default" and item is None)
