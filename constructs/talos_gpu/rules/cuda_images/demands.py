"""CUD: what the CUDA inside an image needs of driver and GPU."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Gpu, NotListed, Stated, Verdict
from talos_gpu.inventory import Node, Pod
from talos_gpu.rules.cuda_images.image import ContainerImage, images_of
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import drivers_in, drivers_of_images, gpus_of
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_PRODUCT = "nvidia.com/gpu.product"
_TRUE = ("true", "1", "True", "TRUE")


def _cards(pod: Pod, facts: Facts) -> tuple[Gpu, ...]:
    """The GPUs that the pod may get.

    Raises:
        Lacking: when nobody names one.
    """
    selected = pod.spec.get("nodeSelector", _PRODUCT).text
    if selected:
        return facts.gpus((selected,))
    return facts.gpus(tuple(name for node in facts.cluster.of(Node) for name in gpus_of(node)))


def _too_new(pod: Pod, facts: Facts) -> Iterator[Offence]:
    if facts.cluster.is_talos is False:
        return
    untold = []
    for image in images_of(pod):
        if not image.cuda or (not image.plain and not image.sample):
            continue
        cards = [gpu for gpu in _cards(pod, facts) if not _is_dropped(image.cuda, gpu, facts)]
        drivers = drivers_in(facts)
        verdicts = [_verdict(image, driver, gpu, facts) for driver in drivers for gpu in cards]
        answers = {verdict.answer for verdict in verdicts}
        if answers == {"no"}:
            found = f"found CUDA {image.cuda} for driver {' or '.join(drivers)} and {cards[0].name}"
            message = f"{found}; expected an older image because {verdicts[0].reason}"
            yield Offence(image.value, message, _older(drivers, facts))
        elif answers and answers <= {"no", "unknown"}:
            untold.append(f"a source on CUDA {image.cuda} with driver {' or '.join(drivers)} on {cards[0].name}")
        elif "no" in answers:
            known = drivers_of_images(facts)
            untold.append(
                "the GPU that a pod gets, of several" if known else "the image of the nodes, which has the driver"
            )
    if untold:
        raise Lacking(untold[0])


def _verdict(image: ContainerImage, driver: str, gpu: Gpu, facts: Facts) -> Verdict:
    """The check of NVIDIA_REQUIRE_CUDA counts only where the toolkit makes it, and nobody switches it off."""
    catalogue, mode, rule = facts.catalogue, facts.minor.toolkit_mode, facts.catalogue.image_check()
    enforced = isinstance(mode, Stated) and mode.value in rule.enforced_by_modes
    if image.plain and enforced and not _is_off(image, rule.bypass):
        return catalogue.image_fits(image.cuda, driver, gpu)
    return catalogue.toolkit_runs(image.cuda, driver, gpu)


def _is_off(image: ContainerImage, variable: str) -> bool:
    env = image.container.get("env")
    values = [item.get("value") for item in env.items() if item.get("name").text == variable]
    return any(value.raw in _TRUE for value in (*values, env.get(variable)))


def _older(drivers: tuple[str, ...], facts: Facts) -> str:
    branch = facts.catalogue.branch(drivers[0])
    if isinstance(branch, NotListed) or not isinstance(branch.cuda, Stated):
        return ""
    return f"Take an image of CUDA {branch.cuda.value} or older: that is what driver {drivers[0]} supports in full."


def _is_dropped(cuda: str, gpu: Gpu, facts: Facts) -> bool:
    """Whether that CUDA no longer builds for the GPU."""
    toolkit = facts.catalogue.toolkit(cuda)
    if isinstance(toolkit, NotListed) or not toolkit.archs:
        return False
    return _order(gpu.arch, facts) < min(_order(name, facts) for name in toolkit.archs)


def _order(name: str, facts: Facts) -> int:
    known = facts.catalogue.architecture(name)
    if isinstance(known, NotListed):
        raise Lacking(f"the GPU generation {name}")
    return known.order


def _dropped(pod: Pod, facts: Facts) -> Iterator[Offence]:
    for image in images_of(pod):
        if not image.cuda:
            continue
        cards = _cards(pod, facts)
        if all(_is_dropped(image.cuda, gpu, facts) for gpu in cards):
            message = (
                f"found CUDA {excerpt(image.cuda)} for {cards[0].name}; expected an older one because it no longer builds "
                f"for {cards[0].arch.capitalize()}"
            )
            yield Offence(image.value, message, _last_cuda(cards[0], facts))


def _last_cuda(gpu: Gpu, facts: Facts) -> str:
    known = facts.catalogue.architecture(gpu.arch)
    last = None if isinstance(known, NotListed) else known.last_cuda.get(gpu.compute_capability)
    return f"Take an image of CUDA {last} or older." if last else ""


RULES: tuple[Rule[Pod], ...] = (
    Rule(
        id="CUD001",
        name="image that needs a newer driver",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_too_new,
        remedy="Take an image of an older CUDA, or a Talos release with a newer driver.",
        source="NVIDIA_REQUIRE_CUDA of nvidia/cuda images; CUDA Toolkit release notes, Tables 2 and 3",
        waivable=True,
    ),
    Rule(
        id="CUD002",
        name="CUDA that dropped the GPU",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_dropped,
        remedy="Take an image of the last CUDA that builds for the GPU.",
        source="NVIDIA docs: CUDA Toolkit, Driver, and Architecture Matrix",
        waivable=True,
    ),
)
