"""What holds for every test: where the repository is, and a world of the tests' own around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, and no test fails because a machine was busy.
settings.register_profile("repository", derandomize=True, deadline=None, database=None)
settings.load_profile("repository")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root: to be read, never to be written."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees the caller's cache or settings. The cache is shared by one run, so that Node starts rarely."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("CDK8S_OUTDIR", "CI", "FORCE_COLOR", "NO_COLOR"):
            environment.delenv(name, raising=False)
        environment.setenv("TALOS_GPU_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
