"""What the suite brings before the judges, and the table of their verdicts.

A test says by `verdict(oracle, word)` what a judge answered; the words are counted whether or not the test then passes.
`judge.required` names the words without which a run of the whole suite has failed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from judge.build import OracleMissing
from judge.cluster import Cluster, committed, rendered
from judge.golden import Recorder
from judge.machinery import Machinery
from judge.matrix import Case, allowed_pairs, contracts, is_allowed, whole
from judge.required import missing

REPOSITORY = Path(__file__).resolve().parents[2]
SUITE = Path(__file__).resolve().parent
RECORDER = pytest.StashKey[Recorder]()
SILENT = pytest.StashKey[list[tuple[str, str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--record", action="store_true", help="write the answers to tests/golden/")
    group.addoption("--full", action="store_true", help="judge the whole matrix, and by the slow oracles too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: runs in `make conformance-full` alone")
    config.addinivalue_line("markers", "needs(variable): runs where the environment names what it needs")
    config.stash[RECORDER] = Recorder()
    config.stash[SILENT] = []


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


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run of the whole suite in which a judge was silent has failed, and records nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(session.config, "workerinput") or reporter is None or exitstatus != 0:
        return
    if silent := _silent(session.config, reporter):
        session.config.stash[SILENT].extend(silent)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    elif session.config.getoption("--record"):
        session.config.stash[RECORDER].write()


def _silent(config: pytest.Config, reporter: pytest.TerminalReporter) -> list[tuple[str, str]]:
    """Verdicts that the suite must count and did not; none where only a part of it ran.

    On a person's machine a judge that cannot be had is a skipped test, and excuses itself.
    """
    chosen = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("collectonly")
    part = chosen or any(Path(word.partition("::")[0]).resolve() != SUITE for word in config.args)
    excused = reporter.stats.get("skipped") and not os.environ.get("CI")
    return [] if part or excused else missing(_counts(reporter), full=config.getoption("--full"))


class Verdicts:
    """Counts a judge's answers: `verdict("talosvet v1.14.1", "valid")`, before anything is asserted of them."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def __call__(self, oracle: str, word: str, number: int = 1) -> None:
        if number:
            self._properties.append(("verdict", (oracle, word, number)))

    @contextmanager
    def of(self, oracle: str, green: str, red: str) -> Iterator[None]:
        """Counts `green` where the block ends well, and `red` where an assertion in it fails."""
        try:
            yield
        except AssertionError:
            self(oracle, red)
            raise
        self(oracle, green)


@pytest.fixture
def verdict(request: pytest.FixtureRequest) -> Verdicts:
    """What the judges answer in this test."""
    return Verdicts(request.node.user_properties)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A judge that cannot be had is a skipped test on a person's machine and a failure in CI."""
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(OracleMissing) and not os.environ.get("CI"):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {call.excinfo.value}")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table: oracle, verdict, count; and the verdicts that nobody gave."""
    counts = _counts(terminalreporter)
    silent = config.stash[SILENT]
    rows = [*((*key, number) for key, number in sorted(counts.items())), *((*key, 0) for key in silent)]
    if not rows:
        return
    width = max(len(oracle) for oracle, _, _ in rows)
    wide = max(len(word) for _, word, _ in rows)
    terminalreporter.section("verdicts")
    terminalreporter.line(f"{'oracle':<{width}}  {'verdict':<{wide}}  count")
    for oracle, word, number in rows:
        red = "" if number else "  FAILED: required, and never counted"
        terminalreporter.line(f"{oracle:<{width}}  {word:<{wide}}  {number:>5}{red}", red=bool(red))
    terminalreporter.stats.setdefault("error", []).extend(map(_error, silent))


def _counts(reporter: pytest.TerminalReporter) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for oracle, word, number in _verdicts(reporter.stats.values()):
        counts[(oracle, word)] += number
    return counts


def _verdicts(groups: Iterable[list[object]]) -> Iterator[tuple[str, str, int]]:
    for report in (report for reports in groups for report in reports):
        if getattr(report, "when", None) == "call":
            yield from (value for name, value in report.user_properties if name == "verdict")


def _error(silent: tuple[str, str]) -> pytest.CollectReport:
    """Lets the runner's last line count what is missing among its errors."""
    oracle, word = silent
    return pytest.CollectReport(f"{oracle}: no verdict {word!r}", "failed", f"{oracle} never said {word!r}", [])


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
    found = list(committed(REPOSITORY))
    assert found, "dist/ holds no cluster: nothing would be judged"
    return found


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
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> list[Cluster]:
    """What synth makes for every Talos minor, each with its own contract and an older one."""
    return list(rendered(contracts(), tmp_path_factory.mktemp("contracts")).values())


@pytest.fixture(scope="session")
def everything(dist: list[Cluster], matrix: list[Cluster]) -> list[Cluster]:
    """What is committed, and the matrix."""
    return [*dist, *matrix]


@pytest.fixture(scope="session")
def machinery() -> Iterator[Machinery]:
    """Talos's releases as judges."""
    with Machinery.running() as running:
        yield running
