"""The files below a folder that can matter: nothing ignored, hidden, vendored or outside the folder is read."""

# Plain paths: a walk meets thousands.
# ruff: noqa: PTH110, PTH112, PTH113, PTH118, PTH120
from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from talos_gpu.errors import OutsideError
from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.gitignore import Ignored
from talos_gpu.inventory.regular_file import read_start
from talos_gpu.inventory.relevance import can_matter, is_empty_patch, is_kustomization
from talos_gpu.inventory.rendered import LEDGER, looks_like_profile, named_profile
from talos_gpu.inventory.source_file import NOT_READ
from talos_gpu.yaml_events import MAX_BYTES

__all__ = ["Walked", "walk"]

_NAME = re.compile(
    r"\.(ya?ml|json)(\.(j2|jinja2?|tpl|tmpl|gotmpl|tftpl))?$|\.(tf|tofu|tfvars|hcl|tftpl)$|^Kustomization$"
)
_VENDORED = frozenset({"node_modules", "site-packages", "third_party", "vendor", "venv"})
_CHART_PARTS = frozenset({"charts", "crds", "templates"})
"""Of a Helm chart's folder: the charts of others, what it brings along, and Go templates."""
_VENDORS_CHART = re.compile(
    rb"^name: *['\"]?(gpu-operator|nvidia-device-plugin|gpu-feature-discovery|node-feature-discovery)['\"]? *\r?$",
    re.MULTILINE,
)
"""A copy of the vendor's own chart: its values are defaults, which nobody chose."""


@dataclass(frozen=True, slots=True)
class Walked:
    """The bytes of the files by posix path relative to the root, and a note on each that could not be read."""

    data: Mapping[str, bytes]
    notes: tuple[Finding, ...] = ()


def walk(root: Path, paths: Sequence[str] = (".",)) -> Walked:
    """What lies at `paths`, which are relative to `root`. A file that is named is read whatever it is called.

    Where something lies in a folder that was rendered, the profile that its ledger names is read with it.

    Raises:
        OutsideError: when a path is not there, or leads out of `root`.
    """
    found = _Walk(os.path.realpath(root))
    for path in paths:
        found.take(path)
    found.add_profiles()
    # They count where anything does: kustomizations decide about objects without naming them.
    data = {**found.wordless, **found.data} if found.data else {}
    return Walked(dict(sorted(data.items())), tuple(sorted(found.notes)))


@dataclass(slots=True)
class _Walk:
    """What was read so far. `root` is free of symbolic links."""

    root: str
    data: dict[str, bytes] = field(default_factory=dict)
    wordless: dict[str, bytes] = field(default_factory=dict)
    notes: list[Finding] = field(default_factory=list)
    ledgers: dict[str, None] = field(default_factory=dict)

    def take(self, path: str) -> None:
        """Reads a file or folder that somebody named."""
        real = os.path.realpath(os.path.join(self.root, path))
        if not self._is_inside(real):
            raise OutsideError(f"reading {path}", "it lies outside the folder that is looked at")
        if not os.path.exists(real):
            raise OutsideError(f"reading {path}", "no such file or directory")
        self._note_ledgers_above(real)
        if os.path.isdir(real):
            self._below(real)
        elif (data := self._read(self._relative(real))) is not None:
            self.data[self._relative(real)] = data

    def add_profiles(self) -> None:
        """Reads the profiles that the ledgers on the way name, unless Git leaves them out."""
        for ledger in self.ledgers:
            name = named_profile(self._read(ledger) or b"")
            path = os.path.join(self.root, name) if name else ""
            folder = os.path.dirname(path)
            if not name or name in self.data or not os.path.isfile(path):
                continue
            if Ignored.above(folder).with_rules_of(folder).matches(path):
                continue
            data = self._read(name)
            if data is not None and looks_like_profile(data):
                self.data[name] = data

    def _note_ledgers_above(self, path: str) -> None:
        while path != self.root:
            path = os.path.dirname(path)
            self._note_ledger(path)

    def _note_ledger(self, folder: str) -> None:
        path = os.path.join(folder, LEDGER)
        if os.path.isfile(path):
            self.ledgers[self._relative(path)] = None

    def _below(self, top: str) -> None:
        waiting = [(top, Ignored.above(top))]
        while waiting:
            folder, ignored = waiting.pop()
            self._note_ledger(folder)
            entries = self._entries(folder)
            if self._is_vendors_chart(folder, entries):
                continue
            ignored = ignored.with_rules_of(folder)
            for name, entry in entries.items():
                if _is_skipped(name, entries):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if not ignored.matches(entry.path, folder=True):
                        waiting.append((entry.path, ignored))
                elif _NAME.search(name) and not ignored.matches(entry.path):
                    self._file(self._relative(entry.path))

    def _entries(self, folder: str) -> dict[str, os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                return {entry.name: entry for entry in found if not entry.name.startswith(".")}
        except OSError as error:
            self._note(self._relative(folder), error)
            return {}

    def _is_vendors_chart(self, folder: str, entries: Mapping[str, object]) -> bool:
        if not {"Chart.yaml", "templates"} <= entries.keys():
            return False
        return bool(_VENDORS_CHART.search(self._read(self._relative(f"{folder}/Chart.yaml")) or b""))

    def _file(self, path: str) -> None:
        data = self._read(path)
        if data is None:
            return
        if can_matter(path, data):
            self.data[path] = data
        elif is_kustomization(path) or is_empty_patch(path, data):
            self.wordless[path] = data

    def _read(self, path: str) -> bytes | None:
        """The bytes of a regular file inside the root; None, and noted where that is news, for anything else."""
        real = os.path.realpath(os.path.join(self.root, path))
        try:
            data = read_start(real) if self._is_inside(real) and os.path.isfile(real) else None
        except OSError as error:
            self._note(path, error)
            return None
        if data is not None and len(data) > MAX_BYTES:
            if can_matter(path, data):
                self._note(path, f"it is larger than {MAX_BYTES >> 20} MiB")
            return None
        return data

    def _is_inside(self, real: str) -> bool:
        return real == self.root or real.startswith(self.root.rstrip(os.sep) + os.sep)

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def _note(self, path: str, why: OSError | str) -> None:
        reason = why if isinstance(why, str) else (why.strerror or str(why)).lower()
        self.notes.append(Finding(Position(path), "", f"not read: {reason}", rule=NOT_READ, severity="info"))


def _is_skipped(name: str, siblings: Mapping[str, object]) -> bool:
    return name in _VENDORED or (name in _CHART_PARTS and "Chart.yaml" in siblings)
