"""MIG: what a card and a driver can do, and what is known to go wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Gpu, Missing, StackSupport, Stated, Version
from talos_gpu.plan.fact import cited
from talos_gpu.plan.model import Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.pool import Pool

__all__ = ["check_mig", "mig_label", "mig_notices"]


def check_mig(pool_name: str, pool: Pool, gpu: Gpu, driver: str, problems: Problems) -> tuple[Notice, ...]:
    """Refuses MIG where the card or driver is known to lack it; says so where nobody knows."""
    if pool.mig is None:
        return ()
    path = ("pools", pool_name, "mig")
    if isinstance(gpu.mig, Missing):
        return (Notice("mig", f"Nobody states whether {gpu.name} can be partitioned: {gpu.mig.note}"),)
    if not gpu.mig.value:
        problems.refuse(path, f"found mig, but {gpu.name} cannot be partitioned", "Remove it.", cited(gpu.mig.source))
        return ()
    _check_driver(path, gpu, driver, problems)
    _check_profile(path, pool, gpu, problems)
    return ()


def _check_driver(path: tuple[str, ...], gpu: Gpu, driver: str, problems: Problems) -> None:
    floor = gpu.mig_details.min_driver
    if isinstance(floor, Stated) and Version.parse(driver) < Version.parse(floor.value):
        problems.refuse(
            path,
            f"found mig, which {gpu.name} has from driver {floor.value} on; this pool gets {driver}",
            "Choose a newer track or Talos release.",
            cited(floor.source),
        )


def _check_profile(path: tuple[str, ...], pool: Pool, gpu: Gpu, problems: Problems) -> None:
    assert pool.mig is not None
    name, profiles = pool.mig.profile, gpu.mig_details.profiles
    if name == "all-balanced" and pool.mig.strategy == "single":
        problems.refuse(
            (*path, "profile"),
            "found all-balanced with strategy single, which needs devices of one size",
            "Write strategy: mixed, or one profile for all GPUs.",
        )
    if isinstance(profiles, Stated) and not name.startswith("all-") and name not in profiles.value:
        problems.refuse(
            (*path, "profile"),
            f"found {name}, which {gpu.name} does not have; it has {', '.join(profiles.value)}",
            "Write one of these.",
            cited(profiles.source),
        )


def mig_label(profile: str) -> str:
    """The layout's name in the configuration of the operator's MIG manager; `+` is not allowed in a label."""
    return profile if profile.startswith("all-") else f"all-{profile.replace('+', '.')}"


def mig_notices(pools: dict[str, Pool], support: StackSupport | None) -> Iterator[Notice]:
    """What an operator should know about who partitions the GPUs."""
    if support is None or not any(pool.mig for pool in pools.values()):
        return
    if support.stack != "gpu-operator":
        yield Notice("mig", "The device plugin partitions nothing: make the MIG devices before it starts.")
    elif support.validator_succeeds:
        yield Notice(
            "mig",
            "The operator's MIG manager is expected to fail here: told that the driver is the host's, it copies a "
            "program below /usr/local, which Talos mounts read-only. Inferred from its source; check the node's layout.",
            "NVIDIA/mig-parted:cmd/nvidia-mig-manager/main.go@v0.15.0",
        )
