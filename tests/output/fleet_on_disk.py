"""A small fleet for the tests of the output: profiles on disk, and what is rendered from them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from talos_gpu.output import digest
from talos_gpu.output.rendered import RenderedCluster
from talos_gpu.output.survey import Survey, survey
from talos_gpu.output.write import Written, apply

CODE = digest.of(b"code")
MARKED = b"# Written by talos-gpu from profiles/lab.yaml.\n"


def rendered(root: Path, name: str, files: Mapping[str, bytes], profile: str = "", text: str = "") -> RenderedCluster:
    """The cluster `name` with `files`, each below our header; its profile is written below `root`."""
    profile = profile or f"profiles/{name}.yaml"
    content = (text or f"cluster: {name}\n").encode()
    path = root / profile
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return RenderedCluster(name, profile, {profile: digest.of(content)}, marked(files), {"talos": "v1.14.6"})


def marked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as we write them."""
    return {path: MARKED + content for path, content in files.items()}


def profiles_of(root: Path) -> list[str]:
    return sorted(f"profiles/{path.name}" for path in (root / "profiles").iterdir())


def page(rows: Mapping[str, Mapping[str, str]]) -> bytes:
    return ("<!-- Written by talos-gpu from profiles/. -->\n" + "".join(f"{name}\n" for name in rows)).encode()


def write(root: Path, *clusters: RenderedCluster, complete: bool = True, code: str = CODE) -> Written:
    """Applies `clusters` to `root/dist`."""
    return apply(
        str(root / "dist"), clusters, code=code, profiles=profiles_of(root), complete=complete, fleet=page, patience_seconds=5
    )  # fmt: skip


def look(root: Path, code: str = CODE) -> Survey:
    """The survey of `root/dist` with all profiles of `root`."""
    return survey(str(root / "dist"), profiles_of(root), code, str(root))


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` with its bytes; links are not followed."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            found[path.relative_to(folder).as_posix()] = path.read_bytes() if not path.is_symlink() else b"-> link"
    return found
