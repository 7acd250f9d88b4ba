"""From profiles to the bytes of every file: the whole flow but for the disk it ends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from talos_gpu import kubernetes, runbook, talos
from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.catalog.verify import verify
from talos_gpu.document import Document
from talos_gpu.errors import InputError, InternalError, NotUnderstood, Refused
from talos_gpu.finding import Finding
from talos_gpu.kubernetes import ManifestCache
from talos_gpu.output import digest
from talos_gpu.output.emitter import encode
from talos_gpu.output.names import FACTS
from talos_gpu.output.rendered import RenderedCluster
from talos_gpu.plan import ClusterPlan, plan_cluster
from talos_gpu.plan.model import Notice
from talos_gpu.profile import LoadedProfile, load_profile
from talos_gpu.yaml_events import key_path

__all__ = ["catalogue_of", "plan_loaded", "plan_profile", "render", "render_one", "render_planned"]


def render(
    files: Sequence[str], root: Path, advance: Callable[[], None] = lambda: None, *, cached: bool = True
) -> list[RenderedCluster]:
    """The clusters of these profiles (posix paths below `root`), in the order given.

    `cached`: manifests that an earlier run made may come from the user's cache.

    Every profile is judged before anything is raised, so that all findings of all profiles are seen at once.

    Raises:
        NotUnderstood: when one of them cannot be understood (with the refusals of the others).
        Refused: when all are understood and one cannot work.
        OutsideError: when a profile cannot be read.
    """
    planned = _plan_all(files, root, advance)
    manifests = kubernetes.render([plan for _, plan in planned], None if cached else ManifestCache(None))
    return [_cluster(loaded, plan, manifests[plan.cluster]) for loaded, plan in planned]


def plan_profile(file: str, root: Path) -> tuple[LoadedProfile, ClusterPlan]:
    """The profile in `file` and its plan, judged by its layout too."""
    _verify_facts(root)
    return _plan(file, root)


def plan_loaded(loaded: LoadedProfile, root: Path) -> ClusterPlan:
    """The plan of a profile that is loaded already, judged by its layout too; the user's data files are verified.

    Raises:
        NotUnderstood, Refused: as `plan_profile` does.
    """
    return _judged(loaded, plan_cluster(loaded, catalogue_of(loaded, root)))


def render_one(loaded: LoadedProfile, root: Path) -> RenderedCluster:
    """The cluster of a profile that is loaded already; `root` holds the user's own data files, if there are any."""
    return render_planned(loaded, plan_loaded(loaded, root))


def render_planned(loaded: LoadedProfile, plan: ClusterPlan) -> RenderedCluster:
    """The cluster of a profile whose plan is made already."""
    return _cluster(loaded, plan, kubernetes.render([plan])[plan.cluster])


def _plan(file: str, root: Path) -> tuple[LoadedProfile, ClusterPlan]:
    loaded = load_profile(file, root)
    return loaded, plan_loaded(loaded, root)


def _judged(loaded: LoadedProfile, plan: ClusterPlan) -> ClusterPlan:
    """The plan with what its layout cannot carry well among the notices; what it cannot carry at all is refused."""
    hazards = talos.check(plan)
    errors = [hazard for hazard in hazards if hazard.severity == "error"]
    if errors:
        raise Refused(
            Finding(loaded.position(*item.path), key_path(item.path), item.message, item.remedy, item.source)
            for item in errors
        )
    notices = tuple(Notice("layout", f"{item.message}. {item.remedy}", item.source) for item in hazards)
    return replace(plan, notices=(*plan.notices, *notices)) if notices else plan


def _verify_facts(root: Path) -> None:
    """Refuses data files of the user's that are not what they should be, before anything rests on them."""
    findings = [finding for path in _data_files(root) for finding in verify(path)]
    if findings:
        raise NotUnderstood(findings)


def _data_files(root: Path) -> list[Path]:
    """The user's own data files: facts that the catalogue lacks, for all profiles."""
    folder = root / FACTS
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def catalogue_of(loaded: LoadedProfile, root: Path) -> Catalogue:
    """The catalogue that the profile is planned with: ours, the user's data files, and what it declares itself."""
    declared = loaded.profile.catalogue.model_dump(by_alias=True, exclude_unset=True)
    folders = [root / FACTS] if _data_files(root) else []
    if not declared and not folders:
        return _own_catalogue()
    return load_catalogue(declared, folders)


@cache
def _own_catalogue() -> Catalogue:
    return load_catalogue()


def _plan_all(files: Sequence[str], root: Path, advance: Callable[[], None]) -> list[tuple[LoadedProfile, ClusterPlan]]:
    _verify_facts(root)
    planned: list[tuple[LoadedProfile, ClusterPlan]] = []
    errors: list[InputError] = []
    for file in files:
        try:
            planned.append(_plan(file, root))
        except InputError as error:
            errors.append(error)
        advance()
    twice = _named_twice(planned)
    if twice:
        errors.append(Refused(twice))
    if errors:
        findings = [finding for error in errors for finding in error.findings]
        raise (NotUnderstood if any(isinstance(error, NotUnderstood) for error in errors) else Refused)(findings)
    return planned


def _named_twice(planned: Sequence[tuple[LoadedProfile, ClusterPlan]]) -> list[Finding]:
    """Cluster names that two profiles share; names are lower-case, so case cannot hide it."""
    by_name: dict[str, list[LoadedProfile]] = {}
    for loaded, plan in planned:
        by_name.setdefault(plan.cluster, []).append(loaded)
    return [
        Finding(
            loaded.position("cluster"),
            "cluster",
            f"found {name}, which {' and '.join(other.file for other in profiles if other is not loaded)} names too",
            "Each cluster has one profile and one folder below dist/.",
        )
        for name, profiles in by_name.items()
        if len(profiles) > 1
        for loaded in profiles
    ]


def _cluster(loaded: LoadedProfile, plan: ClusterPlan, manifests: Sequence[Document]) -> RenderedCluster:
    documents = [*talos.render(plan), *manifests, *runbook.render(plan)]
    return RenderedCluster(
        name=plan.cluster,
        profile=loaded.file,
        inputs={path: digest.of(data) for path, data in loaded.inputs.items()},
        files=_encoded(documents, loaded.file),
        row=runbook.row(plan),
    )


def _encoded(documents: Sequence[Document], profile: str) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    for document in sorted(documents, key=lambda item: item.path):
        if document.path in files:
            raise InternalError(f"two documents are rendered to {document.path}")
        files[document.path] = encode(document, profile)
    return files
