"""Reads little repositories, given as texts by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent

import pytest

from talos_gpu.inventory import Chart, Object, Pod
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.kubernetes import read_kubernetes
from talos_gpu.inventory.source_file import Files, read_source


@dataclass(frozen=True)
class Repository:
    drafts: tuple[Draft, ...]

    def of(self, kind):
        return [subject for draft in self.drafts for subject in draft.subjects if isinstance(subject, kind)]

    @property
    def charts(self) -> list[Chart]:
        return self.of(Chart)

    @property
    def pods(self) -> list[Pod]:
        return self.of(Pod)

    @property
    def objects(self) -> list[Object]:
        return self.of(Object)

    @property
    def chart(self) -> Chart:
        (chart,) = self.charts
        return chart

    def object(self, kind: str) -> Object:
        (found,) = [item for item in self.objects if item.kind == kind]
        return found


Read = Callable[[Mapping[str, str]], Repository]


@pytest.fixture
def read() -> Read:
    def read_texts(texts: Mapping[str, str]) -> Repository:
        sources = {path: read_source(path, dedent(text).lstrip("\n").encode()) for path, text in texts.items()}
        return Repository(tuple(read_kubernetes(Files(sources), frozenset())))

    return read_texts
