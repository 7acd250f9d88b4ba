"""What the suite brings before the judges, and the table of their verdicts.

A test says by `verdict(oracle, word)` what a judge answered; the words are counted whether or not the test then passes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from judge.build import OracleMissing
from judge.cluster import Cluster, committed, rendered
from judge.golden import Recorder
from judge.machinery import Machinery
from judge.matrix import Case, allowed_pairs, is_allowed, whole

REPOSITORY = Path(__file__).resolve().parents[2]
Verdict = Callable[..., None]
RECORDER = pytest.StashKey[Recorder]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--record", action="store_true", help="write the answers to tests/golden/")
    group.addoption("--full", action="store_true", help="judge the whole matrix, and by the slow oracles too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: runs in `make conformance-full` alone")
    config.addinivalue_line("markers", "needs(variable): runs where the environment names what it needs")
    config.stash[RECORDER] = Recorder()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _is_left_out(config, item)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _is_left_out(config: pytest.Config, item: pytest.Item) -> bool:
    needs = item.get_closest_marker("needs")
    return bool(item.get_closest_marker("full") and not config.getoption("--full")) or bool(
        needs and needs.args[0] not in os.environ
    )


@pytest.fixture(scope="session")
def record(request: pytest.FixtureRequest) -> Recorder:
    """Takes down answers for tests/golden/; written where every test passed and --record was given."""
    return request.config.stash[RECORDER]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--record") and exitstatus == 0:
        session.config.stash[RECORDER].write()


@pytest.fixture
def verdict(request: pytest.FixtureRequest) -> Verdict:
    """Counts a judge's answer: `verdict("talosvet v1.14.1", "valid")`."""

    def count(oracle: str, word: str, number: int = 1) -> None:
        request.node.user_properties.append(("verdict", (oracle, word, number)))

    return count


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A judge that cannot be had is a skipped test on a person's machine and a failure in CI."""
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(OracleMissing) and not os.environ.get("CI"):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {call.excinfo.value}")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table: oracle, verdict, count."""
    counts: Counter[tuple[str, str]] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == "verdict":
                        counts[(value[0], value[1])] += value[2]
    if not counts:
        return
    width = max(len(oracle) for oracle, _ in counts)
    wide = max(len(word) for _, word in counts)
    terminalreporter.section("verdicts")
    terminalreporter.line(f"{'oracle':<{width}}  {'verdict':<{wide}}  count")
    for (oracle, word), number in sorted(counts.items()):
        terminalreporter.line(f"{oracle:<{width}}  {word:<{wide}}  {number:>5}")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root: read, never written."""
    return REPOSITORY


@pytest.fixture(scope="session", autouse=True)
def _own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of the caller's settings counts, and no manifest of an earlier run."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TALOS_GPU_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def dist() -> list[Cluster]:
    """What is committed."""
    return list(committed(REPOSITORY))


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Cluster]:
    """What synth makes of every pair of the matrix."""
    return list(rendered(allowed_pairs(), tmp_path_factory.mktemp("pairs")).values())


@pytest.fixture(scope="session")
def matrix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Cluster]:
    """What synth makes of the matrix: of every pair, or of all of it."""
    pairs: list[Cluster] = request.getfixturevalue("pairs")
    if not request.config.getoption("--full"):
        return pairs
    cases: list[Case] = [case for case in whole() if is_allowed(case) and case not in set(allowed_pairs())]
    return [*pairs, *rendered(cases, tmp_path_factory.mktemp("matrix")).values()]


@pytest.fixture(scope="session")
def everything(dist: list[Cluster], matrix: list[Cluster]) -> list[Cluster]:
    """What is committed, and the matrix."""
    return [*dist, *matrix]


@pytest.fixture(scope="session")
def machinery() -> Iterator[Machinery]:
    """Talos's releases as judges."""
    with Machinery.running() as running:
        yield running
