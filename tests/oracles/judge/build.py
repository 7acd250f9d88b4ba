"""Builds the oracles through the Go module proxy, each once per version, into a folder outside the tree.

An oracle lies in a folder of its own whose name ends in the digest of all that decides its bytes: its sources, its
pinned modules, its packages. What changes is built beside what was there; a build that breaks off leaves nothing.
Run as a program it builds what is named, or all that `make conformance` needs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import platformdirs

__all__ = ["DEFAULT", "FULL", "MACHINERIES", "ORACLES", "Oracle", "OracleMissing", "build", "home", "program"]

GO_SOURCES = Path(__file__).resolve().parent.parent / "go"
MACHINERIES = ("v1.10.6", "v1.11.6", "v1.12.6", "v1.13.9", "v1.14.1")
"""Releases of Talos's machinery module that resolve; many neighbours do not."""
_KUBERNETES = "1.34.4"
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath -buildvcs=false"}
_GO_LINE = re.compile(r"^go (.+)$", re.MULTILINE)
_KWOK_STAGES = (
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "kustomize/stage/pod/fast/pod-*.yaml",
)


class OracleMissing(Exception):
    """An oracle cannot be built or found; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """A program of ours or of others. `module` is a folder of GO_SOURCES with go.mod and go.sum."""

    name: str
    module: str
    packages: tuple[str, ...] = (".",)
    sources: str | None = None
    """A folder whose Go files are put beside go.mod, where several modules share them."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Linker variables, such as the version that a program reports."""

    def folder(self) -> Path:
        """Where the built programs lie, once they are built."""
        return home() / f"{self.name}-{self._digest()}"

    def _digest(self) -> str:
        digest = hashlib.sha256(repr((self.packages, sorted(self.variables.items()), _KWOK_STAGES)).encode())
        for path in self._files():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:12]

    def _files(self) -> Iterator[Path]:
        for folder in filter(None, (self.module, self.sources)):
            yield from sorted(path for path in (GO_SOURCES / folder).iterdir() if path.is_file())


def _kubernetes() -> Oracle:
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    major, minor, _ = _KUBERNETES.split(".")
    values = {"gitVersion": f"v{_KUBERNETES}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    programs = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
    return Oracle(
        "kubernetes",
        module="kubernetes",
        packages=tuple(f"k8s.io/kubernetes/cmd/{name}" for name in programs),
        variables={f"{package}.{name}": value for package in packages for name, value in values.items()},
    )


def _tool(name: str, package: str) -> Oracle:
    """A program of others, whose version and dependencies the module folder of its name pins."""
    return Oracle(name, module=name, packages=(package,))


ORACLES: Mapping[str, Oracle] = {
    oracle.name: oracle
    for oracle in (
        Oracle("schematicid", module="schematicid"),
        *(Oracle(f"talosvet-{tag}", module=f"talosvet/{tag}", sources="talosvet") for tag in MACHINERIES),
        Oracle("fluxvet", module="fluxvet"),
        Oracle("sarif-schema", module="sarif-schema", packages=()),
        _tool("kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
        _tool("helm", "helm.sh/helm/v4/cmd/helm"),
        _tool("talhelper", "github.com/budimanjojo/talhelper/v3"),
        _tool("tofu", "github.com/opentofu/opentofu/cmd/tofu"),
        _kubernetes(),
        _tool("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
        _tool("talosctl", "github.com/siderolabs/talos/cmd/talosctl"),
    )
}
FULL = tuple(ORACLES)
DEFAULT = tuple(name for name in FULL if name != "talosctl")


def program(oracle: str, name: str | None = None) -> Path:
    """The built program `name` (default: the oracle's own name).

    Raises:
        OracleMissing: when it was not built yet.
    """
    folder = ORACLES[oracle].folder()
    path = folder / (name or oracle.partition("-v")[0])
    if not path.exists():
        raise OracleMissing(f"{path} is missing: run `make oracles`, which builds it; Go is needed")
    return path


def build(name: str) -> bool:
    """Builds an oracle that is not there yet; says whether it had to.

    Raises:
        OracleMissing: when Go is missing, too old, or fails.
    """
    oracle = ORACLES[name]
    target = oracle.folder()
    if target.is_dir():
        return False
    go = _go()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{name}-") as scratch:
        made = Path(scratch, "made")
        made.mkdir()
        _compile(go, oracle, made, Path(scratch))
        for asset, take in _ASSETS.get(name, {}).items():
            (made / asset).write_text(take(go, Path(scratch, "module")))
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():  # somebody else was faster, with the same bytes
                raise
    return True


def _compile(go: str, oracle: Oracle, made: Path, scratch: Path) -> None:
    flags = " ".join(["-s -w", *(f"-X {name}={value}" for name, value in oracle.variables.items())])
    module = scratch / "module"
    module.mkdir()
    for path in oracle._files():
        shutil.copy(path, module / path.name)
    if not oracle.packages:
        return
    # A folder as the target takes several programs; the one of a module of ours is named after the oracle.
    output = str(made) + "/" if oracle.packages != (".",) else str(made / oracle.name.partition("-v")[0])
    _run([go, "build", "-mod=readonly", "-ldflags", flags, "-o", output, *oracle.packages], module)


def _kwok_stages(go: str, module: Path) -> str:
    """How kwok moves nodes and pods along: files of its module, which the program does not carry."""
    folder = _folder_of(go, module, "sigs.k8s.io/kwok")
    files = [path for pattern in _KWOK_STAGES for path in sorted(folder.glob(pattern))]
    return "\n---\n".join(path.read_text() for path in files)


def _sarif_schema(go: str, module: Path) -> str:
    """The JSON Schema of SARIF 2.1.0, which go-sarif keeps as one raw string of its source."""
    source = _folder_of(go, module, "github.com/owenrumney/go-sarif/v3") / "pkg/report/v210/sarif/schema.go"
    return source.read_text().partition("`")[2].rpartition("`")[0]


def _folder_of(go: str, module: Path, dependency: str) -> Path:
    """Where the sources of a pinned dependency lie."""
    _run([go, "mod", "download", dependency], module)
    return Path(_run([go, "list", "-m", "-f", "{{.Dir}}", dependency], module).strip())


_ASSETS: Mapping[str, Mapping[str, Callable[[str, Path], str]]] = {
    "kwok": {"stages.yaml": _kwok_stages},
    "sarif-schema": {"sarif-schema-2.1.0.json": _sarif_schema},
}
"""Texts that lie beside an oracle's program, or instead of one."""


def _run(command: list[str], folder: Path) -> str:
    """Its standard output. Tried twice: a proxy may hiccup over a thousand modules."""
    for attempt in (1, 2):
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **_ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout
        if attempt == 2:
            raise OracleMissing(f"{' '.join(command)}\n{done.stderr[-4000:]}")
    raise AssertionError("unreachable")


@cache
def _go() -> str:
    needed = max(_numbers(line) for path in GO_SOURCES.rglob("go.mod") for line in _GO_LINE.findall(path.read_text()))
    wanted = f"Go {'.'.join(map(str, needed))} or newer"
    go = shutil.which("go")
    if go is None:
        raise OracleMissing(f"Go is missing: install {wanted} (https://go.dev/dl) and try again")
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout.strip()
    if _numbers(version) < needed:
        raise OracleMissing(f"{go} is {version}, but the oracles need {wanted}")
    return go


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def home() -> Path:
    """Where built oracles lie: $ORACLES_BIN, or a folder of the user's cache."""
    named = os.environ.get("ORACLES_BIN")
    return Path(named) if named else Path(platformdirs.user_cache_dir("talos-gpu")) / "oracles"


def main(names: list[str]) -> int:
    """Builds `names`, all with `--full`, or else the default ones; returns the exit status."""
    if names == ["--full"]:
        names = list(FULL)
    unknown = sorted(set(names) - set(ORACLES))
    if unknown:
        print(f"no such oracle: {', '.join(unknown)}; there are {', '.join(ORACLES)}", file=sys.stderr)
        return 2
    try:
        # Two at a time: one links or fetches, on one core, while the other compiles.
        with ThreadPoolExecutor(2) as workers:
            for name, seconds in zip(names or DEFAULT, workers.map(_timed, names or DEFAULT), strict=True):
                if seconds is not None:
                    print(f"built {name:<16} {seconds:5.0f} s", flush=True)
    except OracleMissing as error:
        print(error, file=sys.stderr)
        return 4
    return 0


def _timed(name: str) -> float | None:
    start = time.monotonic()
    return time.monotonic() - start if build(name) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
