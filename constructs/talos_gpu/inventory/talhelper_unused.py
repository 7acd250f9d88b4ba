"""Machine configs beside a talconfig.yaml that nothing applies: patches that it does not name, and what it generates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.talos_document import is_machine_patch, is_talos

__all__ = ["generated", "unused_patches"]

_COMMENTED = re.compile(r"""^[ \t]*#.*?@([^\s"']+)""", re.MULTILINE)
_OUTPUT = "clusterconfig"
"""The folder that talhelper writes into unless it is told otherwise."""


def unused_patches(files: Files, talconfig: SourceFile, own: Collection[str], named: Collection[str]) -> Iterator[str]:
    """Patches in the folders of those that the talconfig names, and those that a comment of it names.

    `own` are the files that it names itself, `named` those that any talconfig names.
    """
    folders = {path.rpartition("/")[0] for path in own} - {talconfig.folder}
    commented = {file.path for file in _commented(files, talconfig)}
    for file in files:
        if (file.folder in folders or file.path in commented) and file.path not in named and _is_patch(file):
            yield file.path


def _commented(files: Files, talconfig: SourceFile) -> Iterator[SourceFile]:
    for reference in _COMMENTED.findall(talconfig.text):
        if file := files.near(talconfig.path, reference):
            yield file


def _is_patch(file: SourceFile) -> bool:
    documents = [document for document in file.documents if not document.is_null]
    return bool(documents) and all(is_talos(document) or is_machine_patch(document) for document in documents)


def generated(files: Files, talconfig: SourceFile) -> Iterator[str]:
    """The machine configs that talhelper made of the talconfig: what is wrong with them is wrong with it."""
    folder = f"{talconfig.folder}/{_OUTPUT}" if talconfig.folder else _OUTPUT
    for file in files.below(folder):
        if any(map(is_talos, file.documents)):
            yield file.path
