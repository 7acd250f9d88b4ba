"""What a text of a profile must look like: told to the user in words, and to editors as a pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from talos_gpu.yaml_events import excerpt

__all__ = ["Shape", "problem", "shown"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Allows texts that match `pattern` as a whole; `expected` says so in words."""

    pattern: str
    expected: str

    def check(self, value: str) -> str:
        """The value, when it has this shape."""
        if not re.fullmatch(self.pattern, value, re.ASCII):
            raise problem(f"found {shown(value)}, expected {self.expected}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Checks after whatever the annotated type checks."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The pattern as editors check it."""
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}


def problem(sentence: str, *path: str | int) -> PydanticCustomError:
    """A validation error whose sentence is shown as it stands, at `path` below the value that was checked."""
    return PydanticCustomError("profile", "{sentence}", {"sentence": sentence, "path": path})


def shown(found: Any) -> str:
    """What was found, in YAML's words and fit for one line."""
    if found is None or (isinstance(found, str) and not found):
        return "nothing"
    if isinstance(found, dict | list | tuple):
        return "a map" if isinstance(found, dict) else "a list"
    if isinstance(found, bool):
        return str(found).lower()
    written = getattr(found, "text", None)
    if written is None and isinstance(found, str):
        return f"'{excerpt(found)}'"
    return excerpt(str(written if written is not None else found))
