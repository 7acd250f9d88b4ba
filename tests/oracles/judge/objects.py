"""Objects of Kubernetes and of Flux, judged without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kubernetes_validate
import yaml
from kubernetes_validate.utils import all_versions

from judge.build import program
from judge.lines import Lines

__all__ = ["Schemas"]


class Schemas:
    """The OpenAPI schemas of each Kubernetes minor (kubernetes-validate), and Flux's own Go types (fluxvet)."""

    def __init__(self, flux: Lines) -> None:
        self._flux = flux
        self._seen: dict[tuple[str, str], str] = {}
        self._minors = {".".join(version.split(".")[:2]) for version in all_versions()}

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Schemas]:
        """The judges, ended with the `with` block."""
        with Lines(program("fluxvet")) as flux:
            yield cls(flux)

    def judge(self, item: dict[str, Any], kubernetes: str) -> tuple[str, str]:
        """The judge's name, and what it finds wrong (nothing: empty). No judge: both are empty.

        A Kubernetes minor that is too new for the schemas is judged by the newest they have.
        """
        if ".fluxcd.io/" in item["apiVersion"]:
            answer = self._flux.ask({"text": yaml.safe_dump(item)})
            return "fluxvet (Flux 2.9 types)", "unknown to Flux" if answer.get("unknown") else answer.get("error", "")
        minor = ".".join(kubernetes.removeprefix("v").split(".")[:2])
        if minor not in self._minors:
            minor = max(self._minors, key=lambda text: [int(part) for part in text.split(".")])
        key = (minor, json.dumps(item, sort_keys=True))
        if key not in self._seen:
            self._seen[key] = _by_schema(item, minor)
        if self._seen[key] == _NONE:
            return "", ""
        return f"kubernetes-validate {minor} (strict)", self._seen[key]


_NONE = "no schema"


def _by_schema(item: dict[str, Any], minor: str) -> str:
    try:
        kubernetes_validate.validate(item, minor, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return _NONE
    except kubernetes_validate.ValidationError as error:
        return f"{'/'.join(map(str, error.path))}: {error.message[:300]}"
    return ""
