"""A decision and who took it: nothing in a plan is silently so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

__all__ = ["Decision", "Known", "Unknown", "Who"]

T_co = TypeVar("T_co", covariant=True)

Who = Literal["profile", "catalogue", "default", "declared"]
"""profile: the user pinned it. catalogue: it follows from published facts. default: our choice among what works.
declared: it rests on a fact that the profile declares."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A value, why it is so, where that is written, and who decided."""

    value: T_co
    reason: str
    source: str = ""
    by: Who = "catalogue"


@dataclass(frozen=True, slots=True)
class Unknown:
    """No fact decides this: why not, and the lines of a profile that would declare it (empty: nothing would)."""

    why: str
    declare: str = ""


Decision = Known[T_co] | Unknown
