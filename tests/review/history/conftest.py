"""The history of the fleet, made once for a run: a Git repository, and the review of every commit in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

if TYPE_CHECKING:
    from replayed import Replayed

    from talos_gpu.review.review import Review

TODAY = date(2026, 11, 28)


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """The repository with all commits, made by nobody and at no time in particular."""
    from replayed import replayed

    with pytest.MonkeyPatch.context() as world:
        settings = tmp_path_factory.mktemp("git") / "config"
        settings.write_text("")
        world.setenv("GIT_CONFIG_GLOBAL", str(settings))
        world.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for who in ("AUTHOR", "COMMITTER"):
            world.setenv(f"GIT_{who}_NAME", "operator")
            world.setenv(f"GIT_{who}_EMAIL", "operator@example.org")
            world.setenv(f"GIT_{who}_DATE", "2026-01-01T00:00:00+00:00")
        yield replayed(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def here(fleet: Replayed, monkeypatch: pytest.MonkeyPatch) -> Replayed:
    """The repository, as the working folder."""
    monkeypatch.chdir(fleet.folder)
    return fleet


@pytest.fixture(scope="session")
def review(fleet: Replayed) -> Callable[[str, str], Review]:
    """The review of the way from one commit to another, made once."""
    from talos_gpu.review.reviewing import reviewed
    from talos_gpu.review.revisions import compared
    from talos_gpu.review.states import difference

    @cache
    def made(base: str, head: str) -> Review:
        place = Path.cwd()
        os.chdir(fleet.folder)
        try:
            return reviewed(difference(*compared(base, head, "dist")), TODAY)
        finally:
            os.chdir(place)

    return made
