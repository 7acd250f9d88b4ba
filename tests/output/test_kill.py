"""A kill at any moment leaves every file old or new, and the next apply completes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from fleet_on_disk import CODE, MARKED, look, page, rendered, snapshot, write

import talos_gpu
from talos_gpu.output.check import full
from talos_gpu.output.rendered import RenderedCluster

KILLS = 50
CLUSTERS = 12
VERSIONS = "abc"

CHILD = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from test_kill import fleet, write
root = Path(sys.argv[3])
made = fleet(root, sys.argv[4])
print("ready", flush=True)
write(root, *made)
print("done", flush=True)
"""


def contents_of(version: str, path: str) -> bytes:
    """Long enough that a torn file would show."""
    return f"{version} {path}\n".encode() * 400


def fleet(root: Path, version: str) -> list[RenderedCluster]:
    """Every version has files in common with the others, and some of its own, in folders of its own."""
    names = ["README.md", *(f"talos/{number}.yaml" for number in range(6))]
    names += [f"only-{version}/{number}.yaml" for number in range(3)]
    text = f"cluster: x # {version}\n"
    return [
        rendered(root, f"c{number}", {path: contents_of(version, path) for path in names}, text=text)
        for number in range(CLUSTERS)
    ]


def start(root: Path, version: str) -> subprocess.Popen[str]:
    """A process that applies `version` and has got everything ready for it."""
    places = [str(Path(talos_gpu.__file__).parents[1]), str(Path(__file__).parent)]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, *places, str(root), version], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def assert_nothing_is_torn(root: Path) -> None:
    for path, content in snapshot(root / "dist").items():
        name = path.partition("/")[2]
        if path.startswith("c") and not name.startswith("."):
            assert content in [MARKED + contents_of(version, name) for version in VERSIONS], path


def test_a_kill_at_any_moment_leaves_no_torn_file_and_the_next_apply_repairs(tmp_path: Path) -> None:
    """Also if the profiles changed again before that next apply."""
    rng = random.Random(20261121)
    current = "a"
    write(tmp_path, *fleet(tmp_path, current))
    begun = time.perf_counter()
    child = start(tmp_path, "b")
    child.communicate()
    usual = time.perf_counter() - begun
    current = "b"
    unfinished = 0
    for _ in range(KILLS):
        wanted = rng.choice([version for version in VERSIONS if version != current])
        child = start(tmp_path, wanted)
        time.sleep(rng.uniform(0, usual / 4))
        child.send_signal(signal.SIGKILL)
        child.communicate()

        assert_nothing_is_torn(tmp_path)
        made = fleet(tmp_path, wanted)
        is_right = full(f"{tmp_path}/dist", made, CODE, page) == []
        seen = look(tmp_path)
        if not seen.stale:
            assert [one for one in full(f"{tmp_path}/dist", made, CODE) if one.is_fault] == []
        unfinished += not is_right

        current = rng.choice([wanted, *VERSIONS])
        made = fleet(tmp_path, current)
        done = write(tmp_path, *made)
        assert done.edited == done.kept == done.notices == []
        assert full(f"{tmp_path}/dist", made, CODE, page) == []
        assert look(tmp_path).stale == []
        assert not (tmp_path / "dist/.talos-gpu").exists()
    assert unfinished, "no kill came early enough to prove anything"
