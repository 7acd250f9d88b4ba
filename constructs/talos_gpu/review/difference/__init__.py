"""What is different between two states, told by what things are and not by lines."""

from __future__ import annotations

from talos_gpu.review.difference.change import Change, Key, Path, Selector, path_text
from talos_gpu.review.difference.compare import compare, leaves
from talos_gpu.review.difference.same import is_same

__all__ = ["Change", "Key", "Path", "Selector", "compare", "is_same", "leaves", "path_text"]
