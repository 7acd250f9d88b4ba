"""Every decision of a plan, by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.model import ClusterPlan

__all__ = ["Entry", "as_data", "decisions"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision and its path inside the plan, such as `pools.gpu.driver`."""

    path: str
    decision: Decision[Any]


def decisions(plan: ClusterPlan) -> Iterator[Entry]:
    """All decisions of the plan, in the plan's order."""
    yield from _walk(plan, "")


def _walk(value: Any, path: str) -> Iterator[Entry]:
    if isinstance(value, Known | Unknown):
        yield Entry(path, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for item in value:
            if name := getattr(item, "name", None):
                yield from _walk(item, f"{path}.{name}")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _walk(getattr(value, field.name), f"{path}.{_camel(field.name)}".removeprefix("."))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def as_data(value: Any) -> Any:
    """A decision's value as JSON can hold it."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_defaults=True)
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(field.name): as_data(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: as_data(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_data(item) for item in value]
    return value
