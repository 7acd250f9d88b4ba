"""The Talos releases that lie between two: one minor after the other, each at its newest patch that serves GPUs."""

from __future__ import annotations

from dataclasses import dataclass

from talos_gpu.catalog import Catalogue, Version

__all__ = ["Passage", "passage"]


@dataclass(frozen=True, slots=True)
class Passage:
    """`releases` are the tags that nodes run one after the other, both ends included. `backwards`: to an older minor.

    `unknown` says which minor of both ends, or between them, the catalogue does not know. A release that a profile
    declares is of a minor, too.
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
    if before == after:
        return Passage((before,))
    old, new = Version.parse(before).minor, Version.parse(after).minor
    if Version.parse(new) < Version.parse(old):
        return Passage((before, after), backwards=True)
    minors = catalogue.minors()
    for text, minor in ((before, old), (after, new)):
        if minor not in minors:
            return Passage((before, after), unknown=f"the catalogue does not know Talos {text}, nor its minor")
    between = minors[minors.index(old) + 1 : minors.index(new)]
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
