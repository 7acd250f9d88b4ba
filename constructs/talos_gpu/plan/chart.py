"""The stack's chart: which version, from where, with which values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from talos_gpu.catalog import (
    Catalogue,
    ChartVersion,
    Missing,
    NotListed,
    Release,
    StackSupport,
    Stated,
    ValueTable,
    Version,
)
from talos_gpu.plan.decision import Known, Unknown
from talos_gpu.plan.fact import cited, decide, declaration, who
from talos_gpu.plan.model import ChartPlan, IgnoredDifference, Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.values import Values, plan_values
from talos_gpu.profile import Profile
from talos_gpu.profile.stack import Toleration

__all__ = ["choose_chart", "plan_chart"]

_PATH = ("stack", "chart", "version")

_IGNORED = (IgnoredDifference("nvidia.com", "ClusterPolicy", ("/spec/cdi/default",)),)
"""The API server fills this field in by default, and the chart does not render it: Argo CD would never be in sync
(NVIDIA/gpu-operator#2795)."""


def plan_chart(
    catalogue: Catalogue,
    release: Release,
    profile: Profile,
    support: StackSupport | None,
    version: ChartVersion | None,
    wanted: tuple[Toleration, ...],
    problems: Problems,
) -> tuple[ChartPlan | None, tuple[Notice, ...]]:
    """The Helm release of the stack, none without a stack; and what to say about it."""
    if support is None or version is None:
        return None, ()
    table = version.values
    if isinstance(table, Missing):
        problems.refuse(
            _PATH,
            f"no value table is known for {support.chart} {version.version}: {table.note}",
            declaration(("charts", support.chart, version.version, "sameAs"), "<a version with the same values>"),
        )
        return None, ()
    _check_mps(profile, support, version, table.value, problems)
    images = version.images.value if isinstance(version.images, Stated) else ()
    values = plan_values(profile, support, version.version, table.value, images, wanted, problems)
    plan = _plan(catalogue, profile, support, version, values)
    return plan, (*_notices(release, support, version), *values.notices, *_mirror_notices(profile, plan))


def _check_mps(
    profile: Profile, support: StackSupport, version: ChartVersion, table: ValueTable, problems: Problems
) -> None:
    """A device plugin whose chart has no key for MPS cannot do it."""
    if support.stack != "device-plugin" or table.value("mps.root") is not None:
        return
    for name, pool in profile.gpu_pools.items():
        if pool.sharing and pool.sharing.mps:
            problems.refuse(
                ("pools", name, "sharing", "mps"),
                f"found MPS, which {support.chart} {version.version} does not know",
                "Choose a newer stack.chart.version, or timeSlicing.",
                cited(table.source),
            )


def _notices(release: Release, support: StackSupport, version: ChartVersion) -> Iterator[Notice]:
    verdict = version.verdicts.get(release.era.name)
    name = f"{support.chart} {version.version}"
    if verdict is None:
        yield Notice("chart", f"{name}: nobody states how it works with Talos {release.minor.name}.")
    elif verdict.answer == "unknown":
        yield Notice("chart", f"{name}: {verdict.reason}", cited(verdict.source))


def _mirror_notices(profile: Profile, plan: ChartPlan) -> Iterator[Notice]:
    if profile.images.mirror is None:
        return
    chart = "" if profile.stack.chart.repository else f"the chart still comes from {plan.repository.value}, and "
    text = f"images.mirror reaches container images only: {chart}the installer image from the Image Factory."
    remedy = " stack.chart.repository names a mirror of the chart." if chart else ""
    yield Notice("images", text + remedy)


def choose_chart(
    catalogue: Catalogue, release: Release, profile: Profile, support: StackSupport | None, problems: Problems
) -> ChartVersion | None:
    """The pinned version of the stack's chart, or the era's default. One that cannot work is refused."""
    if support is None:
        return None
    pinned = profile.stack.chart.version
    if pinned is None and isinstance(support.default_chart, Missing):
        problems.refuse(
            ("stack",),
            f"no version of {support.chart} is known to work here: {support.default_chart.note}",
            "Pin one: stack: {chart: {version: ...}}.",
        )
        return None
    text = pinned or (support.default_chart.value if isinstance(support.default_chart, Stated) else "")
    version = catalogue.chart_version(support.chart, text)
    if isinstance(version, NotListed):
        problems.refuse(_PATH, version.message, version.declare)
        return None
    verdict = version.verdicts.get(release.era.name)
    if verdict and verdict.answer == "no":
        default = support.default_chart
        remedy = f"Write {default.value}." if isinstance(default, Stated) else "Choose another version."
        problems.refuse(
            _PATH,
            f"{support.chart} {version.version} cannot work here: {verdict.reason}",
            remedy,
            cited(verdict.source),
        )
        return None
    minimum = support.minimum_chart
    if isinstance(minimum, Stated) and version.number < Version.parse(minimum.value):
        problems.refuse(
            _PATH,
            f"{support.chart} {version.version} is older than {minimum.value}, the oldest that is known to work here",
            f"Write {minimum.value} or newer.",
            cited(minimum.source),
        )
        return None
    return version


def _plan(
    catalogue: Catalogue, profile: Profile, support: StackSupport, version: ChartVersion, values: Values
) -> ChartPlan:
    chart = catalogue.chart(support.chart)
    assert not isinstance(chart, NotListed)
    pinned = profile.stack.chart
    default = decide(
        support.default_chart, f"the newest with a value table and a verdict for this era: {support.why}", str
    )
    reason = "pinned by the profile" if pinned.version else "" if isinstance(default, Unknown) else default.reason
    own_crds = support.stack == "gpu-operator" or any(
        isinstance(values.data.get(key), Mapping) and values.data[key].get("enabled") for key in ("nfd", "gfd")
    )
    ready = support.cluster_policy_becomes_ready
    waits = not isinstance(ready, Stated) or ready.value
    return ChartPlan(
        name=chart.name,
        release=chart.name,
        version=Known(
            version.version,
            reason,
            cited(version.source),
            "profile" if pinned.version else who(version.source) if version.source.declared else "default",
        ),
        repository=Known(
            pinned.repository or chart.repository,
            "as the profile says" if pinned.repository else "the vendor's chart repository",
            cited(chart.source),
            "profile" if pinned.repository else "catalogue",
        ),
        values=Known(
            values.data,
            "what differs from the chart's defaults",
            version.source.text,
            "profile" if profile.stack.values else "catalogue",
        ),
        comments={path: why for path, why in values.comments.items()},  # noqa: C416 (a wider key type)
        crds=own_crds,
        ignored_differences=_IGNORED if support.stack == "gpu-operator" else (),
        wait=Known(
            waits,
            "what the chart creates becomes ready"
            if waits
            else "the ClusterPolicy never becomes ready here: the operator's validator cannot find the driver",
            cited(ready.source) if isinstance(ready, Stated) else "",
        ),
    )
