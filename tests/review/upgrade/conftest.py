"""Whole small profiles, upgraded in memory. Makes `upgraded_profiles` importable."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from talos_gpu.review.upgrade import Upgrade, plan_upgrade

sys.path.insert(0, str(Path(__file__).parent))

TODAY = date(2026, 11, 28)

Upgraded = Callable[..., Upgrade]


@pytest.fixture
def upgraded(tmp_path: Path) -> Upgraded:
    """Plans the upgrade of a profile's text; other files lie beside it, by their paths below the repository."""

    def make(text: str, to: str, files: Mapping[str, str] | None = None) -> Upgrade:
        for path, content in {"profiles/a.yaml": text, **(files or {})}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        found = plan_upgrade("profiles/a.yaml", tmp_path, to, TODAY)
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        return found

    return make
