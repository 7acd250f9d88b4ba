"""What NVIDIA's charts read: versions, verdicts per era, images, and which value paths exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog.fact import Fact, Source, Verdict
from talos_gpu.catalog.value_table import ValueTable
from talos_gpu.catalog.version import Version

__all__ = ["Chart", "ChartImage", "ChartVersion"]


@dataclass(frozen=True, slots=True)
class ChartImage:
    """A container image that a chart pulls by default; `tag` empty: the user must give one."""

    component: str
    repository: str
    image: str
    tag: str

    @property
    def reference(self) -> str:
        """Repository, image and tag as a registry wants them."""
        return f"{self.repository}/{self.image}:{self.tag}"


@dataclass(frozen=True, slots=True)
class ChartVersion:
    """One published version. `verdicts` maps an era to what is known of running it there; absent: unknown.

    `values` is missing where no table was read for the version. `nfd` is the bundled node-feature-discovery.
    """

    chart: str
    version: str
    number: Version
    date: Fact[str]
    verdicts: Mapping[str, Verdict]
    nfd: Fact[str]
    images: Fact[tuple[ChartImage, ...]]
    values: Fact[ValueTable]
    source: Source


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and where it is published; `versions` oldest first."""

    name: str
    repository: str
    repository_name: str
    kind: Literal["http", "oci"]
    versions: tuple[str, ...]
    forbidden_namespaces: tuple[str, ...]
    source: Source
