"""The bridge's script, run against a tree that stands for the node."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

MARK = "# talos-gpu validation bridge"
CONTENT = "IS_HOST_DRIVER=false\nNVIDIA_DRIVER_ROOT=/\n"
SHELLS = [["sh"], *([["busybox", "sh"]] if shutil.which("busybox") else [])]


@dataclass
class Node:
    """A folder that stands for a node, and the bridge that runs on it."""

    root: Path
    command: list[str]
    process: subprocess.Popen[str] | None = None

    @property
    def files(self) -> Path:
        return self.root / "validations"

    @property
    def driver(self) -> Path:
        return self.files / "driver-ready"

    @property
    def toolkit(self) -> Path:
        return self.files / "toolkit-ready"

    @property
    def module(self) -> Path:
        return self.root / "refcnt"

    @property
    def heartbeat(self) -> Path:
        return self.root / "heartbeat"

    def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "DRIVER_READY": CONTENT,
            "VALIDATIONS_DIRECTORY": str(self.files),
            "MODULE_FILE": str(self.module),
            "HEARTBEAT_FILE": str(self.heartbeat),
            "INTERVAL_SECONDS": "0.02",
        }
        self.process = subprocess.Popen(
            self.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def rounds(self, number: int = 2) -> None:
        """Returns after the loop has gone round that often, successfully."""
        for _ in range(number):
            self.heartbeat.unlink(missing_ok=True)
            until(self.heartbeat.exists)

    def stop(self) -> str:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=10)[0]


def until(condition: Callable[[], bool]) -> None:
    """Waits for it; the limit is for a bridge that hangs, not for a slow machine."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "the bridge did not do it"
        time.sleep(0.005)


@pytest.fixture(params=SHELLS, ids=" ".join)
def node(request: pytest.FixtureRequest, tmp_path: Path, repository: Path) -> Iterator[Node]:
    script = repository / "constructs/talos_gpu/kubernetes/noun/validation-bridge.sh"
    made = Node(tmp_path, [*request.param, str(script)])
    made.files.mkdir()
    yield made
    if made.process and made.process.poll() is None:
        made.process.kill()
        made.process.communicate()


def loaded(node: Node) -> None:
    node.module.write_text("12\n")


def test_without_the_module_nothing_is_written(node: Node) -> None:
    """Files that come too early start the plugin before there is a driver."""
    node.start()
    node.rounds()
    assert list(node.files.iterdir()) == []


def test_with_the_module_both_files_appear(node: Node) -> None:
    """driver-ready can be sourced; toolkit-ready only has to exist."""
    loaded(node)
    node.start()
    node.rounds()
    assert node.driver.read_text() == f"{MARK}\n{CONTENT}"
    assert node.toolkit.exists()
    sourced = subprocess.run(
        ["sh", "-c", '. "$1"; echo "$IS_HOST_DRIVER $NVIDIA_DRIVER_ROOT"', "sh", str(node.driver)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sourced.stdout == "false /\n"


def test_a_module_that_goes_takes_the_files_with_it(node: Node) -> None:
    """Nobody may start on a driver that is gone; when it is back, so are the files."""
    loaded(node)
    node.start()
    node.rounds()
    node.module.unlink()
    node.rounds()
    assert list(node.files.iterdir()) == []
    loaded(node)
    node.rounds()
    assert node.driver.exists()
    assert node.toolkit.exists()


def test_deleted_files_come_back(node: Node) -> None:
    """The operator's validator deletes them at each of its starts."""
    loaded(node)
    node.start()
    node.rounds()
    node.driver.unlink()
    node.toolkit.unlink()
    node.rounds()
    assert node.driver.read_text() == f"{MARK}\n{CONTENT}"
    assert node.toolkit.exists()


def test_files_of_somebody_else_are_left_alone(node: Node) -> None:
    """Neither written over while the module is loaded, nor removed when it goes."""
    node.driver.write_text("IS_HOST_DRIVER=true\n")
    node.toolkit.touch()
    loaded(node)
    node.start()
    node.rounds()
    node.module.unlink()
    node.rounds()
    assert node.driver.read_text() == "IS_HOST_DRIVER=true\n"
    assert node.toolkit.read_text() == ""


def test_a_file_that_somebody_else_wrote_over_ours_is_theirs(node: Node) -> None:
    """Ownership lies in the file, not in the bridge's memory."""
    loaded(node)
    node.start()
    node.rounds()
    node.driver.write_text("IS_HOST_DRIVER=true\n")
    node.toolkit.write_text("")
    node.module.unlink()
    node.rounds()
    assert node.driver.read_text() == "IS_HOST_DRIVER=true\n"
    assert node.toolkit.exists()


def test_an_empty_driver_ready_is_filled(node: Node) -> None:
    """Its readers would take defaults from it that do not fit Talos."""
    node.driver.touch()
    loaded(node)
    node.start()
    node.rounds()
    assert node.driver.read_text() == f"{MARK}\n{CONTENT}"


def test_the_content_of_an_older_bridge_is_replaced(node: Node) -> None:
    """An upgrade of the bridge reaches nodes whose files are in place."""
    node.driver.write_text(f"{MARK}\nIS_HOST_DRIVER=true\n")
    loaded(node)
    node.start()
    node.rounds()
    assert node.driver.read_text() == f"{MARK}\n{CONTENT}"


def test_a_folder_that_cannot_be_written_is_said_once_and_tried_again(node: Node) -> None:
    """No heartbeat, so that the liveness probe sees it; and no end, so that it heals."""
    node.files.rmdir()
    loaded(node)
    node.start()
    assert node.process is not None
    assert node.process.stdout is not None
    line = node.process.stdout.readline()
    while "cannot write below" not in line:
        line = node.process.stdout.readline()
    assert not node.heartbeat.exists()
    node.files.mkdir()
    node.rounds()
    assert node.driver.exists()


def test_termination_ends_it_at_once_and_leaves_the_files(node: Node) -> None:
    """A restart of the bridge must not disturb pods that are starting; nothing half-written stays."""
    loaded(node)
    node.start()
    node.rounds()
    said = node.stop()
    assert node.process is not None
    assert node.process.returncode == 0
    assert said.count("module loaded") == 1
    assert sorted(path.name for path in node.files.iterdir()) == ["driver-ready", "toolkit-ready"]


def test_it_stops_without_its_content(node: Node) -> None:
    """A bridge that is set up wrongly says so."""
    ended = subprocess.run(node.command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "DRIVER_READY" in ended.stderr


def test_the_script_has_no_findings_of_shellcheck(node: Node) -> None:
    """Where shellcheck is installed."""
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    subprocess.run(["shellcheck", "-s", "sh", node.command[-1]], check=True)
