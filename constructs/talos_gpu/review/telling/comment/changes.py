"""The files that changed: objects and fields as a difference, what is no YAML line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from talos_gpu.inventory import Value
from talos_gpu.review.difference import Change, leaves, path_text
from talos_gpu.review.difference.files import FileChange, ItemChange
from talos_gpu.review.difference.item import Item
from talos_gpu.review.difference.schematics import Schematics
from talos_gpu.review.quotable.line import HIDDEN, is_secret_line, shown_line
from talos_gpu.review.telling.comment.quoting import block, span
from talos_gpu.review.telling.lines import is_binary, line_difference
from talos_gpu.review.telling.quote import quote

__all__ = ["MORE", "file_changes", "name_of"]

MORE = "more lines @@"
"""Stands where a difference was too long to be shown whole."""
_LONGEST_LINE = 400


def file_changes(change: FileChange, schematics: Schematics, most: int) -> str:
    """The file by its name, and as many lines of what changed in it as `most` says."""
    every = iter(_rows(change, schematics))
    rows = [row if len(row) <= _LONGEST_LINE else f"{row[:_LONGEST_LINE]}..." for row in islice(every, most)]
    left = sum(1 for _ in every)
    if left:
        rows.append(f"@@ and {left:,} {MORE}")
    return f"{name_of(change)}\n{block(rows, 'diff')}\n\n" if rows else f"{name_of(change)}\n"


def name_of(change: FileChange) -> str:
    """The file in one line."""
    form = f"; form: {', '.join(change.form)}" if change.form else ""
    return f"{span(change.path, 300)} {change.status}{form}\n"


def _rows(change: FileChange, schematics: Schematics) -> Iterator[str]:
    if change.kinds:
        yield f"! it was a {change.kinds[0]}, and is a {change.kinds[1]}"
    if change.is_unread:
        yield "! too large to be compared: the content changed"
    for side, sign in ((change.before, "-"), (change.after, "+")):
        if side.entry is not None and side.entry.kind == "link":
            yield f"{sign} a link to {shown_line(side.target)}"
    for item in change.items:
        yield from _item(item, schematics)
    for item in change.left:
        yield f"@@ {item.item.identity} stands in {item.item.file} now @@"
    if change.text:
        yield from _text(change, schematics)


def _item(change: ItemChange, schematics: Schematics) -> Iterator[str]:
    if change.status != "changed" or str(change.item.identity) != change.item.file:
        yield f"@@ {_titled(change)} @@"
    for inner in change.changes or _whole(change):
        for leaf in leaves(inner) if inner.kind in {"added", "removed"} else (inner,):
            yield from _change(leaf, change.item, schematics)


def _whole(change: ItemChange) -> Iterator[Change]:
    """A thing that came or went with all that is in it, as one change."""
    root = change.item.root
    nothing = Value(None, root.place)
    if change.status == "added":
        yield Change((), "added", nothing, root)
    elif change.status == "removed":
        yield Change((), "removed", root, nothing)


def _titled(change: ItemChange) -> str:
    before, after = change.before, change.after
    if change.status == "renamed" and before and after:
        return f"{before.identity} is {after.identity} now"
    moved = f", stood in {before.file}" if before and after and before.file != after.file else ""
    return f"{change.item.identity} {change.status}{moved}"


def _change(change: Change, item: Item, schematics: Schematics) -> Iterator[str]:
    where = path_text(change.path)
    path = shown_line(where) or "the document"
    if change.kind == "reordered":
        yield f"! {path}: the same items in another order"
        return
    quoted = quote(change, item)
    if quoted.lines:
        yield f"! {path}:"
        yield from (f"{line.sign}   {line.text}" for line in quoted.lines.shown())
    else:
        if change.before.exists:
            yield f"- {path}: {quoted.before}"
        if change.after.exists:
            yield f"+ {path}: {quoted.after}"
    yield from _ids(schematics, change.before.raw, change.after.raw)


def _text(change: FileChange, schematics: Schematics) -> Iterator[str]:
    before, after = (side.content or b"" for side in (change.before, change.after))
    if is_binary(before) or is_binary(after):
        yield f"! binary: {len(before):,} -> {len(after):,} bytes"
        return
    old, new = (content.decode(errors="backslashreplace") for content in (before, after))
    yield from (
        f"{line.sign}{line.text}" if line.sign != "@" else "@@ ... @@" for line in line_difference(old, new).shown()
    )
    if change.status == "changed":
        yield from _ids(schematics, old, new)


def _ids(schematics: Schematics, before: str, after: str) -> Iterator[str]:
    for told in schematics.told(before, after):
        yield f"! {HIDDEN if any(map(is_secret_line, told.parts)) else told}"
