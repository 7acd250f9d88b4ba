"""What each cluster was before: its row, commit by commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from talos_gpu.errors import OutsideError
from talos_gpu.output import ledger
from talos_gpu.review.git import GitTree, Repository
from talos_gpu.review.review import Moment
from talos_gpu.review.states import ClusterChange, Difference
from talos_gpu.review.tree import Tree

__all__ = ["timelines"]

_COMMITS = 30
"""So many commits of a cluster's ledger are looked at, the newest."""
_CLUSTERS = 50
"""Of more clusters than this that changed, history is not asked: a change of talos-gpu itself touches them all."""


def timelines(difference: Difference) -> Mapping[str, tuple[Moment, ...]]:
    """The moments of every cluster that changed at which its row became another one, the oldest first."""
    repository, revision = _repository(difference.after.tree) or _repository(difference.before.tree) or (None, "")
    asked = repository if len(difference.clusters) <= _CLUSTERS else None
    return {
        change.name: tuple(_distinct(_moments(change, difference, asked, revision))) for change in difference.clusters
    }


def _repository(tree: Tree) -> tuple[Repository, str] | None:
    return (tree.repository, tree.commit) if isinstance(tree, GitTree) else None


def _moments(
    change: ClusterChange, difference: Difference, repository: Repository | None, revision: str
) -> Iterator[Moment]:
    """History up to the newest state that is committed; then the states that are not, as they are."""
    place = difference.after.ledger_of(change.name)
    for commit, when in reversed(repository.history(revision, [place], _COMMITS) if repository else ()):
        assert repository is not None
        tree = repository.tree(commit)
        content = tree.read(tree.entries([place])).get(place)
        row = _row(content, place)
        if row is not None:
            yield Moment(commit[:10], when, row)
    for state, known in ((difference.before, change.before), (difference.after, change.after)):
        committed = repository is not None and isinstance(state.tree, GitTree)
        if known is not None and not committed:
            yield Moment(state.tree.name, 0, known.row)


def _row(content: bytes | None, place: str) -> Mapping[str, str] | None:
    if content is None:
        return None
    try:
        return ledger.parse(content, place).row
    except OutsideError:
        return None


def _distinct(moments: Iterator[Moment]) -> Iterator[Moment]:
    """Without those that say the same as the one before."""
    last: Mapping[str, str] | None = None
    for moment in moments:
        if moment.row != last:
            yield moment
        last = moment.row
