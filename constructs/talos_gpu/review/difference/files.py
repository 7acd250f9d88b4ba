"""The files of a cluster that changed, and the things in them that did. No change of a byte is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.inventory import Value
from talos_gpu.review.difference.change import Change
from talos_gpu.review.difference.compare import compare
from talos_gpu.review.difference.form import Form, form_changes
from talos_gpu.review.difference.item import Identity, Item, items_of
from talos_gpu.review.difference.matching import matched
from talos_gpu.review.difference.same import is_same
from talos_gpu.review.tree import Entry

__all__ = ["FileChange", "ItemChange", "Side", "file_changes"]

_YAML = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Side:
    """A file in one state; `content` is None of a link, a submodule, or what is not there."""

    entry: Entry | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A thing that came, went, changed, was renamed, or stands in another file now. `changes` is empty of the last."""

    before: Item | None
    after: Item | None
    changes: tuple[Change, ...]

    @property
    def status(self) -> Literal["added", "removed", "changed", "renamed", "moved"]:
        """What happened to it; a renamed one may have changed as well."""
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        if _named(self.before.identity) != _named(self.after.identity):
            return "renamed"
        return "changed" if self.changes else "moved"

    @property
    def item(self) -> Item:
        """The thing as it is now, or as it was."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file whose bytes or kind changed. `path` is relative to the root, `file` to the cluster's folder.

    `text`: it is no YAML, or its YAML is broken on a side: then lines are all that can be compared. `form` says what
    changed where the data did not. With neither `items` nor `form` nor `text` it is the kind of the file alone.
    """

    path: str
    file: str
    before: Side
    after: Side
    items: tuple[ItemChange, ...] = ()
    form: tuple[Form, ...] = ()
    text: bool = False

    @property
    def status(self) -> Literal["added", "removed", "changed"]:
        """What happened to the file."""
        if self.before.entry is None:
            return "added"
        return "removed" if self.after.entry is None else "changed"

    @property
    def has_meaning(self) -> bool:
        """Whether more than its form changed."""
        return bool(self.items) or self.text or not self.form


def file_changes(folder: str, before: Mapping[str, Side], after: Mapping[str, Side]) -> tuple[FileChange, ...]:
    """What changed, file by file, sorted by path. Paths are relative to `folder`; only changed files are given."""
    old = {file: _read(file, side) for file, side in before.items()}
    new = {file: _read(file, side) for file, side in after.items()}
    texts = {file for file in {*old, *new} if _is_text(old.get(file)) or _is_text(new.get(file))}
    pairs = matched(
        (item for file, read in old.items() if read and file not in texts for item in read.items),
        (item for file, read in new.items() if read and file not in texts for item in read.items),
    )
    by_file: dict[str, list[ItemChange]] = {}
    for one, other in pairs:
        change = _item_change(one, other)
        if change is not None:
            by_file.setdefault(change.item.file, []).append(change)
    return tuple(
        _file_change(
            folder, file, before.get(file, Side()), after.get(file, Side()), old.get(file), new.get(file),
            tuple(by_file.get(file, ())), file in texts,
        )
        for file in sorted({*before, *after})
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    items: tuple[Item, ...]
    documents: tuple[Value, ...]
    broken: bool


def _read(file: str, side: Side) -> _Read | None:
    if side.content is None:
        return None
    if not file.endswith(_YAML):
        return _Read((), (), broken=True)
    items, source = items_of(file, side.content)
    return _Read(items, source.documents, bool(source.faults) or source.templated)


def _is_text(read: _Read | None) -> bool:
    return read is not None and read.broken


def _item_change(before: Item | None, after: Item | None) -> ItemChange | None:
    if before is None or after is None:
        return ItemChange(before, after, ())
    changes = compare(before.root, after.root)
    moved = before.file != after.file or _named(before.identity) != _named(after.identity)
    return ItemChange(before, after, changes) if changes or moved else None


def _named(identity: Identity) -> object:
    """What a person calls it; the file of data without a name is where it lies, not what it is."""
    return identity.family, identity.group, identity.kind, identity.namespace, identity.name


def _file_change(
    folder: str,
    file: str,
    before: Side,
    after: Side,
    old: _Read | None,
    new: _Read | None,
    items: tuple[ItemChange, ...],
    text: bool,
) -> FileChange:
    path = f"{folder}/{file}" if folder else file
    form: tuple[Form, ...] = ()
    if old and new and before.content != after.content and not text and not items and _same_data(old, new):
        assert before.content is not None
        assert after.content is not None
        form = form_changes(before.content, after.content, old.documents, new.documents)
    lines = before.content != after.content and not items and not form
    return FileChange(path, file, before, after, items, form, text or lines)


def _same_data(old: _Read, new: _Read) -> bool:
    """Whether the same documents stand in the file, in the same order."""
    return len(old.documents) == len(new.documents) and all(
        is_same(one.node, other.node) for one, other in zip(old.documents, new.documents, strict=True)
    )
