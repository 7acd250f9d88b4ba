"""GPUs: those of our data file, and those that the user declares."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._data import gpu_lines
from talos_gpu.catalog._declared import DeclarationProblem, Layer, entries, filled, inherited, overridden
from talos_gpu.catalog._gpu_names import Product, is_mobile, matching_names, nearest_names, of_same_model
from talos_gpu.catalog._gpu_words import pci_device
from talos_gpu.catalog._read_driver import read_architectures
from talos_gpu.catalog._read_gpu import gpu_row, read_gpu, read_known_gpu
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.fact import NotListed, Stated
from talos_gpu.catalog.gpu import Gpu, GpuMatch

__all__ = ["KnownGpus"]


class KnownGpus:
    """Every product, each read when asked for."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._declared: dict[str, Gpu] = {}
        self._rows: dict[str, Row] = {}
        self._problems: list[DeclarationProblem] = []
        for name, entry, layer in entries(layers, "gpus"):
            self._declare(name, entry, layer)

    @property
    def problems(self) -> tuple[DeclarationProblem, ...]:
        """What is wrong with the declared GPUs."""
        return tuple(self._problems)

    def match(self, text: str) -> GpuMatch | NotListed:
        """Returns the products that `text` may mean."""
        device = pci_device(text)
        if device is not None:
            found = self._with_device(device, text)
            if found or not matching_names(text, self._products()):
                return GpuMatch(text, "pci-id", found) if found else NotListed("GPU with PCI id", text, ())
        names = matching_names(text, self._products())
        if names:
            return GpuMatch(text, "name", tuple(self._gpu(name) for name in names))
        nearest = nearest_names(text, self._products())
        return NotListed("GPU", text, nearest, _declaration(text, of_same_model(text, self._products())))

    def all(self) -> tuple[Gpu, ...]:
        """Returns every product, ours first."""
        return tuple(self._gpu(name) for name in self._names())

    def _names(self) -> tuple[str, ...]:
        ours = tuple(name for name, _, _ in gpu_lines())
        return (*ours, *(name for name in self._declared if name not in ours))

    def _products(self) -> tuple[Product, ...]:
        ours = {name for name, _, _ in gpu_lines()} if self._declared else set()
        return (*_our_products(), *(_product(gpu) for name, gpu in self._declared.items() if name not in ours))

    def _gpu(self, name: str) -> Gpu:
        return self._declared.get(name) or read_known_gpu(name)

    def _with_device(self, device: str, text: str) -> tuple[Gpu, ...]:
        """Returns the products with that id; a name beside it chooses among several."""
        ours = [name for name, ids, _ in gpu_lines() if device in ids]
        theirs = [name for name, gpu in self._declared.items() if device in gpu.pci_ids and name not in ours]
        names = (*ours, *theirs)
        named = matching_names(text, (product for product in self._products() if product.name in names))
        return tuple(self._gpu(name) for name in named or names)

    def _row(self, name: str) -> Row:
        return self._rows.get(name) or gpu_row(name)

    def _declare(self, name: str, entry: Mapping[str, Any], layer: Layer) -> None:
        known = matching_names(name, self._products())
        if len(known) == 1 and any(character.isdigit() for character in name):
            row, problems = filled(self._row(known[0]), _without_like(entry), layer, ("gpus", name))
            self._problems += problems
            self._keep(known[0], row)
        elif "sameAs" in entry:
            self._declare_like(name, entry, layer)
        elif {"arch", "class"} <= entry.keys() and entry["arch"] in read_architectures():
            self._keep(name, overridden(Row({"name": name}, layer.source), entry, layer))
        else:
            message = f"{name} is new: sameAs, or arch and class, must say what it is"
            remedy = f"arch is one of {', '.join(read_architectures())}"
            self._problems.append(DeclarationProblem(("gpus", name), message, remedy, layer.file))

    def _declare_like(self, name: str, entry: Mapping[str, Any], layer: Layer) -> None:
        like = matching_names(str(entry["sameAs"]), self._products())
        if len(like) != 1:
            candidates = like or nearest_names(str(entry["sameAs"]), self._products())
            message = f"sameAs {entry['sameAs']!r} means {len(like)} known products"
            remedy = f"name one of: {', '.join(candidates)}"
            self._problems.append(DeclarationProblem(("gpus", name, "sameAs"), message, remedy, layer.file))
            return
        base = inherited(self._row(like[0]), like[0], layer, without=("pciIds", "name"))
        self._keep(name, overridden(base, {**entry, "name": name}, layer))

    def _keep(self, name: str, row: Row) -> None:
        self._rows[name] = row
        self._declared[name] = read_gpu(row)


def _without_like(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in entry.items() if key != "sameAs"}


@cache
def _our_products() -> tuple[Product, ...]:
    return tuple(_read_product(name, line) for name, _, line in gpu_lines())


def _read_product(name: str, line: str) -> Product:
    def told(key: str) -> str:
        shape = re.search(rf"[{{ ]{key}: ([\w.]+)", line)
        return shape.group(1) if shape else ""

    also = line.partition("alsoKnownAs: [")[2].partition("]")[0]
    names = tuple(part.strip('" ') for part in also.split(",") if part)
    return Product.of(name, names, told("arch"), told("class"), told("chip"), told("memoryGib"))


def _product(gpu: Gpu) -> Product:
    memory = str(gpu.memory_gib.value).removesuffix(".0") if isinstance(gpu.memory_gib, Stated) else ""
    return Product.of(gpu.name, (), gpu.arch, gpu.gpu_class, gpu.chip, memory)


def _declaration(text: str, same_model: Iterable[Product]) -> str:
    """Returns the lines that would declare `text`: nobody but the reader can choose among other models."""
    alike = tuple(same_model)
    key = json.dumps(text, ensure_ascii=False)
    chips = {product.chip for product in alike}
    kinds = {(product.arch, product.gpu_class) for product in alike}
    if len(chips) == 1 and not is_mobile(text):
        facts = f"sameAs: {alike[0].name}"
    elif len(kinds) == 1:
        facts = f"arch: {alike[0].arch}, class: {alike[0].gpu_class}"
    else:
        generations = " | ".join(read_architectures())
        either = f"arch: <{generations}>, class: <datacenter | workstation | geforce>"
        return (
            f"catalogue:\n  gpus:\n    {key}: {{sameAs: <a GPU with the same facts>}}\n"
            f"    # or what it is: {{{either}}}\n"
        )
    return f"catalogue:\n  gpus:\n    {key}: {{{facts}}}\n"
