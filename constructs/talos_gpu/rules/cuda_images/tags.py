"""CUD: tags of images that use a GPU."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Pod, Value
from talos_gpu.rules.cuda_images.image import ContainerImage, images_of
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_TOOL = "nvidia-smi"
_ONCE = ("Pod", "Job")
_MOVING = ("", "latest")
_PREFIX = "nvidia.com/"


def _is_test(pod: Pod, image: ContainerImage) -> bool:
    """Whether the container only shows that a GPU is there: it runs once, and asks for it or computes a sample."""
    commands = (*image.container.get("command").walk(), *image.container.get("args").walk())
    return pod.kind in _ONCE and (image.sample or (image.plain and any(_TOOL in item.raw for item in commands)))


def _in_test(pod: Pod, _: Facts) -> Iterator[Offence]:
    for image in images_of(pod):
        if not _is_test(pod, image) or image.digest:
            continue
        if image.tag in _MOVING:
            found = f"found {excerpt(image.value.raw)}"
            message = f"{found}; expected a version because nobody knows which driver this one will ask for"
            yield Offence(image.value, message)
        elif "-devel" in image.tag:
            message = (
                f"found {excerpt(image.tag)}; expected -base because the compiler in it is gigabytes that test nothing"
            )
            yield Offence(image.value, message, f"Write {excerpt(image.tag.replace('-devel', '-base'))}.")


def _unpinned(pod: Pod, _: Facts) -> Iterator[Offence]:
    for image in images_of(pod):
        if image.digest or image.tag not in _MOVING or _is_test(pod, image):
            continue
        if image.plain or image.sample or _asks_for_gpu(image.container):
            message = f"found {excerpt(image.value.raw)} without a version; expected one because its CUDA may outgrow the driver"
            yield Offence(image.value, message)


def _asks_for_gpu(container: Value) -> bool:
    limits = container.get("resources", "limits")
    return any(name.startswith(_PREFIX) and value.raw != "0" for name, value in limits.pairs())


RULES: tuple[Rule[Pod], ...] = (
    Rule(
        id="CUD003",
        name="heavy or moving image in a smoke test",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_in_test,
        remedy="Take a -base image of a version that the driver supports.",
        source="NVIDIA/nvidia-docker wiki: CUDA images (base, runtime, devel)",
    ),
    Rule(
        id="CUD004",
        name="unpinned image on a GPU",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_unpinned,
        remedy="Write a version, or a digest.",
        source="kubernetes.io/docs/concepts/containers/images (image names and tags)",
    ),
)
