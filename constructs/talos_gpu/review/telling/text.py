"""A difference for a person at a terminal: by cluster, file and thing; each change with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from talos_gpu.inventory import Value
from talos_gpu.report.untrusted import log_line
from talos_gpu.review.difference.change import Change, path_text
from talos_gpu.review.difference.compare import leaves
from talos_gpu.review.difference.files import FileChange, ItemChange, Side
from talos_gpu.review.difference.item import Item
from talos_gpu.review.difference.schematics import Schematics
from talos_gpu.review.quotable.line import HIDDEN, is_secret_line, shown_line
from talos_gpu.review.states import ClusterChange, Difference
from talos_gpu.review.telling.lines import is_binary, line_difference
from talos_gpu.review.telling.quote import quote, shortened
from talos_gpu.review.tree import Entry

__all__ = ["Paint", "Style", "text"]

Style = Literal["added", "removed", "changed", "file", "cluster", "faint"]
Paint = Callable[[str, Style], str]
"""Gives a text its colour; the identity where there is none."""

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": "~", "moved": "~", "reordered": "~"}
_STYLES: dict[str, Style] = {"added": "added", "removed": "removed"}
_FEW_LEAVES = 12
_FEW_LINES = 12


def text(difference: Difference, paint: Paint = lambda words, _: words, *, full: bool = False) -> str:
    """The whole difference; ends with one line that sums it up. `full`: with every line, and every file by its name."""
    return "\n".join(_Telling(difference, paint, full).rows()) + "\n"


@dataclass(frozen=True, slots=True)
class _Telling:
    difference: Difference
    paint: Paint
    full: bool

    def rows(self) -> Iterator[str]:
        told = self.difference
        yield self.paint(log_line(f"{told.before.outdir}: {told.before.tree.name} -> {told.after.tree.name}"), "faint")
        yield ""
        for title, files in (("profiles and catalogue", told.inputs), ("beside the clusters", told.others)):
            if files:
                yield self.paint(title, "cluster")
                yield from self._files(files)
                yield ""
        alone = [cluster for cluster in told.clusters if not self.full and _is_ledger_alone(cluster)]
        for cluster in told.clusters:
            if cluster not in alone:
                yield from self._cluster(cluster)
                yield ""
        if alone:
            yield f"{_counted(len(alone), 'cluster')}: another talos-gpu, or another catalogue/, made the same files"
            yield ""
        yield log_line(_summary(told))

    def _cluster(self, cluster: ClusterChange) -> Iterator[str]:
        profile = f" ({cluster.ledger.profile})" if cluster.ledger else ""
        status = self.paint(cluster.status, _STYLES.get(cluster.status, "changed"))
        yield f"{self.paint(log_line(cluster.name), 'cluster')} {status}{self.paint(log_line(profile), 'faint')}"
        for note in cluster.notes:
            yield log_line(f"  {note}")
        yield from self._files(cluster.files, brief=cluster.status != "changed")
        ledger = cluster.ledger_file
        if ledger is not None and (self.full or not cluster.files or ledger.kinds or cluster.notes):
            yield from self._headed(ledger)
            if cluster.code_changed:
                yield "    another talos-gpu, or another catalogue/, made these files"
            yield from self._lines(ledger)

    def _files(self, files: Iterable[FileChange], *, brief: bool = False) -> Iterator[str]:
        folded: list[FileChange] = []
        for change in files:
            if change.has_meaning or self.full:
                yield from self._file(change, brief)
            else:
                folded.append(change)
        if folded:
            counts = Counter(form for change in folded for form in change.form)
            forms = ", ".join(f"{form} in {_counted(number, 'file')}" for form, number in counts.items())
            yield self.paint(f"  form only: {forms}", "faint")

    def _file(self, change: FileChange, brief: bool) -> Iterator[str]:
        """What came or went whole is named; patches and values, which have no name, are shown. `brief`: neither."""
        whole = None if self.full else _came_or_went_whole(change)
        yield from self._headed(change, whole)
        for item in change.items:
            if whole is None:
                yield from self._item(change, item)
            elif not brief and item.item.identity.family != "object":
                yield from self._change(change, item.item, _all_of(item))
        for item in change.left:
            yield log_line(f"    {item.item.identity} stands in {item.item.file} now")
        if change.form:
            beside = "" if change.items or change.left else "form only: "
            yield self.paint(f"    {beside}{', '.join(change.form)}", "faint")
        if change.text:
            yield from self._text(change)

    def _headed(self, change: FileChange, named: str | None = None) -> Iterator[str]:
        style, more = _STYLES.get(change.status, "changed"), f"  {log_line(named)}" if named else ""
        yield f"  {self.paint(_SIGNS[change.status], style)} {self.paint(log_line(change.path), 'file')}{more}"
        if change.kinds:
            yield f"    {_kind(change.before)} -> {_kind(change.after)}"
        if change.is_unread:
            yield "    too large to be compared: the content changed"
        elif change.before.content is None and change.after.content is None:
            yield from self._without_content(change)

    def _without_content(self, change: FileChange) -> Iterator[str]:
        for side, sign in ((change.before, "-"), (change.after, "+")):
            if side.entry is not None:
                yield log_line(f"    {sign} {_kind(side)} {shown_line(side.target) or side.entry.id}".rstrip())

    def _item(self, file: FileChange, change: ItemChange) -> Iterator[str]:
        item = change.item
        if change.status != "changed" or str(item.identity) != item.file:
            style = _STYLES.get(change.status, "changed")
            yield f"    {self.paint(_SIGNS[change.status], style)} {log_line(_titled(change))}"
        for inner in change.changes:
            yield from self._change(file, item, inner)
        if self.full and (change.before is None or change.after is None):
            yield from self._change(file, item, _all_of(change))

    def _change(self, file: FileChange, item: Item, change: Change) -> Iterator[str]:
        every = list(leaves(change)) if change.kind in {"added", "removed"} else [change]
        shown = every if self.full else every[:_FEW_LEAVES]
        for leaf in shown:
            yield from self._leaf(file, item, leaf)
        if len(shown) < len(every):
            yield self.paint(f"        ... and {len(every) - len(shown)} more values", "faint")

    def _leaf(self, file: FileChange, item: Item, change: Change) -> Iterator[str]:
        style = _STYLES.get(change.kind, "changed")
        where = path_text(change.path)
        path = HIDDEN if is_secret_line(where) else log_line(shortened(where)) or "the document"
        place = self.paint(f"  {log_line(_place(file, change))}", "faint")
        head = f"      {self.paint(_SIGNS[change.kind], style)} {path}"
        if change.kind == "reordered":
            yield f"{head}: the same items in another order{place}"
            return
        quoted = quote(change, item)
        if quoted.lines:
            difference = quoted.lines
            yield f"{head}: +{difference.added} -{difference.removed} lines{place}"
            rows = (f"{line.sign}{line.text}" for line in difference.shown(0))
            yield from self._hunks(rows, 10, None if self.full else _FEW_LINES)
        else:
            yield f"{head}: {log_line(' -> '.join(filter(None, (quoted.before, quoted.after))))}{place}"
        yield from self._ids(self.difference.schematics, change.before.raw, change.after.raw)

    def _text(self, change: FileChange) -> Iterator[str]:
        before, after = (side.content or b"" for side in (change.before, change.after))
        yield from self._lines(change)
        if change.status != "changed":
            return
        schematics = self.difference.schematics
        yield from self._ids(schematics, before.decode(errors="replace"), after.decode(errors="replace"))

    def _lines(self, change: FileChange) -> Iterator[str]:
        before, after = (side.content or b"" for side in (change.before, change.after))
        if before == after:
            return
        if is_binary(before) or is_binary(after):
            yield f"    binary: {len(before)} -> {len(after)} bytes"
            return
        old, new = (content.decode(errors="backslashreplace") for content in (before, after))
        difference = line_difference(old, new)
        if not difference.added and not difference.removed:
            yield "    the end of the last line"
            return
        yield f"    +{difference.added} -{difference.removed} lines"
        if self.full:
            yield from self._hunks((f"{line.sign}{line.text}" for line in difference.shown()), 6, None)

    def _hunks(self, rows: Iterable[str], indent: int, most: int | None) -> Iterator[str]:
        every = iter(rows)
        for row in islice(every, most):
            style: Style = "added" if row.startswith("+") else "removed" if row.startswith("-") else "faint"
            yield " " * indent + self.paint(log_line(row), style)
        rest = sum(1 for _ in every)
        if rest:
            yield " " * indent + self.paint(f"... and {rest} more lines", "faint")

    def _ids(self, schematics: Schematics, before: str, after: str) -> Iterator[str]:
        for told in schematics.told(before, after):
            words = HIDDEN if any(map(is_secret_line, told.parts)) else str(told)
            yield log_line(f"        {words}")


def _came_or_went_whole(change: FileChange) -> str | None:
    """The names of all that is in a file that came or went with everything in it; None where more is to be told."""
    if change.status == "changed" or change.left or any(item.status != change.status for item in change.items):
        return None
    names = (str(item.item.identity).removesuffix(f" in {item.item.file}") for item in change.items)
    return ", ".join(name for name in names if not name.startswith(change.file))


def _all_of(change: ItemChange) -> Change:
    """All that came or went with a thing, as one change."""
    root = change.item.root
    absent = Value(None, root.place)
    return Change((), "added", absent, root) if change.before is None else Change((), "removed", root, absent)


def _titled(change: ItemChange) -> str:
    before, after = change.before, change.after
    if change.status == "renamed" and before and after:
        return f"{before.identity} is {after.identity} now"
    if change.status == "moved" and before:
        return f"{change.item.identity} stood in {before.file}"
    moved = f", stood in {before.file}" if before and after and before.file != after.file else ""
    return f"{change.item.identity} {change.status}{moved}"


def _place(file: FileChange, change: Change) -> str:
    """Where it stands now, or stood: a file from the root, and a line."""
    value = change.after if change.after.exists else change.before
    folder = file.path[: len(file.path) - len(file.file)]
    place = value.key or value.place
    return f"{folder}{place.file}:{place.line}"


def _kind(side: Side) -> str:
    entry = side.entry or Entry("", "other")
    return {"file": "file", "executable": "executable file", "link": "link to", "other": "submodule or device"}[
        entry.kind
    ]


def _is_ledger_alone(cluster: ClusterChange) -> bool:
    ledger = cluster.ledger_file
    return not cluster.files and not cluster.notes and cluster.code_changed and ledger is not None and not ledger.kinds


def _summary(told: Difference) -> str:
    total = len(told.clusters) + told.unchanged
    if told.is_empty:
        return f"nothing changed in {_counted(total, 'cluster')}"
    counts = Counter(cluster.status for cluster in told.clusters)
    parts = [f"{counts[status]} {status}" for status in ("changed", "added", "removed") if counts[status]]
    clusters = f"{_counted(total, 'cluster')}: {', '.join([*parts, f'{told.unchanged} unchanged'])}"
    files = sum(len(cluster.files) for cluster in told.clusters) + len(told.others)
    return f"{clusters}; {_counted(files, 'file')} of the output and {_counted(len(told.inputs), 'file')} beside it"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
