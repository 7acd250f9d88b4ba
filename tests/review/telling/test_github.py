"""Annotations stand at the lines of profiles, the worst first, and a stranger's text is no command."""

from __future__ import annotations

import re
from dataclasses import replace

from talos_gpu.finding import Position
from talos_gpu.review.impact.verdict import ScopeImpact
from talos_gpu.review.review import Review
from talos_gpu.review.telling.github import MOST, github

from .conftest import cause, fleet, impact, nothing

LINE = re.compile(r"::(notice|warning|error) ((?:[a-z]+=[^,:\n]*,?)+)::(.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Every line as kind, properties and message; fails for one that is no command."""
    found = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        found.append((match[1], dict(pair.split("=", 1) for pair in match[2].split(",")), match[3]))
    return found


def test_the_first_notice_sums_it_up(small: Review) -> None:
    """GitHub shows ten notices of a step: it is among them."""
    kind, properties, message = commands(github(small))[0]
    assert (kind, properties) == ("notice", {"title": "talos-gpu"})
    assert message == (
        "At worst: node upgrade (the node gets another boot image, and reboots into it). 1 cluster changed, 2 reboots."
    )


def test_a_cause_stands_at_the_line_of_the_profile(small: Review) -> None:
    """With what, why and who says so; one that no line made stands where the output changed."""
    _, upgrade, pods = commands(github(small))
    assert upgrade[:2] == (
        "warning",
        {"file": "profiles/homelab.yaml", "line": "11", "col": "22", "title": "talos-gpu%3A node upgrade"},
    )
    assert upgrade[2].startswith(
        "homelab: Schematic gpu customization.systemExtensions changed: lts -> production%0A"
        "the node gets another boot image, and reboots into it: Extensions are part of the image.%0A"
    )
    assert pods[0] == "notice"
    assert pods[1]["file"] == "dist/homelab/kubernetes/gpu-operator/values.yaml"


def test_severity_follows_the_verdict_and_what_is_free_is_not_told() -> None:
    """What may not be merged unseen is an error."""
    told = commands(github(fleet(1, "none", "live", "reboot", "recreate", "data-loss", "source-changed", "unknown")))
    assert [kind for kind, _, _ in told] == ["notice", "error", "error", "error", "warning", "warning", "notice"]


def test_the_same_cause_in_many_clusters_is_one_annotation() -> None:
    """One line of a file that all profiles share."""
    told = commands(github(fleet(1_000, "reboot")))
    assert len(told) == 2
    assert told[1][2].startswith("cluster-0000, cluster-0001, cluster-0002 and 997 more clusters: ")


def test_more_than_fifty_are_counted() -> None:
    """GitHub shows no more; the worst are kept."""
    every = tuple(cause("live", subject=f"Thing {number}") for number in range(80))
    worst = cause("unknown", subject="The worst")
    one = replace(impact("homelab"), pools=(ScopeImpact("gpu", (), (*every, worst)),))
    told = commands(github(Review(replace(fleet(0).difference, inputs=(), clusters=()), (one,))))
    assert len(told) == 1 + 49 == MOST
    assert "The worst" in told[1][2]


def test_the_rest_is_counted_in_the_first_notice() -> None:
    """Nothing is left out in silence."""
    every = tuple(cause("live", subject=f"Thing {number}") for number in range(80))
    review = fleet(1)
    one = replace(review.impacts[0], pools=(ScopeImpact("gpu", (), every),))
    assert commands(github(replace(review, impacts=(one,))))[0][2].endswith(" 31 causes more are not shown here.")


def test_what_is_blocked_and_what_nobody_judged_are_errors() -> None:
    """Before all causes."""
    review = fleet(2, "live")
    rollout = replace(review.rollouts[0], blocked=("Talos does not go back",))
    told = commands(github(replace(review, impacts=review.impacts[:1], rollouts=(rollout,))))
    assert [(kind, message) for kind, _, message in told[1:3]] == [
        ("error", "cluster-0001: nobody judged what this costs."),
        ("error", "cluster-0000 cannot be rolled out as it is: Talos does not go back."),
    ]


def test_nothing_changed_is_one_notice() -> None:
    """And no warning."""
    assert github(Review(nothing())) == "::notice title=talos-gpu::Nothing changed.\n"


def test_hostile_text_is_no_command_and_no_property(hostile: Review) -> None:
    """Each annotation stays one line, whatever names files have."""
    text = github(hostile)
    for _, properties, message in commands(text):
        assert set(properties) <= {"file", "line", "col", "title"}
        assert "\x1b" not in message
        assert "\u202e" not in message


def test_no_secret_is_quoted() -> None:
    """Whoever made the cause."""
    secret = cause("live", path="cluster.token", before="", after="0123456789abcdef", place=Position("a", 1, 1))
    one = replace(impact("homelab"), pools=(ScopeImpact("gpu", (), (secret,)),))
    assert "0123456789abcdef" not in github(Review(nothing(), (one,)))
