"""What was read out of a template is judged only as far as it was seen: what is missed there may come with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.subject import Chart, Node, Schematic, Subject
from talos_gpu.inventory.value import Value

__all__ = ["hedged"]


def hedged(draft: Draft, files: Files) -> Draft:
    """The draft, in which nothing that a template had a hand in passes for complete."""
    templates = {path for path in draft.files if (file := files.get(path)) and file.templated}
    if not templates:
        return draft
    return replace(draft, subjects=tuple(_hedged(subject, templates) for subject in draft.subjects))


def _hedged(subject: Subject, templates: set[str]) -> Subject:
    if isinstance(subject, Schematic) and _stands_in(templates, (subject.root,)):
        return replace(subject, text_known=False)
    if isinstance(subject, Chart) and _stands_in(templates, (subject.place, subject.values, *subject.layers)):
        return replace(subject, complete=False)
    if isinstance(subject, Node):
        places = (subject.place, subject.config, *subject.documents, *(part.place for part in subject.parts))
        schematic = _hedged(subject.schematic, templates) if subject.schematic else None
        assert schematic is None or isinstance(schematic, Schematic)
        in_branches = _stands_in(templates, places)
        complete = subject.complete and not in_branches
        return replace(subject, schematic=schematic, complete=complete, in_branches=in_branches)
    return subject


def _stands_in(templates: set[str], values: Iterable[Value]) -> bool:
    return any(value.place.file in templates for value in values)
