"""A history told in a data file, made into a real Git repository: profiles, what they are rendered to, commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from repository_on_disk import commit, git, write

from talos_gpu.errors import Refused
from talos_gpu.output.fleet_page import fleet_page
from talos_gpu.output.render import render
from talos_gpu.output.rendered import RenderedCluster
from talos_gpu.output.write import apply

HISTORY = Path(__file__).with_name("history.yaml")
Edits = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True)
class Expected:
    """What an operator says of one cluster: verdicts by scope (the Kubernetes side is `kubernetes`)."""

    verdicts: Mapping[str, str]
    rules: Mapping[str, frozenset[str]]
    reboots: int | None
    blocked: bool
    status: str


@dataclass(frozen=True)
class Told:
    """A commit as the data file tells it."""

    message: str
    why: str
    edit: Edits = field(default_factory=dict)
    by_hand: Edits = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    refused: bool = False
    expect: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(frozen=True)
class Replayed:
    """The repository. `commits` are the ids, the first of the fleet as it starts, then one for each that is told."""

    folder: Path
    told: tuple[Told, ...]
    commits: tuple[str, ...]

    def of(self, told: Told) -> tuple[str, str]:
        """The commit before, and the commit itself."""
        place = self.told.index(told)
        return self.commits[place], self.commits[place + 1]


def replayed(folder: Path) -> Replayed:
    """Every commit of the history, made in `folder` with Git itself."""
    told = read()[1]
    return Replayed(folder, told, tuple(_Replay(folder).run()))


def read() -> tuple[Mapping[str, str], tuple[Told, ...]]:
    """The profiles of the first commit, and every commit after it."""
    data = yaml.safe_load(HISTORY.read_text())
    return data["start"], tuple(_told(item) for item in data["commits"])


def _told(item: Mapping[str, Any]) -> Told:
    expect = {name: _expected(dict(row)) for name, row in item["expect"].items()}
    hand, remove = item.get("byHand", {}), tuple(item.get("remove", ()))
    return Told(item["message"], item["why"], item.get("edit", {}), hand, remove, item.get("refused", False), expect)


def _expected(row: dict[str, Any]) -> Expected:
    rules = {scope: frozenset(ids) for scope, ids in row.pop("rules", {}).items()}
    reboots, blocked, status = row.pop("reboots", 0), row.pop("blocked", False), row.pop("status", "changed")
    return Expected(row, rules, reboots, blocked, status)


class _Replay:
    """Makes the commits one after the other. Only the profiles that a commit touches are rendered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder, "init", "--quiet", "--initial-branch=main")

    def run(self) -> Iterator[str]:
        """The id of every commit."""
        start, commits = read()
        write(self.folder, start)
        self._render(sorted(start))
        yield commit(self.folder, message="The fleet")
        for told in commits:
            self._make(told)
            yield commit(self.folder, message=told.message)

    def _make(self, told: Told) -> None:
        self._edit(told.edit)
        for path in told.remove:
            (self.folder / path).unlink()
        if told.refused:
            self._refused(sorted(told.edit))
        elif told.edit or told.remove:
            self._render(sorted(told.edit))
        self._edit(told.by_hand)

    def _edit(self, edits: Edits) -> None:
        for path, changes in edits.items():
            place = self.folder / path
            text = place.read_text()
            for change in changes:
                assert text.count(change["from"]) == 1, f"{path}: {change['from']!r}"
                text = text.replace(change["from"], change["to"])
            place.write_text(text)

    def _render(self, profiles: Sequence[str]) -> None:
        clusters: list[RenderedCluster] = render(profiles, self.folder)
        every = [f"profiles/{place.name}" for place in self.folder.glob("profiles/*.yaml")]
        apply(str(self.folder / "dist"), clusters, code="0" * 64, profiles=every, fleet=fleet_page)

    def _refused(self, profiles: Sequence[str]) -> None:
        try:
            render(profiles, self.folder)
        except Refused:
            return
        raise AssertionError("it was to be refused")
