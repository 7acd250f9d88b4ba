"""Which lines of a profile made the output change.

Told by trying: the profile as it is now, with one of its changes taken back, is rendered in memory. What comes out
different there is in the output because of that change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path as Folder

from talos_gpu.errors import InputError
from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.output.render import render_one
from talos_gpu.profile import LoadedProfile, changed_profile
from talos_gpu.review.difference import Change, Path, compare, path_text
from talos_gpu.review.difference.files import FileChange, Side, file_changes
from talos_gpu.review.tree import Entry, blob_id
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode

__all__ = ["Origin", "Origins", "origins"]

_STEPS = re.compile(r"[.\[\]]+")
_MOST = 24
"""Of more changes than this the ones that share their first two keys are tried together."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A change of a profile, or of a file that it names, and what of the output is there because of it.

    `lines` are places in the file as it is now; of what was removed, the nearest key that is left. `outputs` has the
    key paths that changed by file; an empty path stands for the whole file.
    """

    lines: tuple[Position, ...]
    outputs: Mapping[str, tuple[Path, ...]]
    path: tuple[str, ...] = ()
    """The keys of the profile that lead to it; empty of another file."""


@dataclass(frozen=True, slots=True)
class Origins:
    """All changes of a profile, and what they made."""

    every: tuple[Origin, ...] = ()

    def of(self, file: str, path: Path = ()) -> tuple[Position, ...]:
        """The lines that made `path` change in an output file, relative to the cluster's folder."""
        return self.of_text(file, path_text(path))

    def of_text(self, file: str, path: str) -> tuple[Position, ...]:
        """The same, of a path as people write it: the lines that changed just this, else those that changed the file."""
        found = [origin for origin in self.every if file in origin.outputs]
        scored = [(max(_overlap(path, path_text(one)) for one in origin.outputs[file]), origin) for origin in found]
        most = max((length for length, _ in scored), default=0)
        return _lines(origin for length, origin in scored if length == most)

    def of_key(self, path: str) -> tuple[Position, ...]:
        """The changed lines of the profile that share most keys with a dotted path; all, where none shares any."""
        keys = tuple(part.strip('"') for part in _STEPS.split(path))
        shared = [(_shared(keys, origin.path), origin) for origin in self.every]
        most = max((length for length, _ in shared), default=0)
        return _lines(origin for length, origin in shared if length == most)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many keys both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _lines(found: Iterable[Origin]) -> tuple[Position, ...]:
    return tuple(dict.fromkeys(line for origin in found for line in origin.lines))


def origins(before: LoadedProfile, after: LoadedProfile, root: Folder) -> Origins:
    """What each change from one profile to the other made. `root` holds the user's data files as they are now."""
    rendered = _rendered(after, root)
    if rendered is None:
        return Origins()
    found = []
    for path, lines, profile in _taken_back(before, after):
        without = _rendered(profile, root) if profile else None
        # What cannot be rendered without this change is there because of it as a whole.
        outputs = dict.fromkeys(rendered, ((),)) if without is None else _outputs(without, rendered)
        found.append(Origin(lines, outputs, path))
    return Origins(tuple(found))


def _overlap(one: str, other: str) -> int:
    """How much of both is one way, where one leads to the other; a whole file, which has no path, is nothing special."""
    shorter, longer = sorted((one, other), key=len)
    leads = longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))
    return len(shorter) if leads else 0


def _rendered(profile: LoadedProfile, root: Folder) -> Mapping[str, bytes] | None:
    with suppress(InputError):
        return render_one(profile, root).files
    return None


def _outputs(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Mapping[str, tuple[Path, ...]]:
    changed = [file for file in sorted({*before, *after}) if before.get(file) != after.get(file)]
    found = file_changes("", _sides(before, changed), _sides(after, changed))
    return {file: paths for change in found for file, paths in _paths(change)}


def _sides(files: Mapping[str, bytes], wanted: Sequence[str]) -> Mapping[str, Side]:
    return {path: Side(Entry(blob_id(files[path]), "file"), files[path]) for path in wanted if path in files}


def _paths(change: FileChange) -> Iterator[tuple[str, tuple[Path, ...]]]:
    """The key paths that changed; a thing that moved is told in the file that it left, too."""
    inner = tuple(own.path for item in change.items for own in item.changes)
    yield change.file, inner if inner and all(item.changes for item in change.items) else ((),)
    for item in change.items:
        if item.before and item.before.file != change.file:
            yield item.before.file, ((),)


_Change = tuple[tuple[str, ...], tuple[Position, ...], LoadedProfile | None]
"""The keys that lead to a change, its lines, and the profile without it; None where that is none to be understood."""


def _taken_back(before: LoadedProfile, after: LoadedProfile) -> Iterator[_Change]:
    old, new = _root(before), _root(after)
    for path, changes in _grouped(compare(old, new)).items():
        node = _with(new.node, path, old.get(*path).node)
        lines = tuple(dict.fromkeys(_line(change, new) for change in changes))
        yield path, lines, _changed(after, node, after.inputs)
    for name in sorted(before.inputs.keys() & after.inputs.keys()):
        if name != after.file and before.inputs[name] != after.inputs[name]:
            line = Position(name, _first_difference(before.inputs[name], after.inputs[name]), 1)
            yield (), (line,), replace(after, inputs={**after.inputs, name: before.inputs[name]})


def _root(loaded: LoadedProfile) -> Value:
    return Value(loaded.composed.root, loaded.composed.root.position)


def _grouped(changes: Sequence[Change]) -> Mapping[tuple[str, ...], list[Change]]:
    """By the map keys that lead to them: a list is taken back as a whole."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        found.setdefault(_keys(change.path), []).append(change)
    if len(found) <= _MOST:
        return found
    fewer: dict[tuple[str, ...], list[Change]] = {}
    for path, inner in found.items():
        fewer.setdefault(path[:2], []).extend(inner)
    return fewer


def _keys(path: Path) -> tuple[str, ...]:
    keys: list[str] = []
    for step in path:
        if not isinstance(step, str):
            break
        keys.append(step)
    return tuple(keys)


def _line(change: Change, root: Value) -> Position:
    """Where the change stands now: its key, or of what is gone the nearest key above."""
    if change.after.exists:
        return change.after.key or change.after.place
    place, value = root.place, root
    for step in _keys(change.path):
        value = value.get(step)
        if not value.exists:
            break
        place = value.key or place
    return place


def _with(node: Node | None, path: tuple[str, ...], put: Node | None) -> Node | None:
    """The tree with `put` at `path`; without what is there where `put` is None."""
    if not path:
        return put
    if not isinstance(node, MappingNode):
        return node
    pairs = []
    for key, value in node.pairs:
        inner: Node | None = value
        if isinstance(key, ScalarNode) and key.text == path[0]:
            inner = _with(value, path[1:], put)
        if inner is not None:
            pairs.append((key, inner))
    known = {key.text for key, _ in pairs if isinstance(key, ScalarNode)}
    if put is not None and len(path) == 1 and path[0] not in known:
        pairs.append((ScalarNode(path[0], True, "", put.position), put))
    return MappingNode(tuple(pairs), len(pairs), node.position, node.size, node.height)


def _changed(loaded: LoadedProfile, root: Node | None, inputs: Mapping[str, bytes]) -> LoadedProfile | None:
    if root is None:
        return None
    with suppress(InputError):
        return changed_profile(loaded, root, inputs)
    return None


def _first_difference(before: bytes, after: bytes) -> int:
    """The line from which the texts differ."""
    old, new = before.split(b"\n"), after.split(b"\n")
    for number, (one, other) in enumerate(zip(old, new, strict=False), start=1):
        if one != other:
            return number
    return max(1, min(len(old), len(new)))
