"""What the user allows although a rule finds it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from talos_gpu.profile.model import Model
from talos_gpu.profile.shape import Shape, problem, shown
from talos_gpu.profile.text import Text

__all__ = ["Allowed"]


def _exists(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise problem(f"found {shown(value)}, a day that does not exist") from None
    return value


Day = Annotated[Text, Shape(r"\d{4}-\d{2}-\d{2}", "a day, such as 2027-06-30"), AfterValidator(_exists)]


class Allowed(Model):
    """One rule whose findings in this cluster are not reported by `talos-gpu lint`."""

    rule: Annotated[Text, Shape(r"[A-Z][A-Z0-9]{2}\d{3}", "the id of a rule, such as EXT001")]
    reason: Text | None = None
    """Why. Without one nothing is allowed, which lint says."""
    until: Day | None = None
    """The last day on which it is allowed. Default: always."""
