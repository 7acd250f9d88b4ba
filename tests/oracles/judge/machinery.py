"""talosvet: Talos's own machinery, one program a release, asked to generate, patch and validate machine configs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from judge.build import MACHINERIES, program
from judge.lines import Lines
from talos_gpu.catalog.version import Version, minor_of

__all__ = ["REMARKED", "Judgement", "Machinery", "machinery_of"]

REMARKED = "valid, but for a deprecated field"
"""Talos takes the config with a remark that is known: since 1.14 it calls machine.files deprecated.

That is how a default runtime stands in a config of an older contract, and in talhelper's.
"""
_DEPRECATED = "warning: .machine.files is deprecated; use dedicated configuration documents instead"
KUBERNETES = "1.31.0"
"""Written into generated configs; every machinery takes it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A config before and after the patches. `error` is empty where every document is valid, strictly."""

    stage: str
    error: str
    base: str
    result: str

    @property
    def valid(self) -> bool:
        """Whether Talos takes it without a word."""
        return self.stage == "done" and not self.error

    @property
    def word(self) -> str:
        """`valid`, REMARKED, or `refused`."""
        if self.valid:
            return "valid"
        remarks = re.findall(r"^\s*\* (?!v1alpha1.Config:)(.+)$", self.error, re.MULTILINE)
        return REMARKED if self.stage == "validate" and remarks == [_DEPRECATED] else "refused"

    def documents(self) -> tuple[Any, ...]:
        """The result as data."""
        return documents(self.result)

    def base_documents(self) -> tuple[Any, ...]:
        """The config before the patches, as data."""
        return documents(self.base)


class _Yaml12(yaml.CSafeLoader):
    """Reads octal numbers as Talos writes them, whatever another library has taught PyYAML's own loaders."""


def _integer(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 8) if text.startswith("0o") else int(loader.construct_yaml_int(node))


_Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"0o[0-7]+$"), ["0"])
_Yaml12.add_constructor("tag:yaml.org,2002:int", _integer)


def documents(text: str) -> tuple[Any, ...]:
    """The YAML documents of a machine config."""
    return tuple(yaml.load_all(text, Loader=_Yaml12))


def machinery_of(talos: str) -> str:
    """The machinery that stands for a Talos release: that of its minor, else the nearest minor that resolves."""
    wanted = Version.parse(minor_of(talos))
    by_minor = {Version.parse(minor_of(tag)): tag for tag in MACHINERIES}
    older = [minor for minor in by_minor if minor <= wanted]
    return by_minor[max(older)] if older else by_minor[min(by_minor)]


class Machinery:
    """All releases, each started when it is first asked."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, Lines] = {}

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Machinery]:
        """The judges, ended with the `with` block."""
        with ExitStack() as stack:
            yield cls(stack)

    def judge(
        self,
        talos: str,
        role: str,
        patches: Iterable[tuple[str, str]],
        *,
        contract: str | None = None,
        config: str | None = None,
        image: str = "",
    ) -> Judgement:
        """The verdict of release `talos` on a config with `patches` (name, text), applied in this order.

        `config` is patched, or else one that is generated for `contract` (default: the minor of `talos`) with the
        installer `image`.
        """
        request: dict[str, Any] = {"patches": [{"name": name, "text": text} for name, text in patches]}
        if config is None:
            request |= {
                "contract": contract or minor_of(talos),
                "role": role.replace("-", ""),
                "kubernetes": KUBERNETES,
                "image": image,
            }
        else:
            request["config"] = config
        return _judgement(self._lines(machinery_of(talos)).ask(request), config)

    def generated(self, contract: str, role: str, image: str = "") -> str:
        """A config as the release of that contract generates it."""
        return self.judge(f"{contract}.0", role, (), contract=contract, image=image).base

    def _lines(self, tag: str) -> Lines:
        if tag not in self._running:
            self._running[tag] = self._stack.enter_context(Lines(program(f"talosvet-{tag}")))
        return self._running[tag]


def _judgement(answer: Mapping[str, Any], config: str | None) -> Judgement:
    return Judgement(
        answer["stage"], answer.get("error", ""), answer.get("base", config or ""), answer.get("result", "")
    )
