"""A review as one HTML page: everything in one file, which asks nobody for anything."""

from __future__ import annotations

from talos_gpu.review.telling.page.page import MOST_BYTES, page

__all__ = ["MOST_BYTES", "page"]
