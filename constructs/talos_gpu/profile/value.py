"""The values of a profile that are no texts: switches, numbers, and maps that are passed on as they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, StrictBool
from pydantic_core import core_schema

from talos_gpu.profile.shape import problem, shown
from talos_gpu.profile.text import safe

__all__ = ["Between", "FreeMap", "Number", "Switch"]


@dataclass(frozen=True, slots=True)
class Between:
    """Allows whole numbers from `least` to `most`, both included, without quotes or point."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """The bounds as pydantic and editors check them."""
        bounds = core_schema.int_schema(ge=self.least, le=self.most)
        return core_schema.no_info_before_validator_function(_whole, bounds)


def _whole(value: Any) -> Any:
    """A whole number, without the text that it was written as."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise problem(f"found {shown(value)}, expected a whole number")
    return int(value)


def _number(value: Any) -> Any:
    """A number, without the text that it was written as."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise problem(f"found {shown(value)}, expected a number")
    return int(value) if isinstance(value, int) else float(value)


def _free(value: Any) -> Any:
    """Plain data with string keys: what a chart or a machine configuration may hold."""
    if isinstance(value, dict):
        return {safe(str(key)): _free(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_free(item) for item in value]
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise problem(f"found {shown(value)}, expected a finite number")
    return int(value) if isinstance(value, int) else float(value)


def _is_map(value: Any) -> Any:
    if not isinstance(value, dict):
        raise problem(f"found {shown(value)}, expected a map")
    return _free(value)


Switch = StrictBool
"""true or false, never yes or on."""

Number = Annotated[int | float, BeforeValidator(_number)]

FreeMap = Annotated[dict[str, Any], BeforeValidator(_is_map)]
"""A map that is passed on as it stands (chart values, machine configuration)."""
