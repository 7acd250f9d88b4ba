"""The files of a cluster that changed, and the things in them that did. No change of a byte is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.review.difference.change import Change
from talos_gpu.review.difference.compare import compare
from talos_gpu.review.difference.form import Form, form_changes, is_form_only
from talos_gpu.review.difference.item import Identity, Item, items_of
from talos_gpu.review.difference.matching import matched
from talos_gpu.review.difference.reading import Reading
from talos_gpu.review.tree import Entry, Kind

__all__ = ["FileChange", "ItemChange", "Side", "file_changes"]

_YAML = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Side:
    """A file in one state. `content` is None of a link, a submodule, what is not there, and what is too large.

    `target` is where a link leads, as it says it.
    """

    entry: Entry | None = None
    content: bytes | None = None
    target: str = ""

    @property
    def is_unread(self) -> bool:
        """Whether it is too large to be looked into, or vanished meanwhile."""
        return self.entry is not None and self.entry.has_content and self.content is None


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

    `items` are the things that stand in it now, or went for good; `left` those that stand in another file now.
    `text`: the lines must be compared, for it is no YAML, or readers may see more in it than `items` tell. `form` says
    what changed where the data did not; beside `items` it tells of comments alone.
    """

    path: str
    file: str
    before: Side
    after: Side
    items: tuple[ItemChange, ...] = ()
    form: tuple[Form, ...] = ()
    text: bool = False
    left: tuple[ItemChange, ...] = ()

    @property
    def status(self) -> Literal["added", "removed", "changed"]:
        """What happened to the file."""
        if self.before.entry is None:
            return "added"
        return "removed" if self.after.entry is None else "changed"

    @property
    def kinds(self) -> tuple[Kind, Kind] | None:
        """What it was and is, where that changed: it can be executed now, or is a link."""
        old, new = self.before.entry, self.after.entry
        return (old.kind, new.kind) if old and new and old.kind != new.kind else None

    @property
    def is_unread(self) -> bool:
        """Whether it is too large on a side to be looked into: that it changed is all that is known."""
        return self.before.is_unread or self.after.is_unread

    @property
    def has_meaning(self) -> bool:
        """Whether more than its form changed."""
        return bool(self.items or self.left) or self.text or self.kinds is not None or not self.form


def file_changes(folder: str, before: Mapping[str, Side], after: Mapping[str, Side]) -> tuple[FileChange, ...]:
    """What changed, file by file, sorted by path. Paths are relative to `folder`; only changed files are given."""
    old = {file: _read(file, side) for file, side in before.items()}
    new = {file: _read(file, side) for file, side in after.items()}
    unread = {file for sides in (before, after) for file, side in sides.items() if side.is_unread}
    texts = {file for file in {*old, *new} if _is_broken(old.get(file)) or _is_broken(new.get(file))} | unread
    here: dict[str, list[_Pair]] = defaultdict(list)
    left: dict[str, list[_Pair]] = defaultdict(list)
    for pair in matched(_items(old, texts), _items(new, texts)):
        now = pair[1] or pair[0]
        assert now is not None
        here[now.file].append(pair)
        if pair[0] and pair[0].file != now.file:
            left[pair[0].file].append(pair)
    return tuple(
        _file_change(_Changed(folder, file, before.get(file, Side()), after.get(file, Side())),
                     old.get(file), new.get(file), here[file], left[file], file in texts)
        for file in sorted({*before, *after})
    )  # fmt: skip


_Pair = tuple[Item | None, Item | None]


@dataclass(frozen=True, slots=True)
class _Read:
    items: tuple[Item, ...]
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class _Changed:
    folder: str
    file: str
    before: Side
    after: Side

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.file}" if self.folder else self.file


def _read(file: str, side: Side) -> _Read | None:
    if side.content is None:
        return None
    return _Read(*items_of(file, side.content)) if file.endswith(_YAML) else _Read((), None)


def _is_broken(read: _Read | None) -> bool:
    return read is not None and (read.reading is None or read.reading.broken)


def _items(files: Mapping[str, _Read | None], texts: set[str]) -> Iterator[Item]:
    return (item for file, read in files.items() if read and file not in texts for item in read.items)


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
    changed: _Changed, old: _Read | None, new: _Read | None, here: list[_Pair], left: list[_Pair], text: bool
) -> FileChange:
    items = tuple(change for pair in here if (change := _item_change(*pair)) is not None)
    gone = tuple(change for pair in left if (change := _item_change(*pair)) is not None)
    form: tuple[Form, ...] = ()
    differs = changed.before.content != changed.after.content
    text = text and not (changed.before.is_unread or changed.after.is_unread)
    if differs and not text:
        form, text = _beside(old, new, bool(items or gone), here)
    return FileChange(changed.path, changed.file, changed.before, changed.after, items, form, text, gone)


def _beside(old: _Read | None, new: _Read | None, told: bool, here: list[_Pair]) -> tuple[tuple[Form, ...], bool]:
    """What changed in form, and whether the lines must be compared because the things do not tell it all."""
    readings = [read.reading for read in (old, new) if read and read.reading]
    complete = all(reading.complete for reading in readings)
    if len(readings) < 2:
        return (), not (complete and told)
    before, after = readings
    if told:
        comments: tuple[Form, ...] = ("comments",) if before.comments != after.comments else ()
        return comments, not complete or _in_another_order(here)
    return (form_changes(before, after), False) if is_form_only(before, after) else ((), True)


def _in_another_order(here: list[_Pair]) -> bool:
    """Whether documents that stand in a file on both sides have changed places."""
    both = [(old, new) for old, new in here if old and new and old.file == new.file]
    both.sort(key=lambda pair: _start(pair[1]))
    starts = [_start(old) for old, _ in both]
    return starts != sorted(starts)


def _start(item: Item) -> tuple[int, int]:
    return item.root.place.line, item.root.place.column
