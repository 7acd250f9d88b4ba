"""The test that proves a GPU can be allocated and used: which images fit every GPU pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from talos_gpu.catalog import Catalogue, CudaImage, Gpu, Missing, NotListed, Version
from talos_gpu.plan.decision import Decision, Known, Unknown, Who
from talos_gpu.plan.fact import cited
from talos_gpu.plan.image import mirrored
from talos_gpu.plan.model import Image, Notice, SmokeTestPlan
from talos_gpu.plan.problems import Problems
from talos_gpu.profile import Profile

__all__ = ["Target", "plan_smoke_test"]


@dataclass(frozen=True, slots=True)
class Target:
    """A GPU pool as an image sees it: driver version, GPU and CPU architecture."""

    pool: str
    driver: str
    gpu: Gpu
    arch: str

    def ceiling(self, catalogue: Catalogue) -> Version | None:
        """The newest CUDA that the driver supports natively, where that is known."""
        branch = catalogue.branch(self.driver)
        if isinstance(branch, NotListed) or isinstance(branch.cuda, Missing):
            return None
        return Version.parse(branch.cuda.value)


def plan_smoke_test(
    catalogue: Catalogue, profile: Profile, targets: Sequence[Target], problems: Problems
) -> tuple[SmokeTestPlan, tuple[Notice, ...]]:
    """The images of the smoke test, and doubts about a pinned one. One that a driver cannot run is refused."""
    pinned = profile.smoke_test.cuda
    base = _pinned(catalogue, pinned, targets, problems) if pinned else _newest(catalogue, targets, "base")
    sample = _newest(catalogue, targets, "vectoradd")
    plan = SmokeTestPlan(
        cuda=base if isinstance(base, Unknown) else Known(base.value.cuda_version, base.reason, base.source, base.by),
        smi_image=_image(profile, base),
        sample_image=_image(profile, sample),
        deliver=profile.smoke_test.deliver,
    )
    return plan, tuple(_doubts(catalogue, pinned, targets)) if pinned else ()


def _doubts(catalogue: Catalogue, version: str, targets: Sequence[Target]) -> Iterator[Notice]:
    for target in targets:
        verdict = catalogue.image_fits(version, target.driver, target.gpu)
        if verdict.answer == "unknown":
            text = f"Not certain that CUDA {version} works in pool {target.pool}: {verdict.reason}"
            yield Notice("smoke test", text, cited(verdict.source))


@dataclass(frozen=True, slots=True)
class _Chosen:
    reference: str
    cuda_version: str


def _image(profile: Profile, chosen: Decision[_Chosen]) -> Decision[Image]:
    if isinstance(chosen, Unknown):
        return chosen
    return Known(mirrored(profile.images, chosen.value.reference), chosen.reason, chosen.source, chosen.by)


def _pinned(catalogue: Catalogue, version: str, targets: Sequence[Target], problems: Problems) -> Decision[_Chosen]:
    path = ("smokeTest", "cuda")
    for target in targets:
        verdict = catalogue.image_fits(version, target.driver, target.gpu)
        if verdict.answer == "no":
            problems.refuse(
                path,
                f"found {version}, which does not work in pool {target.pool} ({target.gpu.name}, driver {target.driver}): "
                f"{verdict.reason}",
                "Choose an older CUDA version, or remove the line.",
                cited(verdict.source),
            )
    image = catalogue.cuda_image(version)
    if isinstance(image, NotListed):
        problems.refuse(path, image.message, image.declare)
        return Unknown(image.message, image.declare)
    for target in targets:
        if image.archs and target.arch not in image.archs:
            message = f"found {version}, whose image exists for {', '.join(image.archs)} only; pool {target.pool} is {target.arch}"
            problems.refuse(path, message, "Choose another CUDA version, or remove the line.", cited(image.source))
    return Known(_Chosen(image.reference, image.version), "pinned by the profile", cited(image.source), "profile")


def _newest(catalogue: Catalogue, targets: Sequence[Target], kind: str) -> Decision[_Chosen]:
    """The newest known image of that kind that certainly works in every pool."""
    if not targets:
        return Unknown("no pool has a GPU whose driver is known")
    images = [image for image in catalogue.cuda_images() if image.kind == kind]
    for image in sorted(images, key=lambda item: Version.parse(item.version), reverse=True):
        if all(_works(catalogue, image, target) for target in targets):
            drivers = " and ".join(dict.fromkeys(target.driver for target in targets))
            plural = "s" if " and " in drivers else ""
            certainly = "certainly run" if plural else "certainly runs"
            reason = f"the newest image known to exist that driver{plural} {drivers} {certainly}"
            by: Who = "declared" if image.source.declared else "default"
            return Known(_Chosen(image.reference, image.version), reason, cited(image.source), by)
    return Unknown(
        f"no {kind} image is known that certainly works with these drivers and GPUs",
        "smokeTest: {cuda: <version>}" if kind == "base" else "",
    )


def _works(catalogue: Catalogue, image: CudaImage, target: Target) -> bool:
    """Whether the image runs there without the compatibility libraries that only some cards may use."""
    ceiling = target.ceiling(catalogue)
    if ceiling is None or Version.parse(image.cuda).parts[:2] > ceiling.parts[:2]:
        return False
    if image.archs and target.arch not in image.archs:
        return False
    judge = catalogue.image_fits if image.kind == "base" else catalogue.toolkit_runs
    return judge(image.cuda if image.kind != "base" else image.version, target.driver, target.gpu).answer == "yes"
