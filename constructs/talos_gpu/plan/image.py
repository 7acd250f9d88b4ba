"""Container images, through the profile's mirror and by its digests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from talos_gpu.catalog import Catalogue, ChartVersion, Stated
from talos_gpu.plan.chart_component import runs
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import BridgePlan, ChartPlan, Image, SmokeTestPlan
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.delivery import Images

__all__ = ["check_digests", "mirrored", "used_images"]


def mirrored(images: Images, upstream: str) -> Image:
    """The image to pull in place of `upstream` (registry/path:tag)."""
    digest = images.digests.get(upstream)
    reference = upstream.split("@")[0] if digest else upstream
    if images.mirror:
        _, _, path = reference.partition("/")
        reference = f"{images.mirror}/{path}"
    return Image(f"{reference}@{digest}" if digest else reference, upstream)


def used_images(
    catalogue: Catalogue, chart: ChartPlan | None, bridge: BridgePlan | None, test: SmokeTestPlan
) -> Iterator[str]:
    """The vendors' names of all images that the plan may pull."""
    version = catalogue.chart_version(chart.name, chart.version.value) if chart else None
    if chart and isinstance(version, ChartVersion) and isinstance(version.images, Stated):
        table = version.values.value if isinstance(version.values, Stated) else None
        for image in version.images.value:
            if image.repository and image.tag and (table is None or runs(image.component, chart.values.value, table)):
                yield image.reference
    if bridge:
        yield bridge.image.upstream
    yield from (image.value.upstream for image in (test.smi_image, test.sample_image) if isinstance(image, Known))


def check_digests(images: Images, used: Iterable[str], problems: Problems) -> None:
    """Refuses a digest of an image that nothing here pulls: it would be dropped in silence."""
    known = sorted(set(used))
    for reference in images.digests:
        if reference in known:
            continue
        near = get_close_matches(reference, known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else "Write registry, path and tag as explain names them."
        problems.refuse(
            ("images", "digests", reference), f"found {reference}, an image that this plan does not use", remedy
        )
