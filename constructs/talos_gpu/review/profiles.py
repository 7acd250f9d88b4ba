"""The plan of a cluster in a state, made by today's code from the profile as it lies there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname
from tempfile import TemporaryDirectory

from talos_gpu.errors import InputError, OutsideError
from talos_gpu.output.ledger import Ledger
from talos_gpu.output.names import FACTS, is_inside
from talos_gpu.output.render import plan_profile
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.profile import LoadedProfile
from talos_gpu.profile.loading import parse_profile
from talos_gpu.review.states import Difference, State
from talos_gpu.review.tree import Entry

__all__ = ["Planned", "laid_out", "plan_in", "plans_of"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A profile and its plan; both None where there is none to be had, and `notes` say why."""

    loaded: LoadedProfile | None = None
    plan: ClusterPlan | None = None
    notes: tuple[str, ...] = ()


def plans_of(difference: Difference) -> Mapping[str, tuple[Planned, Planned]]:
    """The plans of every cluster that changed, before and after, by its name."""
    return {
        change.name: (plan_in(difference.before, change.before), plan_in(difference.after, change.after))
        for change in difference.clusters
    }


def plan_in(state: State, ledger: Ledger | None) -> Planned:
    """What the profile that `ledger` names comes to in `state`. Nothing of the state is written anywhere to stay."""
    if ledger is None:
        return Planned()
    folder = dirname(ledger.profile)
    if not folder:
        return Planned(
            notes=(f"{state.tree.name}: the profile {ledger.profile} lies in no folder, so it was not read",)
        )
    entries = state.entries if ledger.profile in state.entries else state.tree.entries((folder,))
    contents = _contents(state, entries, ledger)
    if ledger.profile not in contents:
        return Planned(notes=(f"{state.tree.name}: the profile {ledger.profile} is not there",))
    with laid_out(contents) as root:
        return _planned(state, ledger, root)


@contextmanager
def laid_out(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder that holds these files, and nothing else, for as long as it is needed.

    A path that would lead out of it, which a tree of Git may hold if somebody forged it, is left out.
    """
    with TemporaryDirectory(prefix="talos-gpu-") as folder:
        for path, content in files.items():
            if is_inside(path):
                target = Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        yield Path(folder)


def _contents(state: State, entries: Mapping[str, Entry], ledger: Ledger) -> dict[str, bytes]:
    """The profile, the files that it names, and catalogue/; nothing else is read."""
    own = {path: entry for path, entry in state.entries.items() if path.startswith(f"{FACTS}/")}
    own |= {path: entries[path] for path in (ledger.profile,) if path in entries}
    contents = dict(state.tree.read(own))
    named = {path: entries[path] for path in _named(contents.get(ledger.profile), ledger.profile) if path in entries}
    return contents | dict(state.tree.read(named))


def _named(profile: bytes | None, file: str) -> tuple[str, ...]:
    """The patch files of a profile; none of one that is not understood, which is said where it is planned."""
    if profile is None:
        return ()
    try:
        loaded = parse_profile(profile, file)
    except InputError:
        return ()
    patches = (patch.file for pool in loaded.profile.pools.values() for patch in pool.patches)
    return tuple(loaded.patch_file(name) for name in patches if name is not None)


def _planned(state: State, ledger: Ledger, root: Path) -> Planned:
    try:
        loaded, plan = plan_profile(ledger.profile, root)
    except InputError as error:
        return Planned(notes=tuple(_note(state, root, finding) for finding in error.findings))
    except OutsideError as error:
        return Planned(notes=(_note(state, root, error),))
    if plan.cluster != ledger.cluster:
        said = f"{state.tree.name}: {ledger.profile} is of the cluster {plan.cluster}, not of {ledger.cluster}"
        return Planned(notes=(said,))
    return Planned(loaded, plan)


def _note(state: State, root: Path, what: object) -> str:
    """Why there is no plan; the folder that it was made in is nobody's business."""
    return f"{state.tree.name}: no plan: {what}".replace(f"{root}/", "").replace(str(root), "")
