"""The version of a chart whose values stand alone: somewhere else in the cluster's files somebody says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from talos_gpu.inventory.subject import Chart, Subject
from talos_gpu.inventory.value import Value

__all__ = ["with_versions"]


def with_versions(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """The subjects, where a chart without a version has that of the cluster's others of its name, if they agree."""
    said: dict[str, dict[str, Value]] = {}
    for subject in subjects:
        if isinstance(subject, Chart) and subject.version.exists:
            said.setdefault(subject.name, {}).setdefault(subject.version.raw.removeprefix("v"), subject.version)
    return tuple(_with_version(subject, said) for subject in subjects)


def _with_version(subject: Subject, said: dict[str, dict[str, Value]]) -> Subject:
    if not isinstance(subject, Chart) or subject.version.exists:
        return subject
    versions = tuple(said.get(subject.name, {}).values())
    return replace(subject, version=versions[0]) if len(versions) == 1 else subject
