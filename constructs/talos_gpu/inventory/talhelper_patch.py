"""The patches of a talconfig.yaml: inline texts, and the files that it names."""

from __future__ import annotations

import re
from dataclasses import replace

from talos_gpu.finding import Position
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.talenv import Variables, filled
from talos_gpu.inventory.talos_text import TalosText, note, text_inside, text_of_documents, text_of_file
from talos_gpu.inventory.value import Value

__all__ = ["PatchTexts"]

_AFTER_YAML = re.compile(r"(?<=ml)\.[a-z0-9]+$")


_OUTDATED = ("configPatches", "inlinePatch")


class PatchTexts:
    """Reads each entry once, and remembers the files that were named.

    Entries are asked for with their variables filled in, and read as they are written, so that places hold.
    """

    def __init__(self, files: Files, talconfig: SourceFile, root: Value, variables: Variables) -> None:
        self._files, self._talconfig, self._root, self._variables = files, talconfig, root, variables
        self._texts: dict[Position, TalosText] = {}
        self._entries: dict[Position, TalosText] = {}
        self.named: set[str] = set()
        self.certain = True
        """Whether every file that is named could be told."""

    def patches(self, entries: Value) -> tuple[TalosText, ...]:
        """The texts that a list of patches stands for, in order."""
        if entries and not entries.is_list:
            return (TalosText(None, complete=False),)
        return tuple(self._text(entry) for entry in entries.items() if entry)

    def manifests(self, entries: Value) -> tuple[TalosText, ...]:
        """The texts that a list of extraManifests stands for: names of files, with @ or without."""
        return tuple(self._text(entry, is_file=True) for entry in entries.items() if entry.is_scalar)

    def outdated(self, entry: Value) -> tuple[TalosText, ...]:
        """What talhelper 1 took for patches of a group or node. Its last release ignores them: they may hold, or not."""
        found = []
        for value in (entry.get(key) for key in _OUTDATED):
            if value:
                text = replace(text_of_documents(value, (value,), "talhelper"), complete=False)
                found.append(self._entries.setdefault(value.place, text))
        return tuple(found)

    @property
    def texts(self) -> tuple[TalosText, ...]:
        """Every text that was asked for, each once."""
        return tuple(self._texts.values())

    def _text(self, entry: Value, *, is_file: bool = False) -> TalosText:
        if entry.place not in self._entries:
            text = self._read(entry, is_file)
            # An alias, or a file that is named twice, is one text.
            self._entries[entry.place] = self._texts.setdefault(_start(text) or entry.place, self._filled(text))
        return self._entries[entry.place]

    def _read(self, entry: Value, is_file: bool) -> TalosText:
        reference = entry.raw.strip()
        if not entry.is_scalar:
            return TalosText(None, complete=False)
        if is_file or reference.startswith("@"):
            return self._named(entry, reference.removeprefix("@").strip())
        return text_inside(self._root.get(*entry.path), self._talconfig.text, "talhelper")

    def _named(self, entry: Value, reference: str) -> TalosText:
        file = self._file(reference)
        if file is None:
            return self._unread(entry)
        self.named.add(file.path)
        if not file.text.strip():
            return TalosText(None)  # talhelper skips it
        return text_of_file(file, "talhelper")

    def _file(self, reference: str) -> SourceFile | None:
        """Of a talconfig.yaml.j2, the patches may still end in .j2 too."""
        suffix = _AFTER_YAML.search(self._talconfig.path)
        names = [reference, *([reference + suffix[0]] if suffix else [])]
        return next((file for name in names if (file := self._files.near(self._talconfig.path, name))), None)

    def _unread(self, entry: Value) -> TalosText:
        if entry.opaque or self._talconfig.templated:
            self.certain = False
            return TalosText(None, complete=False)
        what = "a patch names a file that lies outside of what was read, or is not there"
        return TalosText(None, notes=(note(entry.place, what),), complete=False)

    def _filled(self, text: TalosText) -> TalosText:
        config = text.config and replace(
            text.config, documents=tuple(filled(item, self._variables) for item in text.config.documents)
        )
        patches = tuple(replace(patch, root=filled(patch.root, self._variables)) for patch in text.patches)
        return replace(text, config=config, patches=patches)


def _start(text: TalosText) -> Position | None:
    documents = [*(text.config.documents if text.config else ()), *(patch.root for patch in text.patches)]
    return min((document.place for document in documents), default=None)
