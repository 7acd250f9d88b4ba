"""The eras that a cluster may be in, and what holds in all of them."""

from __future__ import annotations

from collections.abc import Callable

from talos_gpu.catalog import Era
from talos_gpu.rules.facts import Facts

__all__ = ["in_every_era", "possible_eras"]


def possible_eras(facts: Facts) -> tuple[Era, ...]:
    """Every era that the cluster may be in: none for a cluster that is not Talos, one where the release is known.

    Raises:
        Lacking: when nothing says whether it is Talos.
    """
    cluster = facts.cluster
    if cluster.is_talos is False:
        return ()
    if cluster.talos is None and cluster.is_talos:
        return facts.catalogue.eras()
    return (facts.era,)


def in_every_era(facts: Facts, offends: Callable[[Era], bool]) -> bool:
    """Whether something offends in every era that the cluster may be in.

    Raises:
        Lacking: when it offends in some of them only.
    """
    answers = {offends(era) for era in possible_eras(facts)}
    if len(answers) > 1:
        # More than one era is possible only where nobody tells the release: this says so.
        return offends(facts.era)
    return True in answers
