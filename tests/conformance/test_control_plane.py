"""The control plane leaves nothing behind, in whatever way it ends, and says which of its servers has died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from judge.build import program
from judge.control_plane import control_plane

ORACLE = "control plane"
SERVERS = 5
"""etcd, API server, controller manager, scheduler, kwok."""
HOLDER = """\
import sys, time
from pathlib import Path
from judge.control_plane import control_plane
with control_plane(Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(600)
"""


def alive(pid: int) -> bool:
    """Whether a process runs: one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pids_in(folder: Path) -> list[int]:
    """The servers of the control plane in `folder`."""
    found = [int(path.read_text()) for path in folder.glob("*.pid")]
    assert len(found) == SERVERS
    assert all(map(alive, found))
    return found


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it comes to hold."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_servers_are_gone_after_an_exception(tmp_path: Path, verdict) -> None:
    """Before the exception leaves the block; their PID files too."""
    pids: list[int] = []

    def breaks_off() -> None:
        with control_plane(tmp_path):
            pids.extend(pids_in(tmp_path))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks_off()
    with verdict.of(ORACLE, "gone after an exception", "left behind after an exception"):
        assert not list(filter(alive, pids))
        assert not list(tmp_path.glob("*.pid"))


def test_servers_are_gone_when_their_holder_is_killed(tmp_path: Path, verdict) -> None:
    """SIGKILL leaves no time for cleaning up: the kernel ends them."""
    program("kubernetes", "kubectl")  # a judge that cannot be had is missed here, and not in the child
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], env=environment, stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "up\n"
            pids = pids_in(tmp_path)
        finally:
            holder.send_signal(signal.SIGKILL)
    with verdict.of(ORACLE, "gone after a kill", "left behind after a kill"):
        assert until(lambda: not list(filter(alive, pids)))


def test_a_dead_server_is_named_at_once(tmp_path: Path, verdict) -> None:
    """With the place of its log, and without waiting a minute."""
    with control_plane(tmp_path) as plane:
        os.kill(int((tmp_path / "kwok.pid").read_text()), signal.SIGKILL)
        start = time.monotonic()
        with pytest.raises(AssertionError) as error:
            plane.wait("what never comes", lambda: False)
        with verdict.of(ORACLE, "dead server named", "dead server not named"):
            assert "kwok has ended with status -9" in str(error.value)
            assert str(tmp_path / "kwok.log") in str(error.value)
            assert time.monotonic() - start < 10
