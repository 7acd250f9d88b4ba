"""Git, by its plumbing alone: nothing runs that a repository could bring with it, and the work tree is left alone.

`rev-parse`, `merge-base`, `rev-list`, `ls-tree` and `cat-file` read objects. Hooks, external diffs, text conversions,
file system monitors and replacement objects are out of the game, and a missing object of a partial clone is an error,
not a download.
"""

# Plain paths: those of trees are texts everywhere.
# ruff: noqa: PTH114, PTH118
from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import IO

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.finding import Finding, Position
from talos_gpu.review.tree import MAX_BYTES, Entry, FolderTree, Kind

__all__ = ["GitTree", "Repository"]

_SAFE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # Git before 2.45 does not know the variable above: it may try to fetch, and finds every protocol forbidden.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_SETTINGS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "protocol.allow=never", "gc.auto=0")
_CALLERS = re.compile(
    r"GIT_(?:CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+))"
)
"""What the caller may say to Git. All other variables would lead elsewhere: in a hook they name another index."""
_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
"""Where the default branch is looked for; the first that exists counts."""
_KINDS: Mapping[str, Kind] = {"100644": "file", "100664": "file", "100755": "executable", "120000": "link"}
_SUBMODULE = "160000"
_SHORT = 10
_CHUNK = 1 << 20
_NO_REPOSITORY = "not a git repository"


@dataclass(frozen=True)
class Repository:
    """The repository around a folder. Revisions are resolved before they are used, so none can be an option."""

    folder: str

    @classmethod
    def around(cls, folder: str) -> Repository | None:
        """The repository that `folder` lies in; None where it lies in none. Raises OutsideError without Git."""
        found = cls(folder)
        try:
            _ = found._place
        except OutsideError as error:
            if _NO_REPOSITORY in error.why:
                return None
            raise
        return found

    @cached_property
    def _place(self) -> tuple[str, str]:
        done = self._asked("rev-parse", "--show-object-format", "--show-prefix")
        algorithm, _, prefix = done.removesuffix(b"\n").partition(b"\n")
        return algorithm.decode(), os.fsdecode(prefix)

    @property
    def prefix(self) -> str:
        """Where the folder is in its repository: empty, or a path that ends in a slash."""
        return self._place[1]

    @property
    def algorithm(self) -> str:
        """How ids are made here: sha1 or sha256."""
        return self._place[0]

    def commit(self, revision: str) -> str:
        """The id of the commit that `revision` names.

        Raises NotUnderstood for one that looks like an option, or names no commit of this repository.
        """
        if revision.startswith("-") or "\0" in revision:
            raise _no_revision(revision, "it looks like an option", "Write a branch, a tag or a commit.")
        known = self._resolved(revision)
        if known is None:
            remedy = "Fetch it first (a shallow clone holds few commits: fetch-depth: 0), or name another one."
            raise _no_revision(revision, "no commit of this repository has that name", remedy)
        return known

    def default_branch(self) -> str:
        """A name of the branch that pull requests go to. Raises NotUnderstood where none can be told."""
        known = self._asked("for-each-ref", "--format=%(refname)", *_BRANCHES).decode(errors="replace").splitlines()
        for name in _BRANCHES:
            if name in known and self._resolved(name) is not None:
                return name
        raise _no_revision("BASE", "this repository has no origin/HEAD, main or master", "Name the base: diff BASE")

    def merge_base(self, one: str, other: str) -> str:
        """The commit from which two revisions went apart. Raises NotUnderstood where they share none."""
        done = self._run("merge-base", self.commit(one), self.commit(other), failing=True)
        if done is None:
            raise _no_revision(f"{one} and {other}", "they share no commit", "Fetch more history, or name the base.")
        return done.decode().split()[0]

    def history(self, revision: str, paths: Sequence[str], limit: int) -> tuple[tuple[str, int], ...]:
        """The newest commits on the first-parent line that changed `paths`, with their Unix times; newest first."""
        places = [f":(top,literal){self.prefix}{path}" for path in paths]
        options = ("--first-parent", f"--max-count={limit}", "--timestamp")
        done = self._asked("rev-list", *options, self.commit(revision), "--", *places)
        rows = (line.split() for line in done.decode().splitlines())
        return tuple((commit, int(when)) for when, commit in rows)

    def tree(self, revision: str, name: str = "") -> GitTree:
        """The state at a revision, under that name or `name`."""
        commit = self.commit(revision)
        short, called = commit[:_SHORT], name or revision
        return GitTree(self, commit, short if commit.startswith(called) else f"{called} ({short})")

    def work_tree(self, folders: Iterable[str]) -> FolderTree:
        """What lies in the folder now, committed or not; without what Git is told to ignore and no commit holds."""
        wanted = tuple(folders)
        submodules, ignored = dict(self._submodules(wanted)), frozenset(self._ignored(wanted))
        return FolderTree(self.folder, "work tree", self.algorithm, submodules=submodules, ignored=ignored)

    def listed(self, commit: str, folders: Iterable[str]) -> Iterator[tuple[str, Entry]]:
        """Everything below these folders at a commit, relative to the working root."""
        below = [f":(top,literal){self.prefix}{folder}" for folder in folders]
        done = self._asked("ls-tree", "-r", "-z", "--full-tree", commit, "--", *below)
        start = len(self.prefix)
        for line in done.split(b"\0"):
            if line:
                facts, _, path = line.partition(b"\t")
                mode, _, name = facts.decode().split(" ")
                yield os.fsdecode(path)[start:], Entry(name, _KINDS.get(mode, "other"))

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The contents of these blobs, read in one go; left out are those of more than MAX_BYTES.

        Raises OutsideError where one is missing.
        """
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        with self._started("cat-file", "--batch") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            # One by one: a long list of requests and the answers to it would fill both pipes.
            found = {name: _asked_for(process.stdin, process.stdout, name) for name in wanted}
            process.stdin.close()
        return {name: content for name, content in found.items() if content is not None}

    def _submodules(self, folders: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The submodules below these folders, each with the commit that is checked out, else the one of the index."""
        below = [f":(top,literal){self.prefix}{folder}" for folder in folders]
        start = len(self.prefix)
        for line in self._asked("ls-files", "--stage", "-z", "--full-name", "--", *below).split(b"\0"):
            facts, _, path = line.partition(b"\t")
            if line.startswith(_SUBMODULE.encode()):
                name = os.fsdecode(path)[start:]
                yield name, self._checked_out(name) or facts.split(b" ")[1].decode()

    def _ignored(self, folders: Iterable[str]) -> Iterator[str]:
        """What no commit will hold: tools put machine configs with all their secrets beside what is committed."""
        below = [f":(top,literal){self.prefix}{folder}" for folder in folders]
        options = ("--others", "--ignored", "--exclude-standard", "--directory", "-z", "--full-name")
        start = len(self.prefix)
        for path in self._asked("ls-files", *options, "--", *below).split(b"\0"):
            if path:
                yield os.fsdecode(path)[start:]

    def _checked_out(self, submodule: str) -> str | None:
        folder = os.path.join(self.folder, submodule)
        if os.path.islink(folder) or not os.path.lexists(os.path.join(folder, ".git")):
            return None
        return Repository(folder)._resolved("HEAD")

    def _resolved(self, revision: str) -> str | None:
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", failing=True)
        return done.decode().strip() if done is not None else None

    def _asked(self, *words: str) -> bytes:
        done = self._run(*words)
        assert done is not None
        return done

    def _run(self, *words: str, failing: bool = False) -> bytes | None:
        """What the command prints; None where it fails and may."""
        with self._started(*words) as process:
            out, err = process.communicate()
        if process.returncode == 0:
            return out
        if failing:
            return None
        raise OutsideError(f"git {words[0]}", err.decode(errors="replace").strip() or f"exit {process.returncode}")

    def _started(self, *words: str) -> subprocess.Popen[bytes]:
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        command = ["git", "--no-pager", *settings, *words]
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith("GIT_") or _CALLERS.fullmatch(name)
        }
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(  # noqa: S603 (a fixed program; revisions are ids, paths stand behind --)
                command, cwd=self.folder, env={**ours, **_SAFE}, stdin=pipe, stdout=pipe, stderr=pipe
            )
        except FileNotFoundError:
            raise OutsideError(
                "running git", "there is no git on this machine", "Install it, or name folders"
            ) from None


@dataclass(frozen=True, slots=True)
class GitTree:
    """The state at a commit."""

    repository: Repository
    commit: str
    name: str

    def entries(self, folders: Iterable[str]) -> Mapping[str, Entry]:
        """Everything below these folders."""
        return dict(self.repository.listed(self.commit, folders))

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files."""
        known = {path: entry for path, entry in entries.items() if entry.has_content}
        blobs = self.repository.blobs(entry.id for entry in known.values())
        return {path: blobs[entry.id] for path, entry in known.items() if entry.id in blobs}

    def targets(self, entries: Mapping[str, Entry]) -> Mapping[str, str]:
        """Where the links among these lead, as they say it."""
        links = {path: entry for path, entry in entries.items() if entry.kind == "link"}
        blobs = self.repository.blobs(entry.id for entry in links.values())
        return {path: os.fsdecode(blobs[entry.id]) for path, entry in links.items() if entry.id in blobs}


def _asked_for(requests: IO[bytes], answers: IO[bytes], name: str) -> bytes | None:
    """The blob, or None where it is too large; it is then read past."""
    requests.write(f"{name}\n".encode())
    requests.flush()
    head = answers.readline().decode().split()
    if len(head) != 3 or head[1] != "blob":
        # Git before 2.45 ends, without an answer, where it may not fetch what a partial clone lacks.
        missing = not head or head[-1] == "missing"
        why = "the object is missing (a partial clone?)" if missing else f"Git answered {' '.join(head)}"
        raise OutsideError(f"reading {name} from Git", why, "Fetch it first: nothing is fetched here")
    size = int(head[2])
    content = answers.read(size) if size <= MAX_BYTES else None
    rest = 1 if content is not None else size + 1
    while rest and (skipped := answers.read(min(rest, _CHUNK))):
        rest -= len(skipped)
    if rest:
        raise OutsideError(f"reading {name} from Git", "the answer broke off")
    return content


def _no_revision(revision: str, why: str, remedy: str) -> NotUnderstood:
    return NotUnderstood([Finding(Position(revision), "", f"found no revision: {why}", remedy)])
