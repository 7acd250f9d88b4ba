"""Profiles of our own: loaded and planned as `synth` does, and read into subjects that stand in the profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from talos_gpu.catalog import load_catalogue
from talos_gpu.errors import InputError, NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.profile_pool import pool_subjects
from talos_gpu.inventory.profile_stack import stack_chart
from talos_gpu.inventory.source_file import NOT_READ, Files, SourceFile
from talos_gpu.inventory.subject import Subject
from talos_gpu.inventory.value import Value
from talos_gpu.plan import ClusterPlan, plan_cluster
from talos_gpu.profile import LoadedProfile, parse_profile
from talos_gpu.yaml_events import excerpt

__all__ = ["NOT_UNDERSTOOD", "REFUSED", "is_profile", "read_profiles"]

NOT_UNDERSTOOD = "PRO001"
"""The rule under which stands what loading a profile does not understand."""
REFUSED = "PRO002"
"""The rule under which stands what planning it refuses."""


def read_profiles(files: Files, claimed: frozenset[str], facts: Sequence[Path] = ()) -> Iterator[Draft]:
    """Every profile, with the patch files that it names. `facts` are folders with data files of the user's."""
    found = [(file, file.documents[0]) for file in files if file.path not in claimed and _holds_profile(file)]
    names = Counter((file.folder, root.get("cluster").raw) for file, root in found)
    for file, root in found:
        draft = _draft(files, file, root, facts)
        twice = names[file.folder, root.get("cluster").raw] > 1
        yield replace(draft, notes=(*draft.notes, _named_twice(root))) if twice else draft


def _holds_profile(file: SourceFile) -> bool:
    return bool(file.documents) and is_profile(file.documents[0])


def _named_twice(root: Value) -> Finding:
    name = root.get("cluster")
    message = f"found {excerpt(name.raw)}, which another profile of this folder names too"
    remedy = "Each cluster has one profile and one folder below dist/."
    return Finding(name.place, "cluster", message, remedy, rule=REFUSED, severity="error")


def is_profile(root: Value) -> bool:
    """Whether it has a cluster's name and pools, and a Talos release or a pool with a GPU."""
    if root.get("kind").exists or not root.get("cluster").is_scalar or not root.get("pools").is_map:
        return False
    return root.get("talos").is_scalar or any(pool.get("gpu").exists for _, pool in root.get("pools").pairs())


def _draft(files: Files, file: SourceFile, root: Value, facts: Sequence[Path]) -> Draft:
    judged = _judge(files, file, facts)
    patches = {name: files.get(name) for name in judged.patches}
    return Draft(
        folder=file.folder,
        subjects=tuple(_subjects(root, judged, {name: file for name, file in patches.items() if file})),
        files=frozenset({file.path, *(name for name, found in patches.items() if found)}),
        name=root.get("cluster").text or "",
        talos=_said(root.get("talos")),
        contract=_said(root.get("contract")),
        kubernetes=_said(root.get("kubernetes")),
        gpus=tuple(_gpus(root)),
        is_talos=True,
        notes=judged.notes,
        declared=judged.declared,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """What loading and planning made of a profile: `plan` is None where they refuse it, and `notes` say why."""

    understood: bool = False
    plan: ClusterPlan | None = None
    patches: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    declared: Mapping[str, object] = field(default_factory=dict)

    @property
    def refused(self) -> frozenset[tuple[str, int]]:
        """File and line of what is refused already, which no rule needs to find again."""
        return frozenset((note.position.file, note.position.line) for note in self.notes if note.rule == REFUSED)


def _judge(files: Files, file: SourceFile, facts: Sequence[Path]) -> _Judged:
    try:
        loaded = parse_profile(file.data, file.path)
    except NotUnderstood as error:
        return _Judged(notes=_named(error))
    named = dict(_patch_files(loaded))
    lacking = tuple(_not_read(place, name) for name, place in named.items() if files.get(name) is None)
    inputs = {name: found.data if (found := files.get(name)) else b"" for name in named}
    whole = LoadedProfile(loaded.profile, loaded.file, loaded.composed, {**loaded.inputs, **inputs})
    try:
        declared = loaded.profile.catalogue.model_dump(by_alias=True, exclude_unset=True)
        plan = plan_cluster(whole, load_catalogue(declared, facts))
    except InputError as error:
        # What is not at hand is empty here, which the plan would refuse.
        notes = [note for note in _named(error) if note.position.file == file.path or files.get(note.position.file)]
        understood = not isinstance(error, NotUnderstood)
        return _Judged(understood, None, tuple(named), (*lacking, *notes))
    return _Judged(True, plan, tuple(named), lacking, declared)


def _patch_files(loaded: LoadedProfile) -> Iterator[tuple[str, Position]]:
    for pool_name, pool in loaded.profile.pools.items():
        for index, patch in enumerate(pool.patches):
            if patch.file is not None:
                yield loaded.patch_file(patch.file), loaded.position("pools", pool_name, "patches", index)


def _named(error: InputError) -> tuple[Finding, ...]:
    rule = NOT_UNDERSTOOD if isinstance(error, NotUnderstood) else REFUSED
    return tuple(replace(finding, rule=rule, severity="error") for finding in error.findings)


def _not_read(place: Position, name: str) -> Finding:
    message = f"not read in full: the patch {name} is not among the files that are looked at"
    return Finding(place, "", message, "Lint the folder that holds both.", rule=NOT_READ, severity="info")


def _subjects(root: Value, judged: _Judged, patches: dict[str, SourceFile]) -> Iterable[Subject]:
    if not judged.understood:
        return
    plans = {pool.name: pool for pool in judged.plan.pools} if judged.plan else {}
    for name, pool in root.get("pools").pairs():
        yield from pool_subjects(name, pool, plans.get(name), patches, judged.refused)
    chart = stack_chart(root, judged.plan.stack if judged.plan else None, judged.refused)
    if chart is not None:
        yield chart


def _gpus(root: Value) -> Iterator[Said]:
    for _, pool in root.get("pools").pairs():
        model = pool.get("gpu", "model")
        if model.text:
            yield Said(model.text, model.place)


def _said(value: Value) -> Said | None:
    return Said(value.text, value.place) if value.text else None
