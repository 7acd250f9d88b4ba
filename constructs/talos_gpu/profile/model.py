"""How every part of a profile behaves: frozen, camelCase keys, nothing unknown."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from talos_gpu.profile.shape import problem, shown

__all__ = ["Model", "short_form"]


class Model(BaseModel):
    """A part of a profile. Keys are camelCase, as in Kubernetes; unknown ones are errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        use_attribute_docstrings=True,
        validate_default=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        """A key without a value counts as left out, as in Kubernetes manifests."""
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


def short_form(key: str, kind: type, long: Any, expected: str, written: Any = None) -> BeforeValidator:
    """Lets a value of `kind` stand for `{key: value}`; `written` is what editors offer for it, `long` the whole."""

    def lengthened(value: Any) -> Any:
        if value is None or isinstance(value, dict):
            return value
        if not isinstance(value, kind):
            raise problem(f"found {shown(value)}, expected {expected}")
        return {key: value}

    return BeforeValidator(lengthened, json_schema_input_type=long | (kind if written is None else written))
