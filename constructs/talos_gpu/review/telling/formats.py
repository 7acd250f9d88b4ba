"""Every format of a whole review by its name on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from talos_gpu.review.review import Review
from talos_gpu.review.telling.github import github
from talos_gpu.review.telling.json_document import json_document
from talos_gpu.review.telling.markdown import markdown
from talos_gpu.review.telling.page import page

__all__ = ["FORMATS", "Format"]

Format = Callable[[Review, str], str]
"""Takes the review, and where the whole report is: formats that never cut anything need not say it."""

FORMATS: Mapping[str, Format] = {
    "markdown": markdown,
    "json": lambda review, _: json_document(review),
    "html": lambda review, _: page(review),
    "github": lambda review, _: github(review),
}
