"""What a rule may ask about the cluster that it judges: look-ups that either answer or say what is lacking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from talos_gpu.catalog import Catalogue, ChartVersion, Contract, Era, Gpu, Minor, NotListed, Release, Version
from talos_gpu.inventory import Chart, Cluster, Said

__all__ = ["Facts", "Lacking"]


class Lacking(Exception):
    """A rule cannot tell. `what` it needs, in words; `give` is the option of the command line that would tell it.

    `remedy` is a sentence where no option helps: for what somebody said, and the catalogue does not know.
    """

    def __init__(self, what: str, give: str = "", remedy: str = "") -> None:
        self.what, self.give, self.remedy = what, give, remedy or (f"Give {give}." if give else "")
        super().__init__(what)


T = TypeVar("T")
_TALOS = "--talos v1.x.y"
_TARGET = "--to v1.x.y"


@dataclass(frozen=True, slots=True)
class Facts:
    """The cluster, and the catalogue's word on what its files say.

    Every look-up raises `Lacking` where nobody says it, or where the catalogue does not know what was said.
    """

    cluster: Cluster
    catalogue: Catalogue

    @property
    def runs_talos(self) -> bool:
        """Whether the cluster is Talos, of whatever release."""
        if self.cluster.is_talos is None:
            _said(self.cluster.talos, "the Talos release", _TALOS)
        return self.cluster.is_talos is not False

    @property
    def minor(self) -> Minor:
        """What holds for the Talos minor."""
        return self._listed(self.catalogue.minor(_said(self.cluster.talos, "the Talos release", _TALOS)))

    @property
    def known_minor(self) -> Minor | None:
        """What holds for the Talos minor where it is known: for a rule that can do without."""
        try:
            return self.minor
        except Lacking:
            return None

    @property
    def era(self) -> Era:
        """What the Talos minor makes of the GPU stack."""
        return self.minor.era

    @property
    def release(self) -> Release:
        """The Talos release, to the patch."""
        text = _said(self.cluster.talos, "the Talos release", _TALOS)
        if text.count(".") < 2:
            raise Lacking(f"the patch release of Talos {text}", _TALOS)
        return self._listed(self.catalogue.release(text))

    @property
    def target_minor(self) -> Minor:
        """What holds for the Talos minor that shall be upgraded to: ask only where the cluster has a target."""
        return self._listed(self.catalogue.minor(_said(self.cluster.target, "the target", _TARGET)))

    @property
    def target_release(self) -> Release:
        """The Talos release that shall be upgraded to, to the patch."""
        text = _said(self.cluster.target, "the target", _TARGET)
        if text.count(".") < 2:
            raise Lacking(f"the patch release of the target {text}", _TARGET)
        return self._listed(self.catalogue.release(text))

    @property
    def contract(self) -> Contract:
        """The dialect of the machine configs: that of the minor that made them, where somebody says so."""
        said = self.cluster.contract
        return self._listed(self.catalogue.contract(said.value)) if said else self.minor.contract

    @property
    def kubernetes(self) -> Version:
        """The version of Kubernetes."""
        text = _said(self.cluster.kubernetes, "the Kubernetes version", "--kubernetes v1.x.y")
        try:
            return Version.parse(text)
        except ValueError:
            raise Lacking(f"the Kubernetes version (found {text!r})", "--kubernetes v1.x.y") from None

    def gpus(self, names: Iterable[str] = ()) -> tuple[Gpu, ...]:
        """The products behind `names`, which somebody gave to a pool; else behind what is said of the whole cluster.

        A name that may mean several products stands for all of them: ask whether something holds for every one.
        """
        texts = tuple(names) or tuple(said.value for said in self.cluster.gpus)
        if not texts:
            raise Lacking("the GPU", "--gpu NAME")
        found: dict[str, Gpu] = {}
        for text in texts:
            match = self._listed(self.catalogue.gpus(text))
            found.update({gpu.name: gpu for gpu in match.gpus})
        return tuple(found.values())

    def chart_version(self, chart: Chart) -> ChartVersion:
        """The chart's version as the catalogue knows it."""
        if chart.version.text is None:
            raise Lacking(f"the version of the chart {chart.name}")
        return self._listed(self.catalogue.chart_version(chart.name, chart.version.text))

    def _listed(self, found: T | NotListed) -> T:
        if isinstance(found, NotListed):
            raise Lacking(f"the {found.kind} {found.text}, which the catalogue does not know", remedy=_known(found))
        return found


def _known(found: NotListed) -> str:
    near = f" (the nearest: {', '.join(found.nearest)})" if found.nearest else ""
    declare = ", or declare it in a file in catalogue/" if found.declare else ""
    return f"Write one that is known{near}{declare}; until then what depends on it is not judged."


def _said(said: Said | None, what: str, give: str) -> str:
    if said is None:
        raise Lacking(what, give)
    return said.value
