"""Chart versions and CUDA images: those of our data files, and those that the user declares."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from talos_gpu.catalog import _read_driver
from talos_gpu.catalog._data import load
from talos_gpu.catalog._declared import DeclarationProblem, Layer, entries, inherited
from talos_gpu.catalog._read_chart import CHARTS, chart_row, read_chart, read_chart_version
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.chart import Chart, ChartVersion
from talos_gpu.catalog.driver import CudaImage
from talos_gpu.catalog.fact import NotListed
from talos_gpu.catalog.version import Version

__all__ = ["KnownCharts"]

_STACKS = {"device-plugin": "nvidia-device-plugin"}


class KnownCharts:
    """Every chart version, each read when asked for."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._layers = layers
        self._rows: dict[tuple[str, str], Row] = {}
        self._problems: list[DeclarationProblem] = []
        for name in CHARTS:
            for version, entry, layer in entries(layers, "charts", name):
                self._declare(name, _spelled(name, version), entry, layer)

    @property
    def problems(self) -> tuple[DeclarationProblem, ...]:
        """What is wrong with the declared charts."""
        return tuple(self._problems)

    def chart(self, name: str) -> Chart | NotListed:
        """Returns the chart of that name, or of that stack."""
        name = _STACKS.get(name, name)
        if name not in CHARTS:
            return NotListed("chart", name, CHARTS)
        return read_chart(name)

    def version(self, name: str, version: str) -> ChartVersion | NotListed:
        """Returns one version of a chart."""
        chart = self.chart(name)
        if isinstance(chart, NotListed):
            return chart
        written = _spelled(chart.name, version)
        row = self._row(chart.name, written)
        if row is not None:
            return read_chart_version(chart.name, written, row)
        nearest = _nearest(chart, written)
        declare = f"catalogue:\n  charts:\n    {chart.name}:\n      {written}: {{sameAs: {nearest[0]}}}\n"
        return NotListed(f"version of chart {chart.name}", version, nearest, declare)

    def cuda_images(self) -> tuple[CudaImage, ...]:
        """Returns every image known or declared to exist, oldest CUDA first."""
        repository = load("cuda.yaml")["images"]["base"]["repository"]
        declared = [
            _read_driver.cuda_image("base", repository, version, str(entry["tag"]), layer.source)
            for version, entry, layer in entries(self._layers, "images", "cuda")
            if "tag" in entry
        ]
        if not declared:
            return _read_driver.read_images()
        images = (*_read_driver.read_images(), *declared)
        return tuple(sorted(images, key=lambda image: Version.parse(image.version)))

    def _row(self, name: str, version: str) -> Row | None:
        if (name, version) in self._rows:
            return self._rows[name, version]
        return chart_row(name, version) if version in read_chart(name).versions else None

    def _declare(self, name: str, version: str, entry: Mapping[str, Any], layer: Layer) -> None:
        path = ("charts", name, version, "sameAs")
        like = _spelled(name, str(entry.get("sameAs", "")))
        base, known = self._row(name, like), self._row(name, version)
        if base is None:
            message = f"sameAs must name a known version of {name}"
            remedy = f"one of {', '.join(_nearest(read_chart(name), like))}"
            self._problems.append(DeclarationProblem(path, message, remedy, layer.file))
        elif known is not None and known.get("values") is not None and known.get("values") != base.get("values"):
            message = f"declared the values of {like}, but the catalogue knows those of {version} ({known.source})"
            self._problems.append(DeclarationProblem(path, message, "remove the line", layer.file))
        else:
            self._rows[name, version] = inherited(base, like, layer)


def _spelled(name: str, version: str) -> str:
    """Returns the version as the chart writes it: gpu-operator with a `v`, the device plugin without."""
    bare = version.strip().removeprefix("v")
    return f"v{bare}" if read_chart(name).versions[-1].startswith("v") else bare


def _nearest(chart: Chart, version: str) -> tuple[str, ...]:
    tabled = [
        known for known in chart.versions if "values" in load(f"charts/{chart.name}/index.yaml")["versions"][known]
    ]
    try:
        wanted = Version.parse(version)
    except ValueError:
        return tuple(difflib.get_close_matches(version, tabled, n=3, cutoff=0.3)) or tuple(reversed(tabled[-3:]))
    before = [known for known in tabled if Version.parse(known) <= wanted]
    return tuple(reversed((before or tabled)[-3:]))
