"""The Talos releases that lie between two: one minor after the other, each at its newest patch that serves GPUs."""

from __future__ import annotations

from dataclasses import dataclass

from talos_gpu.catalog import Catalogue, NotListed, Release, Version

__all__ = ["Passage", "passage"]


@dataclass(frozen=True, slots=True)
class Passage:
    """`releases` are the tags that nodes run one after the other, both ends included. `backwards`: to an older minor.

    `unknown` says which of both ends, or which minor between them, the catalogue does not know.
    """

    releases: tuple[str, ...]
    backwards: bool = False
    unknown: str = ""

    @property
    def stops(self) -> tuple[str, ...]:
        """The releases between both ends."""
        return self.releases[1:-1]


def passage(before: str, after: str, catalogue: Catalogue) -> Passage:
    """The way from one release to another."""
    old, new = catalogue.release(before), catalogue.release(after)
    for text, found in ((before, old), (after, new)):
        if isinstance(found, NotListed):
            return Passage((before, after), unknown=f"the catalogue does not know Talos {text}")
    assert isinstance(old, Release)
    assert isinstance(new, Release)
    if Version.parse(new.minor.name) < Version.parse(old.minor.name):
        return Passage((before, after), backwards=True)
    if before == after:
        return Passage((before,))
    minors = catalogue.minors()
    between = minors[minors.index(old.minor.name) + 1 : minors.index(new.minor.name)]
    stops = [(minor, _best(minor, catalogue)) for minor in between]
    missing = [minor for minor, tag in stops if not tag]
    unknown = f"the catalogue knows no release of {missing[0]} that serves GPUs" if missing else ""
    return Passage((before, *(tag for _, tag in stops if tag), after), unknown=unknown)


def _best(minor: str, catalogue: Catalogue) -> str:
    """The newest stable release of a minor without a problem that breaks something of NVIDIA's."""
    fit = [
        release
        for release in catalogue.releases()
        if release.minor.name == minor
        and not Version.parse(release.tag).prerelease
        and not any(problem.severity == "error" for problem in release.problems)
    ]
    return max(fit, key=lambda release: Version.parse(release.tag)).tag if fit else ""
