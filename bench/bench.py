"""Measures what `python main.py synth`, `lint` and `diff` cost, and prints one table: `make bench`.

Everything happens in a temporary folder, on a tmpfs where there is one (creating files would dominate otherwise);
dist/ is never touched. Times are wall clock, medians of several runs. Memory and programs are observed in one more run
of each case, which is not timed: peak resident memory of the largest process, and the peak of all processes together
(proportional set size; Linux only).
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANY = 1000
CHANGED = 20

# Python imports a module of this name when it starts: it writes down every program that the process starts.
WATCHER = """
import os, sys
def note(event, arguments, log=os.environ["BENCH_PROGRAMS"]):
    if event == "subprocess.Popen":
        with open(log, "a") as file:
            file.write(os.path.basename(os.fsdecode(arguments[0] or arguments[1][0])) + "\\n")
sys.addaudithook(note)
"""

OTHERS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: web
  labels: {app.kubernetes.io/name: NAME}
spec:
  replicas: 2
  selector:
    matchLabels: {app.kubernetes.io/name: NAME}
  template:
    metadata:
      labels: {app.kubernetes.io/name: NAME}
    spec:
      containers:
        - name: app
          image: registry.example.org/NAME:1.2.3
          ports:
            - {name: http, containerPort: 8080}
          env:
            - {name: LOG_LEVEL, value: info}
          resources:
            requests: {cpu: 10m, memory: 64Mi}
            limits: {memory: 128Mi}
---
apiVersion: v1
kind: Service
metadata:
  name: NAME
  namespace: web
spec:
  selector: {app.kubernetes.io/name: NAME}
  ports:
    - {name: http, port: 80, targetPort: http}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: NAME
  namespace: gpu-operator
spec:
  interval: 1h
  chart:
    spec:
      chart: gpu-operator
      version: v25.10.1
      sourceRef: {kind: HelmRepository, name: nvidia}
  values:
    driver: {enabled: false}
    toolkit: {enabled: false}
    operator:
      resources:
        limits: {memory: 512Mi}
"""
WORKLOAD = OTHERS.replace(
    "            limits: {memory: 128Mi}\n", "            limits: {memory: 8Gi, nvidia.com/gpu: 1}\n"
).replace("    spec:\n      containers", "    spec:\n      runtimeClassName: nvidia\n      containers")
PATCH = """\
machine:
  kernel:
    modules:
      - name: nvidia
      - name: nvidia_uvm
      - name: nvidia_drm
      - name: nvidia_modeset
  sysctls:
    net.core.bpf_jit_harden: "1"
"""
SCHEMATIC = """\
customization:
  systemExtensions:
    officialExtensions:
      - siderolabs/nonfree-kmod-nvidia-lts
      - siderolabs/nvidia-container-toolkit-lts
"""
OURS = (RELEASE, WORKLOAD, PATCH, SCHEMATIC, WORKLOAD)
TALCONFIG = """\
clusterName: bench
talosVersion: v1.11.1
kubernetesVersion: v1.34.1
endpoint: https://192.0.2.10:6443
nodes:
  - {hostname: cp-1, ipAddress: 192.0.2.10, controlPlane: true, installDisk: /dev/sda}
  - {hostname: gpu-1, ipAddress: 192.0.2.21, controlPlane: false, installDisk: /dev/sda}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of the benchmark's own, as a user's: profiles/ in, dist/ out, and a cache beside them."""

    folder: Path

    @property
    def profiles(self) -> Path:
        return self.folder / "profiles"

    @property
    def programs(self) -> Path:
        return self.folder / "programs.txt"

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name not in {"CI", "CDK8S_OUTDIR", "PYTHONPATH"}}
        return {**ours, "TALOS_GPU_CACHE": str(self.folder / "cache"), "BENCH_PROGRAMS": str(self.programs)}

    def forget(self) -> None:
        """After this the next synth is a cold one: no output, no cache."""
        for name in ("dist", "cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def edit_one_profile(self) -> None:
        """One address of one node is another one than before: the runbook changes, no Kubernetes object does."""
        edit(min(path for path in self.profiles.glob("*.yaml") if "address: " in path.read_text()))

    def change_some(self) -> None:
        """All is committed, and then twenty clusters are rendered anew, each with another address. Done once."""
        if (self.folder / ".git").exists():
            return
        author = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
        for words in (("init", "-q", "-b", "main"), ("add", "profiles", "dist"), ("commit", "-q", "-m", "bench")):
            subprocess.run(["git", *author, *words], cwd=self.folder, check=True)
        known = sorted(path for path in self.profiles.glob("*.yaml") if "address: " in path.read_text())
        for path in known[:: len(known) // CHANGED][:CHANGED]:
            edit(path)
        subprocess.run(
            [sys.executable, ROOT / "main.py", "synth", "--quiet"], cwd=self.folder, env=self.environment(), check=True
        )


def edit(path: Path) -> None:
    """Makes one address of a profile another one."""
    before = re.search(r"address: ([\d.]+)\.(\d+)", text := path.read_text())
    assert before
    after = f"address: {before[1]}.{max(100, int(before[2])) + 1}"
    path.write_text(text[: before.start()] + after + text[before.end() :])


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    goal: str
    place: Place
    arguments: tuple[str, ...]
    prepare: Callable[[], None] = lambda: None

    def command(self) -> list[str]:
        return [sys.executable, *self.arguments]


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    largest_mib: float
    together_mib: float | None
    nodes: int


def six(folder: Path) -> Place:
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    return Place(folder)


def many(folder: Path) -> Place:
    """The six profiles again and again, each time under another cluster's name."""
    place = Place(folder)
    shutil.copytree(ROOT / "profiles", place.profiles, ignore=shutil.ignore_patterns("*.yaml"))
    sources = [path.read_text() for path in sorted((ROOT / "profiles").glob("*.yaml"))]
    for number in range(MANY):
        name = f"bench-{number:04}"
        text, count = re.subn(r"(?m)^cluster: .*$", f"cluster: {name}", sources[number % len(sources)])
        assert count == 1, "a profile names its cluster in one line"
        (place.profiles / f"{name}.yaml").write_text(text)
    return place


def manifests(folder: Path) -> Place:
    """Somebody's repository: a thousand manifests, fifty of them about GPUs, and a kustomization beside some."""
    for number in range(MANY):
        kind = OURS[number // 20 % len(OURS)] if number % 20 == 0 else OTHERS
        app = folder / f"apps/team-{number % 25:02}/app-{number:04}"
        app.mkdir(parents=True)
        (app / "app.yaml").write_text(kind.replace("NAME", f"app-{number:04}"))
        if number % 10 == 0:
            (app / "kustomization.yaml").write_text("resources:\n  - app.yaml\n")
    talos = folder / "talos"
    talos.mkdir()
    (talos / "talconfig.yaml").write_text(TALCONFIG)
    return Place(folder)


def cases(folder: Path) -> list[Case]:
    few, fleet, repository = six(folder / "six"), many(folder / "many"), manifests(folder / "repository")
    synth = (str(ROOT / "main.py"), "synth", "--quiet")
    check = (*synth, "--check")
    diff = (str(ROOT / "main.py"), "diff")
    lint = (str(ROOT / "main.py"), "lint", "--fail-on", "never", ".")
    return [
        Case("bare python -c pass", "", few, ("-c", "pass")),
        Case("6 profiles, cold", "< 2 s, 1 Node", few, synth, few.forget),
        Case("6 profiles, no-op synth", "< bare + 0.1 s, 0 Node", few, synth),
        Case("6 profiles, no-op synth --check", "< bare + 0.1 s, 0 Node", few, check),
        Case("6 profiles, one edited", "< 0.8 s, 0 Node", few, synth, few.edit_one_profile),
        Case("6 profiles, synth --check --full", "", few, (*check, "--full")),
        Case(f"{MANY} profiles, cold", "< 15 s, < 400 MiB", fleet, synth, fleet.forget),
        Case(f"{MANY} profiles, no-op synth", "< 0.5 s", fleet, synth),
        Case(f"{MANY} profiles, no-op synth --check", "< 0.5 s", fleet, check),
        Case(f"{MANY} clusters, {CHANGED} changed, diff", "< 2 s, < 300 MiB", fleet, diff, fleet.change_some),
        Case(f"{MANY} manifests, 50 of GPUs, lint", "< 3 s", repository, lint),
    ]


def start(case: Case, **environment: str) -> subprocess.Popen[bytes]:
    """The case's process, in a session of its own so that everything it starts can be told by it."""
    return subprocess.Popen(
        case.command(),
        cwd=case.place.folder,
        env={**case.place.environment(), **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def finish(case: Case, process: subprocess.Popen[bytes]) -> float:
    """The peak resident memory in MiB of its largest process, once it has ended well."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{case.name}: {' '.join(case.command())} ended with status {process.returncode}")
    return usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def timed(case: Case) -> float:
    case.prepare()
    begin = time.perf_counter()
    finish(case, start(case))
    return time.perf_counter() - begin


def session_mib(session: int) -> float:
    """The memory of all processes of a session, pages they share counted once."""
    total = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "stat").read_text().rpartition(")")[2].split()[3] == str(session):
                proportional = re.search(r"^Pss: +(\d+)", (entry / "smaps_rollup").read_text(), flags=re.MULTILINE)
                total += int(proportional[1]) if proportional else 0
        except OSError:  # ended meanwhile
            continue
    return total / 1024


def observed(case: Case, seconds: float) -> Measured:
    """One more run, with a thread that adds up memory every 20 ms and a hook that writes down programs."""
    watcher = case.place.folder / "watcher"
    watcher.mkdir(exist_ok=True)
    (watcher / "sitecustomize.py").write_text(WATCHER)
    case.place.programs.write_text("")
    case.prepare()
    process, ended, peaks = start(case, PYTHONPATH=str(watcher)), threading.Event(), [0.0]

    def watch() -> None:
        while not ended.wait(0.02):
            peaks.append(session_mib(process.pid))

    thread = threading.Thread(target=watch)
    thread.start()
    largest = finish(case, process)
    ended.set()
    thread.join()
    nodes = case.place.programs.read_text().split().count("node")
    return Measured(seconds, largest, max(peaks) if sys.platform == "linux" else None, nodes)


def measure(case: Case, repeat: int) -> Measured:
    # What takes long also varies less: a few runs are enough.
    runs = [timed(case)]
    while len(runs) < (repeat if statistics.median(runs) < 3 else min(repeat, 3)):
        runs.append(timed(case))
    return observed(case, statistics.median(runs))


def row(case: Case, measured: Measured, bare: float) -> str:
    together = "-" if measured.together_mib is None else f"{measured.together_mib:.0f}"
    return (
        f"{case.name:38} {measured.seconds:8.3f} {measured.seconds - bare:+8.3f} {measured.seconds / bare:7.1f}x"
        f" {measured.largest_mib:8.0f} {together:>8} {measured.nodes:5}   {case.goal}".rstrip()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7, help="timed runs of each case (default 7)")
    repeat = parser.parse_args().repeat
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        disk = "tmpfs" if Path(name).parent == memory else "disk"
        print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores, {disk}")
        print(f"{'':38} {'median s':>8} {'- bare':>8} {'/ bare':>8} {'MiB max':>8} {'MiB all':>8} {'Node':>5}   goal")
        bare = None
        for case in cases(Path(name)):
            measured = measure(case, repeat)
            bare = bare or measured.seconds
            print(row(case, measured, bare), flush=True)


if __name__ == "__main__":
    main()
