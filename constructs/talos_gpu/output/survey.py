"""Which profiles need rendering, told from digests alone.

The fast path of `synth` and `synth --check`: standard library only, every byte of the fleet is read and hashed, and
nothing is rendered. It trusts the ledgers; `check.full` does not.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from talos_gpu.errors import OutsideError
from talos_gpu.output import digest
from talos_gpu.output.ledger import Ledger, read
from talos_gpu.output.names import FLEET_PAGE, LEDGER, WORK_FOLDER
from talos_gpu.output.tree import contents, walk

__all__ = ["Cluster", "State", "Survey", "survey"]

_INPUT_LIMIT = 1 << 20


class State(Enum):
    """How a profile and what lies on the disk for it stand to each other."""

    UP_TO_DATE = "up to date"
    STALE = "stale"
    """The profile, a file that it names, or talos-gpu itself changed; a synth was killed here; or two ledgers name it."""
    EDITED = "edited"
    """The inputs are the same, but a file is gone or has other bytes."""
    MISSING = "missing"
    """No ledger names the profile."""


@dataclass(slots=True)
class Cluster:
    """What lies in the folder of one ledger. Paths are relative to that folder, `changed_inputs` to the root.

    `interrupted`: a synth was killed while it wrote here, so files may be ours that the ledger does not list.
    """

    ledger: Ledger
    changed_inputs: list[str] = field(default_factory=list)
    code_changed: bool = False
    interrupted: bool = False
    missing: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def state(self) -> State:
        """Stale before edited: what is rendered anew anyway needs no second reason."""
        if self.changed_inputs or self.code_changed or self.interrupted:
            return State.STALE
        return State.EDITED if self.missing or self.edited else State.UP_TO_DATE


@dataclass(slots=True)
class Survey:
    """The whole outdir: a state for each profile, the ledgers behind them, and what belongs to nobody.

    `orphaned` are clusters whose profile is not among those given. `broken` are folders whose ledger cannot be
    trusted. `foreign` are names in the outdir that no ledger explains. `unfinished`: a synth was interrupted, or
    another one is writing just now.
    """

    states: dict[str, State]
    clusters: dict[str, Cluster]
    orphaned: list[str] = field(default_factory=list)
    broken: dict[str, OutsideError] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    unfinished: bool = False

    @property
    def stale(self) -> list[str]:
        """The profiles that have to be rendered, in the order given."""
        return [profile for profile, state in self.states.items() if state is not State.UP_TO_DATE]

    @property
    def rows(self) -> dict[str, Mapping[str, str]]:
        """The facts for the fleet's page of every cluster that has a profile, sorted by cluster."""
        return {name: self.clusters[name].ledger.row for name in sorted(self.clusters.keys() - set(self.orphaned))}


def survey(outdir: str, profiles: Sequence[str], code: str, root: str = ".") -> Survey:
    """How each of `profiles` (posix paths relative to `root`) stands to the files below `outdir`.

    `code` is `digest.code_digest()`. Raises OutsideError if something cannot be read that is there.
    """
    try:
        return _survey(outdir, profiles, code, root)
    except OSError as error:
        raise OutsideError(f"reading {error.filename or outdir}", error.strerror or str(error)) from error


def _survey(outdir: str, profiles: Sequence[str], code: str, root: str) -> Survey:
    found = Survey(dict.fromkeys(profiles, State.MISSING), {})
    seen: dict[str, str | None] = {}
    for name in _folders(outdir, found):
        try:
            ledger = read(outdir, name)
        except OutsideError as error:
            found.broken[name] = error
            continue
        if ledger is None:
            found.foreign.append(name)
            continue
        found.clusters[name] = _inspect(f"{outdir}/{name}", ledger, code, root, seen)
    if found.unfinished:
        _mark_interrupted(f"{outdir}/{WORK_FOLDER}/claims", found)
    _match(found, profiles)
    return found


def _mark_interrupted(claims: str, found: Survey) -> None:
    """Claims are named by cluster and number (see `stage`)."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(claims) as entries:
        for entry in entries:
            if cluster := found.clusters.get(entry.name.rpartition(".")[0]):
                cluster.interrupted = True


def _folders(outdir: str, found: Survey) -> list[str]:
    """The folders of the outdir, sorted; what else lies in it is noted as foreign."""
    folders = []
    try:
        with os.scandir(outdir) as entries:
            for entry in entries:
                if entry.name == WORK_FOLDER:
                    found.unfinished = True
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif entry.name != FLEET_PAGE:
                    found.foreign.append(entry.name)
    except FileNotFoundError:
        pass
    found.foreign.sort()
    return sorted(folders)


def _inspect(folder: str, ledger: Ledger, code: str, root: str, seen: dict[str, str | None]) -> Cluster:
    cluster = Cluster(ledger, code_changed=ledger.code != code)
    for path, recorded in ledger.inputs.items():
        if path not in seen:
            content = contents(f"{root}/{path}", _INPUT_LIMIT, follow=True)
            seen[path] = digest.of(content[0]) if content else None
        if seen[path] != recorded:
            cluster.changed_inputs.append(path)
    tree = walk(folder)
    for path, recorded in ledger.files.items():
        if path not in tree.files:
            (cluster.edited if path in tree.others or path in tree.folders else cluster.missing).append(path)
            continue
        content = contents(f"{folder}/{path}")
        if content is None:
            cluster.missing.append(path)
        elif content[1] or digest.of(content[0]) != recorded:
            cluster.edited.append(path)
    strangers = (tree.files | tree.others) - ledger.files.keys()
    strangers.discard(LEDGER)
    cluster.foreign = sorted(strangers)
    return cluster


def _match(found: Survey, profiles: Collection[str]) -> None:
    claimed: dict[str, list[Cluster]] = {}
    for name, cluster in found.clusters.items():
        if cluster.ledger.profile in found.states:
            claimed.setdefault(cluster.ledger.profile, []).append(cluster)
        else:
            found.orphaned.append(name)
    for profile in profiles:
        claims = claimed.get(profile, [])
        if len(claims) == 1:
            found.states[profile] = claims[0].state
        elif claims:
            found.states[profile] = State.STALE
