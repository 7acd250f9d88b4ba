"""Which two states a command line means."""

# Plain paths: those of trees are texts everywhere.
# ruff: noqa: PTH109, PTH112, PTH117
from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.output.names import FACTS
from talos_gpu.review.git import GitTree, Repository
from talos_gpu.review.states import PROFILES, State
from talos_gpu.review.tree import FolderTree, Tree

__all__ = ["compared", "output_folder"]

_FOLDERS_ONLY = ("./", "../", "/")
"""What begins like this is a path and no revision."""


def compared(base: str | None, head: str | None, outdir: str, *, rendered: bool = False) -> tuple[State, State]:
    """The two states, the older first.

    Without `base` it is the commit where the work tree's branch left the default branch; without `head` the work tree.
    Each names a revision of the repository around the working folder, or a folder: the root of a repository, or an
    output folder alone. `rendered`: not what is committed in the output, but what today's talos-gpu makes of the
    profiles.

    Raises:
        NotUnderstood: for what names no state, or two; with `rendered` also for profiles that are not understood.
        Refused: with `rendered`, for profiles that cannot work.
        OutsideError: where Git fails, or is not there and needed.
    """
    place = _Place(output_folder(outdir))
    before = place.tree(base) if base is not None else place.merge_base()
    after = place.tree(head) if head is not None else place.work_tree()
    if rendered:
        from talos_gpu.review.rendered import rendered_tree

        before, after = rendered_tree(before, place.outdir), rendered_tree(after, place.outdir)
    # An output folder alone has no profiles: that is no change of them.
    inputs = not any(isinstance(tree, FolderTree) and tree.mounted for tree in (before, after))
    states = (
        State.of(_alike(before, after), place.outdir, inputs=inputs),
        State.of(_alike(after, before), place.outdir, inputs=inputs),
    )
    if not any(state.entries for state in states):
        remedy = f"Run talos-gpu in the folder that holds {PROFILES}/, or name the output folder with --outdir."
        raise _refused(place.outdir, f"found neither {place.outdir}/ nor {PROFILES}/ in either state", remedy)
    return states


def _alike(tree: Tree, other: Tree) -> Tree:
    """The tree with ids as the other makes them, where it can make them in several ways."""
    if isinstance(tree, FolderTree) and isinstance(other, GitTree):
        return replace(tree, algorithm=other.repository.algorithm)
    return tree


def output_folder(outdir: str) -> str:
    """The output folder as a path below the working folder. Raises NotUnderstood where it lies elsewhere."""
    path = os.path.relpath(outdir or ".").replace(os.sep, "/")
    if os.path.isabs(path) or path in {".", ".."} or path.startswith("../"):
        raise _refused(outdir, "found an output folder outside of the working folder, or the folder itself",
                       "Run talos-gpu in the repository's root, and compare two output folders by naming both.")  # fmt: skip
    return path


@dataclass(frozen=True)
class _Place:
    """The working folder, and where its output lies in it."""

    outdir: str

    def tree(self, name: str) -> Tree:
        """The state that a name on the command line means."""
        if not os.path.isdir(name):
            return self._repository(name).tree(name)
        if not name.startswith(_FOLDERS_ONLY) and name not in {".", ".."} and self._is_revision(name):
            raise _refused(
                name,
                "found both a folder and a revision of that name",
                f"Write ./{name} for the folder, refs/heads/{name} (or refs/tags/{name}) for the revision.",
            )
        return self._folder(name)

    def merge_base(self) -> Tree:
        """Where the branch of the work tree left the default branch."""
        repository = self._repository("BASE")
        branch = repository.default_branch()
        short = branch.removeprefix("refs/remotes/").removeprefix("refs/heads/")
        return repository.tree(repository.merge_base(branch, "HEAD"), f"merge base with {short}")

    def work_tree(self) -> Tree:
        """What lies in the working folder now."""
        repository = self._around
        if repository is None:
            return FolderTree(".", "working folder")
        return repository.work_tree((self.outdir, PROFILES, FACTS))

    def _folder(self, name: str) -> Tree:
        real = os.path.realpath(name)
        if os.path.isdir(f"{real}/{PROFILES}") or os.path.isdir(f"{real}/{self.outdir}"):
            return FolderTree(real, name)
        return FolderTree(real, name, mounted=self.outdir)

    def _is_revision(self, name: str) -> bool:
        repository = self._around
        if repository is None:
            return False
        try:
            repository.commit(name)
        except NotUnderstood:
            return False
        return True

    def _repository(self, name: str) -> Repository:
        found = self._around
        if found is None:
            where = f"found no folder of that name, and no Git repository around {os.getcwd()}"
            raise _refused(name, where, "Name two folders, or run talos-gpu in a repository.")
        return found

    @cached_property
    def _around(self) -> Repository | None:
        return Repository.around(".")


def _refused(name: str, message: str, remedy: str) -> NotUnderstood:
    return NotUnderstood([Finding(Position(name), "", message, remedy)])
